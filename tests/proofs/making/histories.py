"""Histories of items as version 2 of Provenance lists them (item-events/2), in bundles of form 2."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

from liveledger.domain.hashing import uint_word
from liveledger.domain.item_keys import ItemKey
from liveledger.verifier import encode_bundle, layout
from tests.proofs import scenario
from tests.proofs.making import chains
from tests.proofs.making.chains import ask, closed, lone
from tests.proofs.making.contents import unproven
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import Case
from tests.simulators.ledger import SimulatedLedger

GTIN = 9521234567899
ITEM = f"https://id.gs1.org/01/{GTIN:014}/21/77"
PIECE = f"https://id.gs1.org/8006/{GTIN:014}0102/21/77"
PALLET = "https://id.gs1.org/00/095212340000000013"
BRAND, RIVAL, WAREHOUSE, CUSTOMS, STRANGER, SECOND = 7, 12, 21, 30, 40, 41
VIEW = "item-events/2"
NONE, OWN, APPROVED, AUTHORITY = range(4)


def event(**more: Any) -> dict[str, Any]:
    """An event with lists, nested members, an empty list, and names that a pointer escapes."""
    odd = {"a/b~c": 1, "~1": {"x": [1, {}]}, "": None, "ümläut": "ü", "persistentDisposition": {}, "quantityList": []}
    serials = [f"https://id.gs1.org/01/{GTIN:014}/21/{number}" for number in range(70, 82)]
    return {**scenario.event(epcList=serials), **odd, **more}


def plain(**more: Any) -> dict[str, Any]:
    """A small event of the item."""
    return {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [ITEM], **more}


@functools.cache
def history() -> SimulatedLedger:
    """An item that two brands claim: five events in the first one's list, what others listed, and a pallet's."""
    ledger = lone()
    ledger.deploy(layout.PROVENANCE, version=2)
    ledger.claim(GTIN, BRAND, RIVAL)
    ledger.capture_by(BRAND, ITEM, event(), standing=OWN, kind=1)
    ledger.capture_by(STRANGER, ITEM, plain(action="DELETE"), kind=5)
    ledger.capture_by(WAREHOUSE, PALLET, plain())
    ledger.mine()
    ledger.capture_by(WAREHOUSE, ITEM, plain(action="OBSERVE"), owner=BRAND, standing=APPROVED)
    ledger.capture_by(CUSTOMS, ITEM, plain(bizStep="inspecting"), owner=BRAND, standing=AUTHORITY, kind=7)
    ledger.capture_by(STRANGER, ITEM, plain(action="ADD"), kind=5)
    ledger.mine()
    wrong = ledger.capture_by(BRAND, ITEM, plain(note="wrong"), standing=OWN, kind=1)
    ledger.mine()
    declared = plain(note="wrong", errorDeclaration={"reason": "x"})
    ledger.capture_by(BRAND, ITEM, declared, standing=OWN, kind=1, corrects=wrong, keep=False)
    ledger.capture_by(SECOND, ITEM, plain())
    return closed(ledger)


def asked(item: str = ITEM, ledger: SimulatedLedger | None = None, **more: str) -> Case:
    return ask(ledger or history(), VIEW, {"item": item, **more})


def shown(*members: str) -> SimulatedLedger:
    """The same ledger at a server that shows some members of its events."""
    ledger = copy.copy(history())
    ledger.shown_members = frozenset(members)
    return ledger


def changed(case: Case, change: Callable[[Any], object]) -> dict[str, Any]:
    bundle = copy.deepcopy(case.bundle)
    change(bundle)
    return bundle


def make() -> Vectors:
    found = Vectors()
    for add in (_good, _forms, _pages, _fields, _pointers, _events, _nodes, _leaves, _others, _old):
        add(found)
    return found


def _good(found: Vectors) -> None:
    page = {"first": "1", "limit": "2"}
    for name, about, case in (
        ("whole", "all events by those with standing, and how many two others listed", asked()),
        ("page", "a page of it", asked(**page)),
        ("behind-the-end", "a page behind its end", asked(first="5", limit="1")),
        ("stranger", "the list of an organisation without standing", asked(organisation=str(STRANGER))),
        ("rival", "the list of another brand that claims the GTIN", asked(organisation=str(RIVAL))),
        ("brand-page", "a page of the brand's list that more follows", asked(organisation=str(BRAND), **page)),
        ("pallet", "an item without a GTIN: no brand claims it", asked(PALLET)),
        ("piece", "a piece of a trade item, whose GTIN is claimed, without events", asked(PIECE)),
        ("another-spelling", "another spelling is another item, without a GTIN", asked(ITEM.replace("https", "http"))),
        ("longer-number", "fifteen digits are no GTIN", asked("https://id.gs1.org/01/009521234567899/21/77")),
    ):
        found.good(f"histories/{name}", about, case)
    found.good(
        "histories/some-fields",
        "four members of each event are shown",
        asked(ledger=shown("type", "eventTime", "", "epcList")),
    )
    found.good("histories/no-fields", "no member is shown: pointers alone", asked(ledger=shown("nothing")))
    none = asked()
    found.good(
        "histories/nothing-shown",
        "nothing of the events is shown",
        none,
        changed(none, _without_documents),
    )
    found.good("histories/stock-in-form-2", "another view in a bundle of form 2", _in_form_2("stock/2"))
    found.good("histories/raw-storage-in-form-2", "storage in a bundle of form 2", _in_form_2("raw-storage/1"))


def _without_documents(bundle: dict[str, Any]) -> None:
    count = len(bundle["answer"]["events"])
    bundle["evidence"]["disclosures"] = [None] * count
    for entry in bundle["answer"]["events"]:
        entry.update(event=None, withheld=None)


def _in_form_2(view: str) -> Case:
    ledger = chains.goods()
    one = chains.usual(ledger, view)
    return Case(one.question, one.anchor, ledger.prover(one.anchor).prove(one.question, form=2))


def _forms(found: Vectors) -> None:
    """What a bundle of this view looks like."""
    whole, stranger = asked(), asked(organisation=str(STRANGER))
    bad = found.bad
    bad("histories/another-organisation", 2, "wrong-question", "another organisation's list", whole, stranger.bundle)
    bad("histories/in-form-1", 1, "shape", "the view comes in form 2 alone", whole, changed(whole, _as_form_1))
    bad("histories/past", 1, "shape", "a past that is not null", whole, {**whole.bundle, "past": {}})
    for name in ("past", "nodes"):
        fewer = {key: value for key, value in whole.bundle.items() if key != name}
        bad(f"histories/without-{name}", 1, "shape", f"without {name}", whole, fewer)
    bad(
        "histories/contracts-besides",
        1,
        "shape",
        "form 2 has no section contracts",
        whole,
        changed(whole, lambda b: b["evidence"].update(contracts={})),
    )
    bad(
        "histories/leaves-null",
        1,
        "shape",
        "leaves are a list of pages",
        whole,
        changed(whole, lambda b: b["evidence"].update(leaves=None)),
    )


def _pages(found: Vectors) -> None:
    """Pages of leaves that are missing, or that nobody asked for."""
    whole, bad = asked(), found.bad
    bad(
        "histories/page-missing",
        9,
        "incomplete",
        "the page is missing",
        whole,
        changed(whole, lambda b: b["evidence"].update(leaves=[])),
    )
    bad(
        "histories/page-twice",
        8,
        "leaf-proof",
        "a page that nobody asked for",
        whole,
        changed(whole, lambda b: b["evidence"]["leaves"].append(b["evidence"]["leaves"][0])),
    )
    empty = asked(organisation=str(RIVAL))
    bad(
        "histories/page-of-an-empty-list",
        8,
        "leaf-proof",
        "leaves of a list without any",
        empty,
        changed(empty, lambda b: b["evidence"].update(leaves=whole.bundle["evidence"]["leaves"])),
    )
    bad(
        "histories/leaf-less",
        9,
        "incomplete",
        "a leaf less",
        whole,
        changed(whole, lambda b: b["evidence"]["leaves"][0]["page"].pop()),
    )


def _as_form_1(bundle: dict[str, Any]) -> None:
    bundle["format"] = "liveledger-proof/1"
    del bundle["nodes"], bundle["past"]
    bundle["evidence"].update(contracts={}, leaves=bundle["evidence"]["leaves"][0])


LEAF, SHAPE = "leaf-proof", "shape"


def some() -> Case:
    """A bundle that shows three members of each event."""
    return asked(ledger=shown("type", "epcList", "~1"))


def fields(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of the first event."""
    return list(bundle["evidence"]["disclosures"][0]["fields"])


def opened(bundle: dict[str, Any]) -> dict[str, Any]:
    """The first field that is shown."""
    return next(one for one in bundle["evidence"]["disclosures"][0]["fields"] if "value" in one)


def put(bundle: dict[str, Any], listed: list[Any]) -> None:
    bundle["evidence"]["disclosures"][0]["fields"] = listed


def _fields(found: Vectors) -> None:
    """Fields that are changed, exchanged, doubled or left out."""

    def bad(name: str, step: int, code: str, about: str, change: Callable[[dict[str, Any]], object]) -> None:
        found.bad(f"histories/{name}", step, code, about, some(), changed(some(), change))

    bad("value", 8, LEAF, "another value of a field", lambda b: opened(b).update(value="x"))
    bad("salt", 8, LEAF, "another salt of a field", lambda b: opened(b).update(salt="0x" + "00" * 16))
    bad("pointer", 1, SHAPE, "a field under another pointer", lambda b: opened(b).update(pointer="/zz"))
    bad("field-less", 8, LEAF, "a field less", lambda b: put(b, fields(b)[1:]))
    bad("field-twice", 1, SHAPE, "a field twice", lambda b: put(b, [fields(b)[0], *fields(b)]))
    bad("fields-exchanged", 1, SHAPE, "two fields are exchanged", lambda b: put(b, fields(b)[::-1]))
    bad("no-field", 1, SHAPE, "no field at all", lambda b: put(b, []))
    bad("all-open", 1, SHAPE, "no field is withheld", lambda b: put(b, [one for one in fields(b) if "value" in one]))
    bad("field-of-both", 1, SHAPE, "value and hash", lambda b: opened(b).update(hash="0x" + "00" * 32))
    bad("list-as-field", 1, SHAPE, "a list is no one field", lambda b: opened(b).update(pointer="/aa", value=[1]))
    bad(
        "answer-shows-withheld",
        10,
        "answer-mismatch",
        "the answer has a member that is withheld",
        lambda b: b["answer"]["events"][0]["event"].update(note="x"),
    )


def _pointers(found: Vectors) -> None:
    """Pointers that are not those of one event."""
    both = [{"pointer": pointer, "hash": "0x" + "00" * 32} for pointer in ("/a", "/a/0")]
    for name, about, listed in (
        ("bare", "no pointer", [{**both[0], "pointer": "type"}]),
        ("deep", "a pointer of three parts", [{**both[0], "pointer": "/a/0/0"}]),
        ("number", "a number with a zero before it", [{**both[0], "pointer": "/a/00"}]),
        ("escape", "an escape that there is not", [{**both[0], "pointer": "/~2"}]),
        ("member-and-items", "a member and items of it", both),
        ("gap", "item 1 without item 0", [{**both[1], "pointer": "/a/1"}]),
    ):
        bundle = changed(some(), lambda b, listed=listed: put(b, listed))
        found.bad(f"histories/pointer-{name}", 1, SHAPE, about, some(), bundle)


def _events(found: Vectors) -> None:
    """Events that are shown whole, and are not those that were anchored."""
    whole = asked()
    fewer = changed(whole, lambda b: b["evidence"]["disclosures"].pop())
    found.bad("histories/disclosure-less", 8, LEAF, "a disclosure less than events", whole, fewer)
    empty = changed(whole, lambda b: b["evidence"]["disclosures"][0].update(event={}))
    found.bad("histories/event-without-fields", 1, SHAPE, "an event shown whole that has no member", whole, empty)
    other = changed(whole, lambda b: b["evidence"]["disclosures"][0]["event"].update(action="OBSERVE"))
    found.bad("histories/event-changed", 8, LEAF, "a member of an event that is shown whole", whole, other)


def _nodes(found: Vectors) -> None:
    """Nodes that are missing, exchanged, repeated, changed or left over."""
    whole = asked()
    nodes = whole.bundle["nodes"]

    def bad(name: str, step: int, code: str, about: str, changed_nodes: list[str]) -> None:
        found.bad(f"histories/nodes-{name}", step, code, about, whole, {**whole.bundle, "nodes": changed_nodes})

    bad("none", 7, "account-proof", "no nodes", [])
    bad("first-missing", 7, "account-proof", "without the first node", nodes[1:])
    bad("last-missing", 8, "storage-proof", "without the last node", nodes[:-1])
    bad("exchanged", 8, "storage-proof", "the last two are exchanged", [*nodes[:-2], nodes[-1], nodes[-2]])
    bad("repeated", 8, "storage-proof", "the first one again at the end", [*nodes, nodes[0]])
    bad("left-over", 8, "storage-proof", "a node that no proof needs", [*nodes, "0xc0"])
    bad("no-bytes", 1, "shape", "a node that is no bytes", [*nodes, "0x0"])
    before, after = encode_bundle(whole.bundle).decode().split('"nodes":[')
    parts: list[Any] = [before, '"nodes":[', {"repeat": '"0xc0",', "times": 16_384}, after]
    found.bad("histories/nodes-too-many", 1, "shape", "more nodes than a bundle has", whole, parts)


def _leaves(found: Vectors) -> None:
    """Leaves that no version 2 of Provenance writes."""
    for name, payload, about, n in (
        ("short", bytes(64), "a leaf of version 1", 1),
        ("reason", bytes(64) + uint_word(4 << 40), "a reason that there is not", 1),
        ("wide", bytes(64) + uint_word(1 << 48), "a standing that is too wide", 1),
        ("two", bytes(96), "a leaf of two events", 2),
    ):
        ledger = lone()
        ledger.deploy(layout.PROVENANCE, version=2)
        ledger.append(layout.PROVENANCE, ItemKey.of(ITEM).stream(BRAND), n, payload)
        case = unproven(closed(ledger), VIEW, {"item": ITEM, "organisation": str(BRAND)})
        found.bad(f"histories/leaf-{name}", 8, "leaf-proof", about, case)
    old = lone()
    old.deploy(layout.PROVENANCE, version=1)
    new = asked()
    case = Case(new.question, closed(old).anchor(0), _moved(old, new))
    found.bad("histories/version-1", 7, "unknown-contract", "version 1 of Provenance lists by spelling", case)


def _moved(ledger: SimulatedLedger, case: Case) -> dict[str, Any]:
    """A bundle about another chain, with the nodes of its Directory's entry."""
    slots = ["0x" + slot.hex() for slot in layout.directory_slots(layout.PROVENANCE)]
    anchor = ledger.anchor(0)
    raw = ask(ledger, "raw-storage/1", {"address": "0x" + anchor.directory.address.hex(), "slots": slots})
    bundle = ledger.prover(anchor).prove(raw.question, form=2)
    return {**bundle, "question": case.question.as_json(), "evidence": {"leaves": [], "disclosures": []}, "answer": {}}


def _others(found: Vectors) -> None:
    """Seventeen organisations without standing: two words."""
    ledger = lone()
    ledger.deploy(layout.PROVENANCE, version=2)
    for number in range(100, 117):
        ledger.capture_by(number, PALLET, plain(), keep=False)
    case = asked(PALLET, closed(ledger))
    found.good("histories/seventeen-others", "a second word of organisations", case)
    sixteen = lone()
    sixteen.deploy(layout.PROVENANCE, version=2)
    for number in range(100, 116):
        sixteen.capture_by(number, PALLET, plain(), keep=False)
    full = asked(PALLET, closed(sixteen))
    found.good("histories/sixteen-others", "a full word: that no other follows is proven", full)
    found.bad(
        "histories/others-count",
        10,
        "answer-mismatch",
        "another count of an organisation's events",
        case,
        changed(case, lambda b: b["answer"]["others"][3].update(count="2")),
    )
    found.bad(
        "histories/others-less",
        10,
        "answer-mismatch",
        "an organisation less",
        case,
        changed(case, lambda b: b["answer"]["others"].pop()),
    )


def _old(found: Vectors) -> None:
    """At an older block than one that was seen: an organisation's page that more follows, and nothing else."""
    page = {"first": "0", "limit": "2"}
    seen = history().height() + 7
    lasting = asked(organisation=str(BRAND), **page)
    found.good("histories/old-page", "a page that more follows is true for ever", lasting, minimum_height=seen)
    for name, about, case in (
        ("old-end", "a page that reaches the end", asked(organisation=str(BRAND), first="3", limit="9")),
        ("old-list", "a whole list", asked(organisation=str(BRAND))),
        ("old-counts", "a page with the counts of others", asked(**page)),
        ("old-nothing", "an empty list", asked(organisation=str(RIVAL), **page)),
    ):
        found.bad(f"histories/{name}", 2, "below-anchor", about, case, minimum_height=seen)
