"""The play itself: what comes after what, and what goes on at the same time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from liveledger.bindings import deposit_token, provenance, report_hub, settlement, stock_ledger
from liveledger.bindings.settlement import SessionSettledEvent
from liveledger.chain.contracts.ledger import Ledger
from liveledger.domain.errors import Unavailable
from liveledger_cli.demo import replay as goods_in
from liveledger_cli.demo.agreement import Agreement, Parties
from liveledger_cli.demo.books import Totals, change_of, expected_totals, read_balance, read_totals
from liveledger_cli.demo.client import ApiClient
from liveledger_cli.demo.desk import Desk
from liveledger_cli.demo.goods import EXAMPLE_GTIN, Captured, ColdBox, capture, report_readings
from liveledger_cli.demo.prepare import Prepared
from liveledger_cli.demo.progress import Stage
from liveledger_cli.demo.session import Contracts, Session, Sessions
from liveledger_cli.demo.settings import DemoSettings
from liveledger_cli.demo.singles import Pace, submit_singles
from liveledger_cli.demo.state import DemoState, Run
from liveledger_cli.demo.world import World, admit_members, claim_imported, find_world, register_skus

LANES_A_RUN = 4
OPENING_LANE, ORDERS_LANE, SALES_LANE = range(3)
DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Settled:
    """A settlement as the ledger announced it, in fen.

    ``received`` is what the brand's account was really paid, ``withdrawn`` what the supplier took back from its escrow.
    """

    loss: int
    brand: int
    supplier: int
    paid: int
    received: int
    withdrawn: int

    def figures(self) -> dict[str, Any]:
        """For the report."""
        return {f"{name}_fen": value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Played:
    """Everything that happened on the ledger in one run."""

    agreement: Agreement
    session: Session
    late_code: str
    settled: Settled
    captured: Captured
    box: ColdBox
    added: Totals
    expected: Totals
    stock_code: str
    stock_expected: dict[str, int]


class Play:
    """One run of the demo against a running node and API. Every act has a key, so a resumed run repeats nothing."""

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        api: Future[ApiClient],
        state: DemoState,
        settings: DemoSettings,
        stage: Stage,
    ) -> None:
        self._ledger, self._desk, self._api = ledger, desk, api
        self._state, self._settings, self._stage = state, settings, stage
        self.phases: dict[str, float] = {}
        address = ledger.manifest.address
        self._stock = address(stock_ledger.NAME)
        self._parties = Parties(desk, state, settings, (address(deposit_token.NAME), address(settlement.NAME)))
        self._contracts = Contracts(address(settlement.NAME), address(report_hub.NAME))

    def set_up(self, prepared: Prepared) -> World:
        """Members, places, the device, and every product as a SKU; once a home."""
        with self.phase("members and SKUs", 2) as advance:
            numbers = admit_members(self._desk, self._state)
            advance(1)
            self._desk.outcomes("brand", register_skus(self._desk, self._state, self._stock, prepared.codes))
            contracts = self._stock, self._ledger.manifest.address(provenance.NAME)
            claim_imported(self._desk, self._state, contracts, EXAMPLE_GTIN, len(prepared.codes))
            return find_world(self._desk, self._stock, numbers, prepared.codes)

    def perform(self, run: Run, prepared: Prepared, world: World) -> Played:
        """The run from the opening stock to the settlement."""
        code = max(prepared.items, key=lambda item: item.forecast).code
        before = self._books_before(run, world, code)
        agreement = self._stock_up(run, prepared, world)
        sessions = Sessions(self._desk, self._state, self._settings, self._contracts, agreement)
        session, sales = self._begin(run, prepared, world, sessions)
        late_code = self._replay(run, sessions, session, sales)
        settled, captured, box = self._afterwards(run, world, agreement, sessions, session, before["brand_fen"])
        received = sum(prepared.opening.values()) + sum(item.ordered for item in prepared.items)
        mine = prepared.opening.get(code, 0) + next(item.ordered for item in prepared.items if item.code == code)
        change = change_of(prepared.fortnight.facts, code, mine)
        with self.phase("counting again", 1):
            now = read_totals(self._ledger, self._stock, list(world.skus.values()))
        return Played(
            agreement=agreement,
            session=session,
            late_code=late_code,
            settled=settled,
            captured=captured,
            box=box,
            added=now.minus(Totals(**before["totals"])),
            expected=expected_totals(received, prepared.fortnight.facts),
            stock_code=code,
            stock_expected={lane: before["balance"][lane] + units for lane, units in change.items()},
        )

    def _books_before(self, run: Run, world: World, code: str) -> dict[str, Any]:
        """What the ledger held before the run, so that its own additions can be told apart."""
        return self._state.plan(
            run,
            "before",
            lambda: {
                "totals": asdict(read_totals(self._ledger, self._stock, list(world.skus.values()))),
                "balance": read_balance(self._ledger, self._stock, world.skus[code], world.warehouse),
                "brand_fen": self._parties.balance("brand"),
            },
        )

    def _stock_up(self, run: Run, prepared: Prepared, world: World) -> Agreement:
        opening = self._shipment(run, world, prepared, OPENING_LANE)
        with self.phase("opening stock, agreement, escrow", len(opening.batches)) as advance:
            keys = goods_in.post(self._desk, run, self._stock, opening)
            agreement = self._parties.agree(run, world, prepared.items)
            self._parties.fund(run, agreement, prepared.items)
            for key in keys:
                self._desk.outcomes(opening.label, [key])
                advance(1)
        return agreement

    def _begin(
        self, run: Run, prepared: Prepared, world: World, sessions: Sessions
    ) -> tuple[Session, goods_in.Shipment]:
        """Session, snapshot and forecast; then the goods that the forecast led the brand to order."""
        with self.phase("session, snapshot, forecast", 3) as advance:
            session = sessions.open(run, [item.forecast for item in prepared.items])
            advance(1)
            orders = self._shipment(run, world, prepared, ORDERS_LANE)
            keys = goods_in.post(self._desk, run, self._stock, orders)
            sales = self._shipment(run, world, prepared, SALES_LANE)
            self._desk.outcomes(orders.label, keys)
            advance(1)
            sessions.wait_for(session.starts_at)
        return session, sales

    def _replay(self, run: Run, sessions: Sessions, session: Session, sales: goods_in.Shipment) -> str:
        late_code = sessions.refuse_late_forecast(session)
        with self.phase("every invoice line", sales.movements) as advance:
            known = run.steps.get("replay")
            if known is None:
                done = goods_in.replay(self._desk, run, self._stock, sales, self._api.result().index_height, advance)
                self._state.record(run, "replay", done.figures())
        return late_code

    def _afterwards(
        self,
        run: Run,
        world: World,
        agreement: Agreement,
        sessions: Sessions,
        session: Session,
        brand_before: int,
    ) -> tuple[Settled, Captured, ColdBox]:
        """Single submissions, imported goods and the settlement, all at once: they touch different accounts."""
        with ThreadPoolExecutor(3, thread_name_prefix="demo") as pool:
            singles = pool.submit(self._singles, run, world)
            imported = pool.submit(self._imports, run, world)
            closing = pool.submit(self._close, run, agreement, sessions, session, brand_before)
            captured, box = imported.result()
            settled = closing.result()
            singles.result()
        return settled, captured, box

    def _singles(self, run: Run, world: World) -> None:
        pace = Pace(self._settings.singles, self._settings.singles_seconds)
        with self.phase("single submissions", pace.count) as advance:
            if "singles" not in run.steps:
                done = submit_singles(self._desk, run, world, self._stock, pace, advance)
                self._state.record(run, "singles", done.figures())

    def _imports(self, run: Run, world: World) -> tuple[Captured, ColdBox]:
        with self.phase("EPCIS document and cold box", 2) as advance:
            captured = capture(self._api.result(), self._state, self._settings, run)
            advance(1)
            box = report_readings(self._desk, self._api.result(), self._settings, run, self._contracts.reports, world)
        return captured, box

    def _close(
        self, run: Run, agreement: Agreement, sessions: Sessions, session: Session, brand_before: int
    ) -> Settled:
        with self.phase("settlement, 7:3", 1):
            sessions.wait_for(session.ends_at)
            last = sessions.settle(run, session)[-1]
            receipt = self._ledger.execution.receipt(last.tx_hash)
            if receipt is None:
                raise Unavailable("the node has lost the settlement's receipt")
            topic = SessionSettledEvent.TOPIC
            event = next(
                SessionSettledEvent.decode(log.topics, log.data) for log in receipt.logs if log.topics[0] == topic
            )
            received = self._parties.balance("brand") - brand_before
            withdrawn = self._parties.withdraw(run, agreement)
        return Settled(event.loss_fen, event.brand_fen, event.supplier_fen, event.paid_fen, received, withdrawn)

    def _shipment(self, run: Run, world: World, prepared: Prepared, kind: int) -> goods_in.Shipment:
        secret = self._state.plan(run, "documents", lambda: {"secret": secrets.token_hex(32)})["secret"]
        documents = goods_in.Documents(run, bytes.fromhex(secret) + bytes([kind]))
        lane = run.number * LANES_A_RUN + kind
        if kind == SALES_LANE:
            entries = goods_in.sales_entries(world, prepared.fortnight.facts, documents, run.began)
            return goods_in.shipment("warehouse", lane, entries, parts=self._settings.replay_windows)
        if kind == OPENING_LANE:
            entries = goods_in.opening_entries(world, prepared.opening, documents, run.began - 15 * DAY_SECONDS)
        else:
            entries = goods_in.order_entries(world, prepared.items, documents, run.began)
        return goods_in.shipment("warehouse", lane, entries, group_gas=goods_in.FIRST_TOUCH_GAS)

    @contextmanager
    def phase(self, title: str, total: float) -> Iterator[Callable[[float], None]]:
        """A piece of work with a bar and its seconds in ``phases``; gives what to call as ``total`` gets done."""
        began = time.monotonic()
        with self._stage.bar(title, total) as bar:
            yield bar.advance
        self.phases[title] = round(time.monotonic() - began, 2)
