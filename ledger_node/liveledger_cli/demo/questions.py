"""The questions of the demo and the answers that must come, from what the demo itself did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.gs1 import gln_text
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.items import canonical
from liveledger.domain.money import WHOLE_BPS, Bps
from liveledger.verifier.views.stock import MAX_LOTS
from liveledger_cli.demo.asking import Asked, quoted
from liveledger_cli.demo.goods import Captured, ColdBox
from liveledger_cli.demo.session import Session
from liveledger_cli.demo.world import WAREHOUSE_GLN

UNKNOWN_CODE = "NO-SUCH-PRODUCT"


@dataclass(frozen=True, slots=True)
class Stock:
    """Units at the warehouse that the demo's own book-keeping expects."""

    available: int
    held: int


def stock_question(brand: int, code: str, expected: Stock) -> Asked:
    """Stock of a product at the warehouse."""
    lanes = {"available": expected.available, "reserved": 0, "in_transit": 0, "held": expected.held}
    wanted = {"known_sku": True, "known_place": True, **{lane: str(units) for lane, units in lanes.items()}}
    return _stock("stock", brand, code, lambda answer: wanted.items() <= answer.items())


def unknown_stock_question(brand: int) -> Asked:
    """Stock of a product that nobody registered: proven to be none."""
    return _stock(
        "unknown-product",
        brand,
        UNKNOWN_CODE,
        lambda answer: not answer["known_sku"] and answer["available"] == "0",
    )


def item_question(captured: Captured) -> Asked:
    """The whole history of the item that was sold, by those with standing towards the brand's goods."""
    return _item("item-history", captured.item, captured.item_events)


def unknown_item_question(captured: Captured) -> Asked:
    """The history of an item that was never seen: proven to be empty."""
    return _item("unknown-item", f"{captured.item}X", 0)  # a serial number has at most 20 characters


def settlement_question(agreement: bytes, session: Session, brand_share: Bps) -> Asked:
    """All settlements of the agreement; this session's shares have to add up to its loss, to the fen."""
    text = hex_bytes(agreement)

    def adds_up(answer: dict[str, Any]) -> bool:
        mine = [entry for entry in answer["settlements"] if entry["session"] == hex_bytes(session.id)]
        if len(mine) != 1:
            return False
        loss, brand, supplier = (int(mine[0][name]) for name in ("loss_fen", "brand_fen", "supplier_fen"))
        # Largest remainder: the brand's part is the exact one, rounded half up.
        return brand + supplier == loss and brand == (2 * loss * brand_share + WHOLE_BPS) // (2 * WHOLE_BPS)

    question = {"view": "settlement/1", "parameters": {"agreement": text}}
    return Asked("settlement", question, f"/agreements/{text}/settlements", adds_up, {})


def reading_question(box: ColdBox) -> Asked:
    """The worst reading of the excursion, below the reported root."""
    worst = next(r for r in box.batch.readings if r.milli == box.excursion.worst_milli)
    feed, device = hex_bytes(box.feed.feed_id), hex_bytes(box.batch.device_id)
    question = {
        "view": "reading/1",
        "parameters": {"feed": feed, "sequence": "0", "device": device, "time": str(worst.at)},
    }

    def is_worst(answer: dict[str, Any]) -> bool:
        return answer["reading"] is not None and answer["reading"]["value_milli"] == str(worst.milli)

    place = {"device": device, "time": str(worst.at)}
    return Asked("reading", question, f"/feeds/{feed}/reports/0/readings", is_worst, place)


def _stock(name: str, brand: int, code: str, expect: Any) -> Asked:
    place = gln_text(WAREHOUSE_GLN)
    whole = {"first": "0", "limit": str(MAX_LOTS)}
    question = {"view": "stock-lots/3", "parameters": {"brand": str(brand), "sku": code, "place": place, **whole}}
    return Asked(name, question, f"/stock/{brand}/{code}/{place}", expect, {})


def _item(name: str, item: str, events: int) -> Asked:
    question = {"view": "item-events/2", "parameters": {"item": canonical(item)}}
    return Asked(name, question, f"/items/{quoted(item)}/events", lambda answer: len(answer["events"]) == events, {})
