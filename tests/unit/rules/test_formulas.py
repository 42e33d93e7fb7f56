"""Formulas hold their own numbers, so that old answers stay as they are; the newest are the contracts' own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import constants
from liveledger.domain.money import WHOLE_BPS, Bps, Fen
from liveledger.domain.returns import Grade
from liveledger.index.stock_health.figure import SHARE_DOWN, SHARE_UP
from liveledger.rules.accuracy import formula as accuracy
from liveledger.rules.accuracy import formula_2 as accuracy_2
from liveledger.rules.replenishment import formula as replenishment
from liveledger.rules.returns import formula as returns
from liveledger.rules.settlement.formula import split_largest_remainder
from liveledger.rules.stock_health import formula as stock_health


def test_the_newest_formula_has_the_numbers_of_the_contracts() -> None:
    """Where this fails a contract got another number: the formula before it stays, as formula_N.py, for older views."""
    assert constants.WHOLE_BPS == WHOLE_BPS
    thresholds = (constants.NOTICE_BPS, constants.RECOUNT_BPS, constants.FLAG_BPS, constants.AUDIT_BPS)
    assert thresholds == accuracy.LEVELS_BPS
    levels = (accuracy.NOTICE, accuracy.RECOUNT, accuracy.FLAGGED, accuracy.AUDIT)
    assert levels == tuple(constants.AccuracyLevel)[1:]
    for name in ("MAX_DEVIATION_BPS", "RECOUNT_SECONDS", "FINDING_SECONDS"):
        assert getattr(accuracy, name) == getattr(constants, name)
    for name in ("MAX_SHARE_BPS", "STALE_SECONDS", "INDEPENDENT_SECONDS"):
        assert getattr(stock_health, name) == getattr(constants, name)
    for name in ("NEWEST_LOTS", "KEPT_LOTS", "MOST_GIVEN_BACK"):
        assert getattr(replenishment, name) == getattr(constants, name)
    assert {grade: getattr(constants, f"KEPT_{grade.name}_BPS") for grade in Grade} == returns.KEPT_BPS


def test_what_an_auditor_flags_binds_from_version_3_on() -> None:
    told = [(accuracy.flag_of(level, audited), accuracy_2.flag_of(level, audited)) for level, audited in (
        (2, True), (3, False), (3, True), (4, False), (4, True),
    )]  # fmt: skip
    assert told == [(0, 0), (3, 3), (4, 3), (4, 4), (4, 4)]


@given(st.integers(0, 1 << 64), st.integers(0, 10_000))
def test_the_split_is_the_one_by_largest_remainder(loss: int, ratio: int) -> None:
    """Written out: both shares rounded down, what is left over to the larger remainder, on a tie to the brand."""
    brand, brand_rest = divmod(loss * ratio, 10_000)
    supplier, supplier_rest = divmod(loss * (10_000 - ratio), 10_000)
    left = loss - brand - supplier
    mine = brand + left, supplier
    theirs = brand, supplier + left
    found = split_largest_remainder(Fen(loss), Bps(ratio))
    assert (found.brand, found.supplier) == (mine if brand_rest >= supplier_rest else theirs)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_a_difference_is_possible_where_some_stock_has_it(differing: int, ledger: int, snapshot: int) -> None:
    least, most = accuracy.difference_bounds(differing, ledger, snapshot)
    assert least >= differing
    assert (most == 0) == (differing == 0 or ledger + snapshot == 0)


@given(st.integers(1, 1 << 64), st.integers(1, 1 << 64))
def test_figures_of_the_index_are_rounded_as_the_formulas_are(part: int, whole: int) -> None:
    assert SHARE_UP.rounded(part, whole) == stock_health.share_up(part, whole)
    assert SHARE_DOWN.rounded(part, whole) == accuracy.accuracy_down(part, whole)
