"""Step 1: strict JSON. One value has one spelling, so that a changed byte is always a changed meaning or a refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from liveledger.domain.documents import MAX_SAFE_INTEGER
from liveledger.domain.hashing import canonical_json
from liveledger.verifier.refusal import Code, Refusal, Step

MAX_BUNDLE_BYTES = 1 << 20
MAX_DEPTH = 40
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
# Never backtracks, and takes an unfinished string up to the end: linear on any input.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
T = TypeVar("T")


def refuse(sentence: str) -> Refusal:
    """A refusal of step 1."""
    return Refusal(Step.SHAPE, Code.SHAPE, sentence)


class _Reader:
    """Hooks of one parse; remembers whether the fast comparison with the canonical form is good enough."""

    def __init__(self) -> None:
        self.simple = True

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise refuse("a key stands twice in one object")
        self.simple = self.simple and all(map(str.isascii, result))
        return result

    def number(self, text: str) -> float:
        self.simple = False
        return float(text)

    def integer(self, text: str) -> int:
        if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
            raise refuse("a JSON integer is beyond 2^53 − 1")
        if text == "-0":
            raise refuse("0 is written without a sign")
        return int(text)

    def constant(self, text: str) -> Any:
        raise refuse(f"{text} is no JSON")


def parse_json(data: bytes, *, limit: int = MAX_BUNDLE_BYTES, canonical: bool = False) -> Any:
    """Parses UTF-8 JSON of at most ``limit`` bytes; ``canonical``: the bytes must be the RFC 8785 form of the value.

    Raises Refusal (step 1) on anything else: duplicate keys, NaN, large integers, too deep, too long.
    """
    if len(data) > limit:
        raise refuse(f"{len(data)} bytes are more than the {limit} that are read")
    check_depth(data)
    reader = _Reader()
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=reader.pairs,
            parse_float=reader.number,
            parse_int=reader.integer,
            parse_constant=reader.constant,
        )
        if canonical and _canonical(value, simple=reader.simple) != data:
            raise refuse("the JSON is not in its canonical form (RFC 8785)")
    except ValueError as error:
        raise refuse(f"this is no JSON: {error}") from None
    return value


def _canonical(value: Any, *, simple: bool) -> bytes:
    if simple:  # without floats and with ASCII keys the standard encoder writes RFC 8785, many times faster
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return canonical_json(value)


def check_depth(data: bytes, limit: int = MAX_DEPTH) -> None:
    """Raises Refusal when objects and arrays in JSON text are nested deeper than ``limit``.

    It reads the bytes before any parser does. The standard parser recurses in C, as deep as the process's recursion
    limit lets it; where some library raised that limit, a file of brackets would end the process.
    """
    depth = 0
    for byte in _STRING.sub(b"", data).translate(None, _NO_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > limit:
            raise refuse(f"the JSON is nested deeper than {limit}")


def fields(value: Any, where: str, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """``value`` as an object with exactly these keys."""
    if not isinstance(value, dict):
        raise refuse(f"{where} is no object")
    for key in required:
        if key not in value:
            raise refuse(f"{where} has no field {key!r}")
    if len(value) != len(required):
        for key in value:
            if key not in required and key not in optional:
                raise refuse(f"{where} has an unknown field {key[:40]!r}")
    return value


def array(value: Any, where: str, limit: int, item: Callable[[Any, str], T]) -> list[T]:
    """``value`` as an array of at most ``limit`` items, each read by ``item(value, where)``."""
    if not isinstance(value, list):
        raise refuse(f"{where} is no array")
    if len(value) > limit:
        raise refuse(f"{where} has {len(value)} items; {limit} is the limit")
    return [item(entry, where) for entry in value]


def hexadecimal(value: Any, where: str, *lengths: int) -> bytes:
    """Bytes written as ``0x`` and lower-case hex, of one of ``lengths`` where any are given."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise refuse(f"{where} is no 0x and lower-case hex")
    data = bytes.fromhex(value[2:])
    if lengths and len(data) not in lengths:
        raise refuse(f"{where} has {len(data)} bytes, not {' or '.join(map(str, lengths))}")
    return data


def decimal(value: Any, where: str, limit: int = (1 << 64) - 1) -> int:
    """A whole number written as a decimal string without leading zeros, at most ``limit``."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or int(value) > limit:
        raise refuse(f"{where} is no decimal string from 0 to {limit}")
    return int(value)


def signed_decimal(value: Any, where: str, bits: int) -> int:
    """As ``decimal``, for a signed number of ``bits`` bits: a minus sign before a negative one."""
    if isinstance(value, str) and value[:1] == "-" and value != "-0":
        return -decimal(value[1:], where, 1 << bits - 1)
    return decimal(value, where, (1 << bits - 1) - 1)


def integer(value: Any, where: str, limit: int = MAX_SAFE_INTEGER) -> int:
    """A JSON integer from 0 to ``limit``."""
    if type(value) is not int or not 0 <= value <= limit:
        raise refuse(f"{where} is no integer from 0 to {limit}")
    return value


def text(value: Any, where: str, limit: int) -> str:
    """A JSON string of 1 to ``limit`` characters that UTF-8 can hold."""
    if not isinstance(value, str) or not 1 <= len(value) <= limit or any("\ud800" <= c <= "\udfff" for c in value):
        raise refuse(f"{where} is no string of 1 to {limit} characters")
    return value
