"""A brand, a supplier and two reporters on a development chain, and a session's way from agreement to settlement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings import deposit_token, report_hub, settlement, stock_cuts, stock_ledger
from liveledger.bindings.constants import FeedKind, OrganisationKind, Role
from liveledger.bindings.errors import Revert
from liveledger.domain import payloads, typed_data
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.money import Fen
from liveledger.domain.movements import Kind, Movement, pack
from tests.support.dev_chain import EVM_CHAIN_ID, Calldata, DevChain, Refused

LANE = 0
LEAD_SECONDS = 60


def address(account: LocalAccount) -> bytes:
    """The account's 20 bytes."""
    return bytes.fromhex(account.address[2:])


@dataclass(frozen=True)
class Session:
    """An open session: its terms by row and everything that its calls need."""

    agreement_id: bytes
    session_id: bytes
    feed_id: bytes
    starts_at: int
    ends_at: int
    terms: list[bytes]


@dataclass
class Market:
    """Deployed contracts and accounts; ``next_feed`` numbers the feeds of one chain."""

    chain: DevChain
    stock: bytes
    hub: bytes
    token: bytes
    settlement_address: bytes
    brand: int
    supplier: int
    forecaster: int
    place: int
    brand_account: LocalAccount
    clerk: LocalAccount
    supplier_account: LocalAccount
    banks: list[LocalAccount]
    reporters: list[LocalAccount]
    next_sequence: int = 0
    next_feed: int = field(default=0)

    def agreement(self, terms: Sequence[bytes], brand_bps: int, **changes: int) -> typed_data.AgreementMessage:
        """The pair's next agreement over ``terms``; ``changes`` replace fields."""
        answer = self.chain.call(self.settlement_address, settlement.NonceOf(self.brand, self.supplier))
        fields: dict[str, Any] = {
            "brand": self.brand,
            "supplier": self.supplier,
            "forecaster": self.forecaster,
            "brand_bps": brand_bps,
            "terms_hash": payloads.terms_hash(payloads.page_hashes(terms)),
            "valid_until": self.chain.time() + 86_400,
            "nonce": settlement.decode_nonce_of(answer),
            "deadline": self.chain.time() + 600,
        }
        return typed_data.AgreementMessage(**fields | changes)

    def registration(
        self,
        message: typed_data.AgreementMessage,
        signers: tuple[LocalAccount, LocalAccount] | None = None,
        *,
        chain_id: int = EVM_CHAIN_ID,
    ) -> settlement.Register:
        """The call that registers ``message``, signed by brand and supplier or by ``signers``."""
        brand, supplier = signers or (self.brand_account, self.supplier_account)
        values = message.values()
        struct = settlement.Agreement(*(values[name] for name, _ in message.FIELDS))
        signatures = [
            typed_data.sign(message, account, chain_id=chain_id, contract=self.settlement_address)
            for account in (brand, supplier)
        ]
        return settlement.Register(struct, *signatures)

    def register(self, message: typed_data.AgreementMessage) -> bytes:
        """Registers ``message``; returns the agreement's id."""
        self.chain.send(self.clerk, self.settlement_address, self.registration(message))
        return typed_data.digest(message, chain_id=EVM_CHAIN_ID, contract=self.settlement_address)

    def open_feed(self, kind: FeedKind, cutoff: int, quorum: int = 1) -> bytes:
        """Opens a feed of the two reporters; returns its id."""
        self.next_feed += 1
        feed_id = payloads.id_of(self.forecaster, uint_word(self.next_feed))
        signers = sorted(address(account) for account in self.reporters)
        call = report_hub.OpenFeed(feed_id, kind, cutoff, signers, quorum, 1)
        self.chain.send(self.reporters[0], self.hub, call)
        return feed_id

    def opening(
        self, message: typed_data.SessionMessage, pages: Sequence[bytes], signer: LocalAccount | None = None
    ) -> settlement.OpenSession:
        """The call that opens a session, with the consent of ``signer``, by default the supplier."""
        consent = typed_data.sign(
            message, signer or self.supplier_account, chain_id=EVM_CHAIN_ID, contract=self.settlement_address
        )
        return settlement.OpenSession(*astuple(message), pages, consent)

    def open_session(self, agreement_id: bytes, terms: list[bytes]) -> Session:
        """Opens a session with a feed of its own, a minute of chain time ahead, and takes the snapshot."""
        starts_at = self.chain.time() + LEAD_SECONDS
        feed_id = self.open_feed(FeedKind.FORECAST, starts_at)
        hashes = payloads.page_hashes(terms)
        call = self.opening(typed_data.SessionMessage(agreement_id, feed_id, starts_at, starts_at + 1), hashes)
        self.chain.send(self.brand_account, self.settlement_address, call)
        session_id = payloads.session_id(agreement_id, feed_id, starts_at, starts_at + 1)
        for page, rows in enumerate(terms):
            self.chain.send(self.clerk, self.settlement_address, settlement.Snapshot(session_id, page, rows))
        return Session(agreement_id, session_id, feed_id, starts_at, starts_at + 1, terms)

    def report(self, feed_id: bytes, payload: bytes, **changes: Any) -> typed_data.ReportMessage:
        """The feed's next report of ``payload``; ``changes`` replace fields."""
        latest = report_hub.decode_latest(self.chain.call(self.hub, report_hub.Latest(feed_id)))
        feed = report_hub.decode_feed_of(self.chain.call(self.hub, report_hub.FeedOf(feed_id)))
        fields: dict[str, Any] = {
            "config_digest": feed.config_digest,
            "feed_id": feed_id,
            "sequence": latest.count,
            "payload_hash": keccak(payload),
            "observed_at": self.chain.time(),
            "deadline": self.chain.time() + 600,
        }
        return typed_data.ReportMessage(**fields | changes)

    def submission(
        self,
        message: typed_data.ReportMessage,
        payload: bytes,
        signers: Sequence[LocalAccount],
        *,
        chain_id: int = EVM_CHAIN_ID,
    ) -> report_hub.Submit:
        """The call that lands ``message``, with the signatures of ``signers`` in that order."""
        values = message.values()
        struct = report_hub.Report(*(values[name] for name, _ in message.FIELDS))
        signatures = [typed_data.sign(message, signer, chain_id=chain_id, contract=self.hub) for signer in signers]
        return report_hub.Submit(struct, payload, signatures)

    def commit_forecast(self, session: Session, quantities: Sequence[int]) -> list[bytes]:
        """Reports the session's forecast; returns its pages."""
        pages = payloads.forecast_pages(quantities)
        payload = payloads.ForecastPayload(session.session_id, payloads.page_hashes(pages)).encode()
        call = self.submission(self.report(session.feed_id, payload), payload, self.reporters[:1])
        self.chain.send(self.reporters[0], self.hub, call)
        return pages

    def post(self, movements: Sequence[Movement]) -> None:
        """Posts a batch of the brand."""
        call = stock_ledger.Post(LANE, self.next_sequence, bytes(32), pack(movements))
        self.chain.send(self.brand_account, self.stock, call)
        self.next_sequence += 1

    def trade(self, sku: int, received: int, sold: int, returned: int) -> list[Movement]:
        """Movements of one SKU that raise its counters by these quantities (0 = none)."""
        at = self.chain.time()
        rows = [
            Movement(sku, Kind.RECEIVE, 0, self.place, received, at),
            Movement(sku, Kind.SELL, self.place, 0, sold, at),
            Movement(sku, Kind.RETURN, 0, self.place, returned, at),
        ]
        return [row for row in rows if row.quantity]

    def fund(self, agreement_id: bytes, amount: Fen) -> None:
        """Mints deposits to the supplier and moves them into escrow."""
        receipt = keccak(agreement_id + uint_word(self.chain.time()))
        holder = address(self.supplier_account)
        for bank in self.banks:
            self.chain.send(bank, self.token, deposit_token.Mint(holder, amount, receipt))
        self.chain.send(self.supplier_account, self.token, deposit_token.Approve(self.settlement_address, amount))
        self.chain.send(self.supplier_account, self.settlement_address, settlement.Deposit(agreement_id, amount))

    def pass_time(self, until: int) -> None:
        """Lets blocks pass until the newest one's time is ``until``: each takes at least a second of chain time."""
        while self.chain.time() < until:
            self.chain.transact(self.chain.administrator, address(self.chain.administrator), b"", gas=21_000)

    def settle(self, session: Session, forecasts: Sequence[bytes]) -> list[dict[str, Any]]:
        """Settles all pages from the session's end on; returns the receipts."""
        self.pass_time(session.ends_at)
        hashes = payloads.page_hashes(forecasts)
        empty = [b""] * len(session.terms)
        return [
            self.chain.send(
                self.clerk,
                self.settlement_address,
                settlement.SettlePage(session.session_id, page, rows, forecast, hashes),
            )
            for page, (rows, forecast) in enumerate(zip(session.terms, forecasts or empty, strict=True))
        ]

    def balance(self, account: LocalAccount) -> int:
        """Deposit tokens of the account, in fen."""
        answer = self.chain.call(self.token, deposit_token.BalanceOf(address(account)))
        return deposit_token.decode_balance_of(answer)

    def fingerprint(self) -> tuple[str, ...]:
        """Hashes of everything that the contracts store."""
        contracts = (self.stock, self.hub, self.token, self.settlement_address)
        return tuple(
            self.chain.rpc("eth_getProof", "0x" + contract.hex(), [], "latest")["storageHash"] for contract in contracts
        )

    def refused(self, sender: LocalAccount, to: bytes, call: Calldata) -> Revert:
        """The reason for which a call is refused; asserts that the transaction changes nothing either."""
        before = self.fingerprint()
        with pytest.raises(Refused) as refusal:
            self.chain.call(to, call, sender)
        assert self.chain.transact(sender, to, call.calldata())["status"] == "0x0"
        assert self.fingerprint() == before
        assert refusal.value.revert is not None, refusal.value
        return refusal.value.revert


def build(chain: DevChain) -> Market:
    """Deploys the contracts anew and admits the parties."""
    stock = chain.deploy("StockLedger", stock_ledger.CREATION_CODE, stock_ledger.VERSION)
    chain.deploy("StockCuts", stock_cuts.CREATION_CODE, stock_cuts.VERSION)
    hub = chain.deploy("ReportHub", report_hub.CREATION_CODE, report_hub.VERSION)
    token = chain.deploy("DepositToken", deposit_token.CREATION_CODE, deposit_token.VERSION)
    contract = chain.deploy("Settlement", settlement.CREATION_CODE, settlement.VERSION)
    # Prices by chance are higher than a day's deposits usually are.
    chain.send(chain.administrator, token, deposit_token.SetMintLimit(10**13))
    brand, supplier = chain.admit(OrganisationKind.BRAND), chain.admit(OrganisationKind.SUPPLIER)
    platform, finance = chain.admit(OrganisationKind.PLATFORM), chain.admit(OrganisationKind.FINANCE)
    brand_roles = Role.POST_MOVEMENTS | Role.SIGN_AGREEMENTS | Role.REGISTER_SKUS
    reporters = sorted((chain.account(platform, Role.REPORT) for _ in range(2)), key=address)
    return Market(
        chain=chain,
        stock=stock,
        hub=hub,
        token=token,
        settlement_address=contract,
        brand=brand,
        supplier=supplier,
        forecaster=platform,
        place=chain.place(brand),
        brand_account=chain.account(brand, brand_roles),
        clerk=chain.account(brand, 0),
        supplier_account=chain.account(supplier, Role.SIGN_AGREEMENTS),
        banks=[chain.account(number, Role.MINT_DEPOSITS) for number in (finance, platform)],
        reporters=reporters,
    )
