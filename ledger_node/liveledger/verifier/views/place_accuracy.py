"""place-accuracy/1: how a place agrees with outside systems, each record computed again, whole and in order.

It reads version 1 of the contract; ``place_accuracy_2`` the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.domain.streams import Leaf, place_stream
from liveledger.rules.accuracy.formula import (
    Evidence,
    Standing,
    accuracy_down,
    deviation_up,
    level_of,
    next_standing,
)
from liveledger.rules.accuracy.formula_2 import flag_of
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.source import Page, Result, Source, StreamPage
from liveledger.verifier.views.base import PAGE, View, gln_parameter, leaf_refusal, list_result, page_parameters, stamp

_WORDS = 12
# Bits of the figures, in the order of the leaf: place, asOf, atBlock, skus, skusMatching, three counts of units.
BITS = (16, 32, 64, 32, 32, 64, 64, 64)
FIELDS = ("as_of", "at_block", "skus", "skus_matching", "ledger_units", "snapshot_units", "difference_units")
# Name, first bit, number of bits.
_WORD = (
    ("as_of", 0, 32),
    ("deviation_bps", 32, 16),
    ("accuracy_bps", 48, 16),
    ("level", 64, 8),
    ("flag", 72, 8),
    ("recount_by", 80, 32),
    ("count", 112, 32),
    ("at_block", 144, 64),
)
# Behind them: the other side's newest time, and whether the latest record is an auditor's.
OTHER_AT, AUDITED_AT = 208, 240


@dataclass(frozen=True, slots=True)
class Parameters:
    """The place's GLN and the page."""

    place: int
    page: Page


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a place: its figures, who recorded, the place's word from then on."""

    leaf: Leaf
    figures: dict[str, int]
    root: bytes
    organisation: int
    audited: bool
    word: int


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("place",), PAGE)
    return Parameters(gln_parameter(entry, "place"), page_parameters(entry))


def decode(source: Source, parameters: Parameters) -> Result:
    """The place's word and its records; ``latest`` is null where there is no record yet."""
    consortium = source.contract(layout.CONSORTIUM)
    place = source.slot(consortium, layout.place_slot(parameters.place)) or 0
    if not place:
        nothing: dict[str, Any] = {"known_place": False, "latest": None, "records": []}
        return list_result(nothing, StreamPage(0, ()), parameters.page, "comparisons")
    contract = source.contract(layout.ACCURACY)
    word = source.slot(contract, layout.place_accuracy_slot(place)) or 0
    stream = source.leaves(contract, place_stream(place), parameters.page)
    records = [_record(leaf, place) for leaf in stream.leaves]
    _check_sequence(records)
    _check_newest(word, stream, records)
    answer: dict[str, Any] = {
        "known_place": True,
        "latest": word_json(word) if word else None,
        "records": [record_json(record) for record in records],
    }
    return list_result(answer, stream, parameters.page, "comparisons")


def _record(leaf: Leaf, place: int) -> Record:
    """Reads a leaf and computes from its figures what the word must say of them."""
    try:
        *figures, root, organisation, audited, word = words(leaf.payload, _WORDS)
        number, *rest = (uint(value, bits) for value, bits in zip(figures, BITS, strict=True))
        named = dict(zip(FIELDS, rest, strict=True))
        record = Record(leaf, named, root, uint(organisation, 16), bool(uint(audited, 1)), uint(word))
        if leaf.n != 1 or number != place:
            raise AbiError("it is of another place")
        if figures_of(record.word) != expected(named, leaf.first_index):
            raise AbiError("its ratios or its level do not follow from its figures")
    except AbiError as error:
        raise leaf_refusal(f"comparison {leaf.first_index}: {error}") from None
    return record


def expected(figures: dict[str, int], index: int) -> dict[str, int]:
    """What a word says of one record's figures. Raises AbiError for figures that no stock can have."""
    ledger, snapshot, difference = (figures[name] for name in FIELDS[4:])
    if not figures["skus"] or figures["skus_matching"] > figures["skus"]:
        raise AbiError("more SKUs agree than were compared")
    if not abs(ledger - snapshot) <= difference <= ledger + snapshot:
        raise AbiError("no stock has these totals and this difference")
    deviation = deviation_up(difference, ledger)
    return {
        "as_of": figures["as_of"],
        "deviation_bps": deviation,
        "accuracy_bps": accuracy_down(figures["skus_matching"], figures["skus"]),
        "level": level_of(deviation),
        "count": index + 1,
        "at_block": figures["at_block"],
    }


def _check_sequence(records: Sequence[Record]) -> None:
    """Flag, recount and times follow from the record before; the first of all has none before it."""
    before = 0 if records and records[0].leaf.first_index == 0 else None
    for record in records:
        if before is not None and not _follows(before, record):
            raise leaf_refusal(f"comparison {record.leaf.first_index} does not follow from the one before it")
        before = record.word


def _follows(before: int, record: Record) -> bool:
    old, new = fields_of(before), fields_of(record.word)
    own, other = _sides(before, record)
    decides = record.audited or new["as_of"] > other
    # No finding was kept: each record is as strong as what raised a flag or a recount.
    then = next_standing(Standing(old["flag"], old["recount_by"]), evidence_of(record, decides=decides), flag_of)
    sides = other | record.audited << AUDITED_AT - OTHER_AT
    same = record.word >> OTHER_AT == (0 if _before_sides(before, record) else sides)
    return same and (new["flag"], new["recount_by"]) == (then.flag, then.recount_by) and new["as_of"] > own


def evidence_of(record: Record, *, decides: bool) -> Evidence:
    """The record as the formula sees it."""
    level, figures = fields_of(record.word)["level"], record.figures
    time = record.leaf.block_time
    return Evidence(level, figures["skus"], figures["ledger_units"], record.audited, decides, time)


def _sides(before: int, record: Record) -> tuple[int, int]:
    """Newest time of the record's own side, and of the other one, before the record."""
    times = before & 0xFFFFFFFF, before >> OTHER_AT & 0xFFFFFFFF
    if _before_sides(before, record):
        return times[0], 0
    return times if bool(before >> AUDITED_AT & 1) == record.audited else times[::-1]


def _before_sides(before: int, record: Record) -> bool:
    """Whether both words are of the time when operator and auditors went forward together; the rest was the same."""
    return before >> OTHER_AT == 0 and record.word >> OTHER_AT == 0


def _check_newest(word: int, stream: StreamPage, records: Sequence[Record]) -> None:
    """The word in storage is that of the newest record."""
    if fields_of(word)["count"] != stream.count:
        raise leaf_refusal("the place's word counts other records than its stream")
    if records and records[-1].leaf.first_index + 1 == stream.count and records[-1].word != word:
        raise leaf_refusal("the place's word is not that of its newest record")


def fields_of(word: int) -> dict[str, int]:
    """The parts of a place's word by name."""
    return {name: word >> bit & (1 << bits) - 1 for name, bit, bits in _WORD}


def figures_of(word: int) -> dict[str, int]:
    """Those of them that follow from one record's figures alone."""
    return {name: value for name, value in fields_of(word).items() if name not in ("flag", "recount_by")}


def word_json(word: int) -> dict[str, str]:
    """How a place stands by its word, in the JSON form."""
    return {name: str(value) for name, value in fields_of(word).items() if name != "count"}


def record_json(record: Record) -> dict[str, Any]:
    """The JSON form of a record."""
    state = fields_of(record.word)
    ratios = {name: str(state[name]) for name in ("deviation_bps", "accuracy_bps", "level", "flag", "recount_by")}
    return {
        "sequence": str(record.leaf.first_index),
        **{name: str(value) for name, value in record.figures.items()},
        "snapshot_root": hex_bytes(record.root),
        **ratios,
        "organisation": str(record.organisation),
        "audited": record.audited,
        **stamp(record.leaf),
    }


VIEWS = (View("place-accuracy/1", frozenset({"contracts", "leaves"}), read, decode),)
