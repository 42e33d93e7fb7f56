"""A policy file applied makes the chain equal to it, by acts in an order that the contract takes."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger.services.replenishment import ListedPlace, ReplenishmentWriter
from liveledger_cli.replenish.policy_changes import Policy, difference

SETTINGS = Settings(2_500, 2_500, 2_500, 2_500, 100, 150, 60, 1_000, 0, 0, 3_600, 86_400)
WAY, OTHER = Way(1, 2, 3), Way(4, 5, 6)


class Chain:
    """Lists and links as the contract does: one hub a region, links between listed places."""

    def __init__(self, policy: Policy) -> None:
        self.settings = policy.settings
        self.places, self.links = dict(policy.places or {}), dict(policy.links or {})

    def set_settings(self, settings: Settings) -> None:
        self.settings = settings

    def set_place(self, row: ListedPlace) -> None:
        others = [other for other in self.places.values() if other.place != row.place]
        assert not (row.hub and any(other.hub and other.region == row.region for other in others))
        self.places[row.place] = row

    def remove_place(self, place: int) -> None:
        del self.places[place]

    def set_links(self, links: dict[tuple[int, int], Way | None]) -> None:
        for ends, way in links.items():
            if way is None:
                del self.links[ends]
            else:
                assert set(ends) <= self.places.keys()
                self.links[ends] = way

    def policy(self) -> Policy:
        return Policy(self.settings, self.places, self.links)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    places, hubs = {}, set()
    for number in draw(st.sets(st.integers(1, 5))):
        region, hub = draw(st.integers(1, 2)), draw(st.booleans())
        places[number] = ListedPlace(number, region, hub and region not in hubs)
        hubs |= {region} if hub else set()
    ends = [(a, b) for a in places for b in places if a != b]
    links = {pair: draw(st.sampled_from([WAY, OTHER])) for pair in ends if draw(st.booleans())}
    return Policy(SETTINGS, places, links)


@given(policies(), policies())
def test_the_chain_becomes_the_file(current: Policy, wanted: Policy) -> None:
    chain = Chain(current)
    difference(current, wanted).carry_out(cast(ReplenishmentWriter, chain))
    assert chain.policy() == wanted
    assert difference(wanted, wanted).lines() == []


def test_two_hubs_change_places() -> None:
    one, two = ListedPlace(1, 7, hub=True), ListedPlace(2, 8, hub=True)
    found = difference(
        Policy(None, {1: one, 2: two}, {}),
        Policy(None, {1: ListedPlace(1, 8, hub=True), 2: ListedPlace(2, 7, hub=True)}, {}),
    )
    assert found.demoted == (ListedPlace(1, 7, hub=False), ListedPlace(2, 8, hub=False))
    assert len(found.lines()) == 4


def test_what_a_file_does_not_name_stays_but_links_of_what_goes() -> None:
    rows = {number: ListedPlace(number, 7, hub=False) for number in (1, 2, 3)}
    current = Policy(SETTINGS, rows, {(1, 2): WAY, (2, 3): OTHER})
    assert difference(current, Policy(None, None, None)).lines() == []
    found = difference(current, Policy(None, {1: rows[1], 2: rows[2]}, None))
    assert (found.removed, found.closed, found.linked) == ((3,), ((2, 3),), {})
    assert found.lines() == ["close the link from place 2 to 3", "take place 3 off the list"]


def test_a_link_needs_both_places() -> None:
    with pytest.raises(InvalidInput, match="both on the list"):
        difference(Policy(None, {}, {}), Policy(None, {}, {(1, 2): WAY}))
