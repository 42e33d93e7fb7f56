"""What parsers get wrong, and what is larger or deeper than it may be: bundles, each with the outcome it must have.

``python -m tests.proofs.traps`` is the verifier in Python as a program by lines, as api/verifier_js/test/lines.js is
the other one: what each takes of time and memory can be seen from outside.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.proofs.differing import FOLDER, NODE, PROGRAM, Asked, own

MIB = 1 << 20
SHAPE = "refused 1 shape"
OTHER_EVENT = "refused 8 leaf-proof"
OTHER_ANSWER = "refused 10 answer-mismatch"
# Memory of V8's own heap: a program that needs more ends (MB).
HEAP = 96
COMMANDS: dict[str, list[str]] = {
    "Python": [sys.executable, "-m", "tests.proofs.traps"],
    "JavaScript": [str(NODE), f"--max-old-space-size={HEAP}", str(PROGRAM)],
}


@dataclass(frozen=True)
class Trap:
    """A case: its kind, a few words, what a verifier is given, and what it must say."""

    kind: str
    about: str
    asked: Asked
    outcome: str


class Verifier:
    """A verifier as a program of its own, by lines."""

    def __init__(self, language: str) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(COMMANDS[language], stdin=pipe, stdout=pipe, text=True, bufsize=1)

    def says(self, asked: Asked) -> tuple[str, float]:
        """Its outcome, or how it ended; and the seconds that it took."""
        assert self._process.stdin
        assert self._process.stdout
        began = time.perf_counter()
        self._process.stdin.write(asked.line())
        self._process.stdin.flush()
        said = self._process.stdout.readline().rstrip("\n")
        return said.split(" ")[0] if said.startswith("proven") else said, time.perf_counter() - began

    def peak(self) -> int:
        """The most memory that it ever had (MB)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) // 1024

    def close(self) -> None:
        """Ends the program."""
        self._process.communicate(timeout=60)


def good() -> Asked:
    """A history that is proven."""
    vector = _vector()
    anchor, question = (json.dumps(vector[name]).encode() for name in ("anchor", "question"))
    return Asked(vector["bundle"].encode(), anchor, question, vector["now"], None, 0)


def _vector() -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((FOLDER / "views" / "item-events-1.json").read_text())
    return vector


def traps() -> Iterator[Trap]:
    """All of them."""
    for make in (_numbers, _keys, _texts, _spellings, _large, _long, _free):
        yield from make()


def _bundle(kind: str, about: str, bundle: bytes, outcome: str = SHAPE) -> Trap:
    return Trap(kind, about[:60], replace(good(), bundle=bundle), outcome)


def _member(name: str, value: str) -> bytes:
    """The good bundle with a member more in its first event."""
    text: str = _vector()["bundle"]
    start = '"documents":[{"event":{'
    assert start in text
    return text.replace(start, f"{start}{name}:{value},", 1).encode("utf-8", "surrogatepass")


def _numbers() -> Iterator[Trap]:
    for number in ("9007199254740993", "9007199254740992", "-9007199254740992", "123456789012345678901"):
        yield _bundle("numbers beyond 2^53", number, _member('"0"', number))
    for number in ("-0", "1.0", "1e5", "1E+21", "01", "NaN", "Infinity", "1e999", "+1", ".5", "5."):
        yield _bundle("spellings of numbers", number, _member('"0"', number))
    for number in ("9007199254740991", "-9007199254740991", "1e+21", "0.5", "5e-324"):
        yield _bundle("numbers that are good", number, _member('"0"', number), OTHER_EVENT)
    yield _bundle("numbers beyond 2^53", "100,000 digits", _member('"0"', "9" * 100_000))


def _keys() -> Iterator[Trap]:
    text: str = _vector()["bundle"]
    yield _bundle("keys twice", "answer", text.replace('{"answer":', '{"answer":null,"answer":', 1).encode())
    yield _bundle("keys twice", "in an event", _member('"0"', '1,"0":1'))
    yield _bundle("keys twice", "one escaped", _member('"0"', '1,"\\u0030":1'))
    yield _bundle("keys out of order", "zz", _member('"zz"', "1"))
    for name in ("__proto__", "constructor", "toString", "hasOwnProperty"):
        yield _bundle("names of objects", name, text.replace("{", f'{{"{name}":{{}},', 1).encode())
        section = text.replace('"evidence":{', f'"evidence":{{"{name}":null,', 1).encode()
        yield _bundle("names of objects", f"section {name}", section)
        asked = json.dumps({"view": name, "parameters": {}}).encode()
        yield Trap("names of objects", f"view {name}", replace(good(), question=asked), "invalid question")
    yield _bundle("names of objects", "a member", _member('"__proto__"', '{"polluted":true}'), OTHER_EVENT)


def _texts() -> Iterator[Trap]:
    for about, name, value in (
        ("high alone", '"0"', '"\\ud800"'),
        ("low first", '"0"', '"\\udc00x"'),
        ("as a key", '"\\ud800"', "1"),
        ("in UTF-8", '"0"', '"\ud800"'),
    ):
        yield _bundle("half surrogate pairs", about, _member(name, value))
    data = good().bundle
    yield _bundle("bytes that are no UTF-8", "ff", data.replace(b"a", b"\xff", 1))
    yield _bundle("bytes that are no UTF-8", "byte order mark", b"\xef\xbb\xbf" + data)
    for length, outcome in ((2_048, "refused 2 wrong-question"), (2_049, "invalid question")):
        parameters = {"item": "\U0001f600" * length}
        asked = json.dumps({"view": "item-events/1", "parameters": parameters}).encode()
        yield Trap("lengths in code points", f"{length}", replace(good(), question=asked), outcome)
    for length, outcome in ((50, "refused 2 wrong-chain"), (51, SHAPE)):
        anchor = json.dumps({**_vector()["anchor"], "chain_id": "\U0001f600" * length}).encode()
        yield Trap("lengths in code points", f"{length}", replace(good(), anchor=anchor), outcome)


def _spellings() -> Iterator[Trap]:
    text: str = _vector()["bundle"]
    height = next(part for part in text.split(",") if part.startswith('"height":'))
    for value in ('"01"', '"+1"', '"-1"', '" 1"', '"1\\n"', '"\uff11"', '"9223372036854775808"', "1", "null"):
        yield _bundle("decimal strings", value, text.replace(height, f'"height":{value}', 1).encode())
    yield _bundle("decimal strings", "100,000 digits", text.replace(height, f'"height":"{"9" * 100_000}"', 1).encode())
    start = text.index('"app_hash":"') + len('"app_hash":')
    for value in ('"0xAB"', '"0x0"', '"0X00"', '"00"', f'"0x{"00" * 31}"', '"0x\\u0030\\u0030"'):
        yield _bundle("hex", value, (text[:start] + value + text[start + 68 :]).encode())


def _large() -> Iterator[Trap]:
    for about, text in (
        ("brackets", "[" * MIB),
        ("objects in one another", '{"a":' * (MIB // 5)),
        ("one string", f'"{"a" * (MIB - 2)}"'),
        ("a byte too long", f'"{"a" * (MIB - 1)}"'),
        ("a string without an end", f'"{"a" * (MIB - 1)}'),
        ("escapes", f'"{chr(92) * (MIB // 2)}"'),
        ("lists side by side", "[" + "[]," * (MIB // 3 - 2) + "[]]"),
        ("zeros", "[" + "0," * (MIB // 2 - 2) + "0]"),
    ):
        yield _bundle("1 MiB", about, text.encode())
    yield _bundle("16 MiB", "zeros", bytes(16 * MIB))
    for levels, outcome in ((31, OTHER_EVENT), (32, SHAPE)):
        yield _bundle("depth of an event", str(levels), _member('"0"', "[" * levels + "]" * levels), outcome)
    room = MIB - len(good().bundle) - 20
    keys = ",".join(f'"{number:06}":0' for number in range(room // 11))
    for about, answer in (
        ("an answer of lists", "[" + "[]," * (room // 3) + "[]]"),
        ("an answer of keys", f"{{{keys}}}"),
        ("an answer of doubles", "[" + "0.5," * (room // 4) + "0.5]"),
    ):
        vector = _vector()["bundle"]
        end = vector.index(',"evidence":')
        yield _bundle("1 MiB", about, f'{{"answer":{answer}{vector[end:]}'.encode(), OTHER_ANSWER)


def _long() -> Iterator[Trap]:
    text: str = _vector()["bundle"]
    for count, outcome in ((9_000, OTHER_EVENT), (10_000, SHAPE)):
        documents = text.replace('"documents":[', f'"documents":[{"null," * count}', 1)
        yield _bundle("10,000 entries", f"{count} documents more", documents.encode(), outcome)
    start = text.index('"later":[') + len('"later":[')
    rest = text[start:] if text[start] == "]" else "," + text[start:]
    for count, outcome in ((9_900, "refused 9 incomplete"), (10_001, SHAPE)):
        hashes = ",".join([f'"0x{"00" * 32}"'] * count)
        yield _bundle("10,000 entries", f"{count} hashes behind", f"{text[:start]}{hashes}{rest}".encode(), outcome)
    leaf = f'{{"block":"1","n":"1","payload":"0x","poster":"0x{"00" * 20}","time":"1"}},'
    for count, outcome in ((9_000, "refused 9 incomplete"), (10_001, SHAPE)):
        page = text.replace('"page":[', f'"page":[{leaf * count}', 1).encode()
        yield _bundle("10,000 entries", f"{count} leaves more", page, outcome if len(page) <= MIB else SHAPE)


def _free() -> Iterator[Trap]:
    """Anchors and questions, whose spelling is free."""
    anchor = json.dumps(_vector()["anchor"])
    for about, text in (
        ("a key twice", anchor.replace("{", '{"format":"liveledger-trust/1",', 1)),
        ("a key twice, one escaped", anchor.replace("{", '{"\\u0066ormat":"liveledger-trust/1",', 1)),
        *((number, anchor.replace('"nanos": 0', f'"nanos": {number}', 1)) for number in ("0.0", "-0", "0e0", "1e999")),
        ("beyond 2^53", anchor.replace('"nanos": 0', '"nanos": 9007199254740993', 1)),
        ("50 levels", f'{anchor[:-1]},"x":{"[" * 50}{"]" * 50}}}'),
        ("too long", " " * 262_144 + anchor),
    ):
        yield Trap("anchors", about, replace(good(), anchor=text.encode()), SHAPE)
    item = '{"view":"item-events/1","parameters":{"item":"a"}}'
    for about, text in (
        ("a key twice", item.replace("{", '{"view":"item-events/1",', 1)),
        ("too long", item + " " * 65_536),
        ("60,000 levels", '{"view":"item-events/1","parameters":' + "[" * 60_000),
        ("half a pair", item.replace('"a"', '"\\ud800"')),
        ("a list for a name", item.replace('"item-events/1"', '["item-events/1"]')),
    ):
        yield Trap("questions", about, replace(good(), question=text.encode()), "invalid question")


def main() -> None:
    """The verifier in Python: a case a line in, its outcome a line out."""
    for line in sys.stdin:
        case = json.loads(line)
        parts = {name: base64.b64decode(case[name]) for name in ("bundle", "anchor", "question")}
        asked = Asked(**parts, now=case["now"], max_age=case["max_age"], minimum_height=int(case["minimum_height"]))
        sys.stdout.write(f"{own(asked)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
