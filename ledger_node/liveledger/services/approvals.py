"""What brands let other organisations do with their goods, as the chain has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, MAX_APPROVAL_ROWS, ApprovedAct
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain import gs1
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.member_words import gln_of
from liveledger.rules import approvals as rules
from liveledger.rules.approvals import NUMBERS_A_PAGE, Approval, page_key, page_of
from liveledger.services.members import Act, Registrar

Pair = tuple[int, int]
_PAGES_SLOT = 22
# Words of lists that a page reads at most: a brand has up to 4,096 of them for its SKUs.
_MOST_WORDS = 256


class Spot(NamedTuple):
    """A place of an approval by number, or a SKU by serial; ``kind``: PLACES or SKUS of ``rules.approvals``."""

    kind: int
    number: int


# Where the first page begins.
START = Spot(rules.PLACES, 0)


class Page(NamedTuple):
    """An approval with a part of its lists, and where they go on; None = nothing is left."""

    approval: Approval
    following: Spot | None


def may(execution: ExecutionRpc, act: ApprovedAct, pair: Pair, block: int) -> bool:
    """Whether, of (brand, organisation), the latter may do ``act`` with goods of the brand after ``block``, or some."""
    (told,) = view_words(execution, CONSORTIUM_ADDRESS, [consortium.ApprovalFor(*pair, 0, 0).calldata()], block)
    return rules.grants(told, act)


def approvals(
    execution: ExecutionRpc, pairs: Iterable[Pair], skus: Sequence[int], places: Sequence[int], block: int
) -> dict[Pair, Approval]:
    """The approvals of (brand, organisation) after ``block``, those that were ever given.

    Of the SKUs and places that they are for, those are named that share a page of 256 with one of ``skus`` and
    ``places``.
    """
    wanted = list(pairs)
    calls = [consortium.ApprovalOf(*pair).calldata() for pair in wanted]
    words = view_words(execution, CONSORTIUM_ADDRESS, calls, block)
    found: dict[Pair, Approval] = {}
    for pair, word in zip(wanted, words, strict=True):
        if word:
            serials = [sku & rules.SERIALS for sku in skus if sku >> 20 == pair[0]]
            found[pair] = _approval(execution, pair, word, (serials, places), block)
    return found


def whole(execution: ExecutionRpc, pair: Pair, block: int) -> Approval | None:
    """The approval of (brand, organisation) after ``block`` with all that it is for; None = never given."""
    totals = consortium.decode_totals(execution.call(CONSORTIUM_ADDRESS, consortium.Totals().calldata(), block))
    # One number of each page is enough.
    skus = [pair[0] << 20 | serial for serial in range(0, rules.SERIALS, NUMBERS_A_PAGE)]
    places = range(0, totals.places + NUMBERS_A_PAGE, NUMBERS_A_PAGE)
    return approvals(execution, [pair], skus, places, block).get(pair)


def page(execution: ExecutionRpc, pair: Pair, first: Spot, limit: int, block: int) -> Page | None:
    """At most ``limit`` of the places and SKUs of the approval of (brand, organisation); None = never given.

    At most 256 words of its lists are read, so that few or none may be found. ``first``: where it begins.
    """
    (word,) = view_words(execution, CONSORTIUM_ADDRESS, [consortium.ApprovalOf(*pair).calldata()], block)
    if not word:
        return None
    totals = consortium.decode_totals(execution.call(CONSORTIUM_ADDRESS, consortium.Totals().calldata(), block))
    ends = {}
    if rules.is_for_some_places(word):
        ends[rules.PLACES] = totals.places
    if rules.is_for_some_skus(word):
        ends[rules.SKUS] = rules.SERIALS
    words = [(kind, number) for kind, end in ends.items() for number in range(page_of(end) + 1)]
    left = [spot for spot in words if spot >= (first.kind, page_of(first.number))]
    listed = [spot for spot in _numbers(execution, pair, word, left[:_MOST_WORDS], block) if spot >= first]
    rows, following = listed[:limit], None
    if len(listed) > limit:
        following = listed[limit]
    elif len(left) > _MOST_WORDS:
        following = Spot(left[_MOST_WORDS][0], left[_MOST_WORDS][1] * NUMBERS_A_PAGE)
    found = {kind: frozenset(spot.number for spot in rows if spot.kind == kind) for kind in ends}
    skus = found.get(rules.SKUS)
    own = None if skus is None else frozenset(pair[0] << 20 | serial for serial in skus)
    approval = Approval(rules.acts_of(word), rules.until_of(word), found.get(rules.PLACES), own, rules.since_of(word))
    return Page(approval, following)


def shown(execution: ExecutionRpc, pair: Pair, approval: Approval, block: int) -> dict[str, Any]:
    """An approval as commands and the API show it: acts in kebab case, places by their GLNs; null = no end, all."""
    places = None if approval.places is None else _glns(execution, sorted(approval.places), block)
    return {
        "brand": str(pair[0]),
        "operator": str(pair[1]),
        "approved": bool(approval.acts & ApprovedAct.MOVE),
        "acts": [name for name, act in rules.ACTS.items() if act & approval.acts],
        "until": str(approval.until) if approval.until else None,
        "places": places,
        "skus": None if approval.skus is None else [str(sku) for sku in sorted(approval.skus)],
    }


def _glns(execution: ExecutionRpc, places: Sequence[int], block: int) -> list[str]:
    calls = [consortium.PlaceOf(place).calldata() for place in places]
    return [gs1.gln_text(gln_of(word)) for word in view_words(execution, CONSORTIUM_ADDRESS, calls, block)]


def _approval(
    execution: ExecutionRpc, pair: Pair, word: int, asked: tuple[Sequence[int], Sequence[int]], block: int
) -> Approval:
    serials, places = asked
    own_places = own_serials = None
    if rules.is_for_some_places(word):
        own_places = _listed(execution, pair, word, rules.PLACES, places, block)
    if rules.is_for_some_skus(word):
        own_serials = _listed(execution, pair, word, rules.SKUS, serials, block)
    skus = None if own_serials is None else frozenset(pair[0] << 20 | serial for serial in own_serials)
    return Approval(rules.acts_of(word), rules.until_of(word), own_places, skus, rules.since_of(word))


def _listed(
    execution: ExecutionRpc, pair: Pair, word: int, kind: int, near: Sequence[int], block: int
) -> frozenset[int]:
    """Numbers on the list of an approval, of the pages on which ``near`` stand."""
    words = [(kind, page) for page in sorted({page_of(number) for number in near})]
    return frozenset(spot.number for spot in _numbers(execution, pair, word, words, block))


def _numbers(
    execution: ExecutionRpc, pair: Pair, word: int, words: Sequence[tuple[int, int]], block: int
) -> list[Spot]:
    """What is on the lists of an approval, of these words (kind, page), in their order."""
    slots = [mapping_slot(uint_word(page_key(word, pair, kind, page)), _PAGES_SLOT) for kind, page in words]
    return [
        Spot(kind, page * NUMBERS_A_PAGE + bit)
        for (kind, page), bits in zip(words, execution.storage_many(CONSORTIUM_ADDRESS, slots, block), strict=True)
        for bit in range(NUMBERS_A_PAGE)
        if bits >> bit & 1
    ]


def approve(registrar: Registrar, pair: Pair, approval: Approval) -> None:
    """Sets an approval of (brand, organisation). Raises RuleViolation.

    Longer lists than a call takes follow in further calls: until the last of them it is for fewer places and SKUs.
    """
    places, skus = sorted(approval.places or ()), sorted(approval.skus or ())
    # What is listed first must have one of each, where it is for some: else it would be for all.
    first_places, first_skus = places[: MAX_APPROVAL_ROWS // 2], skus[: MAX_APPROVAL_ROWS // 2]
    height = final_height(registrar.sender.connection)
    call = consortium.SetApproval(*pair, approval.acts, approval.until, first_places, first_skus)
    registrar.carry_out([_act(f"approval:{pair[0]}:{pair[1]}:{height}", call)])
    widen(registrar, pair, places[len(first_places) :], skus[len(first_skus) :])


def widen(registrar: Registrar, pair: Pair, places: Sequence[int], skus: Sequence[int]) -> None:
    """Adds places and SKUs to an approval that is for some of them. Raises RuleViolation."""
    height = final_height(registrar.sender.connection)
    calls = [
        consortium.WidenApproval(*pair, list(places[start : start + MAX_APPROVAL_ROWS]), [])
        for start in range(0, len(places), MAX_APPROVAL_ROWS)
    ] + [
        consortium.WidenApproval(*pair, [], list(skus[start : start + MAX_APPROVAL_ROWS]))
        for start in range(0, len(skus), MAX_APPROVAL_ROWS)
    ]
    acts = [_act(f"widen:{pair[0]}:{pair[1]}:{height}:{number}", call) for number, call in enumerate(calls)]
    registrar.carry_out(acts)


def _act(key: str, call: consortium.SetApproval | consortium.WidenApproval) -> Act:
    return Act(key, CONSORTIUM_ADDRESS, call.calldata())
