"""The on-chain directory as a client reads it, and the checks without which nothing is sent or answered."""

from __future__ import annotations

from types import ModuleType

from liveledger.bindings import directory
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.chain.connection import Connection
from liveledger.chain.manifest import DEPLOYED_CONTRACTS, GENESIS_CONTRACTS, Manifest
from liveledger.chain.records import data_bytes
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes, keccak


class WrongContract(ConfigurationError):
    """A contract on the chain is not the one that this program was built for. Nothing was sent."""

    code = "wrong-contract"


def name_word(name: str) -> bytes:
    """The directory's key of a name: ASCII, right-padded to 32 bytes."""
    return name.encode("ascii").ljust(32, b"\0")


def entry_of(connection: Connection, name: str, block: int) -> directory.Entry | None:
    """The directory's entry after block ``block``; None when there is none."""
    data = connection.execution.call(DIRECTORY_ADDRESS, directory.EntryOf(name_word(name)).calldata(), block)
    entry = directory.decode_entry_of(data)
    return entry if any(entry.target) else None


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
        listed = entry_of(connection, module.NAME, block)
        if listed is None:
            raise WrongContract(
                f"{module.NAME} is not in the directory", hint="run `liveledger deploy`", contract=module.NAME
            )
        check_entry(module, listed)
        if manifest.address(module.NAME) != listed.target:
            raise WrongContract(
                f"the manifest has {module.NAME} at another address than the directory",
                hint="run `liveledger deploy`: it writes the manifest anew",
                contract=module.NAME,
            )


def check_entry(module: ModuleType, listed: directory.Entry) -> None:
    """Raises WrongContract unless the directory lists the version and code of the contract's binding."""
    if listed.version != module.VERSION:
        raise WrongContract(
            f"the directory has version {listed.version} of {module.NAME}, this program knows {module.VERSION}",
            hint="use the release of LiveLedger that this ledger runs",
            contract=module.NAME,
        )
    check_code(module, listed.code_hash)
