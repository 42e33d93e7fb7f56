"""One range of blocks, from events to rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from sqlalchemy import Connection

from liveledger.bindings.stock_ledger import BatchPostedEvent
from liveledger.chain.contracts.manifest import Manifest
from liveledger.chain.contracts.succession import StockLine
from liveledger.chain.rpc.records import Log
from liveledger.index import acts
from liveledger.index.chain import hash_batches
from liveledger.index.chain.tables import blocks
from liveledger.index.heads import Heads, Place
from liveledger.index.members import handlers as members
from liveledger.index.source import Range
from liveledger.index.stock.batches import CONTRACT as STOCK_LEDGER
from liveledger.index.stock.batches import Posted, Stock
from liveledger.index.writer import Writer
from liveledger.rules.families import FAMILIES

Handler = Callable[[Heads, Writer, Log, Place], None]


def handlers_of(family: str) -> dict[str, dict[bytes, Handler]]:
    """What the index does with the events of a family: handlers by topic (32 bytes), by the contract's name."""
    found: dict[str, dict[bytes, Handler]] = import_module(f"liveledger.index.{family}.handlers").HANDLERS
    return found


_CORE: dict[str, dict[bytes, Handler]] = {**members.HANDLERS, **hash_batches.HANDLERS}
_BY_FAMILY = {family.name: handlers_of(family.name) for family in FAMILIES}
# By contract: the chain's own and the members' first, then every family's.
HANDLERS: dict[str, dict[bytes, Handler]] = {
    **_CORE,
    **{contract: topics for handlers in _BY_FAMILY.values() for contract, topics in handlers.items()},
}
FOLLOWED = tuple(dict.fromkeys((*acts.KEPT_BY, *HANDLERS)))


@dataclass(frozen=True, slots=True)
class Share:
    """What of the events is applied: the families, and with ``core`` the chain itself and its members."""

    families: frozenset[str] = frozenset(_BY_FAMILY)
    core: bool = True

    def handlers(self) -> dict[str, dict[bytes, Handler]]:
        """The handlers by contract and topic."""
        own = [_BY_FAMILY[name] for name in _BY_FAMILY if name in self.families]
        kept = [*([_CORE] if self.core else []), *own]
        return {contract: topics for handlers in kept for contract, topics in handlers.items()}

    def acting(self) -> tuple[str, ...]:
        """The contracts of genesis whose acts are followed."""
        return acts.KEPT_BY if self.core else ()


ALL = Share()


class Applier:
    """Applies ranges one after the other; keeps what was touched lately in memory."""

    def __init__(
        self, evm_chain_id: int, manifest: Manifest, line: StockLine | None = None, share: Share = ALL
    ) -> None:
        """``line``: the StockLedgers of the ledger, whose events are one history; else the manifest's alone."""
        handlers, known = share.handlers(), manifest.contracts
        own = line or StockLine((known[STOCK_LEDGER].address,))
        self.share, self.line = share, own if STOCK_LEDGER in handlers else StockLine(())
        names = dict.fromkeys((*share.acting(), *handlers))
        self.addresses = {name: known[name].address for name in names if name in known}
        self.followed = [*self.addresses.values(), *self.line.addresses[1:]]
        self.heads = Heads(evm_chain_id, self.addresses)
        self._stock = Stock(self.heads)
        self._handlers: dict[tuple[bytes, bytes], Handler] = {}
        for name in share.acting():
            self._handlers[self.addresses[name], acts.TOPIC] = acts.ActHandler(name)
        for name, topics in handlers.items():
            for topic, handler in topics.items() if name in self.addresses else ():
                self._handle(name, topic, handler)

    def _handle(self, name: str, topic: bytes, handler: Handler) -> None:
        for address in self.line.addresses if name == STOCK_LEDGER else (self.addresses[name],):
            self._handlers[address, topic] = handler

    def apply(self, connection: Connection, part: Range) -> int:
        """Writes what a range changes, inside the caller's transaction; returns the number of movements."""
        writer = Writer(connection)
        self.heads.begin(connection)
        self._stock.begin()
        movements = self._stock.apply(writer, self._batches(part))
        self._others(writer, part)
        for block in part.blocks if self.share.core else ():
            row = {
                "height": block.number,
                "hash": block.hash,
                "time": block.time,
                "transactions": block.transactions,
                "set_change": block.number in part.set_changes,
            }
            writer.add(blocks, row)
        writer.flush()
        self.heads.write(connection)
        self._stock.write(connection)
        return movements

    def _batches(self, part: Range) -> list[Posted]:
        return [
            Posted(BatchPostedEvent.decode(log.topics, log.data), _place(log, part.times), log.address)
            for log in part.logs
            if log.address in self.line.addresses and log.topics[0] == BatchPostedEvent.TOPIC
        ]

    def _others(self, writer: Writer, part: Range) -> None:
        for log in part.logs:
            handler = self._handlers.get((log.address, log.topics[0])) if log.topics else None
            if handler is not None:
                handler(self.heads, writer, log, _place(log, part.times))


def _place(log: Log, times: dict[int, int]) -> Place:
    return Place(log.block_number, times[log.block_number], log.tx_index, log.log_index, log.tx_hash)
