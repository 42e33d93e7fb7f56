"""item-events/2: an item's events by organisations with standing, or by one organisation; the others' are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.domain.item_keys import ItemKey, is_full, organisations_in
from liveledger.domain.streams import Leaf, StreamHead, stream_slot
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.source import Contract, Page, Result, Source, StreamPage
from liveledger.verifier.views.base import (
    MAX_URI,
    PAGE,
    View,
    append_only,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)
from liveledger.verifier.views.item_events import not_given

_MAX_NUMBER = 0xFFFF
_REASONS = ("none", "brand", "approved", "authority")
_NO_EVENT = bytes(32)
# Numbers of organisations end at 4,095.
_MAX_WORDS = 256


@dataclass(frozen=True, slots=True)
class Parameters:
    """The item's URI in its one form, the page, and the organisation whose list alone is asked for, if one is."""

    item: str
    page: Page
    organisation: int | None


@dataclass(frozen=True, slots=True)
class _Listed:
    """Whose list is shown (None: no brand claims the item), who claims it, and what others listed."""

    owner: int | None
    claims: list[int] | None
    others: list[tuple[int, int]] | None

    def as_json(self) -> dict[str, Any]:
        others = None
        if self.others is not None:
            others = [{"organisation": str(number), "count": str(count)} for number, count in self.others]
        return {
            "organisation": None if self.owner is None else str(self.owner),
            "claimed_by": None if self.claims is None else list(map(str, self.claims)),
            "others": others,
        }

    def sentence(self) -> str:
        if self.others is None:
            return f"; listed with organisation {self.owner} alone: what others listed is another question"
        counts = [count for _, count in self.others if count]
        told = f"; and {sum(counts)} events by {len(counts)} others"
        return told if self.owner is not None else f"{told}: no brand claims this item"


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("item",), (*PAGE, "organisation"))
    number = decimal_parameter(entry, "organisation", _MAX_NUMBER) if "organisation" in entry else None
    if number == 0:
        raise shape.refuse("parameters.organisation is 0")
    return Parameters(shape.text(entry["item"], "parameters.item", MAX_URI), page_parameters(entry), number)


def decode(source: Source, parameters: Parameters) -> Result:
    """Each event of the list that is shown, with the standing that was recorded with it, and the others' counts."""
    contract = source.contract(layout.PROVENANCE, layout.BY_ORGANISATION)
    item = ItemKey.of(parameters.item)
    listed = _Listed(parameters.organisation, None, None)
    if parameters.organisation is None:
        listed = _whole(source, contract, item)
    stream = StreamPage(0, ())
    if listed.owner is not None:
        stream = source.leaves(contract, item.stream(listed.owner), parameters.page)
    entries = [_words(leaf) for leaf in stream.leaves]
    shown = source.disclosures([digest for digest, _, _ in entries])
    if len(shown) != len(entries):
        raise leaf_refusal(f"{len(shown)} disclosures for {len(entries)} events")
    events = [_event(leaf, *entry, one) for leaf, entry, one in zip(stream.leaves, entries, shown, strict=True)]
    result = list_result({**listed.as_json(), "events": events}, stream, parameters.page, "events")
    result = replace(result, complete=f"{result.complete}{listed.sentence()}{_missing(shown)}")
    return append_only(result, stream, parameters.page, source.block_number) if listed.claims is None else result


def _whole(source: Source, contract: Contract, item: ItemKey) -> _Listed:
    """Who claims the item's GTIN, and how many events each organisation listed that is not shown."""
    word = source.slot(contract, layout.claims_slot(item.gtin)) if item.gtin else None
    claims = organisations_in(word or 0)
    numbers = claims[1:] + _listed_without_standing(source, contract, item)
    others = [number for number in dict.fromkeys(numbers) if number not in claims[:1]]
    counts = [(number, _count(source, contract, item.stream(number))) for number in others]
    return _Listed(claims[0] if claims else None, claims, counts)


def _listed_without_standing(source: Source, contract: Contract, item: ItemKey) -> list[int]:
    numbers: list[int] = []
    for index in range(_MAX_WORDS):
        word = source.slot(contract, layout.others_slot(item.digest, index)) or 0
        numbers += organisations_in(word)
        if not is_full(word):
            break
    return numbers


def _count(source: Source, contract: Contract, stream_id: bytes) -> int:
    head = StreamHead.from_word(source.slot(contract, stream_slot(stream_id)) or 0)
    return head.count if head else 0


def _words(leaf: Leaf) -> tuple[bytes, bytes, int]:
    try:
        digest, corrects, standing = words(leaf.payload, 3)
        number = uint(standing, 48)
    except AbiError as error:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index}: {error}") from None
    if leaf.n != 1 or number >> 40 >= len(_REASONS):
        raise leaf_refusal(f"the leaf at entry {leaf.first_index} is no event with its standing")
    return digest, corrects, number


def _event(leaf: Leaf, digest: bytes, corrects: bytes, standing: int, shown: Disclosure | None) -> dict[str, Any]:
    if shown and shown.digest != digest:
        raise leaf_refusal(f"what is shown of event {leaf.first_index} is not what was anchored")
    return {
        "event_hash": hex_bytes(digest),
        "corrects": None if corrects == _NO_EVENT else hex_bytes(corrects),
        "by": str(standing & 0xFFFF),
        "kind": str(standing >> 16 & 0xFF),
        "standing": _REASONS[standing >> 40],
        **stamp(leaf),
        "event": shown.event if shown else None,
        "withheld": list(shown.withheld) if shown else None,
    }


def _missing(shown: Sequence[Disclosure | None]) -> str:
    """What is not shown of the events whose hashes are proven."""
    nothing, some = sum(one is None for one in shown), sum(bool(one and one.withheld) for one in shown)
    told = f"; {not_given(nothing)}" if nothing else ""
    return f"{told}; fields of {some} event{'s' if some > 1 else ''} are withheld" if some else told


VIEWS = (
    View(
        "item-events/2",
        frozenset({"contracts", "leaves", "disclosures"}),
        read,
        decode,
        historical=True,
        form=2,
    ),
)
