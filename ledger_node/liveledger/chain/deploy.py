"""Puts the contracts on the chain and lists them in its directory. Can be stopped at any instant and run again."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from liveledger.bindings import directory
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.chain.accounts import AccountStore
from liveledger.chain.connection import Connection, connect
from liveledger.chain.finality import final_height
from liveledger.chain.ledger import open_outbox
from liveledger.chain.manifest import CONTRACT_FLAGS, DEPLOYED_CONTRACTS, Manifest
from liveledger.chain.registry import (
    check_code,
    check_entry,
    check_genesis_contracts,
    entry_of,
    genesis_entries,
    manifest_entry,
    name_word,
)
from liveledger.chain.sender import Sender
from liveledger.domain import rlp
from liveledger.domain.errors import Unavailable
from liveledger.domain.hashing import keccak
from liveledger.domain.home import LedgerHome

ADMINISTRATOR = "administrator"

Progress = Callable[[str], None]


def deploy(
    home: LedgerHome, *, node: int = 0, progress: Progress | None = None, accounts: AccountStore | None = None
) -> Manifest:
    """Deploys what the directory does not list yet and writes the manifest; without ``accounts`` by a plain key.

    Raises NotFound when the key of the administrator is not here, ConfigurationError when it cannot be opened,
    WrongContract when the chain has contracts of another version, Unavailable when the chain makes no blocks.
    """
    administrator = (accounts or AccountStore(home)).load(ADMINISTRATOR)
    connection = connect(home, node=node)
    outbox = open_outbox(connection)
    try:
        return _deploy(connection, Sender(connection, administrator, outbox), progress or _silent)
    finally:
        outbox.close()
        connection.close()


def _silent(_: str) -> None:
    """Progress that nobody reads."""


def _deploy(connection: Connection, sender: Sender, progress: Progress) -> Manifest:
    check_genesis_contracts(connection, final_height(connection))
    entries = genesis_entries()
    missing = []
    for module in DEPLOYED_CONTRACTS:
        listed = entry_of(connection, module.NAME, final_height(connection))
        if listed is None:
            missing.append(module)
        else:
            check_entry(module, listed)
            entries[module.NAME] = manifest_entry(connection, module, listed.target, final_height(connection))
    if missing:
        progress(f"deploying {', '.join(module.NAME for module in missing)}")
        addresses = _create(sender, missing)
        for module, address in addresses.items():
            check_code(module, keccak(connection.execution.code(address, final_height(connection))))
        _register(sender, addresses)
        height = final_height(connection)
        for module, address in addresses.items():
            entries[module.NAME] = manifest_entry(connection, module, address, height)
    manifest = Manifest(connection.chain_id, connection.evm_chain_id, entries)
    _set_flags(connection, sender, manifest)
    manifest.write(connection.home.manifest)
    progress(f"wrote {connection.home.manifest}")
    return manifest


def _create(sender: Sender, modules: list[ModuleType]) -> dict[ModuleType, bytes]:
    """Creates the contracts, all in flight at once; returns their addresses."""
    keys = {module: f"create:{module.NAME}:{module.VERSION}:{module.CODE_HASH.hex()[:16]}" for module in modules}
    for module, key in keys.items():
        sender.submit(key, b"", module.CREATION_CODE)
    addresses = {}
    for (module, key), outcome in zip(keys.items(), sender.wait_all(list(keys.values())), strict=True):
        if outcome.status != 1:
            raise sender.reason(key)
        entry = sender.outbox.find(sender.address, key)
        if entry is None:
            raise Unavailable(f"the outbox lost {key!r}", key=key)
        addresses[module] = created_address(sender.address, entry.nonce)
    return addresses


def created_address(sender: bytes, nonce: int) -> bytes:
    """Address (20 bytes) of the contract that ``sender`` creates with ``nonce``."""
    return keccak(rlp.encode([sender, nonce]))[12:]


def _register(sender: Sender, addresses: dict[ModuleType, bytes]) -> None:
    keys = []
    for module, address in addresses.items():
        keys.append(f"register:{module.NAME}:{module.VERSION}:{address.hex()}")
        call = directory.Register(name_word(module.NAME), address, module.VERSION)
        sender.submit(keys[-1], DIRECTORY_ADDRESS, call.calldata())
    for key, outcome in zip(keys, sender.wait_all(keys), strict=True):
        if outcome.status != 1:
            raise sender.reason(key)


def _set_flags(connection: Connection, sender: Sender, manifest: Manifest) -> None:
    """Says in the directory what may be done with the contracts, where it does not say so yet."""
    keys, height = [], final_height(connection)
    for name, wanted in CONTRACT_FLAGS.items():
        address = manifest.address(name)
        answer = connection.execution.call(DIRECTORY_ADDRESS, directory.FlagsOf(address).calldata(), height)
        if directory.decode_flags_of(answer) & wanted != wanted:
            keys.append(f"flags:{name}:{address.hex()}:{int(wanted)}")
            call = directory.SetFlags(address, wanted)
            sender.submit(keys[-1], DIRECTORY_ADDRESS, call.calldata())
    for key, outcome in zip(keys, sender.wait_all(keys), strict=True):
        if outcome.status != 1:
            raise sender.reason(key)
