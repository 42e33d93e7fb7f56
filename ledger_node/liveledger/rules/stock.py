"""The rules of stock in plain Python: a batch turns one state into the next, or is refused by a named error.

StockLedger is tested against this on random batches. Everything is written for reading, nothing for speed.
Source of the rules: docs/formats.md, "Movements".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from liveledger.bindings.constants import MAX_AHEAD_SECONDS, Role, Status
from liveledger.domain.errors import RuleViolation
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.merkle import leaf_hash, root
from liveledger.domain.movements import GROUP_HEAD_BYTES, LOT_BYTES, RECORD_BYTES, Kind, Lane, count
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head, poster_stream, sku_stream

MAX_UINT64 = (1 << 64) - 1
MAX_INT64 = (1 << 63) - 1


class StockRefusal(RuleViolation):
    """A batch was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""

    def __init__(self, name: str, **args: object) -> None:
        shown = ", ".join(f"{key} = {value}" for key, value in args.items())
        super().__init__(f"{name}({shown})")
        self.name = name
        self.args_by_name = args


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of movement does: lanes it takes from and gives to (None = outside), and the counter it moves."""

    takes: Lane | None
    gives: Lane | None
    counter: str | None = None
    sign: int = 1
    same_place: bool = False
    both_operated: bool = False


RULES: Mapping[Kind, KindRule] = {
    Kind.RECEIVE: KindRule(None, Lane.AVAILABLE, "received"),
    Kind.RESERVE: KindRule(Lane.AVAILABLE, Lane.RESERVED, same_place=True),
    Kind.RELEASE: KindRule(Lane.RESERVED, Lane.AVAILABLE, same_place=True),
    Kind.SHIP: KindRule(Lane.RESERVED, Lane.IN_TRANSIT),
    Kind.ARRIVE: KindRule(Lane.IN_TRANSIT, Lane.AVAILABLE),
    Kind.DELIVER: KindRule(Lane.IN_TRANSIT, None, "sold"),
    Kind.RETURN: KindRule(None, Lane.HELD, "returned"),
    Kind.TRANSFER: KindRule(Lane.AVAILABLE, Lane.AVAILABLE, both_operated=True),
    Kind.FOUND: KindRule(None, Lane.AVAILABLE, "adjusted"),
    Kind.LOST: KindRule(Lane.AVAILABLE, None, "adjusted", sign=-1),
    Kind.SCRAP: KindRule(Lane.HELD, None, "adjusted", sign=-1),
    Kind.HOLD: KindRule(Lane.AVAILABLE, Lane.HELD, same_place=True),
    Kind.RESTOCK: KindRule(Lane.HELD, Lane.AVAILABLE, same_place=True),
    Kind.SELL: KindRule(Lane.AVAILABLE, None, "sold"),
}


@dataclass(frozen=True, slots=True)
class Counters:
    """A SKU's counters since ever, in its base unit; ``adjusted`` = found − lost − scrapped."""

    received: int = 0
    sold: int = 0
    returned: int = 0
    adjusted: int = 0

    def word(self) -> int:
        """The storage word: uint64 received, sold, returned and int64 adjusted, low to high."""
        return self.received | self.sold << 64 | self.returned << 128 | (self.adjusted & MAX_UINT64) << 192

    def expected_stock(self) -> int:
        """What all places and lanes must add up to."""
        return self.received + self.returned + self.adjusted - self.sold


@dataclass(frozen=True, slots=True)
class Account:
    """What the Consortium says of an account."""

    organisation: int
    status: int = Status.ACTIVE
    roles: int = Role.POST_MOVEMENTS


@dataclass(frozen=True, slots=True)
class Place:
    """What the Consortium says of a place."""

    operator: int
    status: int = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Registry:
    """What the Consortium says: accounts by address, places by number, (brand, operator) approvals, organisations'
    status by number.
    """

    accounts: Mapping[bytes, Account]
    places: Mapping[int, Place]
    approvals: frozenset[tuple[int, int]]
    organisations: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """The block that a batch is in, and where the contract is."""

    number: int
    time: int
    chain_id: int
    contract: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Arguments of ``post`` and its sender."""

    poster: bytes
    lane: int
    sequence: int
    documents_root: bytes
    records: bytes


_Owner = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class StockState:
    """All stock: lanes by (SKU, lot, place), counters by SKU, streams by id, and how many lots which SKUs have."""

    skus: Mapping[int, int] = field(default_factory=dict)
    balances: Mapping[_Owner, tuple[int, ...]] = field(default_factory=dict)
    counters: Mapping[int, Counters] = field(default_factory=dict)
    streams: Mapping[bytes, StreamHead] = field(default_factory=dict)

    def stock(self, sku: int) -> int:
        """Everything that is somewhere, in the SKU's base unit."""
        return sum(sum(lanes) for (owner, _, _), lanes in self.balances.items() if owner == sku)


def balance_word(lanes: tuple[int, ...]) -> int:
    """The storage word of four lanes."""
    return sum(quantity << (64 * lane) for lane, quantity in enumerate(lanes))


def post(state: StockState, registry: Registry, block: Block, batch: Batch) -> tuple[StockState, bytes]:
    """The state after a batch and the batch's Merkle root. Raises StockRefusal; ``state`` itself never changes."""
    organisation = _authorise(registry, batch.poster)
    stream = poster_stream(batch.poster, batch.lane)
    head = state.streams.get(stream)
    _check_sequence(batch.sequence, head.count if head else 0)
    if not batch.records:
        raise StockRefusal("StockEmptyBatch")
    leaves: list[bytes] = []
    previous, offset = (0, 0), 0
    while offset < len(batch.records):
        sku, payload = _group(batch.records, offset, len(leaves), previous)
        lot = int.from_bytes(payload[:LOT_BYTES])
        _check_sku(state, registry, sku, lot, organisation, len(leaves))
        for start in range(LOT_BYTES, len(payload), RECORD_BYTES):
            record = payload[start : start + RECORD_BYTES]
            state = _apply(state, registry, block, organisation, len(leaves), sku, lot, record)
            leaves.append(leaf_hash(sku.to_bytes(4) + payload[:LOT_BYTES] + record))
        state = _append(state, block, batch.poster, sku_stream(sku), count(payload), payload)
        previous, offset = (sku, lot), offset + GROUP_HEAD_BYTES - LOT_BYTES + len(payload)
    movements_root = root(leaves)
    payload = batch.documents_root + movements_root + uint_word(len(leaves)) + keccak(batch.records)
    return _append(state, block, batch.poster, stream, 1, payload), movements_root


def _authorise(registry: Registry, poster: bytes) -> int:
    account = registry.accounts.get(poster)
    if account is None:
        raise StockRefusal("ConsortiumUnknownMember", account=poster)
    if account.status != Status.ACTIVE:
        raise StockRefusal("ConsortiumAccountSuspended", account=poster)
    if registry.organisations[account.organisation] != Status.ACTIVE:
        raise StockRefusal("ConsortiumOrganisationSuspended", organisation=account.organisation)
    if not account.roles & Role.POST_MOVEMENTS:
        raise StockRefusal("ConsortiumMissingRole", account=poster, role=int(Role.POST_MOVEMENTS))
    return account.organisation


def _check_sequence(sequence: int, expected: int) -> None:
    if sequence < expected:
        raise StockRefusal("StockSequenceRepeated", sequence=sequence, expected=expected)
    if sequence > expected:
        raise StockRefusal("StockSequenceSkipped", sequence=sequence, expected=expected)


def _group(records: bytes, offset: int, index: int, previous: tuple[int, int]) -> tuple[int, bytes]:
    """SKU and payload (lot and records) of the group at ``offset``."""
    body = offset + GROUP_HEAD_BYTES
    n = int.from_bytes(records[offset + 4 : offset + 6]) if body <= len(records) else 0
    end = body + n * RECORD_BYTES
    if n == 0 or end > len(records):
        raise StockRefusal("StockTruncated", index=index, offset=offset)
    sku = int.from_bytes(records[offset : offset + 4])
    payload = records[body - LOT_BYTES : end]
    if (sku, int.from_bytes(payload[:LOT_BYTES])) <= previous:
        raise StockRefusal("StockUnsorted", index=index, sku=sku, previous=previous[0])
    return sku, payload


def _check_sku(state: StockState, registry: Registry, sku: int, lot: int, organisation: int, index: int) -> None:
    if sku not in state.skus:
        raise StockRefusal("StockUnknownSku", index=index, sku=sku)
    if lot > state.skus[sku]:
        raise StockRefusal("StockUnknownLot", index=index, sku=sku, lot=lot)
    brand = sku >> 20
    if brand != organisation and (brand, organisation) not in registry.approvals:
        raise StockRefusal("StockBrandNotApproved", index=index, brand=brand, organisation=organisation)


def _apply(
    state: StockState,
    registry: Registry,
    block: Block,
    organisation: int,
    index: int,
    sku: int,
    lot: int,
    record: bytes,
) -> StockState:
    """One record: first everything that can be said without balances, then taking, giving and counting."""
    code, source, target = record[0], int.from_bytes(record[1:3]), int.from_bytes(record[3:5])
    quantity, time = int.from_bytes(record[5:8]), int.from_bytes(record[8:12])
    if code not in RULES:
        raise StockRefusal("StockUnknownKind", index=index, kind=code)
    rule = RULES[Kind(code)]
    if not places_fit(rule, source, target):
        raise StockRefusal("StockPlaceMismatch", index=index, kind=code, from_=source, to=target)
    if quantity == 0:
        raise StockRefusal("StockZeroQuantity", index=index)
    if time > block.time + MAX_AHEAD_SECONDS:
        raise StockRefusal("StockTimeInFuture", index=index, time=time, block_time=block.time)
    _check_places(registry, rule, organisation, index, source, target)
    if rule.takes is not None:
        state = _take(state, index, (sku, lot, source), rule.takes, quantity)
    if rule.gives is not None:
        state = _give(state, index, (sku, lot, target), rule.gives, quantity)
    return _count(state, index, sku, rule, quantity)


def places_fit(rule: KindRule, source: int, target: int) -> bool:
    """Outside is place 0 and nothing else is; some kinds stay at their place, a transfer does not."""
    if (rule.takes is None) != (source == 0) or (rule.gives is None) != (target == 0):
        return False
    if rule.same_place:
        return source == target
    return not rule.both_operated or source != target


def _check_places(registry: Registry, rule: KindRule, organisation: int, index: int, source: int, target: int) -> None:
    """The place that goods leave, or come to from outside, is the poster's own; for a transfer both are."""
    _check_place(registry, index, source or target, organisation)
    if source and target:
        _check_place(registry, index, target, organisation if rule.both_operated else None)


def _check_place(registry: Registry, index: int, number: int, operator: int | None) -> None:
    place = registry.places.get(number)
    if place is None:
        raise StockRefusal("StockUnknownPlace", index=index, place=number)
    if place.status != Status.ACTIVE:
        raise StockRefusal("StockPlaceSuspended", index=index, place=number)
    if operator is not None and place.operator != operator:
        raise StockRefusal("StockPlaceNotOperated", index=index, place=number, organisation=operator)


def _take(state: StockState, index: int, owner: _Owner, lane: Lane, quantity: int) -> StockState:
    lanes = list(state.balances.get(owner, (0, 0, 0, 0)))
    if lanes[lane] < quantity:
        raise StockRefusal("StockOversell", index=index, sku=owner[0], place=owner[2], lane=int(lane))
    lanes[lane] -= quantity
    return replace(state, balances={**state.balances, owner: tuple(lanes)})


def _give(state: StockState, index: int, owner: _Owner, lane: Lane, quantity: int) -> StockState:
    lanes = list(state.balances.get(owner, (0, 0, 0, 0)))
    lanes[lane] += quantity
    if lanes[lane] > MAX_UINT64:
        raise StockRefusal("StockLaneOverflow", index=index, sku=owner[0], place=owner[2], lane=int(lane))
    return replace(state, balances={**state.balances, owner: tuple(lanes)})


def _count(state: StockState, index: int, sku: int, rule: KindRule, quantity: int) -> StockState:
    if rule.counter is None:
        return state
    counters = state.counters.get(sku, Counters())
    value = getattr(counters, rule.counter) + rule.sign * quantity
    limit = MAX_INT64 if rule.counter == "adjusted" else MAX_UINT64
    if not -MAX_INT64 - 1 <= value <= limit:
        raise StockRefusal("StockCounterOverflow", index=index, sku=sku)
    return replace(state, counters={**state.counters, sku: replace(counters, **{rule.counter: value})})


def _append(state: StockState, block: Block, poster: bytes, stream: bytes, n: int, payload: bytes) -> StockState:
    before = state.streams.get(stream) or StreamHead(initial_head(block.chain_id, block.contract, stream), 0)
    leaf = Leaf(before.count, n, block.number, block.time, poster, payload)
    after = StreamHead(next_head(before.head, leaf.hash(stream)), before.count + n)
    return replace(state, streams={**state.streams, stream: after})
