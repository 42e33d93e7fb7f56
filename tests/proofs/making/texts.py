"""Questions and anchors as texts: which of them are well formed, and the fingerprints of those that are."""

from __future__ import annotations

import json
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.verifier import Question, Refusal, TrustAnchor
from tests.proofs import scenario
from tests.proofs.making.chains import ALL_QUESTIONS, alone, lone
from tests.simulators.chain import CODE, PLACE_GLN

STOCK = {"brand": "7", "sku": CODE, "place": str(PLACE_GLN)}
MOVEMENT = {"poster": "0x" + "aa" * 20, "lane": "0", "sequence": "0", "index": "0"}
READING = {"feed": "0x" + "11" * 32, "sequence": "0", "device": "0x" + "22" * 32, "time": "1700000000"}
TRUCK = "\U0001f69a"
Row = tuple[str, dict[str, Any], str]

GOOD: list[Row] = [
    ("stock/1", STOCK, "of ledgers without lots"),
    ("stock/2", {**STOCK, "lot": ""}, "an empty lot: the goods whose lot was not stated"),
    ("stock/2", {**STOCK, "lot": TRUCK * 128}, "128 characters, counted as code points"),
    ("stock/2", {**STOCK, "sku": TRUCK * 128, "lot": "x"}, "the same of a SKU"),
    ("stock/2", {**STOCK, "brand": "65535", "lot": "x"}, "the largest number of an organisation"),
    ("stock/2", {**STOCK, "place": "0000000000000", "lot": "x"}, "any 13 digits: the check digit is not looked at"),
    ("stock-lots/2", {**STOCK, "first": "18446744073709551615", "limit": "200"}, "the largest page of lots"),
    ("sku-movements/1", {"brand": "7", "sku": "x", "first": "0", "limit": "1"}, "of ledgers without lots"),
    ("sku-movements/2", {"brand": "0", "sku": "x", "first": "0", "limit": "10000"}, "the largest page"),
    ("item-events/1", {"item": TRUCK * 2048}, "2,048 characters"),
    ("item-events/1", {"item": "x", "first": "0", "limit": "1"}, "first and limit, or none of them"),
    ("item-events/2", {"item": TRUCK * 2048}, "2,048 characters"),
    ("item-events/2", {"item": "x", "organisation": "65535"}, "the largest number of an organisation"),
    ("item-events/2", {"item": "x", "organisation": "1", "first": "0", "limit": "1"}, "a page of one organisation"),
    (
        "movement/2",
        {**MOVEMENT, "lane": "4294967295", "index": "4294967295", "sequence": "18446744073709551615"},
        "the largest numbers",
    ),
    ("reading/1", {**READING, "time": "18446744073709551615"}, "the largest time"),
    ("raw-storage/1", {"address": "0x" + "00" * 20, "slots": ["0x" + f"{n:064x}" for n in range(64)]}, "64 slots"),
    ("acts/1", {"contract": "Consortium"}, "one of two contracts"),
]
BAD: list[Row] = [
    ("stock/3", STOCK, "there is no such view"),
    ("stock", STOCK, "a view has a version"),
    ("stock/2", STOCK, "the lot is missing"),
    ("stock/1", {**STOCK, "lot": ""}, "a parameter that the view does not have"),
    ("stock/1", {**STOCK, "brand": 7}, "a JSON integer in place of a decimal string"),
    ("stock/1", {**STOCK, "brand": "07"}, "a leading zero"),
    ("stock/1", {**STOCK, "brand": "65536"}, "beyond 16 bits"),
    ("stock/1", {**STOCK, "brand": "-1"}, "a sign"),
    ("stock/1", {**STOCK, "place": "691234500001"}, "12 digits"),
    ("stock/1", {**STOCK, "place": "69123450000155"}, "14 digits"),
    ("stock/1", {**STOCK, "place": "691234500001\u0665"}, "a digit of another script"),
    ("stock/1", {**STOCK, "sku": ""}, "no character"),
    ("stock/1", {**STOCK, "sku": "x" * 129}, "129 characters"),
    ("stock/1", {**STOCK, "sku": "\ud83d"}, "half a character"),
    ("stock/2", {**STOCK, "lot": "x" * 129}, "129 characters"),
    ("stock-lots/2", {**STOCK, "first": "0", "limit": "201"}, "a page of lots has at most 200"),
    ("stock-lots/2", STOCK, "a page is needed"),
    ("sku-movements/2", {"brand": "7", "sku": "x"}, "a page is needed"),
    ("sku-movements/2", {"brand": "7", "sku": "x", "first": "0", "limit": "0"}, "a page of nothing"),
    ("sku-movements/2", {"brand": "7", "sku": "x", "first": "0", "limit": "10001"}, "a page of more than 10,000"),
    ("sku-movements/2", {"brand": "7", "sku": "x", "first": "18446744073709551616", "limit": "1"}, "beyond 64 bits"),
    ("item-events/1", {"item": "x", "first": "0"}, "first without limit"),
    ("item-events/1", {"item": "x", "limit": "1"}, "limit without first"),
    ("item-events/1", {"item": "x" * 2049}, "2,049 characters"),
    ("item-events/2", {"organisation": "7"}, "no item"),
    ("item-events/2", {"item": "x", "organisation": "0"}, "no organisation has the number 0"),
    ("item-events/2", {"item": "x", "organisation": "65536"}, "beyond 16 bits"),
    ("item-events/2", {"item": "x", "organisation": 7}, "a JSON integer in place of a decimal string"),
    ("item-events/2", {"item": "x", "organisation": "7", "limit": "1"}, "limit without first"),
    ("movement/2", {**MOVEMENT, "poster": "0x" + "AA" * 20}, "capital hex digits"),
    ("movement/2", {**MOVEMENT, "poster": "0x" + "aa" * 19}, "19 bytes"),
    ("movement/2", {**MOVEMENT, "lane": "4294967296"}, "beyond 32 bits"),
    ("movement/2", {**MOVEMENT, "index": "4294967296"}, "beyond 32 bits"),
    ("reading/1", {**READING, "device": "0x"}, "no byte"),
    ("raw-storage/1", {"address": "0x" + "00" * 20, "slots": []}, "no slot"),
    ("raw-storage/1", {"address": "0x" + "00" * 20, "slots": ["0x" + "00" * 32] * 2}, "a slot twice"),
    ("raw-storage/1", {"address": "0x" + "00" * 20, "slots": ["0x" + f"{n:064x}" for n in range(65)]}, "65 slots"),
    ("acts/1", {"contract": "StockLedger"}, "a contract without acts"),
    ("capital/1", {"brand": "7", "first": "0", "limit": "1", "lot": ""}, "a parameter that the view does not have"),
    ("transaction/1", {"hash": "0x00"}, "a hash of one byte"),
    ("acts/2", {"contract": "StockLedger"}, "a contract that keeps no acts"),
    ("acts/1", {"contract": "Creator"}, "acts/1 knows two contracts"),
    ("contract/1", {"name": ""}, "no name"),
    ("contract/1", {"name": "A" * 33}, "a name of 33 letters"),
    ("contract/1", {"name": "Stock Ledger"}, "a name has letters and digits"),
    ("contract/1", {"name": "\u00c4"}, "a name is ASCII"),
    ("contract/1", {"name": "StockLedger\n"}, "a line feed behind the name"),
    ("contract/1", {"name": "StockLedger", "version": "0"}, "there is no version 0"),
    ("contract/1", {"name": "StockLedger", "version": 1}, "a JSON integer in place of a decimal string"),
    ("contract/1", {"name": "StockLedger", "version": "18446744073709551616"}, "a version of 65 bits"),
]


def questions() -> list[dict[str, Any]]:
    """Texts of questions, those of the usual ones first."""
    usual = [(view, {**ALL_QUESTIONS[view]}, "the usual question") for view in ALL_QUESTIONS]
    usual[next(i for i, row in enumerate(usual) if row[0] == "transaction/1")][1]["hash"] = "0x" + "ab" * 32
    rows = [(_question(view, parameters), True, about) for view, parameters, about in (*usual, *GOOD)]
    rows += [(_question(view, parameters), False, about) for view, parameters, about in BAD]
    good = _question("acts/1", {"contract": "Governance"})
    rows += [
        (good.replace("{", "{ \n\t\r"), True, "white space is free"),
        (good.replace("acts", "\\u0061cts"), True, "and so are escapes"),
        ("", False, "no byte"),
        ("[]", False, "no object"),
        (good[:-1], False, "cut short"),
        (good + "x", False, "something behind it"),
        (good.replace('"view"', '"view":"acts/1","view"', 1), False, "a key twice"),
        (good[:-1] + ',"more":1}', False, "a field more"),
        ('{"view":"acts/1"}', False, "no parameters"),
        ('{"view":"acts/1","parameters":[]}', False, "parameters are an object"),
    ]
    return [_checked(text, well, about) for text, well, about in rows]


def _question(view: str, parameters: dict[str, Any]) -> str:
    return json.dumps({"view": view, "parameters": parameters})


def _checked(text: str, well: bool, about: str) -> dict[str, Any]:
    try:
        Question.from_bytes(text.encode())
    except InvalidInput:
        taken = False
    else:
        taken = True
    if taken != well:
        raise AssertionError(f"{text}: {about}")
    return {"text": text, "well_formed": well, "about": about}


def anchors() -> list[dict[str, Any]]:
    """Texts of trust anchors: the fingerprint of a good one, null for one that is refused (step 1, shape)."""
    genesis, later = alone("stock/2").anchor(0).as_json(), alone("stock/2").anchor(4).as_json()
    validator = genesis["validators"][0]
    consortium = genesis["contracts"]["Consortium"]
    rows: list[tuple[Any, bool, str]] = [
        (genesis, True, "the genesis anchor"),
        (later, True, "a later anchor has a header hash"),
        ({**genesis, "issued_at": {"seconds": "1", "nanos": 1}}, True, "issued_at is no part of the fingerprint"),
        (dict(reversed(genesis.items())), True, "the order of the fields is free"),
        ({**genesis, "contracts": {}}, True, "no contract is pinned"),
        ({**genesis, "contracts": {"A" * 32: consortium}}, True, "a name of 32 letters"),
        ({**genesis, "chain_id": TRUCK * 50}, True, "50 characters, counted as code points"),
        ({**genesis, "height": "1"}, False, "a height above 0 has a header hash"),
        ({**later, "height": "0"}, False, "height 0 has a genesis hash"),
        ({**genesis, "height": 0}, False, "a JSON integer in place of a decimal string"),
        ({**genesis, "validators": []}, False, "no validator"),
        ({**genesis, "validators": [validator, validator]}, False, "a key twice"),
        ({**genesis, "validators": [{**validator, "power": "0"}]}, False, "no power"),
        (
            {**genesis, "validators": [{**validator, "power": "1152921504606846976"}]},
            False,
            "more power than CometBFT allows",
        ),
        ({**genesis, "contracts": {"A" * 33: consortium}}, False, "a name of 33 letters"),
        ({**genesis, "contracts": {"Stock-Ledger": consortium}}, False, "a name has letters and digits"),
        ({**genesis, "contracts": {"\u00c4": consortium}}, False, "a name is ASCII"),
        ({**genesis, "contracts": {"": consortium}}, False, "a name without letters"),
        ({**genesis, "chain_id": TRUCK * 51}, False, "51 characters"),
        ({**genesis, "format": "liveledger-trust/2"}, False, "another format"),
        ({**genesis, "more": 1}, False, "a field more"),
        ({name: genesis[name] for name in genesis if name != "issued_at"}, False, "a field is missing"),
        ({**genesis, "genesis_hash": "0x" + "AB" * 32}, False, "capital hex digits"),
        ({**genesis, "valid_until": {"seconds": "253402300800", "nanos": 0}}, False, "beyond the year 9999"),
        ([genesis], False, "no object"),
        *_anchors_2(),
    ]
    found = [_anchor(json.dumps(value), well, about) for value, well, about in rows]
    text = json.dumps(genesis)
    found += [
        _anchor(
            text.replace("{", "{ \n").replace('"format"', '"f\\u006frmat"'), True, "white space and escapes are free"
        ),
        _anchor(text.replace('"height"', '"height": "0", "height"', 1), False, "a key twice"),
        _anchor(text + "{}", False, "something behind it"),
        _anchor(text.replace('"nanos": 0', '"nanos": -0'), False, "0 with a sign"),
        _anchor(text.replace('"nanos": 0', '"nanos": 0.0'), False, "0 with a fraction"),
    ]
    return found


def _anchors_2() -> list[tuple[Any, bool, str]]:
    """Those of form 2, which pin Directory and no other contract."""
    ledger = scenario.build(lone(form=2))
    genesis, later = ledger.anchor(0).as_json(), ledger.anchor(4).as_json()
    return [
        (genesis, True, "the genesis anchor of form 2"),
        (later, True, "a later anchor of form 2"),
        ({**genesis, "format": "liveledger-trust/3"}, False, "a format that there is not"),
        ({**genesis, "format": "liveledger-trust/1"}, False, "form 1 has contracts"),
        ({**genesis, "contracts": {}}, False, "form 2 has no contracts"),
        ({**genesis, "directory": {**genesis["directory"], "version": "2"}}, False, "Directory has no version"),
        ({name: genesis[name] for name in genesis if name != "directory"}, False, "without Directory"),
        ({name: genesis[name] for name in genesis if name != "format"}, False, "without a format"),
    ]


def _anchor(text: str, well: bool, about: str) -> dict[str, Any]:
    try:
        fingerprint = TrustAnchor.parse(text.encode()).fingerprint()
    except Refusal:
        fingerprint = None
    if (fingerprint is not None) != well:
        raise AssertionError(f"{text}: {about}")
    return {"text": text, "fingerprint": fingerprint, "about": about}
