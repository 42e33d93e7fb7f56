"""Transactions signed beforehand and handed to the node in batches, never waiting for one: what the engine takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.outbox.signing import fees_for, sign
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.waiting import wait_until

_BATCH = 100
_POLL_SECONDS, _DONE_SECONDS = 0.05, 600.0
# Transactions of an account that wait in the pool: below what the pool and the account's allowance bear.
MAX_WAITING = 3_000


@dataclass(frozen=True)
class Plan:
    """Calls of one account, in order: ``calls`` to ``target``, with ``gas`` each."""

    account: LocalAccount
    target: bytes
    calls: Sequence[bytes]
    gas: int


@dataclass(frozen=True)
class Flood:
    """What was final within the time: transactions and gas."""

    transactions: int
    gas: int
    seconds: float

    @property
    def rate(self) -> float:
        """Transactions a second."""
        return self.transactions / self.seconds

    @property
    def mgas(self) -> float:
        """Millions of gas a second."""
        return self.gas / 1e6 / self.seconds


class Stream:
    """One account's signed transactions: how many are with the node, how many are final."""

    def __init__(self, ledger: Ledger, plan: Plan) -> None:
        height = final_height(ledger)
        self._ledger, self._address = ledger, address_of(plan.account)
        self._first = ledger.execution.nonce(self._address, height)
        fees = fees_for(ledger.execution.block(height).base_fee)
        self._raw = [
            sign(
                plan.account,
                evm_chain_id=ledger.evm_chain_id,
                nonce=nonce,
                target=plan.target,
                data=data,
                gas=plan.gas,
                fees=fees,
            ).raw
            for nonce, data in enumerate(plan.calls, self._first)
        ]
        self._sent = 0

    def feed(self, waiting: int) -> bool:
        """Hands over the next batch unless ``waiting`` are on their way already; whether it did."""
        room = min(_BATCH, waiting - self.waiting(), len(self._raw) - self._sent)
        if room <= 0:
            return False
        part = self._raw[self._sent : self._sent + room]
        refused = [answer for answer in self._ledger.send(part) if isinstance(answer, RpcError)]
        if refused:
            raise refused[0]
        self._sent += room
        return True

    def done(self) -> int:
        """How many are final."""
        return self._ledger.execution.nonce(self._address, final_height(self._ledger)) - self._first

    def waiting(self) -> int:
        """How many are with the node and not final."""
        return self._sent - self.done()

    def empty(self) -> bool:
        """Whether everything has been handed over."""
        return self._sent == len(self._raw)


def flood(ledger: Ledger, plans: Sequence[Plan], seconds: float, waiting: int = MAX_WAITING) -> Flood:
    """Keeps the pool full for ``seconds``. Raises RuntimeError when too few transactions were prepared."""
    streams = [Stream(ledger, plan) for plan in plans]
    while not all(not stream.feed(waiting) for stream in streams):
        continue
    first, done, began = final_height(ledger), sum(stream.done() for stream in streams), time.monotonic()
    while time.monotonic() - began < seconds:
        if not all(stream.waiting() for stream in streams):
            raise RuntimeError("the pool ran dry: what was measured is the client")
        fed = [stream.feed(waiting) for stream in streams]
        if not any(fed):
            time.sleep(_POLL_SECONDS)
        if all(stream.empty() for stream in streams):
            raise RuntimeError("all transactions were sent before the time was over: prepare more")
    last, count, took = final_height(ledger), sum(stream.done() for stream in streams) - done, time.monotonic() - began
    late = TimeoutError("transactions that were handed over are not final")
    wait_until(
        lambda: not any(stream.waiting() for stream in streams), _DONE_SECONDS, lambda: late, pause=_POLL_SECONDS
    )
    blocks = ledger.execution.blocks(first + 1, last)
    return Flood(count, sum(block.gas_used for block in blocks), took)
