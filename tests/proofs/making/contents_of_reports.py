"""Leaves of settlements, reports and comparisons that no contract of ours makes (step 8)."""

from __future__ import annotations

from liveledger.domain.hashing import uint_word
from liveledger.domain.streams import (
    brand_stream,
    place_stream,
    stream_slot,
)
from liveledger.verifier import layout
from tests.proofs import scenario
from tests.proofs.making.chains import ALL_QUESTIONS, closed, fresh
from tests.proofs.making.contents import leaf_of, unproven
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import (
    AGREEMENT,
    DEVICE,
    FEED,
    SENSOR_FEED,
    Case,
    capital_entry,
    capital_words,
)
from tests.simulators.chain import BRAND, PLACE, PLACE_GLN, SKU, Row
from tests.simulators.tries import keccak


def make() -> Vectors:
    found = Vectors()
    for add in (
        _settlements,
        _reports,
        _readings,
        _capital,
        _places,
    ):
        add(found)
    return found


def _settlements(found: Vectors) -> None:
    row = scenario.input_row(SKU, 25, 10, 10, 8, 0, 2)
    figures = {"loss": 50, "brand": 35, "supplier": 15, "skus": 1}
    for name, changed, pages, about in (
        ("loss", {"loss": 51, "supplier": 16}, [row], "a loss that does not follow from the inputs"),
        ("shares", {"brand": 36, "supplier": 14}, [row], "shares that do not follow from the loss"),
        ("skus", {"skus": 2}, [row], "a count of SKUs that is not that of the rows"),
        ("overstock", {}, [row[:-1] + b"\x03"], "an overstock that does not follow from its row"),
        ("page", {}, [row[:-1]], "a page that is no whole number of rows"),
    ):
        values = b"".join(uint_word({**figures, **changed}[key]) for key in figures)
        asked = _settled(values, pages, hash_pages=pages)
        found.bad(f"contents/settlement-1-{name}", 8, "leaf-proof", about, asked)
    values = b"".join(map(uint_word, figures.values()))
    found.bad(
        "contents/settlement-1-terms",
        8,
        "leaf-proof",
        "costs that are not those of the agreement",
        _settled(values, [row], terms=bytes(32)),
    )
    about = "a settlement of an agreement that the contract does not know"
    found.bad("contents/settlement-1-no-agreement", 8, "leaf-proof", about, _settled(values, [row], agree=False))


def _settled(
    values: bytes,
    pages: list[bytes],
    *,
    hash_pages: list[bytes] | None = None,
    terms: bytes | None = None,
    agree: bool = True,
) -> Case:
    ledger = fresh(layout.SETTLEMENT)
    if agree:
        ledger.agree(AGREEMENT, 7_000, terms if terms is not None else scenario.hash_of_terms(hash_pages or pages))
    session, rolling = keccak(b"session"), bytes(32)
    for number, page in enumerate(pages):
        rolling = keccak(rolling + keccak(page))
        ledger.settle_page(session, number, page)
    ledger.append(layout.SETTLEMENT, AGREEMENT, 1, session + values + rolling)
    return unproven(closed(ledger), "settlement/1", {"agreement": "0x" + AGREEMENT.hex()})


def _reports(found: Vectors) -> None:
    for name, n, sequence, observed, about in (
        ("sequence", 1, 1, 5, "a sequence number that is not the report's place"),
        ("n", 2, 0, 5, "a leaf of two reports"),
        ("observed", 1, 0, 1 << 64, "a time of more than 64 bits"),
    ):
        ledger = fresh(layout.REPORT_HUB)
        ledger.report(FEED, b"")
        ledger.rows.clear()
        ledger.storage(layout.REPORT_HUB).clear()
        ledger.append(
            layout.REPORT_HUB, FEED, n, keccak(b"c") + uint_word(sequence) + keccak(b"") + uint_word(observed)
        )
        found.bad(
            f"contents/reports-1-{name}",
            8,
            "leaf-proof",
            about,
            unproven(closed(ledger), "reports/1", {"feed": "0x" + FEED.hex()}),
        )


def _readings(found: Vectors) -> None:
    figures = (1, 1_700_000_000, 1_700_000_000, 0, 0)
    for name, changed, about in (
        ("readings", (1 << 32, *figures[1:]), "a count of more than 32 bits"),
        ("min", (*figures[:3], 1 << 31, 0), "a lowest value of more than 32 bits with its sign"),
        ("sign", (*figures[:3], (1 << 256) - (1 << 31) - 1, 0), "a value below the least of 32 bits"),
    ):
        ledger = fresh(layout.REPORT_HUB)
        ledger.report(SENSOR_FEED, DEVICE + keccak(b"root") + b"".join(map(uint_word, changed)))
        found.bad(
            f"contents/reading-1-{name}",
            8,
            "leaf-proof",
            about,
            unproven(closed(ledger), "reading/1", ALL_QUESTIONS["reading/1"]),
        )
    ledger = fresh(layout.REPORT_HUB)
    ledger.report(SENSOR_FEED, b"an alert")
    about = "a report that is no batch of readings"
    found.bad(
        "contents/reading-1-other-report",
        8,
        "leaf-proof",
        about,
        unproven(closed(ledger), "reading/1", ALL_QUESTIONS["reading/1"]),
    )


def _capital(found: Vectors) -> None:
    good, other = capital_entry(1, 34, 100), capital_entry(1, 35, 100)
    for name, words, payload, n, about in (
        ("share", good, good.encode()[:-1] + b"\x01", 1, "a share that does not follow from its figures"),
        ("another-standing", other, good.encode(), 1, "the newest report is not the one that the contract goes by"),
        ("n", good, good.encode(), 2, "a leaf of two reports"),
        ("organisation", good, uint_word(1 << 16) + good.encode()[32:], 1, "an organisation of more than 16 bits"),
        ("words", good, good.encode() + bytes(32), 1, "nine words"),
    ):
        ledger = fresh(layout.STOCK_HEALTH)
        ledger.report_capital(capital_words(words, ledger.now), payload, n)
        found.bad(
            f"contents/capital-1-{name}", 8, "leaf-proof", about, unproven(closed(ledger), "capital/1", {"brand": "7"})
        )
    ledger = leaf_of(layout.STOCK_HEALTH, brand_stream(BRAND), 1, good.encode())
    found.bad(
        "contents/capital-1-no-standing",
        8,
        "leaf-proof",
        "a report, and the contract has none",
        unproven(ledger, "capital/1", {"brand": "7"}),
    )


def _places(found: Vectors) -> None:
    parameters = {"place": str(PLACE_GLN)}

    def bad(name: str, about: str, bps: int, at: int, value: int, word_too: bool = True) -> None:
        """The newest record with another word at a place of its leaf, or with another word in storage."""
        ledger = fresh(layout.ACCURACY)
        ledger.compare(900)
        ledger.mine()
        ledger.compare(bps)
        rows, slot = ledger.rows[layout.ACCURACY, place_stream(PLACE)], layout.place_accuracy_slot(PLACE)
        payload = rows.pop().leaf.payload
        ledger.storage(layout.ACCURACY)[scenario_slot()] = _word_of(rows)
        changed = (
            payload[: 32 * at]
            + uint_word(int.from_bytes(payload[32 * at : 32 * at + 32]) ^ value)
            + payload[32 * at + 32 :]
        )
        ledger.append(layout.ACCURACY, place_stream(PLACE), 1, changed)
        ledger.storage(layout.ACCURACY)[slot] = (
            int.from_bytes(changed[-32:]) if word_too else int.from_bytes(payload[-32:])
        )
        found.bad(
            f"contents/place-accuracy-1-{name}",
            8,
            "leaf-proof",
            about,
            unproven(closed(ledger), "place-accuracy/1", parameters),
        )

    bad("place", "a record of another place", 100, 0, 1)
    bad("ratio", "a ratio that does not follow from the figures", 100, 11, 1 << 32)
    bad("level", "a level that does not follow from the ratio", 100, 11, 1 << 64)
    bad("flag", "a flag that does not follow from the record before", 2_600, 11, 1 << 72)
    bad("recount", "a recount that does not follow from the record before", 100, 11, 1 << 80)
    bad("skus", "more SKUs agree than were compared", 100, 4, 64)
    bad("difference", "a difference that no stock can have", 100, 7, 1 << 40)
    bad("audited", "a flag of two bits in the place of yes or no", 100, 10, 2)
    bad("storage", "the word in storage is another one", 100, 11, 1 << 241, word_too=False)
    ledger = fresh(layout.ACCURACY)
    ledger.compare(900)
    ledger.storage(layout.ACCURACY)[layout.place_accuracy_slot(PLACE)] += 1 << 112
    about = "the word in storage counts a record more than the stream"
    found.bad(
        "contents/place-accuracy-1-count",
        8,
        "leaf-proof",
        about,
        unproven(closed(ledger), "place-accuracy/1", parameters),
    )


def scenario_slot() -> bytes:
    return stream_slot(place_stream(PLACE))


def _word_of(rows: list[Row]) -> int:
    """The stream's word as it was before the record that was taken away."""
    last = rows[-1]
    head = keccak(last.head_before + bytes(8) + last.digest)[:24]
    return int.from_bytes(head) << 64 | last.leaf.first_index + last.leaf.n
