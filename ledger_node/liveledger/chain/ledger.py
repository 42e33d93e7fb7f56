"""A ledger that is ready for use: right chain, right contracts."""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.chain.connection import Connection, connect
from liveledger.chain.finality import final_height, verifiable_height
from liveledger.chain.manifest import Manifest
from liveledger.chain.outbox import Outbox
from liveledger.chain.registry import check_manifest, read_manifest
from liveledger.domain.home import LedgerHome

__all__ = ["Connection", "Ledger", "connect", "final_height", "open_ledger", "open_outbox", "verifiable_height"]


@dataclass(frozen=True)
class Ledger(Connection):
    """A connection whose contracts were checked."""

    manifest: Manifest


def open_ledger(home: LedgerHome, *, node: int = 0, timeout: float = 10.0) -> Ledger:
    """Opens the ledger of ``home`` through node number ``node``.

    The manifest of a node that joined is written from the chain's directory when the ledger is opened first.

    Raises WrongChain or WrongContract, also when the manifest is not what the chain's directory says;
    ConfigurationError when nothing is deployed; NodeUnreachable when the node does not run.
    """
    connection = connect(home, node=node, timeout=timeout)
    manifest = _manifest(connection)
    return Ledger(
        home=home,
        chain_id=connection.chain_id,
        evm_chain_id=connection.evm_chain_id,
        execution=connection.execution,
        comet=connection.comet,
        manifest=manifest,
        door=connection.door,
    )


def _manifest(connection: Connection) -> Manifest:
    """The home's manifest, checked against the directory, or written from it now."""
    path, height = connection.home.manifest, final_height(connection)
    if path.exists():
        manifest = Manifest.read(path)
        check_manifest(connection, manifest, height)
    else:
        manifest = read_manifest(connection, height)
        manifest.write(path)
    return manifest


def open_outbox(connection: Connection) -> Outbox:
    """The outbox of the ledger's home, bound to its chain. Raises ConfigurationError when it belongs to another."""
    genesis = connection.execution.block_hash(0)
    return Outbox(connection.home.outbox, evm_chain_id=connection.evm_chain_id, genesis=genesis)
