"""How a bundle is written (step 1): one spelling, and limits of size, depth and number."""

from __future__ import annotations

import functools
import json
from typing import Any

from liveledger.domain.documents import MAX_EVENT_BYTES, MAX_EVENT_DEPTH, MAX_SAFE_INTEGER
from liveledger.domain.hashing import canonical_json
from liveledger.verifier import encode_bundle, layout
from liveledger.verifier.shape import MAX_BUNDLE_BYTES
from tests.proofs import scenario
from tests.proofs.making.chains import ask, closed, fresh, goods, usual
from tests.proofs.making.form import Part, Vectors
from tests.proofs.making.validators import RAW, scene
from tests.proofs.scenario import Case

ITEM = scenario.ITEM


def make() -> Vectors:
    found = Vectors()
    for add in (_json, _values, _sets, _fields, _numbers, _texts, _event_limits, _counts, _sizes):
        add(found)
    return found


@functools.cache
def plain() -> Case:
    return ask(scene(1), "raw-storage/1", RAW)


def _json(found: Vectors) -> None:
    """Bytes that are no RFC 8785 JSON, or not the one spelling of their value."""
    asked = plain()
    data = encode_bundle(asked.bundle)
    cases: list[tuple[str, bytes, str]] = [
        ("empty", b"", "no byte"),
        ("null", b"null", "no object"),
        ("array", b"[]", "no object"),
        ("line-feed", data + b"\n", "a line feed behind the last brace"),
        ("space-before", b" " + data, "a space before the first brace"),
        ("space-inside", data.replace(b'"format":', b'"format": ', 1), "a space behind a colon"),
        ("cut", data[:-1], "the last brace is missing"),
        ("byte-order-mark", b"\xef\xbb\xbf" + data, "a byte order mark"),
        ("not-utf-8", data.replace(b"simulated-1", b"simulated-\xff", 1), "a byte that is no UTF-8"),
        ("overlong", data.replace(b"simulated-1", b"simulated\xc0\xad1", 1), "a character in an overlong form"),
        ("lone-surrogate", data.replace(b"simulated-1", b"\\ud800", 1), "an escape that is half a character"),
        ("escaped-letter", data.replace(b"simulated-1", b"s\\u0069mulated-1", 1), "an escape where none is needed"),
        ("escaped-solidus", data.replace(b"proof/1", b"proof\\/1", 1), "an escaped solidus"),
        (
            "duplicate-key",
            data.replace(b'{"answer":', b'{"answer":null,"answer":', 1),
            "a key twice, the first value false",
        ),
        ("unsorted", _unsorted(asked.bundle), "keys in another order"),
        ("control-character", data.replace(b"simulated-1", b"simulated\t1", 1), "a tab inside a string"),
    ]
    for name, changed, about in cases:
        found.bad(f"spelling/{name}", 1, "shape", about, asked, changed)
    for name, number, about in (
        ("float", b"0.0", "a whole number with a fraction"),
        ("minus-zero", b"-0", "minus zero"),
        ("negative", b"-1", "a round below 0"),
        ("nan", b"NaN", "no number"),
        ("infinity", b"Infinity", "no number"),
        ("leading-zero", b"00", "a leading zero"),
        ("string", b'"0"', "a string in place of a JSON integer"),
        ("2-to-31", b"2147483648", "a round beyond 2^31 - 1"),
        ("2-to-53", b"9007199254740992", "a whole number beyond 2^53 - 1"),
        ("many-digits", b"1" * 400, "a whole number of 400 digits"),
        ("1e400", b"1e+400", "a number that no double holds"),
    ):
        found.bad(
            f"spelling/number-{name}", 1, "shape", about, asked, data.replace(b'"round":0', b'"round":' + number, 1)
        )


def _unsorted(bundle: dict[str, Any]) -> bytes:
    turned = dict(sorted(bundle.items(), reverse=True))
    return json.dumps(turned, ensure_ascii=False, separators=(",", ":")).encode()


def _bad_value(found: Vectors, name: str, about: str, *path: Any, value: Any) -> None:
    """The plain bundle with another value at ``path``."""
    asked = plain()
    bundle = json.loads(encode_bundle(asked.bundle))
    part = bundle
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    found.bad(f"spelling/{name}", 1, "shape", about, asked, bundle)


def _values(found: Vectors) -> None:
    """Bytes, amounts and times that are not written as they must be."""
    asked, bad = plain(), functools.partial(_bad_value, found)
    header = ("light_block", "header")
    commit = ("light_block", "commit")
    bad(
        "hex-upper-case",
        "capital hex digits",
        *header,
        "app_hash",
        value=asked.bundle["light_block"]["header"]["app_hash"].upper().replace("X", "x"),
    )
    bad("hex-odd", "an odd number of hex digits", "execution_header", value=asked.bundle["execution_header"][:-1])
    bad("hex-no-prefix", "no 0x", *header, "app_hash", value="00" * 32)
    bad("hash-of-31-bytes", "a hash of 31 bytes", *header, "app_hash", value="0x" + "00" * 31)
    bad("address-empty", "an address of no byte", *header, "proposer_address", value="0x")
    bad(
        "signature-of-63-bytes",
        "a signature of 63 bytes",
        *commit,
        "signatures",
        0,
        "signature",
        value="0x" + "00" * 63,
    )
    bad("decimal-leading-zero", "a leading zero", *header, "height", value="03")
    bad("decimal-signed", "a sign", *header, "height", value="+3")
    bad("decimal-number", "a JSON integer in place of a decimal string", *header, "height", value=3)
    bad("decimal-space", "a space", *header, "height", value=" 3")
    bad("decimal-other-digits", "digits of another script", *header, "height", value="\u0663")
    zero = json.loads(encode_bundle(asked.bundle))
    zero["light_block"]["header"]["height"] = "0"
    found.bad("spelling/height-0", 2, "below-anchor", "a height is a number below 2^63, 0 too", asked, zero)
    bad("height-2-to-63", "a height beyond 2^63 - 1", *header, "height", value=str(1 << 63))
    bad("version-2-to-64", "a version beyond 2^64 - 1", *header, "version", "block", value=str(1 << 64))
    bad("nanos-1e9", "a second in nanoseconds", *header, "time", "nanos", value=1_000_000_000)
    bad("seconds-year-10000", "a time beyond the year 9999", *header, "time", "seconds", value="253402300800")
    bad("chain-id-empty", "a chain id without characters", *header, "chain_id", value="")
    bad("chain-id-51", "a chain id of 51 characters", *header, "chain_id", value="\u4fdd" * 51)
    bad("parts-2-to-32", "parts beyond 2^32 - 1", *commit, "block_id", "parts", "total", value=1 << 32)
    bad("format", "another format", "format", value="liveledger-proof/2")


def _sets(found: Vectors) -> None:
    asked, bad = plain(), functools.partial(_bad_value, found)
    bad("change-without-validators", "a change with an empty set", "set_changes", value=[_change(asked, [])])
    pub_key, power = "0x" + "01" * 32, {"power": "1"}
    bad(
        "change-key-twice",
        "a set that names a key twice",
        "set_changes",
        value=[_change(asked, [{"pub_key": pub_key, **power}] * 2)],
    )
    most = {"power": str(((1 << 63) - 1) // 8)}
    keys = ["0x" + f"{number:02x}" * 32 for number in (1, 2)]
    bad(
        "change-too-much-power",
        "more power than CometBFT allows",
        "set_changes",
        value=[_change(asked, [{"pub_key": keys[0], **most}, {"pub_key": keys[1], **power}])],
    )


def _change(asked: Case, validators: list[dict[str, str]]) -> dict[str, Any]:
    return {"light_block": asked.bundle["light_block"], "validators": validators}


def _fields(found: Vectors) -> None:
    asked = plain()
    bundle = asked.bundle
    for name, changed, about in (
        ("unknown-field", {**bundle, "more": None}, "a field that the format does not have"),
        ("missing-field", {key: bundle[key] for key in bundle if key != "set_changes"}, "a field is missing"),
        (
            "unknown-section",
            {**bundle, "evidence": {**bundle["evidence"], "proofs": []}},
            "a section that there is not",
        ),
        ("question-field", {**bundle, "question": {**bundle["question"], "more": 1}}, "a field more in the question"),
        ("contracts-null", {**bundle, "evidence": {"contracts": None}}, "contracts may not be null"),
    ):
        found.bad(f"spelling/{name}", 1, "shape", about, asked, changed)


def _of_event(content: dict[str, Any], item: str = ITEM) -> Case:
    ledger = fresh(layout.PROVENANCE)
    ledger.capture(item, content)
    return ask(closed(ledger), "item-events/1", {"item": item})


def _numbers(found: Vectors) -> None:
    """Numbers of an event: doubles in the form of ECMAScript; beyond 2^53 - 1 only those with an exponent."""
    values = [
        0,
        1,
        -1,
        0.1,
        26.5,
        1e-6,
        1e-7,
        5e-324,
        1.7976931348623157e308,
        1e21,
        -1e21,
        1.5e300,
        0.000001234,
        123456.789,
    ]
    values += [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER, 1 / 3, 2.5e-5, 9007199254740991.0, 1e22, 1e23, 4.35, 100.0]
    asked = _of_event({"epcList": [ITEM], "values": values})
    about = "numbers of an event, each in its one form; from 1e+21 on they have an exponent and are beyond 2^53 - 1"
    found.good("spelling/event-numbers", about, asked)
    data = encode_bundle(asked.bundle)
    for name, before, after, about in (
        ("exponent-without-plus", b"1e+21", b"1e21", "the exponent's sign is written"),
        ("exponent-of-21-digits", b"1e+21", b"1000000000000000000000", "1e+21 is not written in digits"),
        ("capital-e", b"1e+21", b"1E+21", "a capital E"),
        ("trailing-zero", b"26.5", b"26.50", "a zero behind the fraction"),
        ("small-in-digits", b"1e-7", b"0.0000001", "below 1e-6 a number has an exponent"),
        ("too-precise", b"0.3333333333333333", b"0.33333333333333331", "more digits than tell the double apart"),
    ):
        found.bad(f"spelling/event-{name}", 1, "shape", about, asked, data.replace(before, after))
    for name, value in (
        ("2-to-53", 9007199254740992),
        ("1e20", 100000000000000000000),
        ("minus-2-to-53", -9007199254740992),
    ):
        about = f"{value} in an event: digits beyond 2^53 - 1 are read differently by different programs"
        found.bad(
            f"spelling/event-{name}",
            1,
            "shape",
            about,
            asked,
            data.replace(b"9007199254740991", str(value).encode(), 1),
        )


def _texts(found: Vectors) -> None:
    """Strings and keys of an event."""
    content = {
        "epcList": [ITEM],
        "controls": "\x00\x01\x07\b\t\n\x0b\f\r\x1f\x7f",
        "marks": '"\\/<>&\u2028\u2029\ufeff',
        "scripts": "\u4fdd\u7a0e\u4ed3 \u0416 \U0001f600 \u00e9 e\u0301",
        "\U0001f600": 1,
        "\ue000": 2,
        "": {"": 3},
        "\u00e9": 4,
    }
    asked = _of_event(content)
    about = "escapes, and keys sorted by UTF-16 units: U+1F600 stands before U+E000"
    found.good("spelling/event-texts", about, asked)
    data = encode_bundle(asked.bundle)
    for name, before, after, about in (
        ("upper-case-escape", b"\\u000b", b"\\u000B", "capital hex digits in an escape"),
        ("long-escape", b"\\n", b"\\u000a", "a line feed has a short escape"),
        ("escaped-delete", b"\x7f", b"\\u007f", "U+007F is not escaped"),
        ("escaped-separator", "\u2028".encode(), b"\\u2028", "U+2028 is not escaped"),
    ):
        found.bad(f"spelling/event-{name}", 1, "shape", about, asked, data.replace(before, after))
    by_code_point = json.dumps(asked.bundle, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    about = "keys sorted by code points: U+E000 before U+1F600"
    found.bad("spelling/event-keys-by-code-point", 1, "shape", about, asked, by_code_point)
    page = {"brand": "7", "sku": "\U0001f69a" * 128, "first": "0", "limit": "1"}
    about = "lengths count code points, not UTF-16 units: a SKU of 128 of them"
    found.good("spelling/sku-of-128-characters", about, ask(goods(), "sku-movements/2", page))


def _event_limits(found: Vectors) -> None:
    nested: Any = 1
    for _ in range(MAX_EVENT_DEPTH - 1):
        nested = [nested]
    asked = _of_event({"epcList": [ITEM], "deep": nested})
    found.good("limits/event-32-levels", "32 levels of objects and arrays", asked)
    data = encode_bundle(asked.bundle)
    inner, deeper = b"[" * 31 + b"1" + b"]" * 31, b"[" * 32 + b"1" + b"]" * 32
    found.bad("limits/event-33-levels", 1, "shape", "33 levels", asked, data.replace(inner, deeper))
    for name, content, about in (("no-object", "x", "an event is an object"), ("null", None, "an event is an object")):
        bundle = {
            **asked.bundle,
            "evidence": {**asked.bundle["evidence"], "documents": [{"salt": "0x" + "00" * 16, "event": content}]},
        }
        found.bad(f"limits/event-{name}", 1, "shape", about, asked, bundle)


def _counts(found: Vectors) -> None:
    """One item more than a list may have."""
    asked, page = plain(), usual(goods(), "sku-movements/2")
    digest, node = '"0x' + "00" * 32 + '"', '"0xc0"'

    def bad(name: str, about: str, case: Case, before: str, item: str, times: int) -> None:
        text = encode_bundle(case.bundle).decode()
        start, end = text.split(before, 1)
        parts: list[Part] = [start + before, {"repeat": item + ",", "times": times}, end]
        found.bad(f"limits/{name}", 1, "shape", about, case, parts)

    bad("65-nodes", "an account of more than 64 nodes", asked, '"account":[', node, 64)
    bad("65-storage-proofs", "more than 64 storage proofs", asked, '"storage":[', "[]", 64)
    bad("201-signatures", "more than 200 signatures", asked, '"signatures":[', "null", 200)
    bad("10001-later", "more than 10,000 hashes behind a page", page, '"later":[', digest, 10_000)
    change = canonical_json(_change(asked, [{"pub_key": "0x" + "01" * 32, "power": "1"}])).decode()
    text = encode_bundle(asked.bundle).decode()
    start, end = text.split('"set_changes":[', 1)
    parts: list[Part] = [start + '"set_changes":[', {"repeat": change + ",", "times": 64}, change + end]
    found.bad("limits/65-set-changes", 1, "shape", "more than 64 changes", asked, parts)
    contracts: dict[str, Any] = {f"A{number}": {"account": [], "storage": []} for number in range(9)}
    found.bad(
        "limits/9-contracts",
        1,
        "shape",
        "more than 8 contracts",
        asked,
        {**asked.bundle, "evidence": {"contracts": contracts}},
    )
    head, tail = text.split(asked.bundle["execution_header"], 1)
    parts = [head + "0x", {"repeat": "00", "times": 4_097}, tail]
    found.bad("limits/header-of-4097-bytes", 1, "shape", "an execution header of more than 4,096 bytes", asked, parts)
    parts = [head + "0x", {"repeat": "00", "times": 4_096}, tail]
    found.bad("limits/header-of-4096-bytes", 5, "app-hash", "4,096 bytes have a good form", asked, parts)


def _sizes(found: Vectors) -> None:
    """Depth and size, looked at before anything is parsed."""
    asked = plain()
    text = encode_bundle({**asked.bundle, "answer": 0}).decode()
    start, end = text.split('"answer":0', 1)
    for levels, step, code in ((39, 10, "answer-mismatch"), (40, 1, "shape")):
        parts: list[Part] = [
            start + '"answer":',
            {"repeat": "[", "times": levels},
            {"repeat": "]", "times": levels},
            end,
        ]
        found.bad(f"limits/{levels + 1}-levels", step, code, f"{levels + 1} levels with the bundle's own", asked, parts)
    found.bad("limits/brackets", 1, "shape", "half a million open brackets", asked, [{"repeat": "[", "times": 500_000}])
    found.bad(
        "limits/quotes", 1, "shape", "a string that does not end", asked, ['"', {"repeat": '\\"', "times": 400_000}]
    )
    found.bad("limits/megabytes", 1, "shape", "two megabytes of spaces", asked, [{"repeat": " ", "times": 1 << 21}])
    _largest(found)


def _largest(found: Vectors) -> None:
    """A bundle of 1,048,576 bytes that proves its answer, and one of a byte more."""
    fill = MAX_EVENT_BYTES - 400
    rest = MAX_BUNDLE_BYTES - len(encode_bundle(_filled(fill, 0).bundle))
    item = ITEM + "x" * (rest % 2)
    rest = MAX_BUNDLE_BYTES - len(encode_bundle(_filled(fill, 0, item).bundle))
    asked = _filled(fill, rest // 2, item)
    text = encode_bundle(asked.bundle).decode()
    assert len(text) == MAX_BUNDLE_BYTES
    for run in (fill, rest // 2):
        text = text.replace('"fill":"' + "x" * run + '"', f'"fill":"\x01{run}\x01"')
    pieces = enumerate(text.split("\x01"))
    parts: list[Part] = [{"repeat": "x", "times": int(piece)} if number % 2 else piece for number, piece in pieces]
    found.good("limits/1048576-bytes", "as many bytes as are read", asked, parts)
    parts = [part.replace('"count":"2"', '"count":"22"') if isinstance(part, str) else part for part in parts]
    found.bad("limits/1048577-bytes", 1, "shape", "one byte more than is read", asked, parts)


def _filled(first: int, second: int, item: str = ITEM) -> Case:
    """Two events with so many letters, each of which stands twice in the bundle."""
    ledger = fresh(layout.PROVENANCE)
    for length in (first, second):
        ledger.capture(item, {"epcList": [item], "fill": "x" * length})
        ledger.mine()
    return ask(closed(ledger), "item-events/1", {"item": item})
