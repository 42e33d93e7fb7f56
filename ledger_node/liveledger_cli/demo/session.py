"""A live session: opened, snapshotted and forecast before it starts, settled after it ends.

The contracts compare block times, so the start is a few seconds ahead of the decision. Whoever misses it (a crash, a
slow machine) opens another session: nothing of a session that began without its snapshot is ever settled.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from liveledger.bindings import report_hub, settlement
from liveledger.bindings.constants import FeedKind, SessionStatus
from liveledger.chain.outbox.sender import Outcome
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.reverts import revert_of
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import RuleViolation, Unavailable
from liveledger.domain.payloads import ForecastPayload, forecast_pages, id_of, page_hashes, session_id
from liveledger.domain.typed_data import SessionMessage, sign
from liveledger.domain.waiting import wait_until
from liveledger_cli.demo.agreement import Agreement
from liveledger_cli.demo.desk import Call, Desk
from liveledger_cli.demo.settings import DemoSettings
from liveledger_cli.demo.state import DemoState, Run
from liveledger_oracles.common.reports import Feed, Observation, submit

ATTEMPTS = 5
SETTLE_GAS = 12_000_000
_LATE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Contracts:
    """Addresses (20 bytes) of the contracts that a session needs."""

    settlement: bytes
    reports: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """An opened session: its id, its forecast feed, when it starts and ends (Unix seconds), the committed pages."""

    id: bytes
    feed: Feed
    starts_at: int
    ends_at: int
    pages: tuple[bytes, ...]

    @property
    def payload(self) -> bytes:
        """What the forecast report commits to."""
        return ForecastPayload(self.id, page_hashes(self.pages)).encode()


class Sessions:
    """Sessions of one agreement in one run of the demo."""

    def __init__(
        self, desk: Desk, state: DemoState, settings: DemoSettings, contracts: Contracts, agreement: Agreement
    ) -> None:
        self._desk = desk
        self._state = state
        self._settings = settings
        self._contracts = contracts
        self._agreement = agreement

    def open(self, run: Run, quantities: list[int]) -> Session:
        """Opens a session, snapshots it and commits the forecast, all before it starts.

        Raises Unavailable when the start was missed several times in a row: the chain is then far too slow.
        """
        for _ in range(ATTEMPTS):
            plan = self._state.plan(run, "session-plan", lambda: self._new_plan(run))
            session = self._session(run, plan, quantities)
            if self._open(run, plan, session):
                return session
            self._give_up(run, plan, session)
        raise Unavailable(f"the start of a session was missed {ATTEMPTS} times", hint="is the machine overloaded?")

    def refuse_late_forecast(self, session: Session) -> str:
        """Tries to report another forecast after the start. Returns the contract's reason; the ledger stays as it was.

        Raises Unavailable when the ledger would have taken it.
        """
        now = int(time.time())
        late = Observation(1, session.payload, now, now + self._settings.late_margin)
        sender = self._desk.sender("oracle")
        try:
            submit(sender, session.feed, late, [sender.account])
        except RuleViolation as refusal:
            return str(refusal.details["reason"])
        raise Unavailable("the ledger took a forecast after its session had begun")

    def settle(self, run: Run, session: Session) -> list[Outcome]:
        """Settles all pages; the last one splits the loss and pays. Call when the chain's time has reached the end."""
        hashes = page_hashes(session.pages)
        acts: list[tuple[str, bytes, Call]] = [
            (
                run.key("settle", session.id.hex(), number),
                self._contracts.settlement,
                settlement.SettlePage(session.id, number, rows, forecasts, hashes),
            )
            for number, (rows, forecasts) in enumerate(zip(self._agreement.pages, session.pages, strict=True))
        ]
        return self._desk.do("brand", acts, gas=SETTLE_GAS)

    def wait_for(self, moment: int) -> None:
        """Waits until a final block has the time ``moment`` (Unix seconds). Raises Unavailable if none comes."""
        late = Unavailable(f"no block has the time {moment}", hint="is the chain making blocks?")
        left = max(0.0, moment - time.time()) + _LATE_SECONDS
        wait_until(lambda: self.chain_time() >= moment, left, lambda: late)

    def chain_time(self) -> int:
        """Time of the newest final block."""
        connection = self._desk.connection
        return connection.execution.block(final_height(connection)).time

    def state_of(self, session: Session) -> settlement.Session | None:
        """The session as the contract has it; None when it was never opened."""
        connection = self._desk.connection
        call = settlement.SessionOf(session.id).calldata()
        try:
            answer = connection.execution.call(self._contracts.settlement, call, final_height(connection))
        except RpcError as error:
            if revert_of(error) is None:
                raise
            return None
        return settlement.decode_session_of(answer)

    def _new_plan(self, run: Run) -> dict[str, Any]:
        now = int(time.time())
        number = int(run.steps.get("session-attempts", {}).get("count", 0))
        starts_at = max(now, self.chain_time()) + self._settings.session_lead
        return {
            "attempt": number,
            "starts_at": starts_at,
            "ends_at": starts_at + self._settings.session_length,
            "observed_at": now,
        }

    def _session(self, run: Run, plan: dict[str, Any], quantities: list[int]) -> Session:
        name = run.key("forecast", plan["attempt"], self._agreement.id.hex()).encode()
        feed_id = id_of(self._agreement.forecaster, name)
        chain_id = self._desk.connection.evm_chain_id
        feed = Feed(chain_id, self._contracts.reports, feed_id, (self._desk.address("oracle"),))
        times = plan["starts_at"], plan["ends_at"]
        return Session(session_id(self._agreement.id, feed_id, *times), feed, *times, tuple(forecast_pages(quantities)))

    def _open(self, run: Run, plan: dict[str, Any], session: Session) -> bool:
        """Opens, snapshots and reports; whether all of it landed. Raises RuleViolation for any reason but lateness."""
        key = partial(run.key, "session", plan["attempt"])
        feed, hub = session.feed, self._contracts.settlement
        opening = report_hub.OpenFeed(
            feed.feed_id, FeedKind.FORECAST, session.starts_at, feed.signers, feed.quorum, feed.version
        )
        sent = {"oracle": self._desk.send("oracle", [(key("feed"), feed.hub, opening)], gas=500_000)}
        # The session is checked against its feed, which another account opened: it has to be final first.
        self._desk.sender("oracle").wait_all(sent["oracle"])
        opened = self._opening(session)
        acts: list[tuple[str, bytes, Call]] = [(key("open"), hub, opened)]
        acts += [
            (key("snapshot", number), hub, settlement.Snapshot(session.id, number, rows))
            for number, rows in enumerate(self._agreement.pages)
        ]
        sent["brand"] = self._desk.send("brand", acts, gas=SETTLE_GAS)
        deadline = session.starts_at + self._settings.late_margin
        oracle = self._desk.sender("oracle")
        observed = Observation(0, session.payload, plan["observed_at"], deadline)
        sent["oracle"].append(submit(oracle, feed, observed, [oracle.account], gas=500_000))
        refusals = [refusal for label, keys in sent.items() if (refusal := self._refusal(label, keys)) is not None]
        if refusals and self.chain_time() < session.starts_at:
            raise refusals[0]
        return not refusals

    def _opening(self, session: Session) -> settlement.OpenSession:
        """The brand's call, with the supplier's consent; its signature is deterministic, so it can be made again."""
        feed, hub = session.feed, self._contracts.settlement
        period = SessionMessage(self._agreement.id, feed.feed_id, session.starts_at, session.ends_at)
        consent = sign(period, self._desk.account("supplier"), chain_id=feed.chain_id, contract=hub)
        return settlement.OpenSession(
            self._agreement.id, feed.feed_id, session.starts_at, session.ends_at, self._agreement.page_hashes, consent
        )

    def _refusal(self, label: str, keys: list[str]) -> RuleViolation | None:
        sender = self._desk.sender(label)
        reverted = [outcome for outcome in sender.wait_all(keys) if outcome.status != 1]
        return sender.reason(reverted[0].key) if reverted else None

    def _give_up(self, run: Run, plan: dict[str, Any], session: Session) -> None:
        """Closes a session whose start was missed, so that the agreement is free for the next one.

        Without its whole snapshot it is voided; with it, but without a forecast in time, it settles to nothing.
        """
        state = self.state_of(session)
        hub, key = self._contracts.settlement, partial(run.key, "give-up", plan["attempt"])
        if state is not None and state.status == SessionStatus.OPEN:
            acts: list[tuple[str, bytes, Call]] = [(key("void"), hub, settlement.VoidSession(session.id))]
            if state.snapshot_pages == len(self._agreement.pages):
                self.wait_for(session.ends_at)
                acts = [
                    (key("settle", number), hub, settlement.SettlePage(session.id, number, rows, b"", ()))
                    for number, rows in enumerate(self._agreement.pages)
                ]
            self._desk.do("brand", acts, gas=SETTLE_GAS)
        self._state.record(run, "session-attempts", {"count": plan["attempt"] + 1})
        self._state.forget(run, ("session-plan",))
