"""stream/1 and word/1: contracts that have views of their own, read as ones that this verifier knows nothing of."""

from __future__ import annotations

from typing import Any

from liveledger.domain.streams import return_stream
from liveledger.verifier import layout
from tests.proofs.making.chains import alone, ask, closed, fresh
from tests.proofs.making.contents import unproven
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import FEED
from tests.simulators.ledger import SKU

GRADINGS: dict[str, Any] = {
    "contract": layout.RETURNS,
    "version": "1",
    "stream": "0x" + return_stream(SKU).hex(),
    "head": ["act:number:1", "organisation:number:2", "documents_root:hex:32"],
    "entry": ["lot:number:2", "place:number:2", "quantity:number:3", "grade:number:1", "disposition:number:1"],
}
REPORTS: dict[str, Any] = {
    "contract": layout.REPORT_HUB,
    "version": "1",
    "stream": "0x" + FEED.hex(),
    "head": [],
    "entry": ["config_digest:text:32", "sequence:number:32", "payload_hash:hex:32", "observed_at:number:32"],
}
GRADED: dict[str, Any] = {
    "contract": layout.RETURNS,
    "version": "1",
    "slot": "0x" + layout.graded_slot(SKU).hex(),
    "fields": ["a:64", "b:64", "c:64", "d:64"],
}
CODES = [b"GRAI-1", b"0x12", b"", b"two\0words", "盒".encode(), b"\x7f", b" x "]


def make() -> Vectors:
    found = Vectors()
    for add in (_lists, _texts, _words, _faults):
        add(found)
    return found


def _lists(found: Vectors) -> None:
    ledger = alone("sku-returns/2")
    for name, changed, about in (
        ("", {}, "the whole list: what a leaf's head says stands in each of its entries"),
        ("-inside-a-leaf", {"first": "1", "limit": "1"}, "the second entry of a leaf; the page is true for ever"),
        ("-behind-the-end", {"first": "9", "limit": "1"}, "a page behind the last entry: no leaves"),
        ("-no-entry", {"stream": "0x" + "77" * 32}, "a stream that has no entry"),
    ):
        found.good(f"views/stream-1{name}", about, ask(ledger, "stream/1", {**GRADINGS, **changed}))
    about = "four columns of 32 bytes and no head; bytes that are no text are shown in hex"
    found.good("views/stream-1-no-head", about, ask(alone("reports/1"), "stream/1", REPORTS))


def _texts(found: Vectors) -> None:
    ledger = fresh(layout.RETURNS)
    ledger.append(layout.RETURNS, return_stream(1), len(CODES), b"".join(code.ljust(16, b"\0") for code in CODES))
    asked = {**GRADINGS, "stream": "0x" + return_stream(1).hex(), "head": [], "entry": ["code:text:16"]}
    found.good(
        "views/stream-1-texts", "texts, and what is shown in hex: no two alike", ask(closed(ledger), "stream/1", asked)
    )


def _words(found: Vectors) -> None:
    ledger = alone("sku-returns/2")
    found.good("views/word-1", "a word of four numbers", ask(ledger, "word/1", GRADED))
    absent = {**GRADED, "slot": "0x" + "77" * 32}
    found.good("views/word-1-absent", "a word that was never written", ask(ledger, "word/1", absent))
    whole = {**GRADED, "fields": ["all:256"]}
    found.good("views/word-1-whole", "the word as one number", ask(ledger, "word/1", whole))


def _faults(found: Vectors) -> None:
    ledger = alone("sku-returns/2")
    for name, changed, about in (
        ("short", {"entry": GRADINGS["entry"][:-1]}, "the columns of an entry are shorter than it"),
        ("long", {"head": [*GRADINGS["head"], "more:number:1"]}, "the columns of the head are longer than it"),
    ):
        asked = unproven(ledger, "stream/1", {**GRADINGS, **changed})
        found.bad(f"contents/stream-1-{name}", 8, "leaf-proof", about, asked)
    about = "something stands above the last field"
    narrow = unproven(ledger, "word/1", {**GRADED, "fields": ["a:64", "b:64"]})
    found.bad("contents/word-1-above", 8, "leaf-proof", about, narrow)
