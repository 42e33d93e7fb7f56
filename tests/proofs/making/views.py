"""Accepted bundles of every view, and proven negatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.hashing import uint_word
from liveledger.domain.orders import OrderEnded, OrderMade, OrderStatus, SourceKind, orders_stream
from liveledger.verifier import layout
from tests.proofs import scenario
from tests.proofs.making import chains
from tests.proofs.making.chains import ALL_QUESTIONS, alone, ask, changing, closed, crowded, fresh, usual
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import AGREEMENT, DEVICE, FEED, HEX_POSTER, SENSOR_FEED, capital_entry, capital_words
from tests.simulators.chain import CODE, PLACE_GLN, POSTER, SKU
from tests.simulators.tries import keccak

GOODS = {"brand": "7", "sku": CODE}
STOCK = {**GOODS, "place": str(PLACE_GLN)}
AGREED, REPORTED = "0x" + AGREEMENT.hex(), "0x" + FEED.hex()

# View, name of the case, what it shows, parameters (those that differ from the usual question), block.
Variant = tuple[str, str, str, dict[str, Any], int | None]
VARIANTS: list[Variant] = [
    ("stock/2", "unknown-sku", "a SKU that the ledger does not know: no balance is asked", {"sku": "nothing"}, None),
    ("stock/2", "unknown-place", "a place that the ledger does not know", {"place": "0000000000017"}, None),
    ("stock/2", "unknown-lot", "a lot that the SKU does not have", {"lot": "another"}, None),
    ("stock/2", "other-brand", "the same code of another brand is another SKU", {"brand": "8"}, None),
    ("stock/2", "no-lot-stated", "the goods whose lot was not stated: the lot is not looked up", {"lot": ""}, None),
    ("stock/2", "nothing-known", "neither SKU nor place nor lot", {"sku": "x", "place": "0000000000017"}, None),
    (
        "stock/2",
        "unknown-sku-without-lot",
        "goods whose lot was not stated of a SKU that is not known: lot 0 is",
        {"sku": "nothing", "lot": ""},
        None,
    ),
    ("stock/2", "empty-balance", "SKU and place are known, nothing was posted yet", {"lot": ""}, 1),
    ("stock-lots/2", "second-lot", "a page of one lot", {"first": "1", "limit": "1"}, None),
    ("stock-lots/2", "behind-the-end", "a page behind the last lot", {"first": "2"}, None),
    ("stock-lots/2", "unknown-sku", "a SKU that is not known has lot 0 alone", {"sku": "nothing"}, None),
    ("stock-lots/2", "unknown-place", "a place that is not known: no balance", {"place": "0000000000017"}, None),
    ("sku-movements/2", "first-page", "the page cuts a leaf of several movements", {"first": "0", "limit": "2"}, None),
    ("sku-movements/2", "inside-a-leaf", "the page is one movement inside a leaf", {"first": "1", "limit": "1"}, None),
    ("sku-movements/2", "whole", "more is asked for than there is", {"first": "0", "limit": "10000"}, None),
    ("sku-movements/2", "behind-the-end", "no leaves are needed", {"first": "6", "limit": "1"}, None),
    (
        "sku-movements/2",
        "far-behind-the-end",
        "first and limit add up to more than 64 bits",
        {"first": "18446744073709551615", "limit": "10000"},
        None,
    ),
    ("sku-movements/2", "unknown-sku", "a SKU that is not known: leaves are null", {"sku": "?"}, None),
    ("sku-movements/2", "no-movement-yet", "a SKU without movements: leaves are null", {"first": "0"}, 1),
    ("item-events/1", "unknown-item", "an item without events", {"item": scenario.OTHER_ITEM}, None),
    ("item-events/1", "one-of-three", "a page between others", {"first": "1", "limit": "1"}, None),
    ("item-events/1", "behind-the-end", "a page behind the last event", {"first": "3", "limit": "5"}, None),
    ("poster-batches/1", "other-lane", "a lane without batches", {"lane": "9"}, None),
    ("poster-batches/1", "last-one", "the last of three", {"first": "2", "limit": "9"}, None),
    ("movement/2", "behind-the-batch", "the batch has four movements, the fifth is asked for", {"index": "4"}, None),
    ("movement/2", "unknown-batch", "the sequence number is the stream's count", {"sequence": "3"}, None),
    ("movement/2", "unknown-poster", "an account that never posted", {"poster": "0x" + "01" * 20}, None),
    ("settlement/1", "no-settlement-yet", "the agreement is known, nothing was settled", {}, 5),
    ("settlement/1", "unknown-agreement", "the second word is not asked", {"agreement": "0x" + "77" * 32}, None),
    ("reports/1", "second", "the second report", {"first": "1", "limit": "9"}, None),
    ("reports/1", "unknown-feed", "a feed without reports", {"feed": "0x" + "77" * 32}, None),
    ("reading/1", "unknown-report", "a report that was not made", {"sequence": "1"}, None),
    ("reading/1", "other-device", "the report is of another device", {"device": "0x" + "01" * 32}, None),
    ("reading/1", "last-reading", "the odd last leaf of the tree", {"time": str(scenario.READINGS[-1][0])}, None),
    ("reading/1", "first-reading", "the first leaf", {"time": str(scenario.READINGS[0][0])}, None),
    (
        "raw-storage/1",
        "no-account",
        "no account, and so no slots: their proofs are empty",
        {"address": "0x" + "77" * 20},
        None,
    ),
    ("acts/1", "none", "a contract without acts", {"contract": "Consortium"}, None),
    ("acts/1", "outcome-alone", "the outcome between two calls", {"first": "1", "limit": "1"}, None),
    ("capital/1", "no-report", "a brand without a report: one slot is asked", {"brand": "8"}, None),
    ("capital/1", "older-report", "a page that does not reach the newest report", {"first": "0", "limit": "1"}, None),
    ("place-accuracy/1", "unknown-place", "no leaves", {"place": "0000000000017"}, None),
    ("place-accuracy/1", "no-record-yet", "a known place", {}, 2),
    ("place-accuracy/1", "second", "a record whose predecessor is not in the page", {"first": "1", "limit": "1"}, None),
    ("sku-orders/1", "unknown-sku", "Replenishment is not asked", {"sku": "?"}, None),
    ("sku-orders/1", "no-order-yet", "a SKU without orders", {}, 1),
    (
        "sku-orders/1",
        "the-end-alone",
        "the end of an order that is not in the page",
        {"first": "2", "limit": "1"},
        None,
    ),
    ("sku-returns/1", "unknown-sku", "Returns is not asked", {"sku": "?"}, None),
    ("sku-returns/1", "none-yet", "a SKU without returns", {}, 1),
    ("sku-returns/1", "inside-a-leaf", "the second record of a leaf", {"first": "1", "limit": "1"}, None),
]


def make() -> Vectors:
    found = Vectors()
    for view in ALL_QUESTIONS:
        if view == "contract/1":  # needs an anchor of form 2: trust_2
            continue
        ledger = {"stock/2": crowded(), "item-events/1": changing(), "capital/1": changing()}.get(view) or alone(view)
        found.good(f"views/{_plain(view)}", "the usual question, from the genesis anchor on", usual(ledger, view))
    for view, name, about, changed, height in VARIANTS:
        asked = ask(alone(view), view, {**ALL_QUESTIONS[view], **changed}, height=height)
        found.good(f"views/{_plain(view)}-{name}", about, asked)
    for add in (_slots, _transactions, _documents, _settlements, _sensors, _capital, _places, _orders, _old_pages):
        add(found)
    return found


def _plain(view: str) -> str:
    return view.replace("/", "-")


def _slots(found: Vectors) -> None:
    ledger = fresh()
    word = layout.place_slot(PLACE_GLN)
    full = {keccak(b"large"): (1 << 256) - 1, keccak(b"one"): 1, keccak(b"high"): 128}
    ledger.storage(layout.CONSORTIUM).update(full)
    slots = ["0x" + slot.hex() for slot in (*full, bytes(32), word)]
    address = "0x" + "4c4c000000000000000000000000000000000002"
    asked = ask(closed(ledger), "raw-storage/1", {"address": address, "slots": slots})
    found.good(
        "views/raw-storage-1-values", "words of all sizes, small ones inside their parents, and one absent", asked
    )
    plain = ask(ledger, "raw-storage/1", {"address": "0x" + "4c4c000000000000000000000000000000000003", "slots": slots})
    found.good("views/raw-storage-1-no-storage", "an account whose storage is empty", plain)


def _transactions(found: Vectors) -> None:
    done = ask(alone("transaction/1"), "transaction/1", {"hash": chains.transaction(alone("transaction/1"), 0)})
    found.good("views/transaction-1-succeeded", "a batch of movements: one log", done)
    for name, status in (("legacy", 1), ("legacy-reverted", 0)):
        ledger = fresh()
        digest = chains.send_legacy(ledger, status)
        asked = ask(closed(ledger), "transaction/1", {"hash": digest})
        found.good(
            f"views/transaction-1-{name}", "a transaction without a type is of type 0, alone in its block", asked
        )
    ledger = fresh()
    hashes = [ledger.send() for _ in range(140)]
    asked = ask(closed(ledger), "transaction/1", {"hash": "0x" + hashes[-1].hex()})
    found.good("views/transaction-1-index-139", "the index is RLP of two bytes", asked)


def _documents(found: Vectors) -> None:
    asked = usual(alone("item-events/1"), "item-events/1")
    bundle = {**asked.bundle, "evidence": {**asked.bundle["evidence"], "documents": [None] * 3}}
    events = [{**entry, "event": None, "names_item": None} for entry in asked.bundle["answer"]["events"]]
    bundle["answer"] = {**asked.bundle["answer"], "events": events}
    found.good(
        "views/item-events-1-withheld", "no document is given: the hashes are proven all the same", asked, bundle
    )
    named: list[tuple[str, dict[str, Any], str]] = [
        ("another", {"epcList": [scenario.OTHER_ITEM]}, "the event names another item"),
        ("parent", {"parentID": scenario.ITEM, "childEPCs": ["x"]}, "the item is the parent"),
        ("class", {"quantityList": [{"quantity": 3}, "x", {"epcClass": scenario.ITEM}]}, "the item is a class"),
        ("itself", {"eventID": scenario.ITEM, "epcList": []}, "an event without items is under its own id"),
        ("odd", {"epcList": scenario.ITEM, "parentID": None}, "a list that is none, and a parent that is null"),
        ("number", {"epcList": [1, [scenario.ITEM], {"a": scenario.ITEM}]}, "items that are no strings name nothing"),
    ]
    for name, content, about in named:
        ledger = fresh(layout.PROVENANCE)
        ledger.capture(scenario.ITEM, content)
        found.good(f"views/item-events-1-{name}", about, ask(closed(ledger), "item-events/1", {"item": scenario.ITEM}))


def _settlements(found: Vectors) -> None:
    """Three sessions: the half fen goes to the brand, less than half does not, and a session without a loss."""
    ledger = fresh(layout.SETTLEMENT)
    rows = [scenario.input_row(SKU, 25, 10, 10, over, 0, 10 - over) for over in (8, 9, 10)]
    ledger.agree(AGREEMENT, 5_110, scenario.hash_of_terms([rows[0]]))
    for number, row in enumerate(rows):
        session, loss = keccak(b"session %d" % number), 25 * (2 - number)
        ledger.settle_page(session, 0, row)
        brand = (loss * 5_110 + 5_000) // 10_000
        figures = b"".join(map(uint_word, (loss, brand, loss - brand, 1)))
        rolling = keccak(bytes(32) + keccak(row))
        ledger.append(layout.SETTLEMENT, AGREEMENT, 1, session + figures + rolling)
        ledger.mine()
    about = "three settlements: shares by largest remainder, one without a loss"
    found.good("views/settlement-1-three", about, ask(closed(ledger), "settlement/1", {"agreement": AGREED}))
    page = {"agreement": AGREED, "first": "1", "limit": "1"}
    seen = {"minimum_height": ledger.prover().verifiable() + 9}
    about = "the second of three; more follow, so that it may be older than what was seen"
    found.good("views/settlement-2-second", about, ask(ledger, "settlement/2", page), **seen)
    about = "the last of three, older than what was seen"
    last = ask(ledger, "settlement/2", {**page, "first": "2"})
    found.bad("old/settlement-2-end", 2, "below-anchor", about, last, **seen)


def _sensors(found: Vectors) -> None:
    ledger = fresh(layout.REPORT_HUB)
    for number, reading in enumerate([(1_700_000_000, -(1 << 31)), (1_700_000_060, (1 << 31) - 1)]):
        leaf = merkle.leaf_hash(DEVICE + reading[0].to_bytes(8) + reading[1].to_bytes(4, signed=True))
        milli = uint_word(reading[1] % (1 << 256))
        figures = uint_word(1) + uint_word(reading[0]) * 2 + milli * 2
        ledger.report(SENSOR_FEED, DEVICE + leaf + figures)
        ledger.batches[leaf] = [reading]
        ledger.report(FEED, bytes(number))
    closed(ledger)
    for sequence, time in enumerate((1_700_000_000, 1_700_000_060)):
        parameters = {"feed": "0x" + SENSOR_FEED.hex(), "sequence": str(sequence), "device": "0x" + DEVICE.hex()}
        asked = ask(ledger, "reading/1", {**parameters, "time": str(time)})
        found.good(f"views/reading-1-alone-{sequence}", "a batch of one reading: the path is empty", asked)
    found.good(
        "views/reports-1-empty-payload",
        "a payload of no byte, and one of one",
        ask(ledger, "reports/1", {"feed": REPORTED}),
    )


def _capital(found: Vectors) -> None:
    for name, value, revenue, about in (
        ("at-the-limit", 35, 100, "3,500 basis points are not frozen"),
        ("rounded-up", 35_001, 100_000, "a share is rounded up: 3,501 basis points are frozen"),
        ("no-revenue", 1, 0, "stock without revenue has no share and is frozen"),
        ("no-stock", 0, 0, "no stock: a share of 0"),
    ):
        ledger = fresh(layout.STOCK_HEALTH)
        report = capital_entry(1, value, revenue)
        ledger.report_capital(capital_words(report, ledger.now), report.encode())
        found.good(f"views/capital-1-{name}", about, ask(closed(ledger), "capital/1", {"brand": "7"}))
    for name, behind, share, about in (
        ("in-time", 8_640_000, 34, "the year ended 8,640,000 s before the block: not stale"),
        ("stale", 8_640_001, 34, "a second more: stale, and so frozen"),
        ("above-the-limit", 0, 36, "not stale, and above the limit"),
    ):
        ledger = fresh(layout.STOCK_HEALTH)
        report = replace(capital_entry(1, share, 100), period_to=ledger.now - behind)
        ledger.report_capital(capital_words(report, ledger.now), report.encode())
        found.good(f"views/capital-2-{name}", about, ask(closed(ledger), "capital/2", {"brand": "7"}))


def _places(found: Vectors) -> None:
    """Levels, flags, recounts, and records of the operator and of auditors by turns."""
    ledger = fresh(layout.ACCURACY)
    history = ((0, False), (900, False), (2_600, False), (100, False), (1_600, True), (0, False), (300, True))
    for bps, audited in history:
        ledger.compare(bps, audited=audited)
        ledger.mine()
    asked = ask(closed(ledger), "place-accuracy/1", {"place": str(PLACE_GLN)})
    found.good("views/place-accuracy-1-history", "seven records: every rule of flag and recount", asked)


def _orders(found: Vectors) -> None:
    ledger = fresh(layout.STOCK_LEDGER, layout.REPLENISHMENT)
    entries: list[OrderMade | OrderEnded] = [
        OrderMade(SourceKind.HUB, 1, 3, (1 << 64) - 1, 0, (1 << 32) - 1, 1),
        OrderEnded(0, OrderStatus.CANCELLED, 0, 0),
        OrderMade(SourceKind.SUPPLIER, 65_535, 65_535, 1, 1, 1, 1),
        OrderEnded(2, OrderStatus.EXPIRED, 1, 0),
    ]
    for entry in entries:
        ledger.append(layout.REPLENISHMENT, orders_stream(SKU), 1, entry.encode())
    found.good(
        "views/sku-orders-1-ends", "orders that were cancelled and expired", ask(closed(ledger), "sku-orders/1", GOODS)
    )
    ledger = fresh(layout.STOCK_LEDGER, layout.REPLENISHMENT, version=1)
    ledger.append(layout.REPLENISHMENT, orders_stream(SKU), 1, entries[0].encode())
    about = "sku-orders/1 reads StockLedger of version 1 as well"
    found.good("views/sku-orders-1-version-1", about, ask(closed(ledger), "sku-orders/1", GOODS))


def _old_pages(found: Vectors) -> None:
    """What lies in the past for good may be shown at an old block; an old end may not."""
    newest = alone("movement/2").prover().verifiable()
    seen = {"minimum_height": newest}
    for view, parameters in (
        ("sku-movements/2", {**GOODS, "first": "0", "limit": "2"}),
        ("poster-batches/1", {"poster": HEX_POSTER, "lane": "0", "first": "0", "limit": "1"}),
        ("acts/1", {"contract": "Governance", "first": "0", "limit": "2"}),
    ):
        asked = ask(alone(view), view, parameters, height=4)
        found.good(
            f"old/{_plain(view)}", "a full page with entries behind it, at an older block than was seen", asked, **seen
        )
        last = ask(alone(view), view, {**parameters, "first": "2", "limit": "9"}, height=4)
        about = "a page that reaches the end, at an older block than was seen: an old end is no end"
        found.bad(f"old/{_plain(view)}-end", 2, "below-anchor", about, last, **seen)
    reports = ask(alone("reports/1"), "reports/1", {"feed": REPORTED, "first": "0", "limit": "1"})
    found.good("old/reports-1", "a full page at the very block that was seen", reports, **seen)
    batch = usual(alone("movement/2"), "movement/2")
    found.good("old/movement-2", "a batch that is known stays true for ever", batch, **seen)
    found.good("old/transaction-1", "and so does a transaction", usual(alone("transaction/1"), "transaction/1"), **seen)
    place = alone("movement/2").places.pop((POSTER, 0, 2))
    none = ask(alone("movement/2"), "movement/2", {**ALL_QUESTIONS["movement/2"], "sequence": "2"}, height=3)
    alone("movement/2").places[POSTER, 0, 2] = place
    found.good("old/movement-2-unknown", "no such batch at this block", none)
    about = '"no such batch" at an older block than was seen; refused once the view has said so'
    found.bad("old/movement-2-unknown-seen", 2, "below-anchor", about, none, **seen)
    stock = usual(alone("stock/2"), "stock/2")
    found.good("old/stock-2-same-block", "the block that was seen is not older than itself", stock, **seen)
    about = "stock of an older block than was seen"
    found.bad(
        "old/stock-2",
        2,
        "below-anchor",
        about,
        ask(alone("stock/2"), "stock/2", ALL_QUESTIONS["stock/2"], height=5),
        **seen,
    )
    spare = replace(
        none, bundle={**none.bundle, "evidence": {**none.bundle["evidence"], "receipt": {"index": 0, "nodes": []}}}
    )
    about = "an old block and a spare receipt: what is spare is refused before the age of a historical view"
    found.bad("old/movement-2-spare-first", 8, "receipt-proof", about, spare, **seen)
