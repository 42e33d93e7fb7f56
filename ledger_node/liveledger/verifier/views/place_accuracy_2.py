"""place-accuracy/2: the records of a place, each computed again, whole and in order, and where the place stands.

What ends a recount or lifts a flag is as strong as what raised it: beside the place's word stands what that was. A page
that does not reach the newest record says of the records alone, and is true for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain.streams import Leaf, place_stream
from liveledger.rules.accuracy import formula_2
from liveledger.rules.accuracy.formula import Finding, FlagOf, Standing, next_standing
from liveledger.verifier import layout
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.source import Contract, Result, Source, StreamPage
from liveledger.verifier.views.base import View, append_only, leaf_refusal, list_result, reaches_end
from liveledger.verifier.views.place_accuracy import (
    AUDITED_AT,
    BITS,
    FIELDS,
    OTHER_AT,
    Parameters,
    Record,
    evidence_of,
    expected,
    fields_of,
    figures_of,
    read,
    record_json,
    word_json,
)

_WORDS = 13
_UINT32 = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class _Known:
    """Place's word and finding after a record, or before the first."""

    word: int
    finding: Finding


_Pair = tuple[Record, Finding]


def decode(source: Source, parameters: Parameters) -> Result:
    """The records of the page; with the newest among them, or behind it, also where the place stands."""
    return answer_by(source, parameters, layout.WITH_FINDINGS, formula_2.flag_of)


def answer_by(source: Source, parameters: Parameters, versions: tuple[int, ...], flag_of: FlagOf) -> Result:
    """The answer by the rules of these versions of the contract."""
    consortium, page = source.contract(layout.CONSORTIUM), parameters.page
    place = source.slot(consortium, layout.place_slot(parameters.place)) or 0
    if not place:
        nothing: dict[str, Any] = {"known_place": False, "latest": None, "records": []}
        return list_result(nothing, StreamPage(0, ()), page, "comparisons")
    contract = source.contract(layout.ACCURACY, versions)
    stream = source.leaves(contract, place_stream(place), page)
    records = [_record(leaf, place) for leaf in stream.leaves]
    _check_sequence(records, flag_of)
    latest = _latest(source, contract, place, stream, records) if reaches_end(stream, page) else None
    shown = [{**record_json(record), **_finding_json(finding)} for record, finding in records]
    answer: dict[str, Any] = {"known_place": True, "latest": latest, "records": shown}
    return append_only(list_result(answer, stream, page, "comparisons"), stream, page, source.block_number)


def _record(leaf: Leaf, place: int) -> _Pair:
    """Reads a leaf and computes from its figures what the word must say of them."""
    try:
        *figures, root, organisation, audited, word, finding = words(leaf.payload, _WORDS)
        number, *rest = (uint(value, bits) for value, bits in zip(figures, BITS, strict=True))
        named = dict(zip(FIELDS, rest, strict=True))
        record = Record(leaf, named, root, uint(organisation, 16), bool(uint(audited, 1)), uint(word))
        if leaf.n != 1 or number != place:
            raise AbiError("it is of another place")
        if figures_of(record.word) != expected(named, leaf.first_index):
            raise AbiError("its ratios or its level do not follow from its figures")
        return record, Finding.from_word(uint(finding, 160))
    except AbiError as error:
        raise leaf_refusal(f"comparison {leaf.first_index}: {error}") from None


def _check_sequence(records: Sequence[_Pair], flag_of: FlagOf) -> None:
    """Flag, recount, finding and times follow from the record before; the first of all has none before it."""
    before = _Known(0, Finding()) if records and records[0][0].leaf.first_index == 0 else None
    for record, finding in records:
        if before is not None and not _follows(before, record, finding, flag_of):
            raise leaf_refusal(f"comparison {record.leaf.first_index} does not follow from the one before it")
        before = _Known(record.word, finding)


def _follows(before: _Known, record: Record, finding: Finding, flag_of: FlagOf) -> bool:
    new = fields_of(record.word)
    own, other = _sides(before.word, audited=record.audited)
    decides = record.audited or new["as_of"] > other
    old = fields_of(before.word)
    standing = Standing(old["flag"], old["recount_by"], before.finding)
    then = next_standing(standing, evidence_of(record, decides=decides), flag_of)
    sides = other | record.audited << AUDITED_AT - OTHER_AT
    same = record.word >> OTHER_AT == sides and finding == then.finding
    return same and (new["flag"], new["recount_by"]) == (then.flag, then.recount_by) and new["as_of"] > own


def _sides(before: int, *, audited: bool) -> tuple[int, int]:
    """Newest time of the record's own side, and of the other one, before the record."""
    times = before & _UINT32, before >> OTHER_AT & _UINT32
    return times if bool(before >> AUDITED_AT & 1) == audited else times[::-1]


def _finding_json(finding: Finding) -> dict[str, str]:
    """What flag or recount rest on, in the JSON form: in a record and in where the place stands."""
    return {
        "finding_skus": str(finding.skus),
        "finding_units": str(finding.ledger_units),
        "finding_raised_at": str(finding.raised_at),
    }


def _latest(
    source: Source, contract: Contract, place: int, stream: StreamPage, records: Sequence[_Pair]
) -> dict[str, str] | None:
    """Where the place stands, by its words in storage, which are those of the newest record; None before the first."""
    word = source.slot(contract, layout.place_accuracy_slot(place)) or 0
    finding = Finding.from_word(source.slot(contract, layout.place_finding_slot(place)) or 0)
    if fields_of(word)["count"] != stream.count:
        raise leaf_refusal("the place's word counts other records than its stream")
    if records and (records[-1][0].word, records[-1][1]) != (word, finding):
        raise leaf_refusal("the place's words are not those of its newest record")
    return {**word_json(word), **_finding_json(finding)} if word else None


VIEWS = (View("place-accuracy/2", frozenset({"contracts", "leaves"}), read, decode, historical=True),)
