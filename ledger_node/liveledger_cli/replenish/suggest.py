"""One pass of ``liveledger replenish suggest``: overdue orders are ended, the rule is asked, its orders are made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.home import LedgerHome
from liveledger.index.database import index_engine
from liveledger.services.replenishment import ReplenishmentReader, ReplenishmentWriter
from liveledger_oracles.replenishment.closing import OrderHours, order_hours
from liveledger_oracles.replenishment.planning import Pass, Spot, Stopwatch, carry_out, end_overdue, propose

Agree = Callable[[str], bool]
Writing = Callable[[], AbstractContextManager[ReplenishmentWriter]]
# Orders that were closed in this time say how long one takes.
_CLOSED_WITHIN_SECONDS = 28 * 86_400


@dataclass(frozen=True, slots=True)
class Runner:
    """What a pass works with; ``agree`` asks a person, ``writing`` opens the account that sends."""

    opened: Ledger
    watch: Stopwatch
    send: bool
    agree: Agree
    writing: Writing

    def run(self, spots: Collection[Spot]) -> Pass:
        """The pass over ``spots``. Whatever keeps it from its end stands in what it returns."""
        reader, block = ReplenishmentReader(self.opened), final_height(self.opened)
        now = reader.time(block)
        pairs = [(spot.sku, spot.place) for spot in spots]
        overdue = [order for order in reader.open_orders(pairs, block) if order.deadline < now]
        expired: list[int] = []
        if overdue and self._may(f"end {len(overdue)} orders past their deadline"):
            with self.writing() as writer:
                expired = end_overdue(overdue, writer)
            block = final_height(self.opened)
        made = propose(reader, list(spots), block)
        made.overdue, made.expired = overdue, expired
        wanted = sum(proposal.choice is not None for proposal in made.proposals)
        if wanted and self._may(f"make {wanted} orders"):
            with self.writing() as writer:
                carry_out(made, writer)
        made.hours = closed_hours(self.opened.home, {spot.sku for spot in spots}, now)
        return made

    def _may(self, what: str) -> bool:
        return self.send and self.watch.wait_for(lambda: self.agree(what))


def closed_hours(home: LedgerHome, skus: Collection[int], now: int) -> OrderHours | None:
    """How long orders of ``skus`` took that were closed in the 28 days before ``now``, by this home's index, if any."""
    if not (home.index.exists() or home.index_url.exists()):
        return None
    engine = index_engine(home)
    try:
        return order_hours(engine, skus, now - _CLOSED_WITHIN_SECONDS)
    finally:
        engine.dispose()
