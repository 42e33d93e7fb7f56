"""Node cards: what comes back, what is refused by name, and nothing else whatever comes in."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.node.descriptors import MAX_CARD_BYTES, read_card, write_card
from tests.support.cards import card, member, secret

CARD = card(0)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def changed(**fields: Any) -> bytes:
    """The good card with other fields; None takes a field away."""
    content = json.loads(CARD) | fields
    return json.dumps({name: value for name, value in content.items() if value is not None}).encode()


def test_a_card_comes_back_and_may_be_set_out_otherwise() -> None:
    assert read_card(CARD) == member(0)
    content = json.loads(CARD)
    assert read_card(json.dumps(dict(reversed(content.items()))).encode()) == member(0)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": "a b"}, "card.name"),
        ({"name": "x\n"}, "card.name"),
        ({"name": 'x"'}, "card.name"),
        ({"name": "x" * 64}, "card.name"),
        ({"node_id": "ab" * 19}, "card.node_id"),
        ({"node_id": "AB" * 20}, "card.node_id"),
        ({"validator_key": "0x" + "ab" * 31}, "card.validator_key"),
        ({"host": "example.org"}, "card.host: example.org is a name"),
        ({"host": "0.0.0.0"}, "card.host"),
        ({"host": "2001:0db8::7"}, "card.host is not written as 2001:db8::7"),
        ({"host": 7}, "card.host"),
        ({"consensus_p2p": 0}, "card.consensus_p2p"),
        ({"consensus_p2p": 65_536}, "card.consensus_p2p"),
        ({"consensus_p2p": True}, "card.consensus_p2p"),
        ({"execution_p2p": 1}, "unknown field 'execution_p2p'"),
        ({"power": 0}, "card.power"),
        ({"power": 2**60}, "2\\^53"),
        ({"power": "10"}, "card.power"),
        ({"power": None}, "no field 'power'"),
        ({"priv_key": "x"}, "unknown field 'priv_key'"),
        ({"signature": "0x" + "00" * 64}, "card.signature is not"),
        ({"signature": "0x00"}, "card.signature has 1 bytes"),
        ({"format": "liveledger-node-card/0"}, "card.format"),
    ],
)
def test_a_bad_card_names_its_field(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput, match=named) as refused:
        read_card(changed(**fields))
    assert refused.value.stable_code == "invalid-card"
    assert "card again" in refused.value.hint


@pytest.mark.parametrize(
    "fields", [{"host": "192.0.2.99"}, {"consensus_p2p": 9}, {"power": 11}, {"name": "other"}, {"node_id": "ab" * 20}]
)
def test_every_field_is_signed(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"card\.signature is not"):
        read_card(changed(**fields))


def old_card(**fields: Any) -> bytes:
    """A card of version 1, of the time when geth had peers, signed as such."""
    content = json.loads(CARD) | {"format": "liveledger-node-card/1", "execution_key": "0x" + "11" * 64}
    content = {name: value for name, value in content.items() if name != "signature"} | {"execution_p2p": 26_602}
    signed = b"LiveLedger node card, version 1\0" + canonical_json(content | fields)
    return json.dumps(content | fields | {"signature": "0x" + secret(0).sign(signed).hex()}).encode()


def test_a_card_of_version_1_is_read_without_what_it_says_of_geth() -> None:
    assert read_card(old_card()) == member(0)
    for fields, named in (
        ({"execution_key": "0x11"}, "card.execution_key"),
        ({"execution_p2p": 0}, "card.execution_p2p"),
        ({"power": 0}, "card.power"),
    ):
        with pytest.raises(InvalidInput, match=named):
            read_card(old_card(**fields))
    with pytest.raises(InvalidInput, match=r"card\.signature is not"):
        read_card(json.dumps(json.loads(old_card()) | {"execution_p2p": 26_603}).encode())


def test_a_card_of_a_later_format_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="liveledger-node-card/3") as refused:
        read_card(changed(format="liveledger-node-card/3"))
    assert refused.value.stable_code == "newer-format"


def test_limits_come_before_the_parser() -> None:
    with pytest.raises(InvalidInput, match="more than"):
        read_card(b" " * (MAX_CARD_BYTES + 1))
    with pytest.raises(InvalidInput, match="nested"):
        read_card(b"[" * 2_000 + b"]" * 2_000)


def test_a_card_that_nobody_could_read_is_not_written() -> None:
    with pytest.raises(InvalidInput, match=r"card\.signature is not"):
        write_card(member(0), secret(1))
    with pytest.raises(InvalidInput, match=r"card\.power"):
        write_card(member(0, power=-1), secret(0))


def test_a_card_holds_no_secret() -> None:
    assert secret(0).private_bytes_raw().hex().encode() not in CARD


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_junk_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_card(data)


@given(st.sampled_from(sorted(json.loads(CARD))), JSON)
def test_junk_in_a_field_is_refused_by_name(name: str, value: Any) -> None:
    if json.loads(CARD)[name] == value:
        return
    with pytest.raises(InvalidInput):
        read_card(json.dumps(json.loads(CARD) | {name: value}).encode())


@given(st.integers(0, len(CARD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_only_white_space(position: int, flip: int) -> None:
    data = bytearray(CARD)
    data[position] ^= flip
    try:
        assert read_card(bytes(data)) == member(0)
        assert chr(data[position]) in string.whitespace
    except InvalidInput:
        pass
