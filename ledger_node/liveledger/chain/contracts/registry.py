"""The on-chain directory as a client reads it, and the checks without which nothing is sent or answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType

from liveledger.bindings import directory, stock_ledger
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.chain.contracts.manifest import (
    DEPLOYED_CONTRACTS,
    GENESIS_CONTRACTS,
    OPTIONAL_CONTRACTS,
    ContractEntry,
    Manifest,
)
from liveledger.chain.contracts.succession import read_line
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.records import data_bytes
from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes, keccak

_DEPLOY = "on the host of the founder who made the ledger: `liveledger deploy`"


class WrongContract(ConfigurationError):
    """A contract on the chain is not the one that this program was built for. Nothing was sent."""

    code = "wrong-contract"


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


def check_manifest(connection: Connection, manifest: Manifest, block: int) -> None:
    """Raises WrongContract unless binding, directory and manifest agree on version, code and address of all."""
    check_genesis_contracts(connection, block)
    for module in DEPLOYED_CONTRACTS:
        listed = active_of(connection, module.NAME, block)
        if listed is None and module.NAME in OPTIONAL_CONTRACTS:
            continue
        if listed is None:
            raise WrongContract(f"{module.NAME} is not in the directory", hint=_DEPLOY, contract=module.NAME)
        check_entry(module, listed)
        if manifest.address(module.NAME) != listed.target:
            raise WrongContract(
                f"the manifest has {module.NAME} at another address than the directory",
                hint=f"put {connection.home.manifest} aside: it is then written anew from the directory",
                contract=module.NAME,
            )


def with_successor(connection: Connection, manifest: Manifest, block: int) -> Manifest:
    """The manifest, with the StockLedger that took over from its own by ``block``; the same object where none did.

    Raises WrongContract when this program does not know the code that took over.
    """
    held = manifest.entry(stock_ledger.NAME)
    call = directory.ActiveOf(name_word(held.name)).calldata()
    found = directory.decode_active_of(connection.execution.call(DIRECTORY_ADDRESS, call, block))
    if found.version <= held.version or held.address not in read_line(connection, found.target, block).addresses:
        return manifest
    listed = active_of(connection, held.name, block)
    if listed is None:
        return manifest
    check_entry(stock_ledger, listed)
    entry = manifest_entry(connection, stock_ledger, listed, block)
    return replace(manifest, contracts={**manifest.contracts, held.name: entry})


def read_manifest(connection: Connection, block: int) -> Manifest:
    """What the directory lists after ``block``, as a manifest: a node that joined has it from the chain itself.

    Raises ConfigurationError when nothing is listed, WrongContract for contracts that this program does not know.
    """
    check_genesis_contracts(connection, block)
    entries = genesis_entries()
    for module in DEPLOYED_CONTRACTS:
        listed = active_of(connection, module.NAME, block)
        if listed is None and module.NAME in OPTIONAL_CONTRACTS:
            continue
        if listed is None:
            raise ConfigurationError(f"{module.NAME} is not deployed on this ledger yet", hint=_DEPLOY)
        check_entry(module, listed)
        entries[module.NAME] = manifest_entry(connection, module, listed, block)
    return Manifest(connection.chain_id, connection.evm_chain_id, entries)


def genesis_entries() -> dict[str, ContractEntry]:
    """The manifest's entries of the contracts that stand in genesis, by name."""
    return {
        module.NAME: ContractEntry(module.NAME, module.VERSION, address, module.CODE_HASH, block=0)
        for address, module in GENESIS_CONTRACTS.items()
    }


def manifest_entry(connection: Connection, module: ModuleType, listed: Listed, block: int) -> ContractEntry:
    """A listed contract's entry; its block is the one that listed it, the same on every member's machine."""
    for log in reversed(connection.execution.logs(0, block, [DIRECTORY_ADDRESS])):
        if log.topics[0] == directory.ContractRegisteredEvent.TOPIC:
            event = directory.ContractRegisteredEvent.decode(log.topics, log.data)
            if event.target == listed.target and event.version == listed.version:
                return ContractEntry(module.NAME, listed.version, listed.target, module.CODE_HASH, log.block_number)
    raise MalformedAnswer(f"the node has no event that listed {module.NAME}", hint="does it keep all logs?")


def check_entry(module: ModuleType, listed: Listed) -> None:
    """Raises WrongContract unless the directory lists the version and code of the contract's binding.

    A StockLedger that took over from another one may be the same code: its number is then a higher one.
    """
    took_over = module is stock_ledger and listed.version > module.VERSION
    if listed.version != module.VERSION and not took_over:
        raise WrongContract(
            f"the directory has version {listed.version} of {module.NAME}, this program knows {module.VERSION}",
            hint="use the release of LiveLedger that this ledger runs",
            contract=module.NAME,
        )
    check_code(module, listed.code_hash)
