"""Names become numbers of one block; what the ledger does not know or has otherwise is refused by name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings.constants import OrganisationKind, Status
from liveledger.domain.errors import Unavailable
from liveledger.messages.bodies import read_body
from liveledger.messages.movement_resolving import Resolver
from liveledger.messages.movements import Message, movement_form
from liveledger.messages.refusals import Refusal, refused
from liveledger.messages.snapshot_resolving import Placed, SnapshotResolver
from liveledger.messages.snapshots import InvalidSnapshot, Snapshot, snapshot_form
from tests.messages import cases as c
from tests.messages.catalogue import OPERATOR, STRANGER, Catalogue

GRAMS = 3


def catalogue() -> Catalogue:
    """Two places, platform 2 with an account, brand 1 with TEA-1 (lots) and SALT (in grams)."""
    made = Catalogue(
        organisations={int(c.PLATFORM): 2},
        organisation_states={2: (OrganisationKind.PLATFORM, Status.ACTIVE)},
        members={OPERATOR: 2 | Status.ACTIVE << 16 | 1 << 24},
    )
    made.add_place(int(c.WAREHOUSE), 11, operator=2)
    made.add_place(int(c.SHOP), 12, operator=2)
    made.add_sku(1, "TEA-1", gtin=int(c.GTIN), lots={"L0000": 0, "L2611": 20271130})
    made.add_sku(1, "SALT", unit=GRAMS)
    return made


def message(position: int = 0, **changes: Any) -> Message:
    """A transfer of TEA-1 from the warehouse to the shop."""
    value = {**c.MOVEMENT, **changes}
    return movement_form(c.NOW, 9).build(position, None, value)


def snapshot(position: int = 0, **changes: Any) -> Snapshot:
    """A snapshot of TEA-1 in the warehouse."""
    return snapshot_form(c.NOW, 9).build(position, None, {**c.SNAPSHOT, **changes})


def told(refusals: list[Refusal]) -> list[tuple[str, str]]:
    """Path and code of every finding."""
    return [(finding.path, finding.code) for refusal in refusals for finding in refusal.findings]


def test_a_movement_gets_its_numbers() -> None:
    pairs, refusals = Resolver(catalogue().ledger()).sort_out([message(), message(1, lot=None)], OPERATOR)
    assert refusals == []
    (_, first), (_, second) = pairs
    assert (first.sku, first.lot, first.source, first.target) == (1 << 20 | 1, 2, 11, 12)
    assert (second.lot, second.quantity) == (0, 12)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lot": "L9"}, [("/0/lot", "unknown-lot")]),
        ({"sku": "SALT"}, [("/0/lot", "unknown-lot"), ("/0/unit", "other-unit")]),
        ({"sku": "SALT", "lot": None}, [("/0/unit", "other-unit")]),
        ({"unit": "KGM"}, [("/0/unit", "other-unit")]),
        ({"organisation": 1}, [("/0/organisation", "other-organisation")]),
        ({"organisation": c.WAREHOUSE}, [("/0/organisation", "other-organisation")]),
        ({"sku": "NONE"}, [("/0/sku", "")]),
        ({"brand": 2}, [("/0/sku", "")]),
        ({"from": c.PLATFORM}, [("/0/from", "")]),
        ({"from": c.PLATFORM, "to": c.PLATFORM}, [("/0/from", ""), ("/0/to", "")]),
    ],
)
def test_what_the_ledger_has_otherwise_is_named(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    pairs, refusals = Resolver(catalogue().ledger()).sort_out([message(**changes)], OPERATOR)
    assert (pairs, told(refusals)) == ([], expected)


@pytest.mark.parametrize("changes", [{"sku": "SALT", "unit": "GRM", "lot": None}, {"organisation": 2}, {"unit": None}])
def test_what_agrees_with_the_ledger_is_taken(changes: dict[str, Any]) -> None:
    pairs, refusals = Resolver(catalogue().ledger()).sort_out([message(**changes)], OPERATOR)
    assert (len(pairs), refusals) == (1, [])


def test_an_account_that_is_no_members_names_no_organisation() -> None:
    resolver = Resolver(catalogue().ledger())
    assert told(resolver.sort_out([message()], STRANGER)[1]) == [("/0/organisation", "other-organisation")]
    assert len(resolver.sort_out([message(organisation=None)], STRANGER)[0]) == 1


def test_all_of_a_request_is_asked_at_one_block_and_what_was_found_is_kept() -> None:
    ledger = catalogue()
    resolver = Resolver(ledger.ledger())
    resolver.sort_out([message(), message(1, lot="L9")], OPERATOR)
    first = ledger.asked["0x5"]
    assert dict(ledger.asked) == {"0x5": first}
    ledger.height = 6
    resolver.sort_out([message()], OPERATOR)
    # Whose account it is may have changed, and is all that is asked again.
    assert dict(ledger.asked) == {"0x5": first, "0x6": 1}
    ledger.height = 7
    ledger.lots[1 << 20 | 1, "L9"] = 3
    assert resolver.sort_out([message(lot="L9")], OPERATOR)[0][0][1].lot == 3
    assert dict(ledger.asked) == {"0x5": first, "0x6": 1, "0x7": 2}


def test_an_account_that_was_removed_speaks_for_nobody() -> None:
    ledger = catalogue()
    resolver = Resolver(ledger.ledger())
    assert resolver.sort_out([message()], OPERATOR)[1] == []
    ledger.members[OPERATOR] = 2 | Status.REMOVED << 16 | 1 << 24
    assert told(resolver.sort_out([message()], OPERATOR)[1]) == [("/0/organisation", "other-organisation")]


def test_while_the_node_is_away_nothing_is_refused() -> None:
    ledger = catalogue()
    ledger.away = True
    with pytest.raises(Unavailable):
        Resolver(ledger.ledger()).sort_out([message()], OPERATOR)


@given(st.lists(st.sampled_from(["L0000", "L2611", "L9", None]), max_size=8))
def test_every_record_is_either_placed_or_refused(lots: list[str | None]) -> None:
    sent = [message(i, lot=lot) for i, lot in enumerate(lots)]
    pairs, refusals = Resolver(catalogue().ledger()).sort_out(sent, OPERATOR)
    assert {one.position for one, _ in pairs} == {i for i, lot in enumerate(lots) if lot != "L9"}
    assert {one.position for one in refusals} == {i for i, lot in enumerate(lots) if lot == "L9"}


def sorted_out(
    *snapshots: Snapshot,
    brands: dict[str, list[tuple[int, int]]] | None = None,
    caller: bytes = OPERATOR,
    ledger: Catalogue | None = None,
) -> tuple[list[Placed], list[Refusal]]:
    """Snapshots against the catalogue; the index has TEA-1 and SALT of brand 1 unless told otherwise."""
    known = {"TEA-1": [(1, int(c.GTIN))], "SALT": [(1, 0)]} if brands is None else brands

    def brands_of(codes: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        return {code: known[code] for code in codes if code in known}

    return SnapshotResolver((ledger or catalogue()).ledger(), brands_of).sort_out(snapshots, caller)


def test_a_snapshot_gets_its_numbers() -> None:
    placed, refusals = sorted_out(snapshot(), snapshot(1, lot=None, brand=1))
    assert refusals == []
    assert [(one.organisation, one.brand, one.sku, one.lot, one.place) for one in placed] == [
        (2, 1, 1 << 20 | 1, 2, 11),
        (2, 1, 1 << 20 | 1, 0, 11),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lot": {"code": "L9", "expiry": None}}, [("/0/lot", "unknown-lot")]),
        ({"lot": {"code": "L2611", "expiry": "2027-11-29"}}, [("/0/lot/expiry", "other-expiry")]),
        ({"lot": {"code": "L2611", "expiry": None}}, [("/0/lot/expiry", "other-expiry")]),
        ({"lot": {"code": "L0000", "expiry": "2027-11-30"}}, [("/0/lot/expiry", "other-expiry")]),
        ({"organisation": c.WAREHOUSE}, [("/0/organisation", "other-organisation")]),
        ({"place": c.PLATFORM}, [("/0/place", "")]),
        ({"sku": "NONE"}, [("/0/sku", "")]),
        ({"sku": "NONE", "brand": 1}, [("/0/sku", "")]),
        ({"gtin": "00000000000017"}, [("/0/sku", "")]),
        ({"gtin": "00000000000017", "brand": 1}, [("/0/gtin", "other-gtin")]),
    ],
)
def test_a_snapshot_at_odds_is_named(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    placed, refusals = sorted_out(snapshot(**changes))
    assert (placed, told(refusals)) == ([], expected)


def test_a_code_without_its_brand_is_told_by_the_gtin() -> None:
    gtin = int(c.GTIN)
    assert sorted_out(snapshot(), brands={"TEA-1": [(1, gtin), (3, 0), (4, 17)]})[0][0].brand == 1
    assert sorted_out(snapshot(sku="SALT", lot=None), brands={"SALT": [(1, 0), (4, 17)]})[0][0].brand == 1
    assert told(sorted_out(snapshot(), brands={"TEA-1": [(1, gtin), (3, gtin)]})[1]) == [("/0/brand", "")]


def test_strangers_keep_no_snapshots() -> None:
    assert told(sorted_out(snapshot(), caller=STRANGER)[1]) == [("/0/organisation", "other-organisation")]


def test_a_snapshot_of_anothers_place_is_refused() -> None:
    ledger = catalogue()
    ledger.add_place(int(c.SHOP), 12, operator=1)
    placed, refusals = sorted_out(snapshot(), snapshot(1, place=c.SHOP), ledger=ledger)
    assert [one.place for one in placed] == [11]
    assert told(refusals) == [("/1/place", "other-place")]
    assert refused(refusals, InvalidSnapshot).stable_code == "other-place"


def test_an_auditors_snapshot_is_taken_wherever_it_is() -> None:
    ledger = catalogue()
    ledger.add_place(int(c.SHOP), 12, operator=1)
    ledger.organisation_states[2] = (OrganisationKind.AUDITOR, Status.ACTIVE)
    assert [one.place for one in sorted_out(snapshot(place=c.SHOP), ledger=ledger)[0]] == [12]
    ledger.organisation_states[2] = (OrganisationKind.AUDITOR, Status.SUSPENDED)
    assert told(sorted_out(snapshot(place=c.SHOP), ledger=ledger)[1]) == [("/0/organisation", "other-organisation")]


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REMOVED])
def test_a_place_that_is_not_active_takes_none(status: Status) -> None:
    ledger = catalogue()
    ledger.add_place(int(c.WAREHOUSE), 11, operator=2, status=status)
    assert told(sorted_out(snapshot(), ledger=ledger)[1]) == [("/0/place", "other-place")]


def test_what_changes_is_asked_for_with_every_request() -> None:
    ledger = catalogue()
    resolver = SnapshotResolver(ledger.ledger(), lambda _: {"TEA-1": [(1, int(c.GTIN))]})
    assert resolver.sort_out([snapshot()], OPERATOR)[1] == []
    ledger.add_place(int(c.WAREHOUSE), 11, operator=1)
    assert told(resolver.sort_out([snapshot()], OPERATOR)[1]) == [("/0/place", "other-place")]
    ledger.add_place(int(c.WAREHOUSE), 11, operator=2)
    ledger.organisation_states[2] = (OrganisationKind.PLATFORM, Status.SUSPENDED)
    assert told(resolver.sort_out([snapshot()], OPERATOR)[1]) == [("/0/organisation", "other-organisation")]
    ledger.organisation_states[2] = (OrganisationKind.PLATFORM, Status.ACTIVE)
    ledger.members[OPERATOR] = 2 | Status.REMOVED << 16
    assert told(resolver.sort_out([snapshot()], OPERATOR)[1]) == [("/0/organisation", "other-organisation")]
    ledger.members[OPERATOR] = 2 | Status.ACTIVE << 16
    assert resolver.sort_out([snapshot()], OPERATOR)[1] == []


def test_refusals_of_a_request_go_by_the_codes_of_what_is_unknown() -> None:
    body = b'{"id": "x"}'
    found = read_body(body, "application/json", movement_form(c.NOW, 9), partial=True)
    assert found.refusals[0].stable_code == "missing-field"
