"""Puts the contracts on the chain and lists them in its directory. Can be stopped at any instant and run again."""

from __future__ import annotations

from collections.abc import Callable

from liveledger.chain.accounts.accounts import AccountStore
from liveledger.chain.contracts.directory_manifest import read_manifest
from liveledger.chain.contracts.manifest import DEPLOYED_CONTRACTS, Manifest
from liveledger.chain.contracts.registry import check_code, check_genesis_contracts
from liveledger.chain.contracts.survey import survey
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection, connect
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import keccak
from liveledger.domain.home import LedgerHome
from liveledger.services.creation import create

ADMINISTRATOR = "administrator"

Progress = Callable[[str], None]


def deploy(
    home: LedgerHome,
    *,
    node: int = 0,
    progress: Progress | None = None,
    accounts: AccountStore | None = None,
    label: str = ADMINISTRATOR,
) -> Manifest:
    """Deploys what the directory does not list yet and writes the manifest; without ``accounts`` by a plain key.

    ``label`` names the account that sends: the administrator's approves and creates, any other creates what a vote
    approved. Raises RuleViolation for what is not approved, NotFound when the key is not here, ConfigurationError when
    it cannot be opened, WrongContract when the chain has other code of a version that this program knows, Unavailable
    when the chain makes no blocks.
    """
    account = (accounts or AccountStore(home)).load(label)
    connection = connect(home, node=node)
    outbox = open_outbox(connection)
    try:
        return _deploy(connection, Sender(connection, account, outbox), progress or _silent)
    finally:
        outbox.close()
        connection.close()


def _silent(_: str) -> None:
    """Progress that nobody reads."""


def _deploy(connection: Connection, sender: Sender, progress: Progress) -> Manifest:
    height = final_height(connection)
    check_genesis_contracts(connection, height)
    found = survey(connection, height)
    for gap in filter(None, (one.gap() for one in found.values() if one.version)):
        progress(f"left as it is: {gap.sentence()}")
    missing = [module for module in DEPLOYED_CONTRACTS if not found[module.NAME].version]
    if missing:
        progress(f"deploying {', '.join(module.NAME for module in missing)}")
        for module, address in create(sender, missing).items():
            check_code(module, keccak(connection.execution.code(address, final_height(connection))))
    manifest = read_manifest(connection, final_height(connection))
    manifest.write(connection.home.manifest)
    progress(f"wrote {connection.home.manifest}")
    return manifest
