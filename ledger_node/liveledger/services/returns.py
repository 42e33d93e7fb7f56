"""Gradings of returned goods: looked up, submitted exactly once, read (IReturns.sol has the rules).

A call is carried out as a whole or not at all. The movements that carry a grading out are posted like any others:
``liveledger.domain.returns.movements_of`` makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveledger.bindings import consortium, returns, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, MAX_RETURN_ENTRIES
from liveledger.chain.outbox.sender import Outcome, Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain.errors import NotFound, RuleViolation, TooLarge
from liveledger.domain.returns import Grade, GradeEntry, ReturnAct

_CALLS: dict[ReturnAct, type[returns.Grade] | type[returns.Close]] = {
    ReturnAct.GRADED: returns.Grade,
    ReturnAct.CLOSED: returns.Close,
}


class UnknownGoods(NotFound):
    """The ledger does not know a SKU, lot or place that an entry names; ``details`` has its number and field."""

    code = "unknown-goods"


@dataclass(frozen=True, slots=True)
class GradeDraft:
    """An entry in members' words: the brand's codes of SKU and lot (None = not stated), the place's GLN, base units."""

    brand: int
    sku: str
    lot: str | None
    place: int
    quantity: int
    grade: Grade


class ReturnsClient:
    """Returns and the StockLedger beside it, as one sender sees them; the addresses were checked by the caller."""

    def __init__(self, sender: Sender, contract: bytes, ledger: bytes) -> None:
        self.sender = sender
        self._connection: Connection = sender.connection
        self._contract = contract
        self._ledger = ledger

    def resolve(self, drafts: Sequence[GradeDraft]) -> list[GradeEntry]:
        """The drafts with the ledger's numbers, after the newest final block. Raises UnknownGoods."""
        skus = self._words(self._ledger, [stock_ledger.SkuByCode(d.brand, d.sku).calldata() for d in drafts])
        places = self._words(CONSORTIUM_ADDRESS, [consortium.PlaceByGln(d.place).calldata() for d in drafts])
        for number, (draft, sku, place) in enumerate(zip(drafts, skus, places, strict=True)):
            if not sku:
                raise _unknown(number, "sku", f"SKU {draft.sku!r} of brand {draft.brand}")
            if not place:
                raise _unknown(number, "place", f"place with the GLN {draft.place:013d}")
        lots = self._lots(drafts, skus)
        return [
            GradeEntry(sku, lot, place, draft.quantity, draft.grade)
            for draft, sku, lot, place in zip(drafts, skus, lots, places, strict=True)
        ]

    def check(self, act: ReturnAct, entries: Sequence[GradeEntry]) -> None:
        """Tries a call on the final state and writes nothing. Raises TooLarge, and RuleViolation as ``submit``."""
        data, order = calldata(act, entries, bytes(32))
        try:
            self.sender.gas_for(self._contract, data)
        except RuleViolation as error:
            raise _as_given(error, order) from None

    def submit(self, act: ReturnAct, entries: Sequence[GradeEntry], documents_root: bytes, *, key: str) -> None:
        """Acknowledges one call under ``key``: it will be carried out exactly once.

        Raises TooLarge, and RuleViolation with the contract's reason, which names the entry as it was given;
        KeyReused for a key that stands for another call.
        """
        data, order = calldata(act, entries, documents_root)
        try:
            self.sender.submit(key, self._contract, data)
        except RuleViolation as error:
            raise _as_given(error, order) from None

    def carry_out(
        self, act: ReturnAct, entries: Sequence[GradeEntry], documents_root: bytes, *, key: str, timeout: float = 60.0
    ) -> Outcome:
        """Submits and waits until the call is final. Raises what ``submit`` raises, and NotFinalYet."""
        self.submit(act, entries, documents_root, key=key)
        outcome = self.sender.wait(key, timeout=timeout)
        if outcome.status != 1:
            raise _as_given(self.sender.reason(key), calldata(act, entries, documents_root)[1])
        return outcome

    def open_units(self, sku: int, lot: int, place: int, height: int) -> dict[Grade, int]:
        """Units graded and not yet carried out, by grade, after a block."""
        return self._units(returns.OpenOf(sku, lot, place).calldata(), height)

    def graded_units(self, sku: int, height: int) -> dict[Grade, int]:
        """Units cumulatively graded, by grade, after a block: what a settlement will read."""
        return self._units(returns.GradedOf(sku).calldata(), height)

    def _units(self, call: bytes, height: int) -> dict[Grade, int]:
        return units_of(int.from_bytes(self._connection.execution.call(self._contract, call, height)))

    def _lots(self, drafts: Sequence[GradeDraft], skus: Sequence[int]) -> list[int]:
        named = [(at, draft.lot) for at, draft in enumerate(drafts) if draft.lot is not None]
        found = self._words(self._ledger, [stock_ledger.LotByCode(skus[at], lot).calldata() for at, lot in named])
        lots = [0] * len(drafts)
        for (at, code), lot in zip(named, found, strict=True):
            if not lot:
                raise _unknown(at, "lot", f"lot {code!r} of SKU {drafts[at].sku!r}")
            lots[at] = lot
        return lots

    def _words(self, to: bytes, calls: Sequence[bytes]) -> list[int]:
        """Results of view functions that return one word, on the final state."""
        return view_words(self._connection.execution, to, calls, final_height(self._connection)) if calls else []


def calldata(act: ReturnAct, entries: Sequence[GradeEntry], documents_root: bytes) -> tuple[bytes, list[int]]:
    """The call, its entries grouped by SKU as the contract wants them, and each one's number as it was given.

    Raises TooLarge for more entries than a call holds, InvalidInput for a field that is out of range.
    """
    if len(entries) > MAX_RETURN_ENTRIES:
        raise TooLarge(
            f"{len(entries)} entries are more than the {MAX_RETURN_ENTRIES} of a call", hint="send them in parts"
        )
    order = sorted(range(len(entries)), key=lambda at: entries[at].sku)
    for entry in entries:
        entry.record()
    rows = [_row(entries[at]) for at in order]
    return _CALLS[act](rows, documents_root).calldata(), order


def units_of(word: int) -> dict[Grade, int]:
    """Units by grade in a storage word (docs/formats.md, Returns)."""
    return {grade: word >> 64 * (grade - 1) & ((1 << 64) - 1) for grade in Grade}


def _row(entry: GradeEntry) -> returns.GradeEntry:
    return returns.GradeEntry(entry.sku, entry.lot, entry.place, entry.quantity, entry.grade, entry.disposition)


def _unknown(number: int, field: str, what: str) -> UnknownGoods:
    return UnknownGoods(f"entry {number}: the ledger knows no {what}", entry=number, field=field)


def _as_given(error: RuleViolation, order: Sequence[int]) -> RuleViolation:
    """The contract counts the entries of its call; whoever sent them counts his own."""
    arguments = error.details.get("arguments")
    index = arguments.get("index") if isinstance(arguments, dict) else None
    if isinstance(index, int) and index < len(order):
        error.message = f"entry {order[index]}: {error.message}"
        error.details["entry"] = order[index]
        error.hint = error.hint or "nothing was written; correct this entry and send all of them again"
    return error
