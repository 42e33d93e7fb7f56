"""Spellings of items: the vectors, the reference of GS1's event hash, and junk."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from epcis_event_hash_generator.dl_normaliser import normaliser
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.digital_links import HOME
from liveledger.domain.epc_urns import SCHEMES
from liveledger.domain.gs1_elements import KEYS
from liveledger.domain.items import MAX_URI, ItemRefused, canonical, is_gs1, spellings

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "items.json").read_text())
SERIAL = st.text("!'()*+,-.0123456789:;=ABCXYZ_abcxyz", min_size=1, max_size=20)


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: case["uri"])
def test_each_spelling_leads_to_one_form(case: dict[str, str]) -> None:
    assert canonical(case["uri"]) == case["item"]
    assert canonical(case["item"]) == case["item"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["uri"])
def test_what_breaks_a_rule_is_refused_by_its_code(case: dict[str, str]) -> None:
    for ask in (canonical, spellings, is_gs1):
        with pytest.raises(ItemRefused) as caught:
            ask(case["uri"])
        assert caught.value.stable_code == case["code"], caught.value.message


@pytest.mark.parametrize("case", VECTORS["spellings"], ids=lambda case: case["uri"])
def test_what_can_be_listed_is_listed(case: dict[str, Any]) -> None:
    assert list(spellings(case["uri"])) == case["spellings"]


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: case["uri"])
def test_whatever_is_listed_is_the_same_item(case: dict[str, str]) -> None:
    listed = spellings(case["uri"])
    assert listed[0] == case["uri"]
    assert {canonical(uri) for uri in listed} == {case["item"]}
    assert len(set(listed)) == len(listed) <= 9


def urn(kind: str, name: str, digits: str, length: int, serial: str) -> str:
    """An EPC URI of a scheme, cut out of enough digits."""
    scheme = SCHEMES[kind, name]
    prefix = digits[:length]
    reference = digits[length : scheme.digits] if scheme.digits else "AB-7"
    numeric = scheme.qualifier == "8011" or name == "sgcn"
    last = digits[: 1 + len(serial) % 12] if numeric else serial[:16]
    parts = [digits[:size] if size else last for size in scheme.parts]
    return f"urn:epc:{kind}:{name}:" + ".".join([prefix, reference, *parts, *(["*"] if kind == "idpat" else [])])


@given(st.sampled_from(sorted(SCHEMES)), st.text("0123456789", min_size=20, max_size=20), st.integers(6, 12), SERIAL)
def test_epc_uris_are_those_of_the_reference(scheme: tuple[str, str], digits: str, length: int, serial: str) -> None:
    if SCHEMES[scheme].digits == 12 and length == 12:
        length = 11  # the reference does not know an empty reference in every scheme
    uri = urn(*scheme, digits, length, serial)
    if SCHEMES[scheme].qualifier == "254" and serial == "0":
        return
    assert canonical(uri) == normaliser(uri)
    if scheme != ("idpat", "upui"):  # its class is the GTIN's
        assert uri in spellings(canonical(uri))


@given(st.text(max_size=60) | st.text("urn:epcidsgtlnp.*%0123456789/Ff", max_size=60).map("urn:epc:".__add__))
def test_junk_is_its_own_form_or_refused(text: str) -> None:
    with contextlib.suppress(ItemRefused):
        item = canonical(text)
        assert item == text or item.startswith(f"https://{HOME}/")
        assert canonical(item) == item


PATH = st.lists(st.sampled_from([*KEYS, "21", "10", "gtin", "09521234567899", "77", "", "%2F", "%", "x"]), max_size=8)


@given(st.sampled_from([HOME, "shop.example.com", "", "ID.GS1.ORG:443"]), PATH)
def test_junk_links_are_their_own_form_or_refused(host: str, path: list[str]) -> None:
    uri = f"https://{host}/" + "/".join(path)
    with contextlib.suppress(ItemRefused):
        assert {canonical(spelling) for spelling in spellings(uri)} == {canonical(uri)}


def test_what_is_too_long_for_a_uri_is_its_own_form() -> None:
    uri = "https://id.gs1.org/01/09521234567899/21/77?" + "x" * MAX_URI
    assert spellings(uri) == (uri,)


def test_an_item_of_somebodys_own_is_none_of_gs1() -> None:
    assert is_gs1("https://id.gs1.org/01/09521234567899/21/77")
    assert not is_gs1("https://shop.example.com/items/77")
