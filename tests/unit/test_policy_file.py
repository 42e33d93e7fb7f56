"""A policy file is read whole or refused by the entry that is not sound."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger_cli.replenish.policy_file import MAX_POLICY_BYTES, PolicyFile, parse_policy

ONE, TWO = "6901234567892", "6901234567908"
SETTINGS: dict[str, Any] = dict.fromkeys(Settings.__slots__, 1)
LINK = {"from": ONE, "to": TWO, "metres": 1, "transit_seconds": 2, "carbon_grams": 3}
PLACE = {"gln": ONE, "region": 7, "hub": True}


def test_a_whole_file() -> None:
    found = parse_policy(json.dumps({"settings": SETTINGS, "places": [PLACE], "links": [LINK]}).encode())
    assert found == PolicyFile(Settings(**SETTINGS), {int(ONE): (7, True)}, {(int(ONE), int(TWO)): Way(1, 2, 3)})
    assert parse_policy(b"{}") == PolicyFile(None, None, None)
    assert parse_policy(b'{"places": [], "links": []}') == PolicyFile(None, {}, {})


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ([], "policy"),
        ({"other": 1}, "policy"),
        ({"settings": {}}, "settings"),
        ({"settings": SETTINGS | {"stock_bps": -1}}, "settings.stock_bps"),
        ({"settings": SETTINGS | {"transfer_units": 1 << 48}}, "settings.transfer_units"),
        ({"settings": SETTINGS | {"supplier": True}}, "settings.supplier"),
        ({"settings": SETTINGS | {"day_units": 1.5}}, "settings.day_units"),
        ({"places": {}}, "places"),
        ({"places": [PLACE] * 33}, "places"),
        ({"places": [PLACE, PLACE | {"hub": 1}]}, "places[1].hub"),
        ({"places": [PLACE, PLACE | {"region": 8}]}, "places"),
        ({"settings": SETTINGS | {"max_level_age_seconds": 1 << 32}}, "settings.max_level_age_seconds"),
        ({"places": [PLACE | {"gln": "1"}]}, "places[0].gln"),
        ({"places": [PLACE | {"gln": 1}]}, "places[0].gln"),
        ({"links": [LINK | {"metres": 1 << 32}]}, "links[0].metres"),
        ({"links": [{}]}, "links[0]"),
    ],
)
def test_the_bad_entry_is_named(value: Any, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_policy(json.dumps(value).encode())
    assert where in refused.value.message


@given(st.binary(max_size=200))
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_policy(b"x" + junk)


def test_sizes_are_bounded() -> None:
    with pytest.raises(InvalidInput):
        parse_policy(b"{}" + b" " * MAX_POLICY_BYTES)
    with pytest.raises(InvalidInput):
        parse_policy(b"[" * 1000 + b"]" * 1000)
