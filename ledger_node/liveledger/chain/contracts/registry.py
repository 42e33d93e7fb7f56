"""The on-chain directory as a client reads it, and the checks without which nothing is sent or answered."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from liveledger.bindings import directory
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.chain.contracts.gaps import WrongContract
from liveledger.chain.contracts.manifest import GENESIS_CONTRACTS
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.records import data_bytes
from liveledger.domain.hashing import hex_bytes, keccak


@dataclass(frozen=True, slots=True)
class Listed:
    """The contract that a name means: address (20 bytes), version, hash of its code."""

    target: bytes
    version: int
    code_hash: bytes


def name_word(name: str) -> bytes:
    """The directory's key of a name: ASCII, right-padded to 32 bytes."""
    return name.encode("ascii").ljust(32, b"\0")


def name_text(word: bytes) -> str:
    """The name in such a word; one that is no printable ASCII in hex."""
    text = bytes(word).rstrip(b"\0")
    return text.decode("ascii") if text.isascii() and text.decode("ascii").isprintable() else hex_bytes(bytes(word))


def active_address(connection: Connection, name: str, block: int) -> bytes:
    """Address of what ``name`` means after block ``block``; zeros when there is none, or it is frozen."""
    answer = connection.execution.call(DIRECTORY_ADDRESS, directory.ActiveOf(name_word(name)).calldata(), block)
    return directory.decode_active_of(answer).target


def active_of(connection: Connection, name: str, block: int) -> Listed | None:
    """What ``name`` means after block ``block``; None when there is none, or it is frozen."""
    answer = connection.execution.call(DIRECTORY_ADDRESS, directory.ActiveOf(name_word(name)).calldata(), block)
    found = directory.decode_active_of(answer)
    if not any(found.target):
        return None
    call = directory.EntryOf(name_word(name), found.version).calldata()
    entry = directory.decode_entry_of(connection.execution.call(DIRECTORY_ADDRESS, call, block))
    return Listed(found.target, found.version, entry.code_hash)


def administrator(connection: Connection, block: int) -> bytes:
    """Address of who administers the directory after a block: the founder, later the members' votes."""
    answer = connection.execution.call(DIRECTORY_ADDRESS, directory.Administrator().calldata(), block)
    return directory.decode_administrator(answer)


def check_genesis_contracts(connection: Connection, block: int) -> None:
    """Raises WrongContract unless the contracts of genesis have the code that this program knows."""
    calls = [("eth_getCode", [hex_bytes(address), hex(block)]) for address in GENESIS_CONTRACTS]
    for module, code in zip(GENESIS_CONTRACTS.values(), connection.execution.batch(calls), strict=True):
        check_code(module, keccak(data_bytes(code)))


def check_code(module: ModuleType, code_hash: bytes) -> None:
    """Raises WrongContract unless ``code_hash`` is that of the contract's binding."""
    if code_hash != module.CODE_HASH:
        raise WrongContract(
            f"{module.NAME} on the chain has the code {hex_bytes(code_hash)}, not {hex_bytes(module.CODE_HASH)}",
            hint="use the release of LiveLedger that this ledger runs",
            contract=module.NAME,
        )
