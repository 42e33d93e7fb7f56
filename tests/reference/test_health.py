"""StockHealth against `liveledger.rules.stock_health`, on random reports on a real execution engine."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from eth_account.signers.local import LocalAccount
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.bindings import stock_health
from liveledger.bindings.constants import (
    INDEPENDENT_SECONDS,
    PERIOD_SECONDS,
    REPORT_SPACING_SECONDS,
    STALE_SECONDS,
    OrganisationKind,
    Role,
)
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.money import WHOLE_BPS, Bps, Fen
from liveledger.domain.payloads import CapitalEntry
from liveledger.domain.streams import Leaf, StreamHead, brand_stream, initial_head, next_head
from liveledger.rules.stock_health import contract as rules
from liveledger.rules.stock_health import formula
from tests.reference.market import address
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain, Refused

LARGEST = (1 << 64) - 1
EDGES = (0, 1, 34, 35, 36, 100, 3500, 3501, 10_000, LARGEST)
FENS = st.sampled_from(EDGES) | st.integers(0, LARGEST)
ROOT = keccak(b"rows")
BRAND = 5
YEAR = PERIOD_SECONDS


@settings(deadline=None)
@given(FENS, FENS)
def test_the_share_is_rounded_up(value: int, revenue: int) -> None:
    share = formula.share_up(Fen(value), Fen(revenue))
    if revenue:
        assert share * revenue >= value * WHOLE_BPS > (share - 1) * revenue
        assert formula.is_above_limit(share) == (value * 100 > revenue * 35)
    else:
        assert formula.is_above_limit(share) == (value > 0)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([BRAND, 6, 7]), st.integers(0, 100), st.integers(0, 200), st.integers(1, 60 * 86_400)
        ),
        max_size=30,
    )
)
def test_a_finding_stands_for_ninety_days_or_until_its_side_reports_less(acts: list[tuple[int, int, int, int]]) -> None:
    kinds = {BRAND: OrganisationKind.BRAND, 6: OrganisationKind.AUDITOR, 7: OrganisationKind.FINANCE}
    capital, time = None, 1_800_000_000
    found: dict[int, tuple[int, bool]] = {}
    for number, (organisation, value, revenue, pause) in enumerate(acts, 10):
        time += pause
        new = rules.CapitalReport(Fen(value), Fen(revenue), time - YEAR, time, number - 1, ROOT)
        reporter = rules.Reporter(organisation, kinds[organisation])
        if organisation in found and time - found[organisation][0] < REPORT_SPACING_SECONDS:
            with pytest.raises(rules.HealthRefusal, match="HealthTooSoon"):
                rules.report(capital, BRAND, new, reporter, block=number, time=time)
            continue
        capital = rules.report(capital, BRAND, new, reporter, block=number, time=time)
        found[organisation] = (time, value * 100 > revenue * 35)
        stands = any(found.get(n, (0, False))[1] and time - found[n][0] <= INDEPENDENT_SECONDS for n in (6, 7))
        assert rules.purchasing_frozen(capital, time) == (stands or found[organisation][1])


@dataclass
class Observed:
    """The contract with its reporters, and what the reference made of the reports so far."""

    chain: DevChain
    contract: bytes
    brand: int
    reporters: list[tuple[LocalAccount, rules.Reporter]]

    def call(self, report: rules.CapitalReport) -> stock_health.Report:
        values = (report.stock_value, report.revenue, report.period_from, report.period_to, report.at_block)
        return stock_health.Report(self.brand, *values, report.evidence_root)

    def capital(self) -> stock_health.Capital:
        return stock_health.decode_capital_of(self.chain.call(self.contract, stock_health.CapitalOf(self.brand)))

    def frozen(self) -> bool:
        answer = self.chain.call(self.contract, stock_health.PurchasingFrozen(self.brand))
        return stock_health.decode_purchasing_frozen(answer)

    def stale(self) -> bool:
        answer = self.chain.call(self.contract, stock_health.IsStale(self.brand))
        return stock_health.decode_is_stale(answer)

    def head(self) -> StreamHead | None:
        answer = self.chain.call(self.contract, stock_health.StreamWord(brand_stream(self.brand)))
        return StreamHead.from_word(stock_health.decode_stream_word(answer))


@pytest.fixture
def observed(dev_chain: DevChain) -> Observed:
    contract = dev_chain.deploy("StockHealth", stock_health.CREATION_CODE, stock_health.VERSION)
    reporters, brand = [], dev_chain.admit(OrganisationKind.BRAND)
    for kind in (
        OrganisationKind.AUDITOR,
        OrganisationKind.AUDITOR,
        OrganisationKind.FINANCE,
        OrganisationKind.SUPPLIER,
    ):
        number = dev_chain.admit(kind)
        reporters.append((dev_chain.account(number, Role.REPORT), rules.Reporter(number, kind)))
    reporters.insert(0, (dev_chain.account(brand, Role.REPORT), rules.Reporter(brand, OrganisationKind.BRAND)))
    return Observed(dev_chain, contract, brand, reporters)


def _drawn(chance: random.Random, time: int, number: int, step: int) -> rules.CapitalReport:
    """A report of step ``step`` of 25, whose year ends a day and more after those of the step before."""
    value, revenue = (Fen(chance.choice((*EDGES, chance.getrandbits(64)))) for _ in range(2))
    fair = time - 8_000_000 + step * 100_000
    period_to = chance.choice((*[fair] * 6, fair - 50_000, fair - 200_000, time - STALE_SECONDS - 100, time + 5))
    period_from = period_to - chance.choice(
        (0, 86_400, YEAR - 500_000, YEAR - 400_000, YEAR, YEAR, YEAR, YEAR + 500_000)
    )
    return rules.CapitalReport(value, revenue, period_from, period_to, number - chance.choice((0, 1, 1, 9)), ROOT)


@pytest.mark.chain
@pytest.mark.parametrize("seed", range(3))
def test_contract_and_reference_agree(observed: Observed, seed: int) -> None:
    chance, chain = random.Random(seed), observed.chain
    capital: rules.Capital | None = None
    head: StreamHead | None = None
    taken = refused = 0
    for step in range(25):
        account, reporter = chance.choice(observed.reporters)
        newest = chain.rpc("eth_getBlockByNumber", "latest", False)
        new = _drawn(chance, int(newest["timestamp"], 16), int(newest["number"], 16), step)
        receipt = chain.transact(account, observed.contract, observed.call(new).calldata())
        block = chain.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
        number, time = int(block["number"], 16), int(block["timestamp"], 16)
        expected = _expected(capital, observed.brand, new, reporter, number, time)
        assert receipt["status"] == ("0x1" if isinstance(expected, rules.Capital) else "0x0"), expected
        if isinstance(expected, rules.Capital):
            waits = capital is not None and expected.last == capital.last
            capital = expected
            if not waits:
                taken += 1
                head = _with_leaf(observed, head, capital, Leaf(taken - 1, 1, number, time, address(account), b""))
        else:
            refused += 1
            _same_reason(observed, new, account, expected)
        assert observed.head() == head
        assert (observed.frozen(), observed.stale()) == (
            rules.purchasing_frozen(capital, time),
            rules.is_stale(capital, time),
        )
        if capital is not None:
            _same(observed.capital(), capital)
    assert taken
    assert refused


def _expected(
    before: rules.Capital | None, brand: int, new: rules.CapitalReport, reporter: rules.Reporter, block: int, time: int
) -> rules.Capital | rules.HealthRefusal:
    try:
        return rules.report(before, brand, new, reporter, block=block, time=time)
    except rules.HealthRefusal as refusal:
        return refusal


def _same(found: stock_health.Capital, expected: rules.Capital) -> None:
    last = expected.last
    assert (found.stock_value_fen, found.revenue_fen) == (last.stock_value, last.revenue)
    assert (found.period_from, found.period_to, found.at_block) == (last.period_from, last.period_to, last.at_block)
    assert (found.evidence_root, found.share_bps) == (last.evidence_root, expected.share)
    assert (found.reported_at, found.organisation) == (expected.reported_at, expected.organisation)
    assert found.own_period_to == expected.own_period_to
    auditors, finance = expected.auditors, expected.finance
    sides = (found.auditors_period_to, found.auditors_at, found.auditors_above)
    assert sides == (auditors.period_to, auditors.reported_at, auditors.above)
    sides = (found.finance_period_to, found.finance_at, found.finance_above)
    assert sides == (finance.period_to, finance.reported_at, finance.above)


def _same_reason(
    observed: Observed, new: rules.CapitalReport, account: LocalAccount, refusal: rules.HealthRefusal
) -> None:
    """Asked again without a transaction: the block's time and number differ, the reason and the brand do not."""
    with pytest.raises(Refused) as reason:
        observed.chain.call(observed.contract, observed.call(new), account)
    assert reason.value.revert is not None
    assert reason.value.revert.name == refusal.name
    assert reason.value.revert.args["brand"] == refusal.args_by_name["brand"]


def _with_leaf(observed: Observed, head: StreamHead | None, capital: rules.Capital, leaf: Leaf) -> StreamHead:
    stream, last = brand_stream(observed.brand), capital.last
    values = (last.stock_value, last.revenue, last.period_from, last.period_to, last.at_block)
    payload = b"".join(map(uint_word, (capital.organisation, *values))) + ROOT + uint_word(capital.share)
    assert CapitalEntry(capital.organisation, *values, ROOT, Bps(capital.share)).encode() == payload
    before = head.head if head else initial_head(EVM_CHAIN_ID, observed.contract, stream)
    hashed = Leaf(leaf.first_index, 1, leaf.block_number, leaf.block_time, leaf.poster, payload).hash(stream)
    return StreamHead(next_head(before, hashed), leaf.first_index + 1)
