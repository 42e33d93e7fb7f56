"""Two verifiers, one bundle: what the one in Python and the one in JavaScript say of bundles made by chance.

A bundle is a vector's that was changed in a few places, as JSON values, with parts of other vectors, or as text. Both
verifiers get the same bytes, anchor, question and numbers, and have to come to the same outcome: what is proven, or the
step and code of the refusal.
"""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import json
import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.verifier import Question, Refusal, TrustAnchor, Verdict, verify
from tests.house.tree import ROOT

FOLDER = ROOT / "tests" / "proofs" / "vectors"
NODE = ROOT / "node_modules" / ".bin" / "node"
PROGRAM = ROOT / "api" / "verifier_js" / "test" / "lines.js"
MOST_BYTES = 30_000

ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**31, 2**32, 2**53 - 1, 0.5, 1e21, "", "0", "1", "00", "-0", "-1", "0x", "0x00"),
    *(
        str(2**32),
        str(2**63 - 1),
        str(2**63),
        str(2**64 - 1),
        str(2**64),
        "\U0001f600",
        "e\u0301",
        [],
        {},
        [None],
        [[]],
    ),
]
NAMES = ("__proto__", "constructor", "length", "toString", "0", "", "\U0001f600", "format")


@dataclass(frozen=True)
class Asked:
    """What a verifier is given; bytes as they go in."""

    bundle: bytes
    anchor: bytes
    question: bytes
    now: int
    max_age: int | None
    minimum_height: int

    def line(self) -> str:
        """One line of JSON for the other program."""
        parts = {name: base64.b64encode(getattr(self, name)).decode() for name in ("bundle", "anchor", "question")}
        numbers = {"now": self.now, "max_age": self.max_age, "minimum_height": str(self.minimum_height)}
        return json.dumps({**parts, **numbers}) + "\n"


class Other:
    """The verifier in JavaScript, as a program that lives until it is closed."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([NODE, PROGRAM], stdin=pipe, stdout=pipe, text=True, bufsize=1)

    def begin(self, asked: Asked) -> None:
        """Gives it one; it works on it meanwhile."""
        assert self._process.stdin
        self._process.stdin.write(asked.line())
        self._process.stdin.flush()

    def says(self) -> str:
        """Its outcome of the oldest that it was given, in the words of ``own``."""
        assert self._process.stdout
        return self._process.stdout.readline().rstrip("\n")

    def close(self) -> None:
        """Ends the program."""
        self._process.communicate(timeout=60)


def own(asked: Asked) -> str:
    """What the verifier in Python says."""
    numbers = {"now": asked.now, "max_age": asked.max_age, "minimum_height": asked.minimum_height}
    try:
        question = Question.from_bytes(asked.question)
    except InvalidInput:
        return "invalid question"
    try:
        anchor = TrustAnchor.parse(asked.anchor)
        verdict = verify(asked.bundle, anchor=anchor, question=question, **numbers)
    except Refusal as refusal:
        return f"refused {int(refusal.step)} {refusal.stable_code}"
    return f"proven {hashlib.sha256(canonical_json(_facts(verdict))).hexdigest()}"


def _facts(verdict: Verdict) -> dict[str, Any]:
    newer = verdict.newer_anchor
    return {
        "fingerprint": verdict.fingerprint,
        "block": str(verdict.block),
        "newer": newer.fingerprint() if newer else None,
        "power": str(verdict.signed_power),
        "lasting": verdict.lasting,
        "answer": verdict.answer,
    }


@functools.cache
def sources() -> tuple[dict[str, Any], ...]:
    """The vectors that others are made of: those whose bundle is a text that is JSON, and not long."""
    found = []
    for name in json.loads((FOLDER / "manifest.json").read_text())["files"]:
        vector = json.loads((FOLDER / name).read_text())
        text = vector.get("bundle", "")
        if 0 < len(text) < MOST_BYTES and _is_json(text):
            found.append({**vector, "bundle": json.loads(text), "name": name})
    return tuple(found)


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def respelled(chance: random.Random) -> Asked:
    """A vector whose bundle is written otherwise in one or two places."""
    vector = chance.choice(sources())
    text = _written(vector["bundle"])
    for _ in range(chance.choice((1, 1, 2))):
        text = chance.choice(SPELLINGS)(chance, text)
    anchor, question = (json.dumps(vector[name]).encode() for name in ("anchor", "question"))
    return Asked(text, anchor, question, vector["now"], vector.get("max_age"), vector.get("minimum_height", 0))


def made(chance: random.Random) -> Asked:
    """A vector that was changed: as a tree, in one case of four also as text."""
    vector = copy.deepcopy(chance.choice(sources()))
    del vector["name"]
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        chance.choice(CHANGES)(chance, vector)
    text = _written(vector["bundle"])
    anchor = json.dumps(vector["anchor"], indent=chance.choice((None, 1))).encode()
    question = json.dumps(vector["question"], ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    if chance.random() < 0.25:
        text = chance.choice(SPELLINGS)(chance, text)
    elif chance.random() < 0.05:
        anchor = chance.choice(SPELLINGS)(chance, anchor)
    limit, height = vector.get("max_age"), vector.get("minimum_height", 0)
    return Asked(text, anchor, question, vector["now"], limit, height)


def _written(value: Any) -> bytes:
    """RFC 8785 form, so that the change is looked at, and not its spelling."""
    try:
        return canonical_json(value)
    except (ValueError, TypeError, InvalidInput):
        return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every member of an object and item of a list: what holds it, and its key."""
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        node = stack.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            found.append((node, key))
            if isinstance(node[key], dict | list):
                stack.append(node[key])
    return found


def _odd(chance: random.Random, vector: dict[str, Any]) -> None:
    holder, key = chance.choice(_places(vector["bundle"]))
    holder[key] = copy.deepcopy(chance.choice(ODD))


def _near(chance: random.Random, vector: dict[str, Any]) -> None:
    """Another value of the same form: a bit of bytes, a number beside it, a letter of a text."""
    texts = [place for place in _places(vector["bundle"]) if isinstance(place[0][place[1]], str | int)]
    holder, key = chance.choice(texts)
    holder[key] = _beside(chance, holder[key])


def _beside(chance: random.Random, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-1, 1))
    if value.isdecimal():
        return str(max(0, int(value) + chance.choice((-1, 1, 2**16, 2**32))))
    if re.fullmatch(r"0x[0-9a-f]+", value):
        place = chance.randrange(2, len(value))
        return value[:place] + chance.choice("0123456789abcdef") + value[place + 1 :]
    return value + chance.choice("aZ0\u0301")


def _less(chance: random.Random, vector: dict[str, Any]) -> None:
    holder, key = chance.choice(_places(vector["bundle"]))
    del holder[key]


def _more(chance: random.Random, vector: dict[str, Any]) -> None:
    """An item twice, or a member under another name."""
    holder, key = chance.choice(_places(vector["bundle"]))
    if isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
    else:
        holder[chance.choice(NAMES)] = copy.deepcopy(holder[key])


def _swapped(chance: random.Random, vector: dict[str, Any]) -> None:
    """Two values of a bundle change places."""
    places = _places(vector["bundle"])
    (one, first), (other, second) = chance.choice(places), chance.choice(places)
    if not isinstance(one[first], dict | list) and not isinstance(other[second], dict | list):
        one[first], other[second] = other[second], one[first]


def _spliced(chance: random.Random, vector: dict[str, Any]) -> None:
    """A part of another bundle in the place of its own: sections, headers, nodes, changes of the set."""
    other, keys, part = chance.choice(sources())["bundle"], [], vector["bundle"]
    for _ in range(chance.randrange(1, 5)):
        common = [key for key in part if key in other] if isinstance(part, dict) and isinstance(other, dict) else []
        if not common:
            break
        keys.append((part, chance.choice(common)))
        part, other = part[keys[-1][1]], other[keys[-1][1]]
    if keys:
        holder, key = keys[-1]
        holder[key] = copy.deepcopy(other)


def _asked_otherwise(chance: random.Random, vector: dict[str, Any]) -> None:
    """Another question, which the bundle says is its own."""
    places = _places(vector["question"]["parameters"])
    if chance.random() < 0.2 or not places:
        vector["question"]["view"] = chance.choice(sources())["question"]["view"]
    else:
        holder, key = chance.choice(places)
        near = chance.random() < 0.7 and isinstance(holder[key], str)
        holder[key] = _beside(chance, holder[key]) if near else copy.deepcopy(chance.choice(ODD))
    vector["bundle"]["question"] = copy.deepcopy(vector["question"])


def _trusted_otherwise(chance: random.Random, vector: dict[str, Any]) -> None:
    """Another anchor, clock or height seen."""
    if chance.random() < 0.3:
        vector["anchor"] = copy.deepcopy(chance.choice(sources())["anchor"])
    elif chance.random() < 0.5:
        vector["now"] += chance.choice((-1, 1, 600, 366 * 86_400))
        vector["minimum_height"] = chance.randrange(80)
        vector["max_age"] = chance.choice((None, 0, 600))
    else:
        holder, key = chance.choice(_places(vector["anchor"]))
        plain = isinstance(holder[key], str | int)
        near = plain and chance.random() < 0.7
        holder[key] = _beside(chance, holder[key]) if near else copy.deepcopy(chance.choice(ODD))


Change = Callable[[random.Random, dict[str, Any]], None]
CHANGES: tuple[Change, ...] = (
    *(_odd, _near, _near, _less, _more, _swapped, _spliced, _spliced, _asked_otherwise, _trusted_otherwise),
)


def _byte(chance: random.Random, text: bytes) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + bytes([text[at] ^ 1 << chance.randrange(8)]) + text[at + 1 :]


def _cut(chance: random.Random, text: bytes) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + text[at + chance.randrange(1, 4) :]


def _put(chance: random.Random, text: bytes) -> bytes:
    """Something that JSON allows, or nearly does, at any place."""
    words = (
        b" ",
        b"\n",
        b"\xef\xbb\xbf",
        b"0",
        b"-",
        b".0",
        b"e1",
        b"\\u0061",
        b"\\ud800",
        b"\xed\xa0\x80",
        b"\x00",
        b",",
    )
    at = chance.choice((0, len(text), chance.randrange(len(text))))
    return text[:at] + chance.choice(words) + text[at:]


def _escaped(chance: random.Random, text: bytes) -> bytes:
    """A letter in another spelling."""
    letters = [found.start() for found in re.finditer(rb"[a-z]", text)]
    at = chance.choice(letters)
    return text[:at] + b"\\u%04x" % text[at] + text[at + 1 :]


def _number(chance: random.Random, text: bytes) -> bytes:
    """A number of the bundle written otherwise."""
    numbers = [found.span() for found in re.finditer(rb"(?<=[:,\[])[0-9]+(?=[,}\]])", text)]
    if not numbers:
        return _put(chance, text)
    start, end = chance.choice(numbers)
    others = (b"%s.0", b"0%s", b"-%s", b"%se0", b"%s00000000000000000000", b"%s.5", b"%s1e21", b"9007199254740993%.0s")
    return text[:start] + chance.choice(others) % text[start:end] + text[end:]


def _twice(chance: random.Random, text: bytes) -> bytes:
    """A member twice."""
    members = [found.span() for found in re.finditer(rb'"[a-z_]+":(?:"[^"\\]*"|[0-9]+|null)', text)]
    if not members:
        return _put(chance, text)
    start, end = chance.choice(members)
    return text[:end] + b"," + text[start:end] + text[end:]


Spelling = Callable[[random.Random, bytes], bytes]
SPELLINGS: tuple[Spelling, ...] = (_byte, _byte, _cut, _put, _escaped, _number, _twice)


def write_difference(folder: Path, asked: Asked, said: tuple[str, str]) -> None:
    """Keeps what the two differ in, for a vector to be made of it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(asked.bundle + asked.question + asked.anchor).hexdigest()[:16]
    (folder / f"{name}.json").write_text(json.dumps({"said": said, **json.loads(asked.line())}))
