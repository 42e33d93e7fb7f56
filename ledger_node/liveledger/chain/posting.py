"""Posting movements: messages in, batches on the chain, each message exactly once.

A batch is one transaction, all or nothing. When a record is poisoned the contract names its index: that message is
refused by name, and the rest is posted again. Sequence numbers make a batch count once, whatever is sent twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from liveledger.bindings import stock_ledger
from liveledger.bindings.errors import Revert
from liveledger.chain.batching import GAS_TARGET, MovementMessage, Warmth, movement_bytes, packed_call, post_call, split
from liveledger.chain.finality import final_height
from liveledger.chain.journal import Journal, LiveBatch, MessageStatus
from liveledger.chain.ledger import Ledger
from liveledger.chain.outbox import State
from liveledger.chain.reverts import explain, revert_of, violation
from liveledger.chain.sender import NotFinalYet, Request, Sender
from liveledger.chain.signing import MAX_TX_GAS
from liveledger.chain.transport import NodeUnreachable, RpcError
from liveledger.domain.errors import InvalidInput, LiveLedgerError
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.movements import pack
from liveledger.domain.streams import sku_stream, stream_slot

log = structlog.get_logger("liveledger.chain.posting")


class LaneTaken(LiveLedgerError):
    """The chain used a sequence number of this lane for something else than the outbox knows; nothing is posted."""

    code = "lane-taken"
    http_status = 409


class OutOfGas(LiveLedgerError):
    """A batch needs more gas than a transaction may use."""

    code = "out-of-gas"


_POLL_SECONDS = 0.04
_BALANCES_SLOT = 0


@dataclass(frozen=True, slots=True)
class _ChainState:
    """Next sequence of the lane, base fee (wei a gas) and next nonce of the account, after one block."""

    sequence: int
    base_fee: int
    nonce: int


class Poster:
    """Posts movements of one account on one lane. A lane belongs to one poster at a time."""

    def __init__(self, ledger: Ledger, sender: Sender, *, lane: int = 0) -> None:
        self.ledger = ledger
        self.sender = sender
        self.lane = lane
        self._contract = ledger.manifest.address("StockLedger")
        self._journal = Journal(sender.outbox, sender.address, lane)
        self._warmth = Warmth()
        self._gas_target = GAS_TARGET

    def post(self, messages: Sequence[MovementMessage], *, check: bool = False) -> int:
        """Acknowledges movements: when this returns they are on disk and will be posted exactly once.

        Returns how many are new; ids that were posted before are left out. With ``check`` the movements must fit one
        batch and are tried on the final state first: RuleViolation names the message, and nothing is kept. Raises
        InvalidInput for a movement whose form is wrong, KeyReused for an id that came with another movement.
        """
        contents = [_content(message) for message in messages]
        height = final_height(self.ledger)
        fresh = self._journal.fresh(messages, contents)
        if not fresh:
            return 0
        self._learn(fresh, height)
        if check:
            self._check(fresh, height)
        chain = self._chain_state(height)
        with self.sender.outbox.transaction():
            by_id = {message.message_id: content for message, content in zip(messages, contents, strict=True)}
            # Once more under the lock: another process may have taken some in the meantime.
            fresh = self._journal.fresh(fresh, [by_id[message.message_id] for message in fresh])
            self._enter(list(split(fresh, self._warmth, self._gas_target)), chain)
        return len(fresh)

    def pump(self) -> None:
        """One step: sends, records what is final, and posts again what a poisoned record held up."""
        self.sender.pump()
        self._recover()

    def newest_open(self) -> int | None:
        """Sequence number of the newest batch that is not final yet; None when all are."""
        waiting = self._journal.open_batches()
        return waiting[-1].sequence if waiting else None

    def wait(self, *, timeout: float = 60.0, newest: int | None = None) -> None:
        """Pumps until every message of the lane is posted or refused; with ``newest``, those up to that batch.

        Raises NotFinalYet when the time is over.
        """
        deadline = time.monotonic() + timeout
        while True:
            hindrance = "is the chain making blocks?"
            try:
                self.pump()
            except NodeUnreachable as away:
                hindrance = away.message
            waiting = self._journal.open_batches()
            if not waiting or (newest is not None and waiting[0].sequence > newest):
                return
            if time.monotonic() > deadline:
                raise NotFinalYet(f"batch {waiting[0].sequence} is not final after {timeout} s", hint=hindrance)
            time.sleep(_POLL_SECONDS)

    def status(self, message_id: str) -> MessageStatus | None:
        """Where a message is; None when it was never posted on this lane."""
        return self._journal.status(message_id)

    def _chain_state(self, height: int) -> _ChainState:
        """Asked before the outbox is locked: a slow node must not hold up the others that write to it."""
        execution = self.ledger.execution
        base_fee = execution.block(height).base_fee
        return _ChainState(self._chain_count(height), base_fee, execution.nonce(self.sender.address, height))

    def _enter(self, batches: Sequence[Sequence[MovementMessage]], chain: _ChainState) -> None:
        """Signs batches and puts them into the outbox with the messages in them; inside its transaction.

        Sequence and nonce are decided here, under the lock: what the outbox holds may be ahead of ``chain``.
        """
        sequence = max(self._journal.next_sequence(), chain.sequence)
        for number, batch in enumerate(batches, sequence):
            key = f"post:{self.lane}:{number}:{self._journal.tries(number)}"
            records = pack([message.movement for message in batch])
            request = Request(key, self._contract, packed_call(self.lane, number, batch, records), MAX_TX_GAS)
            (entry,) = self.sender.enter([request], base_fee=chain.base_fee, chain_nonce=chain.nonce)
            self._journal.add_batch(entry, number, batch, records)

    def _chain_count(self, height: int) -> int:
        call = stock_ledger.NextSequence(self.sender.address, self.lane).calldata()
        return stock_ledger.decode_next_sequence(self.ledger.execution.call(self._contract, call, height))

    def _learn(self, messages: Sequence[MovementMessage], height: int) -> None:
        """Asks the chain which of the slots that the messages touch are in use."""
        skus, balances = self._warmth.unknown(message.movement for message in messages)
        slots = [stream_slot(sku_stream(sku)) for sku in skus]
        slots += [mapping_slot(uint_word(balance), _BALANCES_SLOT) for balance in balances]
        words = self.ledger.execution.storage_many(self._contract, slots, height)
        used_skus = [sku for sku, word in zip(skus, words, strict=False) if word]
        self._warmth.learn(
            used_skus, [balance for balance, word in zip(balances, words[len(skus) :], strict=True) if word]
        )

    def _check(self, messages: Sequence[MovementMessage], height: int) -> None:
        parts = list(split(messages, Warmth()))
        if len(parts) > 1:
            raise InvalidInput(
                f"{len(messages)} movements do not fit one batch", hint="post them without the check, or fewer"
            )
        revert = self._refusal(parts[0], height, self._chain_count(height))
        if revert is not None:
            error = violation(revert)
            index = revert.args.get("index")
            if isinstance(index, int) and index < len(parts[0]):
                error.details["message_id"] = parts[0][index].message_id
            raise error

    def _refusal(self, batch: Sequence[MovementMessage], height: int, sequence: int) -> Revert | None:
        """The contract's reason against a batch on the state after block ``height``; None when it would be taken."""
        data = post_call(self.lane, sequence, batch)
        try:
            self.ledger.execution.call(self._contract, data, height, sender=self.sender.address, gas=MAX_TX_GAS)
        except RpcError as error:
            revert = revert_of(error)
            if revert is not None:
                return revert
            if "out of gas" in error.reason:
                raise OutOfGas(f"{len(batch)} movements need more than {MAX_TX_GAS} gas") from error
            raise explain(error) from error
        return None

    def _recover(self) -> None:
        """Deals with failed batches, once nothing of the lane is in flight any more.

        A batch that failed did not use up its sequence number, so all later ones in flight failed too. Their messages
        are posted again, in their order.
        """
        waiting = self._journal.open_batches()
        if not waiting or any(batch.state == State.PENDING for batch in waiting):
            return
        height = final_height(self.ledger)
        expected = self._chain_count(height)
        if expected != waiting[0].sequence:
            raise LaneTaken(
                f"batch {waiting[0].sequence} of lane {self.lane} failed, but the chain expects batch {expected}",
                hint="is the lane in use by another outbox? Post on another lane",
            )
        messages = [message for batch in waiting for message in self._journal.messages_of(batch.sequence)]
        self._learn(messages, height)
        parts = list(split(messages, self._warmth, self._gas_target))
        refused: dict[str, Revert] = {}
        try:
            if parts:
                parts[0] = self._cleanse(parts[0], height, refused)
        except OutOfGas:
            # The model of gas was too low for these: smaller batches at the next step.
            self._gas_target = max(self._gas_target // 2, 1)
            return
        self._repost(waiting, [part for part in parts if part], refused, height)

    def _cleanse(self, batch: list[MovementMessage], height: int, refused: dict[str, Revert]) -> list[MovementMessage]:
        """Takes poisoned records out until the chain would take the rest.

        Raises RuleViolation for a reason that is about no single record (the account was suspended, say).
        """
        sequence = self._chain_count(height)
        batch = list(batch)
        while batch and (revert := self._refusal(batch, height, sequence)) is not None:
            index = revert.args.get("index")
            if not isinstance(index, int) or index >= len(batch):
                raise violation(revert)
            refused[batch[index].message_id] = revert
            del batch[index]
        return batch

    def _repost(
        self, failed: Sequence[LiveBatch], parts: list[list[MovementMessage]], refused: dict[str, Revert], height: int
    ) -> None:
        chain = self._chain_state(height)
        with self.sender.outbox.transaction():
            # Under the lock: another process may have recovered the lane meanwhile.
            if [batch.entry for batch in self._journal.open_batches()] != [batch.entry for batch in failed]:
                return
            for message_id, revert in refused.items():
                self._journal.refuse(message_id, str(revert))
                log.warning("message-refused", message_id=message_id, lane=self.lane, reason=str(revert))
            self._journal.retire(batch.entry for batch in failed)
            self._enter(parts, chain)


def _content(message: MovementMessage) -> bytes:
    """What the outbox keeps of a movement. Raises InvalidInput naming the message when its form is wrong."""
    try:
        content = movement_bytes(message.movement)
    except (InvalidInput, OverflowError) as error:
        raise InvalidInput(f"message {message.message_id!r}: {error}", message_id=message.message_id) from error
    if len(message.document) != 32:
        raise InvalidInput(
            f"message {message.message_id!r}: a document's leaf has 32 bytes", message_id=message.message_id
        )
    return content
