"""What the posters ask the StockLedger: its next sequence number, what it would say to a batch, which slots it uses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from liveledger.bindings import stock_ledger
from liveledger.bindings.errors import Revert
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.names import LedgerNames
from liveledger.chain.movements.batching import Movements, Warmth, post_call
from liveledger.chain.movements.records import Waiting, movements_of
from liveledger.chain.movements.rejection_isolation import Poisoned, sort_out
from liveledger.chain.rpc.reverts import explain, revert_of
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.movements import MAX_LOT, MAX_PLACE
from liveledger.domain.streams import StreamHead, poster_stream, sku_stream, stream_slot
from liveledger.domain.transactions import MAX_TX_GAS
from liveledger.rules.stock_state import Owner, lanes_of

_BALANCES_SLOT = 0
# So many reasons are looked into at a time, each a call with a whole batch.
MAX_QUESTIONS = 50


class OutOfGas(LiveLedgerError):
    """A batch needs more gas than a transaction may use."""

    code = "out-of-gas"


class StockContract:
    """The contract as one account sees it on one of its lanes."""

    def __init__(self, ledger: Ledger, account: bytes, lane: int) -> None:
        self._ledger = ledger
        self._execution = ledger.execution
        self._account = account
        self.names = LedgerNames(ledger, lambda: ledger.stock_line)
        self._lane = lane

    @property
    def address(self) -> bytes:
        """Where batches go: the StockLedger that was active when the chain was asked last."""
        return self._ledger.manifest.target(stock_ledger.NAME)

    def next_sequence(self, height: int) -> int:
        """Number that the lane's next batch must have, after a block, whose StockLedger is meant from here on."""
        self._ledger.follow(height)
        (word,) = self._words([stream_slot(poster_stream(self._account, self._lane))], height)
        head = StreamHead.from_word(word)
        return head.count if head else 0

    def refusal(self, batch: Movements, height: int, sequence: int) -> Revert | None:
        """The contract's reason against a batch on the state after block ``height``; None when it would be taken.

        Raises OutOfGas, and the node's own refusals as they are explained.
        """
        data = post_call(self._lane, sequence, batch)
        try:
            self._execution.call(self.address, data, height, sender=self._account, gas=MAX_TX_GAS)
        except RpcError as error:
            revert = revert_of(error)
            if revert is not None:
                return revert
            if "out of gas" in error.reason:
                raise OutOfGas(f"{len(batch)} movements need more than {MAX_TX_GAS} gas") from error
            raise explain(error, self.names) from error
        return None

    def poisoned(self, messages: Sequence[Waiting], height: int) -> Poisoned:
        """Which messages keep the chain from taking the rest of them in one batch after block ``height``.

        Raises OutOfGas, and RuleViolation for a reason that is about no single record (a suspended account, say).
        """
        ordered = sorted(messages, key=lambda message: message.owner)
        if not ordered:
            return Poisoned([], {}, decided=True)
        sequence = self.next_sequence(height)
        balances = self._balances(movements_of(ordered), height)
        return sort_out(
            ordered,
            balances,
            lambda left: self.refusal(movements_of(left), height, sequence),
            MAX_QUESTIONS,
            self.names,
        )

    def _balances(self, movements: Movements, height: int) -> dict[Owner, tuple[int, ...]]:
        """Lanes of all balances that the movements touch, by SKU, lot and place."""
        keys = [key for key in np.unique(movements.balances()).tolist() if key]
        slots = [mapping_slot(uint_word(key), _BALANCES_SLOT) for key in keys]
        words = self._words(slots, height)
        return {
            (key >> 32, key >> 16 & MAX_LOT, key & MAX_PLACE): lanes_of(word)
            for key, word in zip(keys, words, strict=True)
        }

    def sku_words(self, skus: Sequence[int], height: int) -> list[int]:
        """Stream words of SKUs after a block: they change with every movement of the SKU, 0 = it never had one."""
        slots = [stream_slot(sku_stream(sku)) for sku in skus]
        return self._words(slots, height)

    def learn(self, warmth: Warmth, movements: Movements, height: int) -> None:
        """Finds out which of the slots that the movements touch are in use: by the active StockLedger's own words."""
        skus, balances = warmth.unknown(movements)
        slots = [stream_slot(sku_stream(sku)) for sku in skus]
        slots += [mapping_slot(uint_word(balance), _BALANCES_SLOT) for balance in balances]
        words = self._execution.storage_many(self.address, slots, height)
        used_skus = [sku for sku, word in zip(skus, words, strict=False) if word]
        used_balances = [key for key, word in zip(balances, words[len(skus) :], strict=True) if word]
        warmth.learn(used_skus, used_balances)

    def _words(self, slots: Sequence[bytes], height: int) -> list[int]:
        """Words as they count, whichever version wrote them."""
        return self._ledger.stock_line.words(self._execution, slots, height)
