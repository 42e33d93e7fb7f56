"""One snapshot from its bytes to the report: read, checked against the ledger, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain import gs1
from liveledger.index import families
from liveledger.index.accuracy.queries import latest_of
from liveledger.index.members import queries as members_queries
from liveledger.index.members.queries import PlaceRow
from liveledger.messages.snapshots import Snapshot
from liveledger.reconcile.comparing import ALL_LOTS, MAX_SPREAD_SECONDS, Goods, Held, Report, compare
from liveledger.reconcile.corrections import Corrections, propose
from liveledger.reconcile.errors import refuse, row_of
from liveledger.reconcile.ledger_side import block_at, held_at, held_now
from liveledger.reconcile.names import Names, Placed, snapshot_side
from liveledger.reconcile.rows import read_rows


@dataclass(frozen=True, slots=True)
class Question:
    """What a snapshot is asked about: the place it must be of (GLN, None: whichever it names), our time, whether it is
    everything that the place holds, and whether corrections are wanted.
    """

    place: int | None
    now: int
    partial: bool = False
    propose: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The report, names for what it numbers, and the corrections where they were asked for."""

    report: Report
    place_gln: int
    codes: dict[Goods, tuple[int, str, str]]
    corrections: Corrections | None


def reconcile(content: bytes, engine: Engine, question: Question) -> Outcome:
    """Compares a snapshot with the ledger as the index has it.

    Raises InvalidSnapshot, SnapshotTooLarge, NotFound or IndexFilling.
    """
    rows = read_rows(content, question.now)
    # One transaction sees one state: the balances now and what moved since belong together.
    with families.session_on(engine, "stock") as session:
        names = Names(session)
        place = _place(names, rows, question)
        newest = _check_times(rows)
        _check_newer(session, rows, place, newest)
        placed = names.resolve(rows)
        ledger, at_block = _ledger_side(session, place, placed, newest)
        snapshot = snapshot_side(placed, ledger)
        if question.partial:
            named = {sku for sku, _ in snapshot}
            ledger = {goods: held for goods, held in ledger.items() if goods[0] in named}
        ledger = {goods: held for goods, held in ledger.items() if held.units or goods in snapshot}
        report = compare(ledger, snapshot, place=place.number, as_of=newest, at_block=at_block)
        wanted = question.propose
        corrections = propose(report, held_now(session, place.number), names, place.gln) if wanted else None
        return Outcome(report, place.gln, _codes(report, names), corrections)


def _place(names: Names, rows: Sequence[Snapshot], question: Question) -> PlaceRow:
    """The one place of all rows, from an organisation that may speak of it."""
    wanted = rows[0].place if question.place is None else question.place
    for row in rows:
        if row.place != wanted:
            sentence = f"{gs1.gln_text(row.place)} is not {gs1.gln_text(wanted)}"
            raise refuse(row_of(row), "place", sentence, "snapshot-wrong-place")
        if row.organisation != rows[0].organisation:
            raise refuse(
                row_of(row),
                "organisation",
                f"is another than that of row {row_of(rows[0])}",
                "snapshot-other-organisation",
            )
    place = names.place(rows[0])
    names.check_organisation(rows[0], place)
    return place


def _check_newer(session: Session, rows: Sequence[Snapshot], place: PlaceRow, newest: int) -> None:
    """Newer than what the same side recorded last, the operator or auditors, as the contract has it."""
    sender = members_queries.organisation_by_gln(session, int(rows[0].organisation))
    audited = sender is None or sender.number != place.operator
    last = latest_of(session, place.number, audited=audited)
    if last is not None and newest <= last.as_of:
        late = next(row for row in rows if row.at == newest)
        sentence = f"a comparison of {last.as_of} (Unix seconds) is recorded already, this one is of {newest}"
        raise refuse(row_of(late), "at", sentence, "snapshot-not-newer")


def _check_times(rows: Sequence[Snapshot]) -> int:
    """The newest time of the rows; all are of one moment. That none lies in the future, their form says."""
    newest = max(row.at for row in rows)
    for row in rows:
        if newest - row.at > MAX_SPREAD_SECONDS:
            sentence = f"is {newest - row.at} s older than the newest row; {MAX_SPREAD_SECONDS} are allowed"
            raise refuse(row_of(row), "at", sentence, "snapshot-mixed-times")
    return newest


def _ledger_side(
    session: Session, place: PlaceRow, placed: Sequence[Placed], newest: int
) -> tuple[dict[Goods, Held], int]:
    """The ledger's units, each SKU and lot at the time of its own row; what no row names, at the newest time.

    A SKU of which no row states a lot has all its lots at the time of its rows.
    """
    _check_same_times(placed)
    heights = {at: block_at(session, at) for at in {entry.row.at for entry in placed}}
    blocks = {(entry.sku, entry.lot): heights[entry.row.at] for entry in placed}
    with_lots = {entry.sku for entry in placed if entry.lot}
    whole = {entry.sku: heights[entry.row.at] for entry in placed if entry.sku not in with_lots}
    return held_at(session, place.number, heights[newest], blocks, whole), heights[newest]


def _check_same_times(placed: Sequence[Placed]) -> None:
    """Rows that are added up, channels of the same goods, are of one time."""
    first: dict[Goods, Snapshot] = {}
    for entry in placed:
        earlier = first.setdefault((entry.sku, entry.lot), entry.row)
        if earlier.at != entry.row.at:
            sentence = f"is another time than in row {row_of(earlier)}, which is of the same goods"
            raise refuse(row_of(entry.row), "at", sentence, "snapshot-mixed-times")


def _codes(report: Report, names: Names) -> dict[Goods, tuple[int, str, str]]:
    """Brand, code of the SKU and code of the lot by number, for people."""
    found = {}
    for line in report.lines:
        sku = names.sku(line.sku)
        lot = "all lots" if line.lot == ALL_LOTS else names.lot_code(line.sku, line.lot)
        found[line.sku, line.lot] = (sku.brand, sku.code, lot)
    return found
