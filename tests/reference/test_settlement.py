"""The settlement contract against `liveledger.rules.settlement`, on random sessions on a real execution engine."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import settlement, stock_ledger
from liveledger.domain import payloads
from liveledger.domain.errors import InvalidInput
from liveledger.domain.money import WHOLE_BPS, Bps, Fen
from liveledger.domain.payloads import InputRow, TermRow
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head
from liveledger.rules.settlement.formula import SkuFacts, overstock_units, payable_now, settle, split_largest_remainder
from tests.reference.market import Market, address, build
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain

EDGES = (0, 0, 1, 2, 999, 1_000_000)
WORKED_EXAMPLE = SkuFacts(1, Fen(1250), received=1000, forecast=900, sold=720, returned=20)


@pytest.fixture(scope="module")
def market(dev_chain: DevChain) -> Market:
    return build(dev_chain)


def test_worked_example() -> None:
    result = settle([WORKED_EXAMPLE], Bps(7000))
    assert (result.overstock_units, result.loss) == ((200,), 250_000)
    assert (result.split.brand, result.split.supplier) == (175_000, 75_000)


@given(st.integers(0, 10**30), st.integers(0, WHOLE_BPS))
def test_shares_add_up_and_are_within_half_a_fen(loss: int, ratio: int) -> None:
    split = split_largest_remainder(Fen(loss), Bps(ratio))
    assert split.brand + split.supplier == loss
    assert abs(split.brand * WHOLE_BPS - loss * ratio) * 2 <= WHOLE_BPS


def test_a_tie_goes_to_the_brand() -> None:
    split = split_largest_remainder(Fen(1), Bps(5000))
    assert (split.brand, split.supplier) == (1, 0)


@pytest.mark.parametrize(("loss", "ratio"), [(-1, 7000), (1, 10_001), (1, -1)])
def test_nonsense_is_not_split(loss: int, ratio: int) -> None:
    with pytest.raises(InvalidInput):
        split_largest_remainder(Fen(loss), Bps(ratio))


@given(*[st.integers(0, 2**24)] * 4)
def test_overstock_is_bounded(received: int, forecast: int, sold: int, returned: int) -> None:
    units = overstock_units(SkuFacts(1, Fen(1), received, forecast, sold, returned))
    assert 0 <= units <= min(received, forecast)
    assert units == min(received, forecast) or returned < sold


def test_returns_of_earlier_sales_are_no_overstock() -> None:
    facts = [SkuFacts(1, Fen(1250), 1000, 0, 0, 500), SkuFacts(2, Fen(1250), 0, 900, 10, 500)]
    assert settle(facts, Bps(0)).loss == 0
    assert overstock_units(SkuFacts(3, Fen(1), received=10, forecast=8, sold=1, returned=100)) == 8


def _random_facts(rng: random.Random, skus: list[int]) -> list[SkuFacts]:
    def quantity() -> int:
        return rng.choice([*EDGES, rng.randrange(5000)])

    return [SkuFacts(sku, Fen(rng.randrange(10**6)), quantity(), quantity(), quantity(), quantity()) for sku in skus]


def _register_skus(market: Market, count: int) -> list[int]:
    answer = market.chain.call(market.stock, stock_ledger.LastSerial(market.brand))
    first = stock_ledger.decode_last_serial(answer) + 1
    call = stock_ledger.RegisterSkus([f"S{first + n}" for n in range(count)], [0] * count, [0] * count)
    market.chain.send(market.brand_account, market.stock, call)
    return [market.brand << 20 | first + n for n in range(count)]


def _settled_inputs(market: Market, receipts: list[dict[str, Any]]) -> list[bytes]:
    pages: list[bytes] = []
    for receipt in receipts:
        for log in receipt["logs"]:
            topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
            if topics[0] == settlement.PageSettledEvent.TOPIC:
                event = settlement.PageSettledEvent.decode(topics, bytes.fromhex(log["data"][2:]))
                assert event.page == len(pages)
                pages.append(event.inputs)
    return pages


@pytest.mark.chain
@pytest.mark.parametrize(
    ("seed", "skus", "ratio", "escrow"),
    [(1, 1, 7000, 0), (2, 3, 3333, 10**10), (3, 5, 5000, 1000), (4, 130, 7001, 10**9), (5, 2, 0, 1), (6, 2, 10_000, 1)],
)
def test_contract_agrees_with_the_reference(market: Market, seed: int, skus: int, ratio: int, escrow: int) -> None:
    facts = _random_facts(random.Random(seed), _register_skus(market, skus))
    terms = payloads.terms_pages([TermRow(row.sku, row.unit_cost) for row in facts])
    market.post([m for row in facts for m in market.trade(row.sku, received=row.sold + 1, sold=1, returned=0)])
    agreement_id = market.register(market.agreement(terms, ratio))
    if escrow:
        market.fund(agreement_id, Fen(escrow))
    session = market.open_session(agreement_id, terms)
    moved = [m for row in facts for m in market.trade(row.sku, row.received, row.sold, row.returned)]
    if moved:
        market.post(moved)
    forecasts = market.commit_forecast(session, [row.forecast for row in facts])
    paid_before = market.balance(market.brand_account)
    receipts = market.settle(session, forecasts)

    expected = settle(facts, Bps(ratio))
    pages = _settled_inputs(market, receipts)
    rows = [row for page in pages for row in payloads.parse_inputs(page)]
    assert rows == [
        InputRow(row.sku, row.unit_cost, row.received, row.forecast, row.sold, row.returned, units)
        for row, units in zip(facts, expected.overstock_units, strict=True)
    ]
    assert payloads.pack_inputs(rows) == b"".join(pages)
    state = settlement.decode_session_of(
        market.chain.call(market.settlement_address, settlement.SessionOf(session.session_id))
    )
    paid = payable_now(expected.split.supplier, Fen(escrow))
    assert (state.loss_fen, state.due_fen) == (expected.loss, expected.split.supplier - paid)
    assert market.balance(market.brand_account) - paid_before == paid
    _check_stream(market, agreement_id, receipts[-1], payloads.SettlementEntry(
        session.session_id, expected.loss, expected.split.brand, expected.split.supplier, skus,
        payloads.inputs_hash(pages),
    ))  # fmt: skip


def _check_stream(
    market: Market, agreement_id: bytes, receipt: dict[str, Any], entry: payloads.SettlementEntry
) -> None:
    block = market.chain.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
    leaf = Leaf(0, 1, int(block["number"], 16), int(block["timestamp"], 16), address(market.clerk), entry.encode())
    head = next_head(initial_head(EVM_CHAIN_ID, market.settlement_address, agreement_id), leaf.hash(agreement_id))
    word = market.chain.call(market.settlement_address, settlement.StreamWord(agreement_id))
    assert settlement.decode_stream_word(word) == StreamHead(head, 1).word()


@pytest.mark.chain
def test_worked_example_on_the_chain(market: Market) -> None:
    (sku,) = _register_skus(market, 1)
    terms = payloads.terms_pages([TermRow(sku, Fen(1250))])
    agreement_id = market.register(market.agreement(terms, 7000))
    session = market.open_session(agreement_id, terms)
    market.post(market.trade(sku, 1000, 720, 20))
    receipts = market.settle(session, market.commit_forecast(session, [900]))
    log = receipts[-1]["logs"][-1]
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    event = settlement.SessionSettledEvent.decode(topics, bytes.fromhex(log["data"][2:]))
    assert (event.loss_fen, event.brand_fen, event.supplier_fen, event.paid_fen) == (250_000, 175_000, 75_000, 0)


@pytest.mark.chain
def test_without_a_forecast_there_is_no_loss(market: Market) -> None:
    (sku,) = _register_skus(market, 1)
    terms = payloads.terms_pages([TermRow(sku, Fen(1250))])
    session = market.open_session(market.register(market.agreement(terms, 7000)), terms)
    market.post(market.trade(sku, 1000, 1, 20))
    (page,) = _settled_inputs(market, market.settle(session, []))
    assert payloads.parse_inputs(page) == [InputRow(sku, Fen(1250), 1000, 0, 1, 20, 0)]
