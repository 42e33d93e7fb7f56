"""The form of a view, and readers of parameters that several views share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from liveledger.domain.streams import Leaf
from liveledger.verifier import shape
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.sections import MAX_LEAVES
from liveledger.verifier.source import Page, Result, Source, StreamPage

P = TypeVar("P")
_GLN = re.compile(r"[0-9]{13}")
MAX_CODE = 128
MAX_URI = 2048


@dataclass(frozen=True, slots=True)
class View(Generic[P]):
    """A question that can be proven: its parameters' reader, its evidence's sections, its decoder.

    ``historical`` views may speak of a past block: where their answer is ``lasting``, an older header is no step back.
    ``form``: the form of bundle that it comes in where none is asked for.
    """

    name: str
    sections: frozenset[str]
    read: Callable[[dict[str, Any]], P]
    decode: Callable[[Source, P], Result]
    historical: bool = False
    form: int = 1

    def run(self, source: Source, parameters: dict[str, Any]) -> Result:
        """Reads the parameters and decodes the answer from ``source``."""
        return self.decode(source, self.read(parameters))


def decimal_parameter(entry: dict[str, Any], name: str, limit: int = (1 << 64) - 1) -> int:
    """A number of the question."""
    return shape.decimal(entry[name], f"parameters.{name}", limit)


def gln_parameter(entry: dict[str, Any], name: str) -> int:
    """A GLN of 13 digits."""
    value = entry[name]
    if not isinstance(value, str) or not _GLN.fullmatch(value):
        raise shape.refuse(f"parameters.{name} is no GLN of 13 digits")
    return int(value)


def page_parameters(entry: dict[str, Any], most: int = MAX_LEAVES) -> Page:
    """``first`` and ``limit`` (1 … ``most``), both or none; none asks for the whole list."""
    if "first" not in entry and "limit" not in entry:
        return Page()
    shape.fields({name: entry[name] for name in entry if name in PAGE}, "parameters", PAGE)
    limit = decimal_parameter(entry, "limit", most)
    if limit == 0:
        raise shape.refuse("parameters.limit is 0")
    return Page(decimal_parameter(entry, "first"), limit)


PAGE = ("first", "limit")


def leaf_refusal(sentence: str) -> Refusal:
    """A refusal of a leaf's content (step 8)."""
    return Refusal(Step.EVIDENCE, Code.LEAF_PROOF, sentence)


def stamp(leaf: Leaf) -> dict[str, str]:
    """Block, time and poster of a leaf, as they stand in every entry of a list answer."""
    return {"block": str(leaf.block_number), "time": str(leaf.block_time), "poster": "0x" + leaf.poster.hex()}


def list_result(answer: dict[str, Any], stream: StreamPage, page: Page, noun: str) -> Result:
    """The result of a list: its sentence on completeness and on who posted."""
    end = page.end(stream.count)
    if stream.count == 0:
        complete = f"the ledger holds no {noun} here"
    elif page.first >= stream.count:
        complete = f"there are {stream.count} {noun}; none from number {page.first} on"
    elif page.first == 0 and end == stream.count:
        complete = f"all {stream.count} {noun}, in order, none left out"
    else:
        complete = f"{noun} {page.first} to {end - 1} of {stream.count}, in order, none left out between"
    return Result({"count": str(stream.count), **answer}, complete, posters(stream.leaves))


def reaches_end(stream: StreamPage, page: Page) -> bool:
    """Whether the page holds the newest entry, or begins behind it: how things stand now belongs to that alone."""
    return page.limit is None or page.first + page.limit >= stream.count


def append_only(result: Result, stream: StreamPage, page: Page, block: int) -> Result:
    """The result of a list whose entries never change: true for ever, if more entries follow on a full page.

    Only ``count`` goes on growing, and the sentence says that it is that of ``block``, which may be an old one. A page
    that reaches the end is not free to be old: it says what the newest are.
    """
    if reaches_end(stream, page):
        return result
    complete = f"{result.complete}; {stream.count} were there at block {block}, there may be more by now"
    return replace(result, complete=complete, lasting=True)


def posters(leaves: Iterable[Leaf]) -> str | None:
    """Who sent the transactions, by account; None when there are none."""
    accounts = sorted({"0x" + leaf.poster.hex() for leaf in leaves})
    if not accounts:
        return None
    shown = ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if len(accounts) > 3 else "")
    return f"posted by {shown}, admitted by the consortium's contract when it was posted"
