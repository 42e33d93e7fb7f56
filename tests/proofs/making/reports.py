"""Views of lists that say more than their entries: how things stand, and old pages that leave that out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from liveledger.domain.hashing import uint_word
from liveledger.domain.money import Bps
from liveledger.domain.streams import brand_stream, place_stream
from liveledger.verifier import Question, layout
from tests.proofs.making.chains import ALL_QUESTIONS, RETURNS_QUESTION, alone, ask, closed, fresh
from tests.proofs.making.contents import unproven
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import AUDITOR, FINANCE, OWN, Case, report_sided, sided_words
from tests.simulators.chain import BRAND, PLACE, PLACE_GLN
from tests.simulators.ledger import SimulatedLedger

CAPITAL, COMPARED = {"brand": str(BRAND)}, {"place": str(PLACE_GLN)}
FIRST = {"first": "0", "limit": "1"}
STANDS_SECONDS = 7_776_000

# View, name of the case, what it shows, parameters (those that differ from the usual question), block.
VARIANTS: list[tuple[str, str, str, dict[str, Any], int | None]] = [
    ("capital/3", "no-report", "a brand without a report: the word and one slot are asked", {"brand": "8"}, None),
    ("capital/3", "older-report", "a page that does not reach the end: how the brand stands is left out", FIRST, None),
    ("capital/3", "behind-the-end", "no report, and how the brand stands", {"first": "2", "limit": "1"}, None),
    ("place-accuracy/2", "unknown-place", "no leaves", {"place": "0000000000017"}, None),
    ("place-accuracy/2", "no-record-yet", "a known place", {}, 2),
    ("place-accuracy/2", "first", "a page before the end: where the place stands is left out", FIRST, None),
    ("place-accuracy/2", "last", "the newest record, without its predecessor", {**FIRST, "first": "1"}, None),
    ("place-accuracy/3", "first", "a page before the end: where the place stands is left out", FIRST, None),
    ("place-accuracy/3", "last", "the newest record, without its predecessor", {**FIRST, "first": "1"}, None),
    ("sku-orders/2", "unknown-sku", "Replenishment is not asked", {"sku": "?"}, None),
    ("sku-orders/2", "first", "an order whose end is not in the page", FIRST, None),
    ("sku-returns/2", "unknown-sku", "Returns is not asked", {"sku": "?"}, None),
    ("sku-returns/2", "none-yet", "a SKU without returns", {}, 1),
    ("sku-returns/2", "inside-a-leaf", "the units graded since ever are left out", {**FIRST, "first": "1"}, None),
    ("sku-returns/2", "last", "the newest record, and the units graded since ever", {"first": "3", "limit": "9"}, None),
]


def make() -> Vectors:
    found = Vectors()
    for view, name, about, changed, height in VARIANTS:
        asked = ask(alone(view), view, {**ALL_QUESTIONS[view], **changed}, height=height)
        found.good(f"views/{_plain(view)}-{name}", about, asked)
    for add in (_sides, _findings, _old_pages, _versions, _bad_capital, _bad_places, _bad_audits):
        add(found)
    return found


def _plain(view: str) -> str:
    return view.replace("/", "-")


def _sides(found: Vectors) -> None:
    """Auditors found more than the limit, then the brand reported less."""
    for name, ago, about in (
        ("in-time", STANDS_SECONDS, "the auditors' finding is 7,776,000 s old: it stands against the brand's report"),
        ("over", STANDS_SECONDS + 1, "a second more: the brand's newer report decides alone"),
    ):
        ledger = fresh(layout.STOCK_HEALTH, reports=2)
        audited = report_sided(ledger, None, AUDITOR, 36, ago)
        ledger.mine()
        # A block later, so that the finding is of a second more when it is proven.
        aged = replace(audited, auditors=replace(audited.auditors, reported_at=ledger.now - ago))
        report_sided(ledger, aged, OWN, 34)
        found.good(f"views/capital-3-{name}", about, ask(closed(ledger), "capital/3", CAPITAL))
    ledger, capital = fresh(layout.STOCK_HEALTH, reports=2), None
    for reporter, value, ago in ((FINANCE, 36, 300_000), (AUDITOR, 10, 200_000), (OWN, 10, 100_000), (FINANCE, 10, 9)):
        capital = report_sided(ledger, capital, reporter, value, ago)
        ledger.mine()
    about = "three sides; the finance side lifted what it had found"
    found.good("views/capital-3-lifted", about, ask(closed(ledger), "capital/3", CAPITAL))


def history(version: int = 2) -> SimulatedLedger:
    """Records of a place that raise, and that are too weak or strong enough to end what stands.

    ``version`` of Accuracy: from 3 on the sixth record, an operator's, does not lift what the third flagged.
    """
    ledger = fresh(layout.ACCURACY, reports=version)
    for bps, audited, goods in (
        (1_600, False, (40, 10_000)),
        (0, False, (1, 1)),
        (1_600, True, (50, 9_000)),
        (0, False, (50, 9_999)),
        (0, True, (49, 10_000)),
        (0, False, (50, 10_000)),
        (2_600, False, (3, 20_000)),
        (0, False, (3, 20_000)),
        (0, True, (3, 0)),
    ):
        ledger.compare(bps, audited=audited, goods=goods)
        ledger.mine()
    return closed(ledger)


def _findings(found: Vectors) -> None:
    about = "nine records: what less evidence cannot end, and what ends it"
    found.good("views/place-accuracy-2-history", about, ask(history(), "place-accuracy/2", COMPARED))
    about = "the same nine records: what an audit flagged, no record of the operator lifts"
    found.good("views/place-accuracy-3-history", about, ask(history(3), "place-accuracy/3", COMPARED))


def _old_pages(found: Vectors) -> None:
    """A page before the end may be of an older block than was seen; one that says how things stand may not."""
    for view, parameters in (
        ("capital/3", CAPITAL),
        ("place-accuracy/2", COMPARED),
        ("place-accuracy/3", COMPARED),
        ("sku-returns/2", RETURNS_QUESTION),
        ("sku-orders/2", ALL_QUESTIONS["sku-orders/2"]),
    ):
        ledger = alone(view)
        newest = ledger.prover().verifiable()
        about = "a full page with entries behind it, and a newer block was seen"
        asked = ask(ledger, view, {**parameters, **FIRST}, height=newest)
        found.good(f"old/{_plain(view)}", about, asked, minimum_height=newest + 9)
        about = "the whole list, and a newer block was seen: how things stand is of the newest"
        whole = ask(ledger, view, parameters, height=newest)
        found.bad(f"old/{_plain(view)}-whole", 2, "below-anchor", about, whole, minimum_height=newest + 9)
        about = "a page behind the end, and a newer block was seen"
        behind = ask(ledger, view, {**parameters, **FIRST, "first": "99"}, height=newest)
        found.bad(f"old/{_plain(view)}-behind", 2, "below-anchor", about, behind, minimum_height=newest + 9)


def _versions(found: Vectors) -> None:
    """A view reads one version of the contract."""
    for version, made, asked_for, parameters in (
        (2, "capital/3", "capital/2", CAPITAL),
        (1, "capital/2", "capital/3", CAPITAL),
        (2, "place-accuracy/2", "place-accuracy/1", COMPARED),
        (1, "place-accuracy/1", "place-accuracy/2", COMPARED),
        (3, "place-accuracy/3", "place-accuracy/2", COMPARED),
        (2, "place-accuracy/2", "place-accuracy/3", COMPARED),
    ):
        proven = ask(alone(made), made, parameters)
        question = Question.parse({"view": asked_for, "parameters": parameters})
        other = Case(question, proven.anchor, {**proven.bundle, "question": question.as_json()})
        about = f"{asked_for} does not read version {version}"
        found.bad(f"contracts/version-{version}-{_plain(asked_for)}", 7, "unknown-contract", about, other)


def _bad_capital(found: Vectors) -> None:
    made = fresh(layout.STOCK_HEALTH, reports=2)
    good = report_sided(made, None, AUDITOR, 36)
    said = made.rows[layout.STOCK_HEALTH, brand_stream(BRAND)][0].leaf.payload
    own = uint_word(BRAND) + said[32:]
    cases: list[tuple[str, dict[str, Any], bytes, str]] = [
        ("another-standing", {"share": Bps(3_500)}, said, "the newest report is not the one that is held"),
        ("side-period", {"auditors": replace(good.auditors, period_to=5)}, said, "its side's last period is another"),
        ("side-above", {"auditors": replace(good.auditors, above=False)}, said, "its side says that it is not above"),
        ("side-time", {"auditors": replace(good.auditors, reported_at=5)}, said, "its side reported at another time"),
        ("own-side", {"organisation": BRAND}, own, "a report by the brand, of which its own side says nothing"),
    ]
    for name, changed, payload, about in cases:
        ledger = fresh(layout.STOCK_HEALTH, reports=2)
        ledger.report_capital(sided_words(replace(good, **changed)), payload)
        asked = unproven(closed(ledger), "capital/3", CAPITAL)
        found.bad(f"contents/capital-3-{name}", 8, "leaf-proof", about, asked)
    ledger = fresh(layout.STOCK_HEALTH, reports=2)
    ledger.append(layout.STOCK_HEALTH, brand_stream(BRAND), 1, said)
    about = "a report, and the contract has none"
    found.bad("contents/capital-3-no-standing", 8, "leaf-proof", about, unproven(closed(ledger), "capital/3", CAPITAL))


def _bad_places(found: Vectors) -> None:
    def bad(name: str, about: str, weak: tuple[int, int], at: int, value: int) -> None:
        """A flag of 40 SKUs and 10,000 units, then a record of other goods with another word at a place of its leaf."""
        ledger = fresh(layout.ACCURACY, reports=2)
        ledger.compare(1_600)
        ledger.mine()
        ledger.compare(0, goods=weak)
        _change(ledger, at, value)
        asked = unproven(closed(ledger), "place-accuracy/2", COMPARED)
        found.bad(f"contents/place-accuracy-2-{name}", 8, "leaf-proof", about, asked)

    strong = (40, 10_000)
    bad("lifted-by-one", "one SKU lifts the flag", (1, 10_000), 11, 3 << 72)
    bad("lifted-by-units", "the operator lifts the flag with a unit less", (40, 9_999), 11, 3 << 72)
    bad("recount-by-one", "one SKU ends the recount", (1, 10_000), 11, _recount() << 80)
    bad("finding-stays", "a finding, and nothing stands", strong, 12, 40)
    bad("finding-lost", "another number of SKUs while the flag stands", (1, 10_000), 12, 1)
    bad("finding-wide", "a finding of more than 160 bits", strong, 12, 1 << 160)
    bad("audited-bits", "something above bit 240 of the word", strong, 11, 1 << 241)
    for name, slot, about in (
        ("storage-word", layout.place_accuracy_slot(PLACE), "the place's word in storage is another one"),
        ("storage-finding", layout.place_finding_slot(PLACE), "the finding in storage is another one"),
    ):
        ledger = fresh(layout.ACCURACY, reports=2)
        ledger.compare(1_600)
        ledger.storage(layout.ACCURACY)[slot] ^= 1
        asked = unproven(closed(ledger), "place-accuracy/2", COMPARED)
        found.bad(f"contents/place-accuracy-2-{name}", 8, "leaf-proof", about, asked)
    ledger = fresh(layout.ACCURACY, reports=2)
    ledger.versions[layout.ACCURACY] = 1
    ledger.compare(0)
    asked = unproven(closed(ledger), "place-accuracy/2", COMPARED)
    found.bad("contents/place-accuracy-2-words", 8, "leaf-proof", "a leaf of twelve words, as version 1 has it", asked)


def _bad_audits(found: Vectors) -> None:
    """An audit of level 3 before or after a record without a difference, and another flag in the newer one's word."""
    for name, about, rows, value in (
        ("lifted", "the operator lifts what an audit flagged", ((1_600, True), (0, False)), 4 << 72),
        ("lowered", "an operator's flag takes the place of an audit's", ((1_600, True), (1_600, False)), 7 << 72),
        ("flagged", "an audit raises a flag of 3", ((0, False), (1_600, True)), 7 << 72),
    ):
        ledger = fresh(layout.ACCURACY, reports=3)
        for bps, audited in rows:
            ledger.mine()
            ledger.compare(bps, audited=audited)
        _change(ledger, 11, value)
        asked = unproven(closed(ledger), "place-accuracy/3", COMPARED)
        found.bad(f"contents/place-accuracy-3-{name}", 8, "leaf-proof", about, asked)


def _recount() -> int:
    """The deadline that the first record of a fresh chain sets."""
    ledger = fresh(layout.ACCURACY, reports=2)
    return ledger.now + 86_400


def _change(ledger: SimulatedLedger, at: int, value: int) -> None:
    """Makes the newest record anew with another word at a place of its leaf; storage follows."""
    key = layout.ACCURACY, place_stream(PLACE)
    payload = ledger.rows[key].pop().leaf.payload
    changed = int.from_bytes(payload[32 * at : 32 * at + 32]) ^ value
    payload = payload[: 32 * at] + uint_word(changed) + payload[32 * at + 32 :]
    ledger.rewind(layout.ACCURACY, place_stream(PLACE))
    ledger.append(layout.ACCURACY, place_stream(PLACE), 1, payload)
    storage = ledger.storage(layout.ACCURACY)
    storage[layout.place_accuracy_slot(PLACE)] = int.from_bytes(payload[11 * 32 : 12 * 32])
    storage[layout.place_finding_slot(PLACE)] = int.from_bytes(payload[12 * 32 :])
