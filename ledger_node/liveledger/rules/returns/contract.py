"""The contract Returns in plain Python: a call turns one state into the next, or is refused by a named error.

Returns is tested against this on random calls. Everything is written for reading, nothing for speed.
Source of the rules: docs/formats.md, "Returns", and docs/returns.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from liveledger.bindings.constants import (
    MAX_RETURN_ENTRIES,
    RETURN_ENTRIES_A_DAY,
    ApprovedAct,
    Role,
    Status,
)
from liveledger.domain.movements import Lane
from liveledger.domain.returns import DISPOSITIONS, Grade, ReturnAct
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head, return_stream
from liveledger.rules.approvals import Approval
from liveledger.rules.refusal import ContractRefusal
from liveledger.rules.stock_state import Block, Counters, Registry, StockState

_NO_UNITS = (0, 0, 0, 0)


class ReturnsRefusal(ContractRefusal):
    """A call was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the contract is given it: numbers that may be anything their types hold."""

    sku: int
    lot: int
    place: int
    quantity: int
    grade: int
    disposition: int

    def packed(self) -> bytes:
        """Its record in a leaf."""
        numbers = self.lot.to_bytes(2) + self.place.to_bytes(2) + self.quantity.to_bytes(3)
        return numbers + bytes((self.grade, self.disposition))


@dataclass(frozen=True, slots=True)
class ReturnCall:
    """Arguments of ``grade`` or ``close``, and the sender (20 bytes)."""

    act: ReturnAct
    sender: bytes
    entries: Sequence[RawEntry]
    documents_root: bytes


_Owner = tuple[int, int, int]
_Units = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReturnsState:
    """Units by grade A, B, C, D: open ones by (SKU, lot, place), graded ones by SKU; streams by id; (day, entries) by
    (SKU, organisation).
    """

    open: Mapping[_Owner, _Units] = field(default_factory=dict)
    graded: Mapping[int, _Units] = field(default_factory=dict)
    streams: Mapping[bytes, StreamHead] = field(default_factory=dict)
    entered: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)


def act(state: ReturnsState, stock: StockState, registry: Registry, block: Block, call: ReturnCall) -> ReturnsState:
    """The state after a call; ``stock`` is StockLedger's at that moment, ``block.contract`` the address of Returns.

    Raises ReturnsRefusal; ``state`` itself never changes.
    """
    organisation = _authorise(registry, call.sender)
    if not 1 <= len(call.entries) <= MAX_RETURN_ENTRIES:
        raise ReturnsRefusal("ReturnsEntryCount", entries=len(call.entries), most=MAX_RETURN_ENTRIES)
    head = bytes((call.act,)) + organisation.to_bytes(2) + call.documents_root
    previous, first = 0, 0
    while first < len(call.entries):
        sku = call.entries[first].sku
        if sku <= previous:
            raise ReturnsRefusal("ReturnsUnsorted", index=first, sku=sku, previous=previous)
        _check_goods(stock, registry, block, organisation, first, sku)
        end = first
        while end < len(call.entries) and call.entries[end].sku == sku:
            _check_form(registry, organisation, end, call.entries[end])
            effect = _grade if call.act is ReturnAct.GRADED else _close
            state = effect(state, stock, end, call.entries[end])
            end += 1
        state = _enter(state, block, organisation, first, sku, end - first)
        payload = head + b"".join(entry.packed() for entry in call.entries[first:end])
        state = _append(state, block, call.sender, return_stream(sku), end - first, payload)
        previous, first = sku, end
    return state


def units_word(units: _Units) -> int:
    """The storage word of units by grade: a uint64 each, grade A in the low bits."""
    return sum(quantity << (64 * position) for position, quantity in enumerate(units))


def _authorise(registry: Registry, sender: bytes) -> int:
    account = registry.accounts.get(sender)
    if account is None:
        raise ReturnsRefusal("ConsortiumUnknownMember", account=sender)
    if account.status != Status.ACTIVE:
        raise ReturnsRefusal("ConsortiumAccountSuspended", account=sender)
    if registry.organisations[account.organisation] != Status.ACTIVE:
        raise ReturnsRefusal("ConsortiumOrganisationSuspended", organisation=account.organisation)
    if not account.roles & Role.POST_MOVEMENTS:
        raise ReturnsRefusal("ConsortiumMissingRole", account=sender, role=int(Role.POST_MOVEMENTS))
    return account.organisation


def _check_goods(stock: StockState, registry: Registry, block: Block, organisation: int, index: int, sku: int) -> None:
    if sku not in stock.skus:
        raise ReturnsRefusal("ReturnsUnknownSku", index=index, sku=sku)
    brand = sku >> 20
    approval = Approval() if brand == organisation else registry.approvals.get((brand, organisation))
    if approval is None or not approval.lets(ApprovedAct.MOVE, block.time) or not approval.is_for_sku(sku):
        raise ReturnsRefusal("ReturnsBrandNotApproved", index=index, brand=brand, organisation=organisation)


def _check_form(registry: Registry, organisation: int, index: int, entry: RawEntry) -> None:
    if not Grade.A <= entry.grade <= Grade.D:
        raise ReturnsRefusal("ReturnsUnknownGrade", index=index, grade=entry.grade)
    if entry.disposition != DISPOSITIONS[Grade(entry.grade)]:
        raise ReturnsRefusal("ReturnsWrongDisposition", index=index, grade=entry.grade, disposition=entry.disposition)
    if entry.quantity == 0:
        raise ReturnsRefusal("ReturnsZeroQuantity", index=index)
    place = registry.places.get(entry.place)
    if place is None:
        raise ReturnsRefusal("ReturnsUnknownPlace", index=index, place=entry.place)
    if place.status != Status.ACTIVE:
        raise ReturnsRefusal("ReturnsPlaceSuspended", index=index, place=entry.place)
    if place.operator != organisation:
        raise ReturnsRefusal("ReturnsPlaceNotOperated", index=index, place=entry.place, organisation=organisation)
    brand = entry.sku >> 20
    approval = registry.approvals.get((brand, organisation))
    if brand != organisation and approval is not None and not approval.is_for_place(entry.place):
        raise ReturnsRefusal("ReturnsBrandNotApproved", index=index, brand=brand, organisation=organisation)


def _grade(state: ReturnsState, stock: StockState, index: int, entry: RawEntry) -> ReturnsState:
    """Open units stay within what is held there, graded ones within what ever came back."""
    owner = (entry.sku, entry.lot, entry.place)
    open_units, graded = state.open.get(owner, _NO_UNITS), state.graded.get(entry.sku, _NO_UNITS)
    held = stock.balances.get(owner, _NO_UNITS)[Lane.HELD]
    if sum(open_units) + entry.quantity > held:
        raise ReturnsRefusal("ReturnsNotHeld", **_named(index, owner), held=held, open=sum(open_units) + entry.quantity)
    returned = stock.counters.get(entry.sku, Counters()).returned
    if sum(graded) + entry.quantity > returned:
        raise ReturnsRefusal(
            "ReturnsNotReturned", index=index, sku=entry.sku, returned=returned, graded=sum(graded) + entry.quantity
        )
    opened = {**state.open, owner: _changed(open_units, entry.grade, entry.quantity)}
    counted = {**state.graded, entry.sku: _changed(graded, entry.grade, entry.quantity)}
    return replace(state, open=opened, graded=counted)


def _close(state: ReturnsState, _stock: StockState, index: int, entry: RawEntry) -> ReturnsState:
    owner = (entry.sku, entry.lot, entry.place)
    units = state.open.get(owner, _NO_UNITS)
    if entry.quantity > units[entry.grade - 1]:
        raise ReturnsRefusal("ReturnsNotOpen", **_named(index, owner), grade=entry.grade, open=units[entry.grade - 1])
    return replace(state, open={**state.open, owner: _changed(units, entry.grade, -entry.quantity)})


def _enter(state: ReturnsState, block: Block, organisation: int, index: int, sku: int, n: int) -> ReturnsState:
    """Bounds the list of a SKU: an organisation's entries of a day (UTC), graded and closed."""
    today, key = block.time // 86_400, (sku, organisation)
    day, entries = state.entered.get(key, (today, 0))
    before = entries if day == today else 0
    if before + n > RETURN_ENTRIES_A_DAY:
        most = RETURN_ENTRIES_A_DAY
        raise ReturnsRefusal(
            "ReturnsTooManyToday", index=index, sku=sku, organisation=organisation, before=before, most=most
        )
    return replace(state, entered={**state.entered, key: (today, before + n)})


def _named(index: int, owner: _Owner) -> dict[str, object]:
    return {"index": index, "sku": owner[0], "lot": owner[1], "place": owner[2]}


def _changed(units: _Units, grade: int, by: int) -> _Units:
    return tuple(count + by if position == grade - 1 else count for position, count in enumerate(units))


def _append(state: ReturnsState, block: Block, sender: bytes, stream: bytes, n: int, payload: bytes) -> ReturnsState:
    before = state.streams.get(stream) or StreamHead(initial_head(block.chain_id, block.contract, stream), 0)
    leaf = Leaf(before.count, n, block.number, block.time, sender, payload)
    after = StreamHead(next_head(before.head, leaf.hash(stream)), before.count + n)
    return replace(state, streams={**state.streams, stream: after})
