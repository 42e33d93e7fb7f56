"""The one way to write: idempotency key → static call → sign → outbox → submit → receipt → metric, exactly once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from liveledger.bindings import allowances
from liveledger.bindings.constants import ALLOWANCE_WEI
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.contracts.names import LedgerNames
from liveledger.chain.contracts.registry import active_address
from liveledger.chain.outbox.delivery import Delivery
from liveledger.chain.outbox.metrics import SenderMetrics
from liveledger.chain.outbox.outbox import Attempt, Entry, Outbox, State, request_digest
from liveledger.chain.outbox.signing import fees_for, sign
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.reverts import explain
from liveledger.chain.rpc.transport import NodeUnreachable, RpcError
from liveledger.domain.errors import RuleViolation, TooLarge, Unavailable
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.transactions import MAX_TX_GAS
from liveledger.domain.waiting import wait_until

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_POLL_SECONDS = 0.04
# The estimate is exact for the state it was made on; the state may be another when the transaction runs.
_GAS_MARGIN_PERCENT = 130
# So long no second top-up is asked for: the first is final by then.
_TOP_UP_SECONDS = 30.0

log = structlog.get_logger("liveledger.chain.outbox.sender")


class NotFinalYet(Unavailable):
    """The request is acknowledged and goes on being sent; it was not final in the time given."""

    code = "not-final-yet"


@dataclass(frozen=True, slots=True)
class Request:
    """A call of a contract to be carried out exactly once under ``key``. ``gas`` is its limit.

    ``acknowledged_at`` (Unix seconds) is given when it carries what was acknowledged before.
    """

    key: str
    to: bytes
    data: bytes
    gas: int
    acknowledged_at: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: ``status`` 1 carried out, 0 reverted. Times are Unix seconds on this machine's clock."""

    key: str
    block: int
    tx_hash: bytes
    status: int
    gas_used: int
    submitted_at: float
    final_at: float


class Sender:
    """Sends for one account. Threads may share it; each process has its own, on the same outbox file or another."""

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        outbox: Outbox,
        *,
        metrics: SenderMetrics | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.connection = connection
        self.account = account
        self.address = address_of(account)
        self.outbox = outbox
        self.metrics = metrics or SenderMetrics()
        self._clock = clock
        self._lock = threading.RLock()
        self.names = LedgerNames(connection)
        self._delivery = Delivery(connection, account, outbox, self.metrics, clock)
        self._next_top_up = 0.0

    def now(self) -> float:
        """This machine's time in Unix seconds."""
        return self._clock()

    def submit(self, key: str, to: bytes, data: bytes, *, gas: int | None = None) -> None:
        """Acknowledges a request: when this returns, it is on disk and will be carried out exactly once.

        The same key with the same request does nothing more. Without ``gas`` the call is tried on the final state
        first: raises RuleViolation with the contract's reason, and nothing is kept. Raises KeyReused for a key that
        stands for another request, TooLarge over a transaction's limits.
        """
        if self.outbox.require(self.address, key, request_digest(to, data)) is None:
            self.submit_many([Request(key, to, data, self.gas_for(to, data) if gas is None else gas)])

    def submit_many(self, requests: Sequence[Request]) -> None:
        """Acknowledges several requests in one transaction, in this order, without trying them first."""
        with self._lock:
            height = final_height(self.connection)
            base_fee = self.connection.execution.block(height).base_fee
            chain_nonce = self.connection.execution.nonce(self.address, height)
            with self.outbox.transaction():
                self.enter(requests, base_fee=base_fee, chain_nonce=chain_nonce)

    def enter(self, requests: Iterable[Request], *, base_fee: int, chain_nonce: int) -> list[int]:
        """Signs requests and puts them into the outbox, inside its ``transaction``. Returns the new entries' ids."""
        fees = fees_for(base_fee)
        now = self._clock()
        entered: list[int] = []
        nonce = max(self.outbox.next_nonce(self.address), chain_nonce)
        for request in requests:
            if self.outbox.require(self.address, request.key, request_digest(request.to, request.data)) is not None:
                continue
            signed = sign(
                self.account,
                evm_chain_id=self.connection.evm_chain_id,
                nonce=nonce,
                target=request.to,
                data=request.data,
                gas=request.gas,
                fees=fees,
            )
            since = now if request.acknowledged_at is None else request.acknowledged_at
            entry = self.outbox.add(self.address, request.key, nonce, request.to, request.data, request.gas, since)
            attempt = Attempt(signed.tx_hash, entry, fees.max_fee, fees.priority_fee, len(signed.raw))
            self.outbox.add_attempt(attempt, signed.raw)
            entered.append(entry)
            nonce += 1
        self.metrics.acknowledged.inc(len(entered))
        return entered

    def gas_for(self, to: bytes, data: bytes) -> int:
        """Gas limit for a call, tried on the final state. Raises RuleViolation with the contract's reason."""
        height = final_height(self.connection)
        try:
            estimate = self.connection.execution.estimate_gas(to or None, data, height, sender=self.address)
        except RpcError as error:
            raise explain(error, self.names) from error
        if estimate > MAX_TX_GAS:
            raise TooLarge(
                f"the call needs {estimate} gas; the limit is {MAX_TX_GAS}", hint="send less in one transaction"
            )
        return min(estimate * _GAS_MARGIN_PERCENT // 100, MAX_TX_GAS)

    def pump(self) -> None:
        """One step: records what is final, (re)sends what is pending. Raises NodeUnreachable when the node is away."""
        with self._lock:
            self._delivery.step()
            self._top_up()

    def _top_up(self) -> None:
        """Asks for gas money before the account is dry, in turn with what it sends: then it could not ask any more."""
        balance, now = self._delivery.balance, time.monotonic()
        if balance is None or balance > ALLOWANCE_WEI // 2 or now < self._next_top_up:
            return
        self._next_top_up = now + _TOP_UP_SECONDS
        call = allowances.TopUp(self.address).calldata()
        height = final_height(self.connection)
        target = active_address(self.connection, allowances.NAME, height)  # a version that was replaced refuses
        try:
            gas = self.gas_for(target, call)
        except RuleViolation as refusal:
            log.warning("no-gas-money", account=hex_bytes(self.address), balance=balance, reason=refusal.message)
            return
        key = f"top-up:{height}"
        self.submit_many([Request(key, target, call, gas)])
        log.info("gas-money-asked-for", account=hex_bytes(self.address), balance=balance, key=key)

    def outcome(self, key: str) -> Outcome | None:
        """What came of a request; None while it is not final or was never submitted."""
        entry = self.outbox.find(self.address, key)
        return None if entry is None or entry.state != State.FINAL else _outcome(entry)

    def wait(self, key: str, *, timeout: float = 30.0) -> Outcome:
        """Pumps until the request is final. Raises NotFinalYet with what hinders it when the time is over."""
        return self.wait_all([key], timeout=timeout)[0]

    def wait_all(self, keys: Sequence[str], *, timeout: float = 60.0) -> list[Outcome]:
        """Pumps until all requests are final. Raises NotFinalYet naming the first that is not."""
        done: list[Outcome] = []
        away: NodeUnreachable | None = None

        def all_final() -> bool:
            nonlocal away
            away = self._try_pump()
            while len(done) < len(keys) and (outcome := self.outcome(keys[len(done)])) is not None:
                done.append(outcome)
            return len(done) == len(keys)

        wait_until(all_final, timeout, lambda: self._not_final(keys[len(done)], timeout, away), pause=_POLL_SECONDS)
        return done

    def run(self, key: str, to: bytes, data: bytes, *, timeout: float = 60.0) -> Outcome:
        """Submits and waits. Raises RuleViolation also when the transaction reverted on the chain."""
        self.submit(key, to, data)
        outcome = self.wait(key, timeout=timeout)
        if outcome.status != 1:
            raise self.reason(key)
        return outcome

    def reason(self, key: str) -> RuleViolation:
        """Why a final request was reverted: the call is made again on the state after its block."""
        entry = self.outbox.find(self.address, key)
        if entry is None or entry.block is None or entry.status != 0:
            raise Unavailable(f"the request {key!r} was not reverted", key=key)
        try:
            data = self.outbox.data(entry.id)
            self.connection.execution.call(entry.target, data, entry.block, sender=self.address, gas=entry.gas)
        except RpcError as error:
            explained = explain(error, self.names)
            if isinstance(explained, RuleViolation):
                return explained
            raise explained from error
        return RuleViolation(
            f"block {entry.block} refused the request; the state after it would not", block=entry.block, key=key
        )

    def _try_pump(self) -> NodeUnreachable | None:
        """A node that is away for a moment is no reason to give up: the request stands in the outbox."""
        try:
            self.pump()
        except NodeUnreachable as error:
            return error
        return None

    def _not_final(self, key: str, timeout: float, away: NodeUnreachable | None) -> NotFinalYet:
        entry = self.outbox.find(self.address, key)
        if entry is None:
            return NotFinalYet(f"no request {key!r} was submitted", key=key)
        reason = away.message if away else entry.problem
        return NotFinalYet(
            f"the request {key!r} is not final after {timeout} s", hint=reason or "is the chain making blocks?", key=key
        )


def _outcome(entry: Entry) -> Outcome:
    values = (entry.block, entry.tx_hash, entry.status, entry.gas_used, entry.final_at)
    block, tx_hash, status, gas_used, final_at = values
    if block is None or tx_hash is None or status is None or gas_used is None or final_at is None:
        raise Unavailable(f"the outbox's record of {entry.key!r} is incomplete", key=entry.key)
    return Outcome(entry.key, block, tx_hash, status, gas_used, entry.acknowledged_at, final_at)
