"""The second half of the send path: hand out what the outbox holds until it is final, and record what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.outbox.metrics import SenderMetrics
from liveledger.chain.outbox.outbox import Attempt, Entry, Outbox
from liveledger.chain.outbox.signing import Fees, outbid, sign
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.records import data_bytes, field, items, quantity
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

log = structlog.get_logger("liveledger.chain.outbox.delivery")

# At most this much is in the pool at a time for one account.
WINDOW_ENTRIES = 1_024
WINDOW_BYTES = 16 * 1024 * 1024
# The pool may lose a transaction: the same bytes go out again after so many blocks.
RESEND_AFTER_BLOCKS = 3
# The pool's words for "I have it already", which are geth's (core/txpool/errors.go, core/error.go).
_HARMLESS = ("already known", "nonce too low", "replacement transaction underpriced")


class InconsistentNode(LiveLedgerError):
    """The node contradicts itself about a transaction; nothing is recorded and nothing is sent under another nonce."""

    code = "inconsistent-node"
    http_status = 502


class Delivery:
    """Delivers one account's entries. ``step`` may be called as often as one likes, by several processes too."""

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        outbox: Outbox,
        metrics: SenderMetrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._account = account
        self._address = address_of(account)
        self._outbox = outbox
        self._metrics = metrics
        self._clock = clock
        self._seen_height = -1
        self.balance: int | None = None
        """What the account had for gas (wei) in the newest block that was looked at; None before."""
        self._base_fee = 0
        self._chain_nonce = 0
        self._sent_at: dict[bytes, int] = {}

    def step(self) -> None:
        """Records what is final by now and (re)sends what is not. Raises NodeUnreachable when the node is away."""
        waiting = self._outbox.undelivered(self._address, WINDOW_ENTRIES)
        if not waiting:
            return
        height = final_height(self._connection)
        if height > self._seen_height:
            self._look(height)
            self._record([one for one in waiting if one[0].nonce < self._chain_nonce], height)
            self._seen_height = height
        self._send([one for one in waiting if one[0].nonce >= self._chain_nonce], height)

    def _look(self, height: int) -> None:
        block, nonce, balance = self._connection.execution.batch(
            [
                ("eth_getBlockByNumber", [hex(height), False]),
                ("eth_getTransactionCount", [hex_bytes(self._address), hex(height)]),
                ("eth_getBalance", [hex_bytes(self._address), hex(height)]),
            ]
        )
        self.balance = quantity(balance)
        self._base_fee = quantity(field(block, "baseFeePerGas"))
        self._chain_nonce = quantity(nonce)

    def _record(self, waiting: Sequence[tuple[Entry, list[Attempt]]], height: int) -> None:
        """Looks for the receipts of entries whose nonce the chain has used up to block ``height``."""
        if not waiting:
            return
        tries = [(entry, attempt) for entry, attempts in waiting for attempt in attempts]
        receipts = self._connection.execution.batch(
            [("eth_getTransactionReceipt", [hex_bytes(attempt.tx_hash)]) for _, attempt in tries]
        )
        found = {
            entry.id: (attempt, receipt)
            for (entry, attempt), receipt in zip(tries, receipts, strict=True)
            if receipt is not None
        }
        blocks = self._blocks({quantity(field(receipt, "blockNumber")) for _, receipt in found.values()}, height)
        with self._outbox.transaction():
            for entry, attempts in waiting:
                if entry.id in found:
                    self._finish(entry, *found[entry.id], blocks)
                # Another process may have recorded it meanwhile, or have sent other bytes that were carried out.
                elif self._outbox.attempts([entry.id])[entry.id] == attempts:
                    self._outbox.note(entry.id, f"nonce {entry.nonce} was used by a transaction that is not ours")
                    log.error("nonce-taken", key=entry.key, nonce=entry.nonce)

    def _blocks(self, numbers: set[int], height: int) -> dict[int, tuple[bytes, list[bytes]]]:
        """Hash and transactions of each block. A receipt that does not fit them is a lie, and is not recorded."""
        ordered = sorted(numbers)
        if ordered and ordered[-1] > height:
            raise InconsistentNode(
                f"a receipt is of block {ordered[-1]}, but block {height} is the newest", block=ordered[-1]
            )
        blocks = self._connection.execution.batch(
            [("eth_getBlockByNumber", [hex(number), False]) for number in ordered]
        )
        return {
            number: (
                data_bytes(field(block, "hash")),
                [data_bytes(tx_hash) for tx_hash in items(field(block, "transactions"))],
            )
            for number, block in zip(ordered, blocks, strict=True)
        }

    def _finish(
        self, entry: Entry, attempt: Attempt, receipt: object, blocks: dict[int, tuple[bytes, list[bytes]]]
    ) -> None:
        number = quantity(field(receipt, "blockNumber"))
        block_hash, transactions = blocks[number]
        index = quantity(field(receipt, "transactionIndex"))
        fits = (
            data_bytes(field(receipt, "transactionHash")) == attempt.tx_hash
            and data_bytes(field(receipt, "blockHash")) == block_hash
            and index < len(transactions)
            and transactions[index] == attempt.tx_hash
        )
        if not fits:
            raise InconsistentNode(
                f"the receipt of {hex_bytes(attempt.tx_hash)} does not fit block {number}", key=entry.key
            )
        now = self._clock()
        status = quantity(field(receipt, "status"))
        gas_used = quantity(field(receipt, "gasUsed"))
        first = self._outbox.finish(
            entry.id, block=number, tx_hash=attempt.tx_hash, status=status, gas_used=gas_used, now=now
        )
        self._sent_at.pop(attempt.tx_hash, None)
        if first:
            self._metrics.final.labels(str(status)).inc()
            self._metrics.finality.observe(now - entry.acknowledged_at)

    def _send(self, waiting: Sequence[tuple[Entry, list[Attempt]]], height: int) -> None:
        due: list[tuple[Entry, Attempt]] = []
        size = 0
        for entry, attempts in waiting:
            attempt = self._best(entry, attempts)
            size += attempt.size
            if size > WINDOW_BYTES:
                break
            last = self._sent_at.get(attempt.tx_hash)
            if last is None or height - last >= RESEND_AFTER_BLOCKS:
                due.append((entry, attempt))
                (self._metrics.sent if last is None else self._metrics.resent).inc()
                self._sent_at[attempt.tx_hash] = height
        if due:
            self._hand_out(due)

    def _best(self, entry: Entry, attempts: Sequence[Attempt]) -> Attempt:
        """The attempt to send: the highest bid, or a new one (same nonce and key) when the base fee has outgrown it."""
        last = attempts[-1]
        fees = outbid(Fees(last.max_fee, last.priority_fee), self._base_fee)
        if fees is None:
            return last
        signed = sign(
            self._account,
            evm_chain_id=self._connection.evm_chain_id,
            nonce=entry.nonce,
            target=entry.target,
            data=self._outbox.data(entry.id),
            gas=entry.gas,
            fees=fees,
        )
        attempt = Attempt(signed.tx_hash, entry.id, fees.max_fee, fees.priority_fee, len(signed.raw))
        with self._outbox.transaction():
            self._outbox.add_attempt(attempt, signed.raw)
        self._metrics.outbid.inc()
        return attempt

    def _hand_out(self, due: Sequence[tuple[Entry, Attempt]]) -> None:
        # Bytes that are gone belong to an entry that another process has recorded as final.
        with_bytes = [(entry, raw) for entry, attempt in due if (raw := self._outbox.raw(attempt.tx_hash))]
        results = self._connection.send([raw for _, raw in with_bytes])
        for (entry, _), result in zip(with_bytes, results, strict=True):
            if isinstance(result, RpcError) and not any(word in result.reason for word in _HARMLESS):
                self._metrics.refused.inc()
                log.warning("pool-refuses", key=entry.key, nonce=entry.nonce, reason=result.reason)
                self._outbox.note(entry.id, result.reason)
