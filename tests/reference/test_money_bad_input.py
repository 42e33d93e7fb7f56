"""What the money contracts refuse, by name, and that nothing is written: a client's calls on a real engine."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import deposit_token, report_hub, settlement, stock_ledger
from liveledger.bindings.constants import FeedKind
from liveledger.domain import payloads, typed_data
from liveledger.domain.money import Fen
from liveledger.domain.payloads import AlertPayload, SensorBatchPayload, TermRow
from tests.reference.market import Market, address, build
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ALERT = AlertPayload(level=2, sku=7, place=1, value=5, limit=3).encode()

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def market(dev_chain: DevChain) -> Market:
    return build(dev_chain)


@pytest.fixture(scope="module")
def terms(market: Market) -> list[bytes]:
    market.chain.send(market.brand_account, market.stock, stock_ledger.RegisterSkus(["A"], [0], [0]))
    return payloads.terms_pages([TermRow(market.brand << 20 | 1, Fen(1250))])


def high_s(signature: bytes) -> bytes:
    """The other valid signature of the same message by the same key."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64]), signature[64]
    return r + (CURVE_ORDER - s).to_bytes(32) + bytes([55 - v])


def agreement_refused(market: Market, call: settlement.Register) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the refusal."""
    revert = market.refused(market.clerk, market.settlement_address, call)
    return revert.name, revert.args


def report_refused(market: Market, call: report_hub.Submit, sender: LocalAccount | None = None) -> str:
    """Name of the refusal."""
    return market.refused(sender or market.clerk, market.hub, call).name


def test_replayed_agreement(market: Market, terms: list[bytes]) -> None:
    message = market.agreement(terms, 7000)
    call = market.registration(message)
    market.chain.send(market.clerk, market.settlement_address, call)
    assert agreement_refused(market, call) == (
        "SettlementWrongNonce",
        {"nonce": message.nonce, "expected": message.nonce + 1},
    )


def test_agreement_ahead_of_its_turn(market: Market, terms: list[bytes]) -> None:
    nonce = market.agreement(terms, 7000).nonce
    call = market.registration(market.agreement(terms, 7000, nonce=nonce + 1))
    assert agreement_refused(market, call)[0] == "SettlementWrongNonce"


def test_agreement_for_another_chain(market: Market, terms: list[bytes]) -> None:
    call = market.registration(market.agreement(terms, 7000), chain_id=EVM_CHAIN_ID + 1)
    assert agreement_refused(market, call)[0] == "SettlementWrongSigner"


@pytest.mark.parametrize("side", [0, 1])
def test_agreement_signed_by_one_side_only(market: Market, terms: list[bytes], side: int) -> None:
    signer = (market.brand_account, market.supplier_account)[side]
    missing = (market.supplier, market.brand)[side]
    call = market.registration(market.agreement(terms, 7000), (signer, signer))
    assert agreement_refused(market, call) == (
        "SettlementWrongSigner",
        {"org": missing, "signer": address(signer)},
    )


def test_agreement_without_a_signature(market: Market, terms: list[bytes]) -> None:
    call = dataclasses.replace(market.registration(market.agreement(terms, 7000)), supplier_signature=b"")
    assert agreement_refused(market, call) == ("SettlementBadSignature", {"org": market.supplier})


def test_agreement_signed_without_the_role_or_by_a_stranger(market: Market, terms: list[bytes]) -> None:
    for signer in (market.clerk, Account.create()):
        call = market.registration(market.agreement(terms, 7000), (signer, market.supplier_account))
        assert agreement_refused(market, call)[0] == "SettlementWrongSigner"


def test_agreement_with_a_high_s(market: Market, terms: list[bytes]) -> None:
    call = market.registration(market.agreement(terms, 7000))
    call = dataclasses.replace(call, brand_signature=high_s(call.brand_signature))
    assert agreement_refused(market, call) == ("SettlementBadSignature", {"org": market.brand})


def test_agreement_after_its_deadline(market: Market, terms: list[bytes]) -> None:
    call = market.registration(market.agreement(terms, 7000, deadline=market.chain.time() - 1))
    assert agreement_refused(market, call)[0] == "SettlementDeadlinePassed"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"brand_bps": 10_001}, "SettlementRatioTooHigh"),
        ({"valid_until": 1}, "SettlementNeverValid"),
        ({"brand": 4000}, "SettlementNotABrand"),
        ({"brand": 0}, "SettlementNotABrand"),
        ({"supplier": 4000}, "SettlementNotASupplier"),
        ({"forecaster": 4000}, "SettlementUnknownForecaster"),
        ({"forecaster": 0}, "SettlementUnknownForecaster"),
    ],
)
def test_unsound_agreement(market: Market, terms: list[bytes], changes: dict[str, int], name: str) -> None:
    unknown_pair = {"nonce": 0} if {"brand", "supplier"} & changes.keys() else {}
    fields = {"brand_bps": 7000} | changes | unknown_pair
    call = market.registration(market.agreement(terms, **fields))
    assert agreement_refused(market, call)[0] == name


def test_feed_of_another_organisation_than_the_forecaster(market: Market, terms: list[bytes]) -> None:
    agreement_id = market.register(market.agreement(terms, 7000, forecaster=market.brand))
    starts_at = market.chain.time() + 600
    feed_id = market.open_feed(FeedKind.FORECAST, starts_at)
    call = market.opening(
        typed_data.SessionMessage(agreement_id, feed_id, starts_at, starts_at + 1), payloads.page_hashes(terms)
    )
    revert = market.refused(market.brand_account, market.settlement_address, call)
    assert (revert.name, revert.args) == (
        "SettlementFeedOwner",
        {"feed_id": feed_id, "owner": market.forecaster, "forecaster": market.brand},
    )


def test_late_forecast(market: Market, terms: list[bytes]) -> None:
    session = market.open_session(market.register(market.agreement(terms, 7000)), terms)
    page = payloads.page_hashes(payloads.forecast_pages([900]))
    payload = payloads.ForecastPayload(session.session_id, page).encode()
    market.pass_time(session.starts_at)
    call = market.submission(market.report(session.feed_id, payload), payload, market.reporters[:1])
    revert = market.refused(market.reporters[0], market.hub, call)
    assert (revert.name, revert.args["cutoff"]) == ("ReportTooLate", session.starts_at)


def test_session_is_for_its_parties_with_the_role(market: Market, terms: list[bytes]) -> None:
    agreement_id = market.register(market.agreement(terms, 7000))
    starts_at = market.chain.time() + 600
    feed_id = market.open_feed(FeedKind.FORECAST, starts_at)
    call = market.opening(
        typed_data.SessionMessage(agreement_id, feed_id, starts_at, starts_at + 1), payloads.page_hashes(terms)
    )
    refusals = [
        market.refused(sender, market.settlement_address, call).name
        for sender in (market.clerk, market.banks[0], market.chain.administrator)
    ]
    assert refusals == ["ConsortiumMissingRole", "ConsortiumMissingRole", "ConsortiumUnknownMember"]
    unknown = dataclasses.replace(call, agreement_id=bytes(31) + b"\x01")
    assert market.refused(market.brand_account, market.settlement_address, unknown).name == "SettlementUnknownAgreement"
    late = dataclasses.replace(call, starts_at=market.chain.time(), ends_at=market.chain.time() + 9)
    assert market.refused(market.brand_account, market.settlement_address, late).name == "SettlementAlreadyStarted"


def test_session_needs_the_other_partys_consent(market: Market, terms: list[bytes]) -> None:
    agreement_id = market.register(market.agreement(terms, 7000))
    starts_at = market.chain.time() + 600
    feed_id = market.open_feed(FeedKind.FORECAST, starts_at)
    message = typed_data.SessionMessage(agreement_id, feed_id, starts_at, starts_at + 9)
    pages = payloads.page_hashes(terms)
    for signer in (market.brand_account, market.clerk, Account.create()):
        call = market.opening(message, pages, signer)
        revert = market.refused(market.brand_account, market.settlement_address, call)
        expected = {"org": market.supplier, "signer": address(signer)}
        assert (revert.name, revert.args) == ("SettlementWrongSigner", expected)
    agreed = market.opening(message, pages)
    moved = dataclasses.replace(agreed, ends_at=starts_at + 10)
    assert market.refused(market.brand_account, market.settlement_address, moved).name == "SettlementWrongSigner"
    malleable = dataclasses.replace(agreed, other_signature=high_s(agreed.other_signature))
    revert = market.refused(market.brand_account, market.settlement_address, malleable)
    assert (revert.name, revert.args) == ("SettlementBadSignature", {"org": market.supplier})
    # The supplier may open it as well, with the brand's consent.
    market.chain.send(
        market.supplier_account, market.settlement_address, market.opening(message, pages, market.brand_account)
    )


def test_settling_twice_and_an_unknown_session(market: Market, terms: list[bytes]) -> None:
    session = market.open_session(market.register(market.agreement(terms, 7000)), terms)
    market.settle(session, [])
    again = settlement.SettlePage(session.session_id, 0, terms[0], b"", [])
    assert market.refused(market.clerk, market.settlement_address, again).name == "SettlementSessionClosed"
    unknown = settlement.SettlePage(bytes(31) + b"\x01", 0, terms[0], b"", [])
    assert market.refused(market.clerk, market.settlement_address, unknown).name == "SettlementUnknownSession"


def test_reports(market: Market) -> None:
    feed_id = market.open_feed(FeedKind.ALERT, 0, quorum=2)
    first, second = market.reporters
    report = market.report(feed_id, ALERT)
    good = market.submission(report, ALERT, [first, second])

    assert report_refused(market, market.submission(report, ALERT, [first])) == "ReportQuorumMissing"
    assert report_refused(market, market.submission(report, ALERT, [first, first])) == "ReportSignersNotAscending"
    assert report_refused(market, market.submission(report, ALERT, [second, first])) == "ReportSignersNotAscending"
    foreign = market.submission(report, ALERT, [first, second], chain_id=EVM_CHAIN_ID + 1)
    assert report_refused(market, foreign) in {"ReportUnknownSigner", "ReportSignersNotAscending"}
    malleable = dataclasses.replace(good, signatures=[good.signatures[0], high_s(good.signatures[1])])
    assert report_refused(market, malleable) == "ReportBadSignature"
    assert report_refused(market, dataclasses.replace(good, payload=ALERT + b"\0")) == "ReportPayloadHash"
    assert report_refused(market, good, market.chain.administrator) == "ConsortiumUnknownMember"
    expired = market.report(feed_id, ALERT, deadline=market.chain.time() - 1)
    assert report_refused(market, market.submission(expired, ALERT, [first, second])) == "ReportExpired"
    skipped = market.report(feed_id, ALERT, sequence=1)
    assert report_refused(market, market.submission(skipped, ALERT, [first, second])) == "ReportSkipped"

    market.chain.send(market.clerk, market.hub, good)
    assert report_refused(market, good) == "ReportStale"


def test_batch_of_an_unknown_device(market: Market) -> None:
    feed_id = market.open_feed(FeedKind.SENSOR_BATCH, 0)
    now = market.chain.time()
    payload = SensorBatchPayload(b"d" * 32, b"r" * 32, 1, now, now, -18_500, -18_500).encode()
    call = market.submission(market.report(feed_id, payload), payload, market.reporters[:1])
    assert report_refused(market, call) == "ReportUnknownDevice"


def test_deposits(market: Market, terms: list[bytes]) -> None:
    stranger = address(Account.create())
    mint = deposit_token.Mint(stranger, 1, bytes(32))
    assert market.refused(market.banks[0], market.token, mint).name == "DepositNotAMember"
    own = deposit_token.Mint(address(market.brand_account), 1, bytes(32))
    assert market.refused(market.brand_account, market.token, own).name == "ConsortiumMissingRole"
    agreement_id = market.register(market.agreement(terms, 7000))
    market.fund(agreement_id, Fen(500))
    steal = settlement.Withdraw(agreement_id, 500)
    assert market.refused(market.brand_account, market.settlement_address, steal).name == "SettlementNotAParty"
    too_much = settlement.Withdraw(agreement_id, 501)
    revert = market.refused(market.supplier_account, market.settlement_address, too_much)
    assert (revert.name, revert.args["free_fen"]) == ("SettlementEscrowNeeded", 500)


def test_digests_are_those_of_the_contracts(market: Market, terms: list[bytes]) -> None:
    agreement = market.agreement(terms, 7000)
    call = settlement.DigestOf(market.registration(agreement).agreement)
    expected = settlement.decode_digest_of(market.chain.call(market.settlement_address, call))
    assert typed_data.digest(agreement, chain_id=EVM_CHAIN_ID, contract=market.settlement_address) == expected
    report = market.report(market.open_feed(FeedKind.ALERT, 0), ALERT)
    asked = report_hub.DigestOf(market.submission(report, ALERT, []).report)
    digest = report_hub.decode_digest_of(market.chain.call(market.hub, asked))
    assert typed_data.digest(report, chain_id=EVM_CHAIN_ID, contract=market.hub) == digest
    signers = sorted(map(address, market.reporters))
    config = payloads.config_digest(EVM_CHAIN_ID, market.hub, report.feed_id, signers, 1, 1)
    assert report.config_digest == config
