"""Forming batches of what waits: when, of which movements, and with what gas.

The more waits, the larger the part that is sorted together, which makes a movement cheaper the heavier the load.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.batching import GAS_TARGET, Movements, Warmth, cut, gas_limit, least_batches, post_call
from liveledger.chain.movements.lane import Lane
from liveledger.chain.movements.queue import orders_first
from liveledger.chain.movements.records import LiveBatch
from liveledger.chain.movements.stock_contract import StockContract
from liveledger.chain.outbox.sender import Request
from liveledger.chain.rpc.finality import final_height

# A lane's batches on their way: what a block or two carry, and less than what an account's allowance bears.
MAX_OPEN = 40
# While more than about a block's worth is on its way, what comes is left to gather.
_ENOUGH_OPEN = 30
_GATHER_SECONDS = 0.25
# From a few batches on their way on, what comes gathers for about a block: each forming pays anew for every SKU in it.
_FEW_OPEN, _GATHER_LONGER_SECONDS = 2, 0.9
# Slots that are remembered to be non-zero; what is forgotten is asked again.
_MOST_WARM = 1_000_000
# What a batch's gas limit is over the model's figure, and at most after batches that ran out of gas.
GAS_MARGIN_PERCENT, _MOST_GAS_MARGIN_PERCENT = 130, 10_000


@dataclass(frozen=True, slots=True)
class _ChainState:
    """Next sequence of the lane, base fee (wei a gas) and next nonce of the account, after one block."""

    sequence: int
    base_fee: int
    nonce: int


class Forming:
    """Forms a lane's batches; one thread at a time. ``clock`` counts seconds."""

    def __init__(self, ledger: Ledger, lane: Lane, contract: StockContract, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._lane = lane
        self._contract = contract
        self._clock = clock
        self._warmth = Warmth()
        self._gas_target = GAS_TARGET
        self._gas_margin = GAS_MARGIN_PERCENT
        self._next_sku = 0
        self.posted_to = contract.address
        """Address of the StockLedger that the newest batches were sent to."""
        self.formed_at = clock() - _GATHER_SECONDS
        """When batches were formed last, by the clock."""

    def form(self) -> None:
        """Forms batches of what waits, unless enough is on its way or a failed batch has to be dealt with first."""
        lane = self._lane
        with lane.lock:
            lane.synchronise()
            open_ones = lane.journal.open_batches()
            if not len(lane.queue) or not self.due(open_ones):
                return
            waiting = lane.queue.every()
        # The node is asked before the outbox is locked: a slow one must not hold up the others that write to it.
        height = final_height(self._ledger)
        chain = self._chain_state(height)
        if len(self._warmth) > _MOST_WARM:
            self.forget()
        self._contract.learn(self._warmth, waiting, height)
        batches = self._cut(waiting, MAX_OPEN - len(open_ones))
        ids = np.concatenate([batch.ids for batch in batches])
        with lane.writing():
            if not lane.queue.holds(ids):  # another process took some into a batch meanwhile
                self.forget()
                return
            self._enter(batches, chain)
            lane.queue.drop(ids)
            lane.touch()
        self.formed_at = self._clock()
        # What found no room goes first the next time.
        self._next_sku = int(batches[-1].skus[-1])
        self._gas_target = min(self._gas_target * 9 // 8, GAS_TARGET)
        self._gas_margin = max(self._gas_margin * 8 // 9, GAS_MARGIN_PERCENT)

    def due(self, open_ones: Sequence[LiveBatch]) -> bool:
        """Whether what waits is to be formed now, beside the batches that are not final."""
        if any(batch.failed for batch in open_ones) or len(open_ones) > _ENOUGH_OPEN:
            return False
        # Reservations are not for the next block but for this one, whatever they cost more.
        soon = len(open_ones) <= _FEW_OPEN or self._lane.queue.reserve_only()
        gather = _GATHER_SECONDS if soon else _GATHER_LONGER_SECONDS
        return not open_ones or self._clock() - self.formed_at >= gather

    def forget(self) -> None:
        """Forgets which slots are written: it took for written what is not, or may not be."""
        self._warmth = Warmth()

    def ran_out_of_gas(self) -> None:
        """The model of gas was too low for a batch: its movements go into smaller ones."""
        self._gas_target = max(self._gas_target // 2, 1)

    def raise_margin(self) -> None:
        """Perhaps it was the limit that a batch was signed with: the next ones get a higher one."""
        self._gas_margin = min(4 * self._gas_margin, _MOST_GAS_MARGIN_PERCENT)

    def _cut(self, waiting: Movements, room: int) -> list[Movements]:
        """As many batches as there is room for: of all that waits, or of the orders first where it may not all fit.

        Not of the orders first at all times: a SKU that has both would be paid for twice.
        """
        parts = orders_first(waiting)
        if len(parts) > 1 and 2 * least_batches(waiting, self._warmth, self._gas_target) <= room:
            parts = [waiting]
        formed = (cut(part, self._warmth, self._gas_target, self._next_sku) for part in parts)
        return list(itertools.islice(itertools.chain.from_iterable(formed), room))

    def _chain_state(self, height: int) -> _ChainState:
        execution = self._ledger.execution
        return _ChainState(
            self._contract.next_sequence(height),
            execution.block(height).base_fee,
            execution.nonce(self._lane.sender.address, height),
        )

    def _enter(self, batches: Sequence[Movements], chain: _ChainState) -> None:
        """Signs batches and puts them into the outbox with the messages in them; inside its transaction.

        Sequence and nonce are decided here, under the lock: what the outbox holds may be ahead of ``chain``.
        """
        lane, sender, journal = self._lane.number, self._lane.sender, self._lane.journal
        sequence = max(journal.next_sequence(), chain.sequence)
        self.posted_to = self._contract.address
        for number, batch in enumerate(batches, sequence):
            request = Request(
                key=f"post:{lane}:{number}:{journal.tries(number)}",
                to=self.posted_to,
                data=post_call(lane, number, batch),
                gas=gas_limit(batch, self._gas_margin),
                acknowledged_at=journal.waits_since(batch.ids, sender.now()),
            )
            (entry,) = sender.enter([request], base_fee=chain.base_fee, chain_nonce=chain.nonce)
            journal.add_batch(entry, number, batch.ids)
