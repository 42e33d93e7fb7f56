"""Leaves and logs that no contract of ours makes, proven to stand on a chain (step 8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveledger.domain.hashing import uint_word
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.domain.movements import merkle_leaves as leaves_2
from liveledger.domain.orders import OrderEnded, OrderMade, OrderStatus, SourceKind, orders_stream
from liveledger.domain.streams import (
    ACTS_STREAM,
    item_stream,
    poster_stream,
    return_stream,
    sku_stream,
)
from liveledger.prover.containers import content
from liveledger.prover.recorder import Recorder
from liveledger.verifier import Question, Refusal, encode_bundle, layout
from liveledger.verifier.views import find_view
from tests.proofs.making import chains
from tests.proofs.making.chains import ALL_QUESTIONS, ask, closed, fresh
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import (
    GRADINGS,
    ITEM,
    Case,
)
from tests.simulators.chain import CODE, PLACE, PLACE_GLN, POSTER, SKU
from tests.simulators.ledger import SimulatedLedger

GOODS = {"brand": "7", "sku": CODE}


def unproven(ledger: SimulatedLedger, view: str, parameters: dict[str, Any]) -> Case:
    """A bundle that a prover would not hand out: its evidence is true, and the view refuses what it says."""
    found = find_view(view)
    assert found is not None
    question, anchor, block = (
        Question.parse({"view": view, "parameters": parameters}),
        ledger.anchor(0),
        ledger.height(),
    )
    place = next(iter(ledger.places.values()), None)
    recorder = Recorder(ledger.execution, ledger, ledger, anchor, block, place.tx_index if place else None)
    try:
        found.run(recorder, parameters)
    except Refusal:
        bundle = {
            **content(recorder, found, found.form),
            "question": question.as_json(),
            "set_changes": [],
            "light_block": ledger.prover()._light_block(block + 1),
            "execution_header": "0x" + ledger.execution.header_rlp(block).hex(),
            "answer": {},
        }
        encode_bundle(bundle)
        return Case(question, anchor, bundle)
    raise AssertionError(f"{view} takes this")


def make() -> Vectors:
    found = Vectors()
    for add in (_movements, _batches, _logs, _version_1, _events, _acts, _orders, _returns):
        add(found)
    return found


def leaf_of(name: str, stream: bytes, n: int, payload: bytes, *others: str) -> SimulatedLedger:
    ledger = fresh(name, *others)
    ledger.append(name, stream, n, payload)
    return closed(ledger)


def record(kind: int, quantity: int = 1) -> bytes:
    return bytes((kind,)) + bytes(2) + PLACE.to_bytes(2) + quantity.to_bytes(3) + (1_700_000_000).to_bytes(4)


def _movements(found: Vectors) -> None:
    parameters = {**GOODS, "first": "0", "limit": "9"}
    good = bytes(2) + record(1)
    for name, n, payload, about in (
        ("kind-16", 1, bytes(2) + record(16), "there is no kind 16"),
        ("length", 1, good[:-1], "the record is cut"),
        ("no-record", 1, bytes(2), "a lot without records"),
        ("n", 2, good, "the leaf covers two movements and holds one"),
    ):
        ledger = leaf_of(layout.STOCK_LEDGER, sku_stream(SKU), n, payload)
        asked = unproven(ledger, "sku-movements/2", parameters)
        found.bad(f"contents/sku-movements-2-{name}", 8, "leaf-proof", about, asked)
    odd = leaf_of(layout.STOCK_LEDGER, sku_stream(SKU), 2, bytes(2) + record(15, 0) + record(2))
    about = (
        "quantities and places are the contract's affair: a movement of 0, and a reserve without a place to take from"
    )
    found.good("contents/sku-movements-2-unlikely", about, ask(odd, "sku-movements/2", parameters))


def _batches(found: Vectors) -> None:
    parameters = ALL_QUESTIONS["poster-batches/1"]
    good = bytes(64) + uint_word(1) + bytes(32)
    for name, n, payload, about in (
        ("words", 1, good + bytes(32), "five words"),
        ("count", 1, bytes(64) + uint_word(1 << 64) + bytes(32), "a count of more than 64 bits"),
        ("n", 2, good, "a leaf of two batches"),
    ):
        ledger = leaf_of(layout.STOCK_LEDGER, poster_stream(POSTER, 0), n, payload)
        found.bad(
            f"contents/poster-batches-1-{name}",
            8,
            "leaf-proof",
            about,
            unproven(ledger, "poster-batches/1", parameters),
        )
    first = leaf_of(layout.STOCK_LEDGER, poster_stream(POSTER, 0), 1, good)
    assert ask(first, "poster-batches/1", parameters)
    ledger = fresh(layout.STOCK_LEDGER, version=1)
    ledger.append(layout.STOCK_LEDGER, poster_stream(POSTER, 0), 1, good)
    found.good(
        "contents/poster-batches-1-version-1",
        "poster-batches/1 reads StockLedger of version 1 as well",
        ask(closed(ledger), "poster-batches/1", parameters),
    )


def _logs(found: Vectors) -> None:
    parameters = {**ALL_QUESTIONS["movement/2"], "index": "0"}
    records = pack([Movement(SKU, Kind.RECEIVE, 0, PLACE, 5, 1_700_000_000)])
    leaves = list(leaves_2(records))
    cases: list[tuple[str, bytes, list[bytes], int, str]] = [
        ("count", records, leaves, 2, "the log counts a movement more"),
        ("root", records, [b"other"], 1, "the Merkle root is not that of the records"),
        ("cut", records[:-1], leaves, 1, "the group is cut short"),
        ("no-records", records[:4] + bytes(2) + bytes(2), [], 0, "a group without records"),
        ("kind", records[:8] + b"\x10" + records[9:], leaves, 1, "there is no kind 16"),
    ]
    for name, data, merkle, count, about in cases:
        ledger = fresh(layout.STOCK_LEDGER)
        chains.post_records(ledger, data, merkle, count)
        found.bad(
            f"contents/movement-2-{name}", 8, "log-mismatch", about, unproven(closed(ledger), "movement/2", parameters)
        )
    for name, change, about in (
        ("offset", lambda data: data[:127] + b"\xa0" + data[128:], "the bytes do not stand right behind the words"),
        ("padding", lambda data: data[:-1] + b"\x01", "the padding is not zero"),
        ("left-over", lambda data: data + bytes(32), "a word is left over"),
        ("short", lambda data: data[:-32], "the bytes are cut short"),
        ("long", lambda data: data[:128] + uint_word(1 << 32) + data[160:], "a length of more than 32 bits"),
    ):
        found.bad(
            f"contents/movement-2-{name}", 8, "log-mismatch", about, _with_log(records, leaves, change, parameters)
        )
    found.bad(
        "contents/movement-2-other-topics",
        8,
        "log-mismatch",
        "the log is another lane's",
        _other_lane(records, leaves, parameters),
    )


def _with_log(
    records: bytes, leaves: list[bytes], change: Callable[[bytes], bytes], parameters: dict[str, Any]
) -> Case:
    ledger = fresh(layout.STOCK_LEDGER)
    chains.post_records(ledger, records, leaves, 1)
    sent = ledger.pending[-1]
    ((address, topics, data),) = sent.logs
    ledger.pending[-1] = type(sent)(sent.raw, ((address, topics, change(data)),), sent.status)
    return unproven(closed(ledger), "movement/2", parameters)


def _other_lane(records: bytes, leaves: list[bytes], parameters: dict[str, Any]) -> Case:
    ledger = fresh(layout.STOCK_LEDGER)
    chains.post_records(ledger, records, leaves, 1)
    good = ask(closed(ledger), "movement/2", parameters)
    sent = ledger.execution.at(ledger.execution.block_number()).sent[0]
    ((address, topics, data),) = sent.logs
    lane = (address, (*topics[:2], uint_word(1), topics[3]), data)
    ledger = fresh(layout.STOCK_LEDGER)
    chains.post_records(ledger, records, leaves, 1)
    ledger.pending[-1] = type(sent)(sent.raw, (lane,), sent.status)
    closed(ledger)
    recorded = Recorder(ledger.execution, ledger, ledger, ledger.anchor(0), ledger.height(), 0)
    recorded._receipt()
    bundle = {
        **good.bundle,
        "light_block": ledger.prover()._light_block(ledger.height() + 1),
        "execution_header": "0x" + ledger.execution.header_rlp(ledger.height()).hex(),
        "evidence": {**good.bundle["evidence"], **recorded.sections},
    }
    return Case(good.question, ledger.anchor(0), bundle)


def _version_1(found: Vectors) -> None:
    """What version 1 packed differently; it had no kind 15."""
    batch = {**ALL_QUESTIONS["movement/2"], "index": "1"}
    page = {**GOODS, "first": "0", "limit": "9"}
    for kind in (14, 15):
        ledger = fresh(layout.STOCK_LEDGER, version=1)
        records = [record(1, 5), record(kind, 2)]
        packed, leaves = chains.records_1(*records, sku=SKU)
        ledger.append(layout.STOCK_LEDGER, sku_stream(SKU), 2, b"".join(records))
        chains.post_records(ledger, packed, leaves, 2)
        closed(ledger)
        if kind == 14:
            found.good("contents/movement-1-kind-14", "the last kind of version 1", ask(ledger, "movement/1", batch))
            found.good(
                "contents/sku-movements-1-kind-14", "the last kind of version 1", ask(ledger, "sku-movements/1", page)
            )
        else:
            about = "version 1 had no kind 15"
            found.bad("contents/movement-1-kind-15", 8, "log-mismatch", about, unproven(ledger, "movement/1", batch))
            found.bad(
                "contents/sku-movements-1-kind-15", 8, "leaf-proof", about, unproven(ledger, "sku-movements/1", page)
            )
    ledger = fresh(layout.STOCK_LEDGER, version=1)
    ledger.storage(layout.STOCK_LEDGER)[layout.balance_slot(SKU, PLACE)] = 9 | 8 << 64 | 7 << 128 | 6 << 192
    stock = {**GOODS, "place": str(PLACE_GLN)}
    found.good("views/stock-1", "balances of version 1 have no lot in their key", ask(closed(ledger), "stock/1", stock))


def _events(found: Vectors) -> None:
    for name, n, payload, about in (
        ("n", 2, bytes(64), "a leaf of two events"),
        ("words", 1, bytes(63), "no two words"),
    ):
        ledger = leaf_of(layout.PROVENANCE, item_stream(ITEM), n, payload)
        found.bad(
            f"contents/item-events-1-{name}", 8, "leaf-proof", about, unproven(ledger, "item-events/1", {"item": ITEM})
        )


def _acts(found: Vectors) -> None:
    parameters = {"contract": "Governance"}
    for name, n, payload, about in (
        ("n", 2, bytes(64), "a leaf of two acts"),
        ("status", 1, uint_word(1) + uint_word(256), "an outcome whose status has more than 8 bits"),
    ):
        ledger = fresh()
        ledger.append(layout.GOVERNANCE, ACTS_STREAM, n, payload)
        found.bad(f"contents/acts-1-{name}", 8, "leaf-proof", about, unproven(closed(ledger), "acts/1", parameters))
    ledger = fresh()
    for payload in (b"", bytes(63), bytes(65), b"\x00\x00\x00\x01" + bytes(60), uint_word(7) + uint_word(255)):
        ledger.append(layout.GOVERNANCE, ACTS_STREAM, 1, payload)
    about = "what is an outcome and what a call: 64 bytes that begin with four zero bytes, and nothing else"
    found.good("contents/acts-1-outcomes", about, ask(closed(ledger), "acts/1", parameters))


def _orders(found: Vectors) -> None:
    made = OrderMade(SourceKind.PLACE, 4, 3, 90, 30, 75_000_000, 1_700_009_000).encode()
    ended = OrderEnded(0, OrderStatus.CLOSED, 90, 88).encode()

    def word(payload: bytes, at: int, value: int) -> bytes:
        return payload[: 32 * at] + uint_word(value) + payload[32 * at + 32 :]

    for name, n, payload, about in (
        ("status-open", 1, word(ended, 2, 1), "an end whose status is open"),
        ("status-5", 1, word(ended, 2, 5), "there is no status 5"),
        ("kind", 1, word(made, 1, 4), "there is no kind 4"),
        ("entry", 1, word(made, 0, 2), "an end of eight words"),
        ("field", 1, word(made, 6, 1 << 32), "a score of more than 32 bits"),
        ("n", 2, made, "a leaf of two entries"),
        ("later-order", 1, word(ended, 1, 1), "the end of the order that this leaf would be itself"),
    ):
        ledger = fresh(layout.STOCK_LEDGER, layout.REPLENISHMENT)
        if name.startswith(("status", "later")):
            ledger.append(layout.REPLENISHMENT, orders_stream(SKU), 1, made)
        ledger.append(layout.REPLENISHMENT, orders_stream(SKU), n, payload)
        found.bad(
            f"contents/sku-orders-1-{name}", 8, "leaf-proof", about, unproven(closed(ledger), "sku-orders/1", GOODS)
        )


def _returns(found: Vectors) -> None:
    good = GRADINGS[1].payload()
    for name, n, payload, about in (
        ("act", 1, b"\x03" + good[1:], "there is no act 3"),
        ("grade", 1, good[:-2] + b"\x05\x04", "there is no grade 5"),
        ("disposition", 1, good[:-1] + b"\x02", "a disposition that is not the grade's"),
        ("quantity", 1, good[:-5] + bytes(3) + good[-2:], "a quantity of 0"),
        ("place", 1, good[:-7] + bytes(2) + good[-5:], "no place"),
        ("no-record", 1, good[:35], "a head without records"),
        ("n", 2, good, "the leaf covers two and holds one"),
    ):
        ledger = leaf_of(layout.RETURNS, return_stream(SKU), n, payload, layout.STOCK_LEDGER)
        found.bad(f"contents/sku-returns-1-{name}", 8, "leaf-proof", about, unproven(ledger, "sku-returns/1", GOODS))
