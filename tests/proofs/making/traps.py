"""What parsers get wrong, and what is larger or deeper than it may be: changes of one vector, each with its outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.proofs.making.form import Part

VECTOR = "views/item-events-1.json"
MIB = 1 << 20
OTHER_EVENT, INCOMPLETE, OTHER_ANSWER = (8, "leaf-proof"), (9, "incomplete"), (10, "answer-mismatch")
EVENT = '"documents":[{"event":{'
Row = dict[str, Any]
Outcome = tuple[int, str] | None


def make(vector: dict[str, Any]) -> list[Row]:
    """The table; ``vector`` is the file ``VECTOR``."""
    text, anchor = vector["bundle"], json.dumps(vector["anchor"])
    changed = (make(text) for make in (_numbers, _keys, _texts, _spellings, _large, _answers, _long))
    return [*(row for rows in changed for row in rows), *_anchors(anchor), *_questions()]


def _row(kind: str, about: str, of: str, put: tuple[Part, ...], outcome: Outcome) -> Row:
    found = {"well_formed": False} if outcome is None else {"refusal": {"step": outcome[0], "code": outcome[1]}}
    return {"kind": kind, "about": about[:60], "of": of, "put": list(put), **found}


def _whole(kind: str, about: str, *put: Part, outcome: Outcome = (1, "shape")) -> Row:
    """Another text as the bundle."""
    return _row(kind, about, "bundle", put, outcome)


def _instead(text: str, old: str, kind: str, about: str, *put: Part, outcome: Outcome = (1, "shape")) -> Row:
    """Another text in the place of the first ``old``."""
    start = text.index(old)
    place = {"from": len(text[:start].encode()), "to": len(text[: start + len(old)].encode())}
    return {**_row(kind, about, "bundle", put, outcome), **place}


def _behind(text: str, old: str, kind: str, about: str, *put: Part, outcome: Outcome = (1, "shape")) -> Row:
    """More behind the first ``old``."""
    return _instead(text, old, kind, about, old, *put, outcome=outcome)


def _member(text: str, kind: str, about: str, name: str, *value: Part, outcome: Outcome = (1, "shape")) -> Row:
    """A member more in the first event."""
    return _behind(text, EVENT, kind, about, f"{name}:", *value, ",", outcome=outcome)


def _times(text: str, times: int) -> Part:
    return {"repeat": text, "times": times}


def _numbers(text: str) -> Iterator[Row]:
    for number in ("9007199254740993", "9007199254740992", "-9007199254740992", "123456789012345678901"):
        yield _member(text, "numbers beyond 2^53", number, '"0"', number)
    for number in ("-0", "1.0", "1e5", "1E+21", "01", "NaN", "Infinity", "1e999", "+1", ".5", "5."):
        yield _member(text, "spellings of numbers", number, '"0"', number)
    for number in ("9007199254740991", "-9007199254740991", "1e+21", "0.5", "5e-324"):
        yield _member(text, "numbers that are good", number, '"0"', number, outcome=OTHER_EVENT)
    yield _member(text, "numbers beyond 2^53", "100,000 digits", '"0"', _times("9", 100_000))


def _keys(text: str) -> Iterator[Row]:
    yield _instead(text, '{"answer":', "keys twice", "answer", '{"answer":null,"answer":')
    yield _member(text, "keys twice", "in an event", '"0"', '1,"0":1')
    yield _member(text, "keys twice", "one escaped", '"0"', '1,"\\u0030":1')
    yield _member(text, "keys out of order", "zz", '"zz"', "1")
    for name in ("__proto__", "constructor", "toString", "hasOwnProperty"):
        yield _instead(text, "{", "names of objects", name, f'{{"{name}":{{}},')
        yield _behind(text, '"evidence":{', "names of objects", f"section {name}", f'"{name}":null,')
        asked = json.dumps({"view": name, "parameters": {}})
        yield _row("names of objects", f"view {name}", "question", (asked,), None)
        asked = f'{{"view":"item-events/1","parameters":{{"{name}":"x"}}}}'
        yield _row("names of objects", f"parameter {name}", "question", (asked,), None)
    yield _member(text, "names of objects", "a member", '"__proto__"', '{"polluted":true}', outcome=OTHER_EVENT)


def _texts(text: str) -> Iterator[Row]:
    kind = "half surrogate pairs"
    yield _member(text, kind, "high alone", '"0"', '"\\ud800"')
    yield _member(text, kind, "low first", '"0"', '"\\udc00x"')
    yield _member(text, kind, "as a key", '"\\ud800"', "1")
    yield _member(text, kind, "in UTF-8", '"0"', '"', {"hex": "eda080"}, '"')
    yield _instead(text, "a", "bytes that are no UTF-8", "ff", {"hex": "ff"})
    yield _instead(text, "{", "bytes that are no UTF-8", "byte order mark", "\ufeff{")


def _spellings(text: str) -> Iterator[Row]:
    height = next(part for part in text.split(",") if part.startswith('"height":'))
    for value in ('"01"', '"+1"', '"-1"', '" 1"', '"1\\n"', '"\uff11"', '"9223372036854775808"', "1", "null"):
        yield _instead(text, height, "decimal strings", value, f'"height":{value}')
    yield _instead(text, height, "decimal strings", "100,000 digits", '"height":"', _times("9", 100_000), '"')
    start = text.index('"app_hash":"') + len('"app_hash":')
    for value in ('"0xAB"', '"0x0"', '"0X00"', '"00"', f'"0x{"00" * 31}"', '"0x\\u0030\\u0030"'):
        yield _instead(text, text[start : start + 68], "hex", value, value)


def _large(text: str) -> Iterator[Row]:
    for about, put in (
        ("brackets", (_times("[", MIB),)),
        ("objects in one another", (_times('{"a":', MIB // 5),)),
        ("one string", ('"', _times("a", MIB - 2), '"')),
        ("a byte too long", ('"', _times("a", MIB - 1), '"')),
        ("a string without an end", ('"', _times("a", MIB - 1))),
        ("escapes", ('"', _times("\\", MIB // 2), '"')),
        ("lists side by side", ("[", _times("[],", MIB // 3 - 2), "[]]")),
        ("zeros", ("[", _times("0,", MIB // 2 - 2), "0]")),
    ):
        yield _whole("1 MiB", about, *put)
    yield _whole("16 MiB", "zeros", _times("\0", 16 * MIB))
    for levels, outcome in ((31, OTHER_EVENT), (32, (1, "shape"))):
        brackets = _times("[", levels), _times("]", levels)
        yield _member(text, "depth of an event", str(levels), '"0"', *brackets, outcome=outcome)


def _answers(text: str) -> Iterator[Row]:
    """Answers that fill what a bundle may have."""
    room = MIB - len(text.encode()) - 20
    answer = text[len('{"answer":') : text.index(',"evidence":')]
    for about, put in (
        ("an answer of lists", ("[", _times("[],", room // 3), "[]]")),
        ("an answer of keys", ("{", {"numbered": ['"', '":0'], "digits": 6, "times": room // 11, "between": ","}, "}")),
        ("an answer of doubles", ("[", _times("0.5,", room // 4), "0.5]")),
    ):
        yield _instead(text, answer, "1 MiB", about, *put, outcome=OTHER_ANSWER)


def _long(text: str) -> Iterator[Row]:
    kind = "10,000 entries"
    for count, outcome in ((9_000, OTHER_EVENT), (10_000, (1, "shape"))):
        more = _times("null,", count)
        yield _behind(text, '"documents":[', kind, f"{count} documents more", more, outcome=outcome)
    end = "" if '"later":[]' in text else ","
    for count, outcome in ((9_900, INCOMPLETE), (10_001, (1, "shape"))):
        word = f'"0x{"00" * 32}"'
        put = _times(f"{word},", count - 1), f"{word}{end}"
        yield _behind(text, '"later":[', kind, f"{count} hashes behind", *put, outcome=outcome)
    leaf = f'{{"block":"1","n":"1","payload":"0x","poster":"0x{"00" * 20}","time":"1"}},'
    for count, outcome in ((9_000, INCOMPLETE), (10_001, (1, "shape"))):
        yield _behind(text, '"page":[', kind, f"{count} leaves more", _times(leaf, count), outcome=outcome)


def _anchors(anchor: str) -> Iterator[Row]:
    """Anchors, whose spelling is free; a name of a chain has 1 to 50 characters."""
    numbers = ("0.0", "-0", "0e0", "1e999", "9007199254740993")
    texts: tuple[tuple[str, tuple[Part, ...]], ...] = (
        ("a key twice", (anchor.replace("{", '{"format":"liveledger-trust/1",', 1),)),
        ("a key twice, one escaped", (anchor.replace("{", '{"\\u0066ormat":"liveledger-trust/1",', 1),)),
        *((number, (anchor.replace('"nanos": 0', f'"nanos": {number}', 1),)) for number in numbers),
        ("50 levels", (f'{anchor[:-1]},"x":', _times("[", 50), _times("]", 50), "}")),
        ("too long", (_times(" ", 262_144), anchor)),
    )
    for about, put in texts:
        yield _row("anchors", about, "anchor", put, (1, "shape"))
    start, end = anchor.split(f'"{json.loads(anchor)["chain_id"]}"', 1)
    for count, outcome in ((50, (2, "wrong-chain")), (51, (1, "shape"))):
        put = (f'{start}"', _times("\U0001f600", count), f'"{end}')
        yield _row("lengths in code points", f"{count}", "anchor", put, outcome)


def _questions() -> Iterator[Row]:
    item = '{"view":"item-events/1","parameters":{"item":"a"}}'
    texts: tuple[tuple[str, tuple[Part, ...]], ...] = (
        ("a key twice", (item.replace("{", '{"view":"item-events/1",', 1),)),
        ("too long", (item, _times(" ", 65_536))),
        ("60,000 levels", ('{"view":"item-events/1","parameters":', _times("[", 60_000))),
        ("half a pair", (item.replace('"a"', '"\\ud800"'),)),
        ("a list for a name", (item.replace('"item-events/1"', '["item-events/1"]'),)),
    )
    for about, put in texts:
        yield _row("questions", about, "question", put, None)
    for count, outcome in ((2_048, (2, "wrong-question")), (2_049, None)):
        put = (item.removesuffix('a"}}'), _times("\U0001f600", count), '"}}')
        yield _row("lengths in code points", f"{count}", "question", put, outcome)
