"""The rules of stock in plain Python: a batch turns one state into the next, or is refused by a named error.

StockLedger is tested against this on random batches. Everything is written for reading, nothing for speed.
Source of the rules: docs/formats.md, "Movements".
"""

from __future__ import annotations

from dataclasses import replace

from liveledger.bindings.constants import (
    DEFAULT_ADJUSTMENT,
    MAX_AHEAD_SECONDS,
    RETRIEVAL_SECONDS,
    ApprovedAct,
    Role,
    Status,
)
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.merkle import leaf_hash, root
from liveledger.domain.movements import GROUP_HEAD_BYTES, LOT_BYTES, RECORD_BYTES, Kind, Lane, count
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head, poster_stream, sku_stream
from liveledger.rules import cuts
from liveledger.rules.stock_state import (
    ADJUSTING,
    FETCHING_KINDS,
    MAX_ADJUSTED,
    MAX_UINT64,
    PROMISED_KINDS,
    RECALL_FORBIDS,
    RULES,
    Batch,
    Block,
    Counters,
    KindRule,
    Owner,
    Registry,
    StockRefusal,
    StockState,
)

DAY_SECONDS = 86_400
_NAME = b"StockLedger".ljust(32, b"\x00")


def post(state: StockState, registry: Registry, block: Block, batch: Batch) -> tuple[StockState, bytes]:
    """The state after a batch and the batch's Merkle root. Raises StockRefusal; ``state`` itself never changes."""
    if registry.active is not None:
        raise StockRefusal("DirectoryReplaced", name=_NAME, active=registry.active)
    parties = _parties(registry, batch)
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
        _check_sku(state, sku, lot, len(leaves))
        _check_approvals(registry, block, sku, parties, len(leaves))
        group = [payload[start : start + RECORD_BYTES] for start in range(LOT_BYTES, len(payload), RECORD_BYTES)]
        _check_recall(state, sku, lot, group, len(leaves))
        for index, record in enumerate(group, len(leaves)):
            state = _apply(state, registry, block, parties, index, sku, lot, record)
        if len(parties) == 1:
            state = _adjust_alone(state, block, parties[0], sku, group, len(leaves))
        leaves += (leaf_hash(sku.to_bytes(4) + payload[:LOT_BYTES] + record) for record in group)
        state = _append(state, block, batch.poster, sku_stream(sku), count(payload), payload)
        previous, offset = (sku, lot), offset + GROUP_HEAD_BYTES - LOT_BYTES + len(payload)
    movements_root = root(leaves)
    payload = batch.documents_root + movements_root + uint_word(len(leaves)) + keccak(batch.records)
    return _append(state, block, batch.poster, stream, 1, payload), movements_root


def _parties(registry: Registry, batch: Batch) -> tuple[int, ...]:
    """The poster's organisation and, of a co-signed batch, the signer's."""
    organisation = _authorise(registry, batch.poster, Role.POST_MOVEMENTS)
    if batch.signer is None:
        return (organisation,)
    second = _authorise(registry, batch.signer, Role.SIGN_AGREEMENTS)
    if second == organisation:
        raise StockRefusal("StockSameOrganisation", organisation=organisation)
    return organisation, second


def _authorise(registry: Registry, address: bytes, role: Role) -> int:
    account = registry.accounts.get(address)
    if account is None:
        raise StockRefusal("ConsortiumUnknownMember", account=address)
    if account.status != Status.ACTIVE:
        raise StockRefusal("ConsortiumAccountSuspended", account=address)
    if registry.organisations[account.organisation] != Status.ACTIVE:
        raise StockRefusal("ConsortiumOrganisationSuspended", organisation=account.organisation)
    if not account.roles & role:
        raise StockRefusal("ConsortiumMissingRole", account=address, role=int(role))
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


def _check_sku(state: StockState, sku: int, lot: int, index: int) -> None:
    if sku not in state.skus:
        raise StockRefusal("StockUnknownSku", index=index, sku=sku)
    if lot > state.skus[sku]:
        raise StockRefusal("StockUnknownLot", index=index, sku=sku, lot=lot)


def _check_approvals(registry: Registry, block: Block, sku: int, parties: tuple[int, ...], index: int) -> None:
    """Every party is the SKU's brand or may move it; of two parties one is the brand."""
    brand = sku >> 20
    for organisation in parties:
        if brand == organisation:
            continue
        approval = registry.approvals.get((brand, organisation))
        if approval is None or not approval.lets(ApprovedAct.MOVE, block.time):
            raise StockRefusal("StockBrandNotApproved", index=index, brand=brand, organisation=organisation)
        if not approval.is_for_sku(sku):
            raise StockRefusal("StockSkuNotApproved", index=index, sku=sku, organisation=organisation)
    if len(parties) > 1 and brand not in parties:
        raise StockRefusal("StockBrandNotParty", index=index, brand=brand)


def _check_recall(state: StockState, sku: int, lot: int, group: list[bytes], first: int) -> None:
    if (sku, lot) not in state.recalled:
        return
    for index, record in enumerate(group, first):
        if record[0] in RECALL_FORBIDS:
            raise StockRefusal("StockLotRecalled", index=index, sku=sku, lot=lot)


def _adjust_alone(
    state: StockState, block: Block, organisation: int, sku: int, group: list[bytes], first: int
) -> StockState:
    """Counts what one organisation adjusts of a SKU in a day (UTC); over the brand's limit a second must agree."""
    owner = (sku, organisation, block.time // DAY_SECONDS)
    spent = state.adjusted_alone.get(owner, 0)
    rest = max(state.limits.get(sku >> 20, DEFAULT_ADJUSTMENT) - spent, 0)
    units = 0
    for index, record in enumerate(group, first):
        if record[0] in ADJUSTING:
            units += int.from_bytes(record[5:8])
        if units > rest:
            raise StockRefusal("StockNeedsAgreement", index=index, sku=sku, rest=rest)
    if not units:
        return state
    return replace(state, adjusted_alone={**state.adjusted_alone, owner: spent + units})


def _apply(
    state: StockState,
    registry: Registry,
    block: Block,
    parties: tuple[int, ...],
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
    _check_approved_places(registry, sku >> 20, parties, index, (source, target))
    if fetches(registry, block, parties, Kind(code), sku, source):
        _check_fetching(registry, block, parties, index, Kind(code), sku, (source, target))
    else:
        _check_places(registry, rule, parties, index, source, target)
    state = move(state, rule, index, ((sku, lot, source), (sku, lot, target)), quantity)
    return _count(state, block, index, sku, rule, quantity)


def move(state: StockState, rule: KindRule, index: int, ends: tuple[Owner, Owner], quantity: int) -> StockState:
    """The state after goods went from one balance to the other, as far as ``rule`` has them.

    Raises StockRefusal: StockOversell or StockLaneOverflow.
    """
    source, target = ends
    if rule.takes is not None:
        state = _take(state, index, source, rule.takes, quantity)
    return state if rule.gives is None else _give(state, index, target, rule.gives, quantity)


def places_fit(rule: KindRule, source: int, target: int) -> bool:
    """Outside is place 0 and nothing else is; some kinds stay at their place, a transfer does not."""
    if (rule.takes is None) != (source == 0) or (rule.gives is None) != (target == 0):
        return False
    if rule.same_place:
        return source == target
    return not rule.both_operated or source != target


def _check_places(
    registry: Registry, rule: KindRule, parties: tuple[int, ...], index: int, source: int, target: int
) -> None:
    """The place that goods leave, or come to from outside, is a party's own; for a transfer and an arrival both are."""
    _check_place(registry, index, source or target, parties)
    if source and target:
        _check_place(registry, index, target, parties if rule.both_operated or rule.to_operated else ())


def fetches(registry: Registry, block: Block, parties: tuple[int, ...], kind: Kind, sku: int, source: int) -> bool:
    """Whether a record fetches goods from a place whose operator may not move them (docs/formats.md, "Fetching").

    The first of the parties is the brand, or lets it fetch them.
    """
    place = registry.places.get(source)
    if kind not in FETCHING_KINDS or place is None or place.operator in parties:
        return False
    mine = _lets(registry, block, parties[0], ApprovedAct.RETRIEVE, sku, source)
    return mine and not _lets(registry, block, place.operator, ApprovedAct.MOVE, sku, source)


def _lets(registry: Registry, block: Block, organisation: int, act: ApprovedAct, sku: int, place: int) -> bool:
    """Whether an organisation is the SKU's brand, or may do this with it at a place."""
    if sku >> 20 == organisation:
        return True
    approval = registry.approvals.get((sku >> 20, organisation))
    if approval is None or not approval.lets(act, block.time):
        return False
    return approval.is_for_sku(sku) and approval.is_for_place(place)


def _check_fetching(
    registry: Registry,
    block: Block,
    parties: tuple[int, ...],
    index: int,
    kind: Kind,
    sku: int,
    places: tuple[int, int],
) -> None:
    """Goods come to a party's own place; what may be promised to somebody rests for some days first."""
    source, target = places
    if target and kind is not Kind.RESTOCK:
        _check_place(registry, index, target, parties)
    if kind not in PROMISED_KINDS:
        return
    approval = registry.approvals.get((sku >> 20, registry.places[source].operator))
    free = (approval.ended(block.time) if approval else 0) + RETRIEVAL_SECONDS
    if block.time < free:
        raise StockRefusal("StockPromised", index=index, place=source, free=free)


def _check_approved_places(
    registry: Registry, brand: int, parties: tuple[int, ...], index: int, places: tuple[int, int]
) -> None:
    """Every place of a record is among those that the brand's approval is for."""
    for organisation in parties:
        approval = registry.approvals.get((brand, organisation))
        for place in places:
            if brand != organisation and approval is not None and not approval.is_for_place(place):
                raise StockRefusal(
                    "StockPlaceNotApproved", index=index, place=place, brand=brand, organisation=organisation
                )


def _check_place(registry: Registry, index: int, number: int, operators: tuple[int, ...]) -> None:
    """A place that is there and active, operated by one of ``operators`` if there are any."""
    place = registry.places.get(number)
    if place is None:
        raise StockRefusal("StockUnknownPlace", index=index, place=number)
    if place.status != Status.ACTIVE:
        raise StockRefusal("StockPlaceSuspended", index=index, place=number)
    if operators and place.operator not in operators:
        raise StockRefusal("StockPlaceNotOperated", index=index, place=number, organisation=operators[0])


def _take(state: StockState, index: int, owner: Owner, lane: Lane, quantity: int) -> StockState:
    lanes = list(state.balances.get(owner, (0, 0, 0, 0)))
    if lanes[lane] < quantity:
        raise StockRefusal("StockOversell", index=index, sku=owner[0], place=owner[2], lane=int(lane))
    lanes[lane] -= quantity
    return replace(state, balances={**state.balances, owner: tuple(lanes)})


def _give(state: StockState, index: int, owner: Owner, lane: Lane, quantity: int) -> StockState:
    lanes = list(state.balances.get(owner, (0, 0, 0, 0)))
    lanes[lane] += quantity
    # A word of all ones says that a balance is empty: no balance is so full (docs/formats.md).
    if lanes[lane] > MAX_UINT64 or lanes == [MAX_UINT64] * len(lanes):
        raise StockRefusal("StockLaneOverflow", index=index, sku=owner[0], place=owner[2], lane=int(lane))
    return replace(state, balances={**state.balances, owner: tuple(lanes)})


def _count(state: StockState, block: Block, index: int, sku: int, rule: KindRule, quantity: int) -> StockState:
    if rule.counter is None:
        return state
    state = cuts.keep(state, block.time, sku)
    counters = state.counters.get(sku, Counters())
    value = getattr(counters, rule.counter) + rule.sign * quantity
    limit = MAX_ADJUSTED if rule.counter == "adjusted" else MAX_UINT64
    if not -MAX_ADJUSTED - 1 <= value <= limit:
        raise StockRefusal("StockCounterOverflow", index=index, sku=sku)
    return replace(state, counters={**state.counters, sku: replace(counters, **{rule.counter: value})})


def _append(state: StockState, block: Block, poster: bytes, stream: bytes, n: int, payload: bytes) -> StockState:
    before = state.streams.get(stream) or StreamHead(initial_head(block.chain_id, block.contract, stream), 0)
    leaf = Leaf(before.count, n, block.number, block.time, poster, payload)
    after = StreamHead(next_head(before.head, leaf.hash(stream)), before.count + n)
    return replace(state, streams={**state.streams, stream: after})
