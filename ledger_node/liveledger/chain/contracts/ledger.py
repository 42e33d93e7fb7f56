"""A ledger that is ready for use: right chain, right contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveledger.bindings import stock_ledger
from liveledger.chain.contracts.directory_manifest import read_manifest, renewed
from liveledger.chain.contracts.manifest import Manifest
from liveledger.chain.contracts.succession import StockLine, read_line
from liveledger.chain.rpc.connection import Connection, connect
from liveledger.chain.rpc.finality import final_height, verifiable_height
from liveledger.domain.home import LedgerHome

__all__ = ["Connection", "Ledger", "connect", "final_height", "open_ledger", "verifiable_height"]


@dataclass(slots=True)
class Contracts:
    """The contracts as they were checked last: put in as one, other threads read it; and after which block that was."""

    now: tuple[Manifest, StockLine]
    followed: int = -1


@dataclass(frozen=True)
class Ledger(Connection):
    """A connection whose contracts were checked."""

    contracts: Contracts

    @property
    def manifest(self) -> Manifest:
        """What the directory lists."""
        return self.contracts.now[0]

    @property
    def stock_line(self) -> StockLine:
        """The StockLedger of the manifest, and those that it took over from."""
        return self.contracts.now[1]

    def words(self, contract: str, slots: Sequence[bytes], block: int) -> list[int]:
        """Words of a contract at storage slots (32 bytes each) after ``block``, as they count.

        Of one whose active version is not known, those of the newest one that is.
        """
        if contract == stock_ledger.NAME:
            return self.stock_line.words(self.execution, slots, block)
        known = self.manifest.contracts.get(contract) or self.manifest.entry(contract)
        return list(self.execution.storage_many(known.address, slots, block))

    def follow(self, block: int) -> None:
        """Goes on with what the Directory lists after ``block``: a StockLedger that took over, a new family, a version.

        The Directory is asked once a block: requests come more often, and none goes back to one that was replaced.
        A version that this program does not know is a gap of the manifest from here on.
        """
        if block <= self.contracts.followed:
            return
        manifest = renewed(self, self.manifest, block)
        if manifest is not self.manifest:
            self.contracts.now = _with_line(self, manifest, block)
        self.contracts.followed = block


def open_ledger(home: LedgerHome, *, node: int = 0, timeout: float = 10.0) -> Ledger:
    """Opens the ledger of ``home`` through node number ``node``.

    The manifest of a node that joined is written from the chain's directory when the ledger is opened first. Families
    and versions that this program does not know are gaps of the manifest.

    Raises WrongChain or WrongContract, also when the manifest is not of this chain's contracts;
    ConfigurationError when nothing is deployed; NodeUnreachable when the node does not run.
    """
    connection = connect(home, node=node, timeout=timeout)
    height = final_height(connection)
    manifest = _manifest(connection, height)
    return Ledger(
        home=home,
        chain_id=connection.chain_id,
        evm_chain_id=connection.evm_chain_id,
        execution=connection.execution,
        comet=connection.comet,
        contracts=Contracts(_with_line(connection, manifest, height)),
        door=connection.door,
    )


def _manifest(connection: Connection, height: int) -> Manifest:
    """The home's manifest as the directory has it, written where it says something new."""
    path = connection.home.manifest
    kept = Manifest.read(path) if path.exists() else None
    manifest = read_manifest(connection, height, kept)
    if kept is None or manifest != kept:
        manifest.write(path)
    return manifest


def _with_line(connection: Connection, manifest: Manifest, block: int) -> tuple[Manifest, StockLine]:
    """With the StockLedgers whose words this program can read: none where it knows none of them."""
    newest = manifest.contracts.get(stock_ledger.NAME)
    return manifest, read_line(connection, newest.address, block) if newest else StockLine(())
