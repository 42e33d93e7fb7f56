"""Settlements on a trading ledger: a supplier with money in escrow, sessions with a forecast, pages that settle.

market = Market(trading)
session = market.open_session(lead=20, length=10)
market.trade(session).wait()
market.wait_for(session.ends_at)
for page in range(PAGES): market.hand_in_page(session, page)
assert_shares(market.settled(session), market.expected(session))
"""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass

from eth_account.signers.local import LocalAccount

from liveledger.bindings import deposit_token, report_hub, settlement
from liveledger.bindings.constants import FeedKind, OrganisationKind, Role
from liveledger.bindings.settlement import SessionSettledEvent
from liveledger.chain.accounts.accounts import address_of, load_or_create_account
from liveledger.chain.contracts.ledger import Ledger, final_height
from liveledger.chain.movements.posting import Poster
from liveledger.chain.outbox.sender import Request
from liveledger.domain.hashing import keccak
from liveledger.domain.money import Bps, Fen
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.payloads import (
    MAX_PAGE_ROWS,
    ForecastPayload,
    TermRow,
    forecast_pages,
    id_of,
    page_hashes,
    session_id,
    terms_hash,
    terms_pages,
)
from liveledger.domain.typed_data import AgreementMessage, SessionMessage, digest, sign
from liveledger.domain.waiting import wait_until
from liveledger.rules.settlement.formula import SettlementResult, SkuFacts, settle
from liveledger.services.members import Act, Call, OrganisationDraft, Registrar, SkuDraft
from liveledger_oracles.common.reports import Feed, Observation, calldata
from tests.support.trading import BRAND_GLN, Trading, message, now

SKUS = MAX_PAGE_ROWS + 12
_LATE_SECONDS = 120.0
PAGES = 2
BRAND_BPS = Bps(7000)
DEPOSIT_FEN = 50_000_000
# The snapshot of a page of SKUs that never moved: two words a SKU that are new, and its first cut.
GAS = 14_000_000
_LANE = 1 << 20
_DAY = 24 * 3600


@dataclass(frozen=True)
class Session:
    """A session whose forecast is committed; what is traded in it follows from ``number``."""

    number: int
    id: bytes
    ends_at: int
    forecasts: tuple[int, ...]


@dataclass(frozen=True)
class Settled:
    """What the ledger says of a settled session, in fen; ``brand_gained`` and ``escrow_lost`` are what really moved."""

    loss: int
    brand: int
    supplier: int
    paid: int
    brand_gained: int
    escrow_lost: int


class Market:
    """One agreement between the brand of a trading ledger and a supplier, over SKUs of its own."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading
        self._ledger = trading.ledger
        address = self._ledger.manifest.address
        self._hub, self._token = address("Settlement"), address("DepositToken")
        self._reports, self._stock = address("ReportHub"), address("StockLedger")
        self.supplier, supplier = self._member("supplier", OrganisationKind.SUPPLIER, Role.SIGN_AGREEMENTS, 1)
        self._issuers = self._minters()
        self.oracle, self._inspector = self._member("oracle", OrganisationKind.INSPECTOR, Role.REPORT, 3)
        drafts = [SkuDraft(f"SET-{number:03}") for number in range(SKUS)]
        found = Registrar(trading.sender()).register_skus(self._stock, trading.brand, drafts)
        self._rows = sorted((TermRow(sku, Fen(1 + sku % 997)) for sku in found.values()), key=lambda row: row.sku)
        self._pages = tuple(terms_pages(self._rows))
        assert len(self._pages) == PAGES
        self.agreement = self._agree(supplier, self._inspector)
        self._sessions = 0
        self._paid_before = 0

    def open_session(self, lead: int, length: int) -> Session:
        """Opens, snapshots and forecasts a session that begins in ``lead`` seconds and lasts ``length``."""
        number, self._sessions = self._sessions, self._sessions + 1
        feed_id = id_of(self._inspector, self.agreement + bytes([number]))
        starts_at = max(int(time.time()), self.chain_time()) + lead
        ends_at = starts_at + length
        key = session_id(self.agreement, feed_id, starts_at, ends_at)
        feed = Feed(self._ledger.evm_chain_id, self._reports, feed_id, (address_of(self.oracle),))
        opening = report_hub.OpenFeed(feed_id, FeedKind.FORECAST, starts_at, feed.signers, feed.quorum, feed.version)
        self._do(self.oracle, f"feed:{number}", self._reports, opening)
        period = SessionMessage(self.agreement, feed_id, starts_at, ends_at)
        hashes = page_hashes(self._pages)
        opened = settlement.OpenSession(
            self.agreement, feed_id, starts_at, ends_at, hashes, self._sign(period, self.supplier)
        )
        self._do(self._trading.account, f"open:{number}", self._hub, opened)
        for page, rows in enumerate(self._pages):
            self._do(
                self._trading.account, f"snapshot:{number}:{page}", self._hub, settlement.Snapshot(key, page, rows)
            )
        session = Session(number, key, ends_at, tuple(1 + (sku * 7 + number) % 19 for sku in range(SKUS)))
        payload = ForecastPayload(key, page_hashes(tuple(forecast_pages(session.forecasts)))).encode()
        observed = Observation(0, payload, int(time.time()) - 1, starts_at)
        self._carry(self.oracle, Act(f"forecast:{number}", self._reports, calldata(feed, observed, [self.oracle]), GAS))
        return session

    def trade(self, session: Session) -> Poster:
        """Goods in, sold and returned, some of each SKU: on their way when this returns, final after its ``wait``."""
        trading, place, at = self._trading, self._trading.places[0], now()
        messages = [
            message(f"set-{session.number}-{facts.sku}-{kind}", Movement(facts.sku, kind, source, target, count, at))
            for facts in self._facts(session)
            for kind, source, target, count in (
                (Kind.RECEIVE, 0, place, facts.received),
                (Kind.SELL, place, 0, facts.sold),
                (Kind.RETURN, 0, place, facts.returned),
            )
            if count
        ]
        poster = trading.poster(_LANE + session.number)
        poster.post(messages)
        poster.pump()
        return poster

    def expected(self, session: Session) -> SettlementResult:
        """What the reference of the rules makes of what was traded."""
        return settle(self._facts(session), BRAND_BPS)

    def hand_in_page(self, session: Session, page: int) -> None:
        """Acknowledges one page's settlement and sends it; it will be carried out once, whatever happens."""
        forecasts = tuple(forecast_pages(session.forecasts))
        call = settlement.SettlePage(session.id, page, self._pages[page], forecasts[page], page_hashes(forecasts))
        request = Request(self._page_key(session, page), self._hub, call.calldata(), GAS)
        sender = self._trading.sender()
        sender.submit_many([request])
        sender.pump()

    def page_is_final(self, session: Session, page: int) -> bool:
        """Whether a page's settlement is in a final block."""
        sender = self._trading.sender()
        sender.pump()
        return sender.outcome(self._page_key(session, page)) is not None

    def settled(self, session: Session) -> Settled:
        """Waits until all pages are final; what was announced, and what was paid."""
        sender = self._trading.sender()
        outcomes = sender.wait_all([self._page_key(session, page) for page in range(PAGES)], timeout=120)
        assert [outcome.status for outcome in outcomes] == [1] * PAGES
        receipt = self._ledger.execution.receipt(outcomes[-1].tx_hash)
        assert receipt is not None
        (event,) = (
            SessionSettledEvent.decode(log.topics, log.data)
            for log in receipt.logs
            if log.topics[0] == SessionSettledEvent.TOPIC
        )
        escrow_lost, brand_gained = self.moved(self._ledger)
        before, self._paid_before = self._paid_before, escrow_lost
        return Settled(
            event.loss_fen,
            event.brand_fen,
            event.supplier_fen,
            event.paid_fen,
            brand_gained - before,
            escrow_lost - before,
        )

    def moved(self, ledger: Ledger) -> tuple[int, int]:
        """What left the escrow, and what the brand's account got, over all sessions, as a node tells it."""
        height = final_height(ledger)
        state = ledger.execution.call(self._hub, settlement.AgreementOf(self.agreement).calldata(), height)
        balance = deposit_token.BalanceOf(address_of(self._trading.account)).calldata()
        gained = deposit_token.decode_balance_of(ledger.execution.call(self._token, balance, height))
        return DEPOSIT_FEN - settlement.decode_agreement_of(state).escrow_fen, gained

    def wait_for(self, moment: int) -> None:
        """Waits until a final block has this time."""
        late = AssertionError(f"no block has the time {moment}")
        left = max(0.0, moment - time.time()) + _LATE_SECONDS
        wait_until(lambda: self.chain_time() >= moment, left, lambda: late, pause=0.2)

    def chain_time(self) -> int:
        """Time of the newest final block."""
        return self._ledger.execution.block(final_height(self._ledger)).time

    def first(self, session: Session) -> tuple[str, SkuFacts]:
        """Code of the first SKU, and what was traded of it."""
        return "SET-000", self._facts(session)[0]

    def _facts(self, session: Session) -> list[SkuFacts]:
        facts = []
        for index, row in enumerate(self._rows):
            received = 2 + (index * 5 + session.number) % 23
            sold = (index * 3 + session.number) % (received + 1)
            returned = min(sold, index % 3)
            facts.append(SkuFacts(row.sku, row.unit_cost, received, session.forecasts[index], sold, returned))
        return facts

    def _member(self, label: str, kind: OrganisationKind, roles: Role, offset: int) -> tuple[LocalAccount, int]:
        administrator = self._trading.administrator
        account = load_or_create_account(self._ledger.home, label)
        draft = OrganisationDraft(kind, BRAND_GLN + 10 * offset, bytes([offset]) * 32)
        (number,) = administrator.register_organisations([draft])
        administrator.register_accounts([(account, number, roles)])
        return account, number

    def _minters(self) -> list[LocalAccount]:
        """Both accounts that a mint takes, of two organisations."""
        first, _ = self._member("finance", OrganisationKind.FINANCE, Role.MINT_DEPOSITS, 2)
        second = load_or_create_account(self._ledger.home, "finance-second")
        self._trading.administrator.register_accounts([(second, self._trading.brand, Role.MINT_DEPOSITS)])
        return [first, second]

    def _agree(self, supplier: int, inspector: int) -> bytes:
        hashes, moment = page_hashes(self._pages), int(time.time())
        terms = AgreementMessage(
            self._trading.brand, supplier, inspector, BRAND_BPS, terms_hash(hashes), moment + 9 * _DAY, 0, moment + _DAY
        )
        signatures = [self._sign(terms, account) for account in (self._trading.account, self.supplier)]
        register = settlement.Register(settlement.Agreement(*astuple(terms)), *signatures)
        self._do(self.supplier, "agreement", self._hub, register)
        agreement = digest(terms, chain_id=self._ledger.evm_chain_id, contract=self._hub)
        mint = deposit_token.Mint(address_of(self.supplier), DEPOSIT_FEN, keccak(b"paid in"))
        for number, issuer in enumerate(self._issuers):
            self._do(issuer, f"mint:{number}", self._token, mint)
        self._do(self.supplier, "approve", self._token, deposit_token.Approve(self._hub, DEPOSIT_FEN))
        self._do(self.supplier, "deposit", self._hub, settlement.Deposit(agreement, DEPOSIT_FEN))
        return agreement

    def _sign(self, message: AgreementMessage | SessionMessage, account: LocalAccount) -> bytes:
        return sign(message, account, chain_id=self._ledger.evm_chain_id, contract=self._hub)

    def _do(self, account: LocalAccount, key: str, to: bytes, call: Call) -> None:
        self._carry(account, Act(key, to, call.calldata(), GAS))

    def _carry(self, account: LocalAccount, act: Act) -> None:
        Registrar(self._trading.sender(account)).carry_out([act])

    @staticmethod
    def _page_key(session: Session, page: int) -> str:
        return f"settle:{session.number}:{page}"


def assert_shares(settled: Settled, expected: SettlementResult) -> None:
    """O2: the shares add up to the loss to the fen, are those of the reference, and are what was really paid."""
    assert settled.brand + settled.supplier == settled.loss == expected.loss
    assert (settled.brand, settled.supplier) == (expected.split.brand, expected.split.supplier)
    assert settled.paid == settled.brand_gained == settled.escrow_lost == settled.supplier
