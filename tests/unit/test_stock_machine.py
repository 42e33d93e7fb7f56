"""Any order of batches, good and bad: nothing appears or vanishes or is negative, every head can be recomputed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from liveledger.bindings.constants import Role, Status
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Kind, Lane, Movement, pack, sort, unpack
from liveledger.domain.streams import Leaf, initial_head, next_head, poster_stream, sku_stream
from liveledger.rules import stock
from liveledger.rules.approvals import Approval
from liveledger.rules.stock_state import RULES, Account, Batch, Block, Place, Registry, StockRefusal, StockState

CHAIN_ID, CONTRACT = 77, b"\x0c" * 20
BRAND, SHOP = 1, 2
POSTERS = {BRAND: b"\x01" * 20, SHOP: b"\x02" * 20}
OPERATED = {BRAND: (1, 2), SHOP: (3,)}
SKUS = [BRAND << 20 | serial for serial in (1, 2)]
LOTS = 1
LIMIT = 30
ROLES = Role.POST_MOVEMENTS | Role.SIGN_AGREEMENTS
REGISTRY = Registry(
    accounts={POSTERS[party]: Account(party, roles=ROLES) for party in POSTERS},
    places={place: Place(party) for party, places in OPERATED.items() for place in places},
    approvals={(BRAND, SHOP): Approval()},
    organisations=dict.fromkeys(POSTERS, Status.ACTIVE),
)
# Taken from, given to, and what the SKU's stock as a whole changes by: written here once more, from docs/formats.md.
_A, _R, _T, _H = Lane.AVAILABLE, Lane.RESERVED, Lane.IN_TRANSIT, Lane.HELD
EFFECTS = {
    Kind.RECEIVE: (None, _A, 1), Kind.RESERVE: (_A, _R, 0), Kind.RELEASE: (_R, _A, 0), Kind.SHIP: (_R, _T, 0),
    Kind.ARRIVE: (_T, _A, 0), Kind.DELIVER: (_T, None, -1), Kind.RETURN: (None, _H, 1), Kind.TRANSFER: (_A, _A, 0),
    Kind.FOUND: (None, _A, 1), Kind.LOST: (_A, None, -1), Kind.SCRAP: (_H, None, -1), Kind.HOLD: (_A, _H, 0),
    Kind.RESTOCK: (_H, _A, 0), Kind.SELL: (_A, None, -1), Kind.SEND_BACK: (_H, None, -1),
    Kind.LOST_IN_TRANSIT: (_T, None, -1), Kind.FOUND_IN_TRANSIT: (None, _T, 1), Kind.ASSEMBLE: (None, _A, 1),
    Kind.ASSEMBLE_FROM: (_A, None, -1), Kind.SPLIT: (_A, None, -1), Kind.SPLIT_INTO: (None, _A, 1),
    Kind.GIFT: (_T, None, -1), Kind.SAMPLE: (_A, None, -1),
}  # fmt: skip
DONE: Counter[str] = Counter()


Books = Counter[tuple[int, int, int, Lane]]


@st.composite
def movements(draw: st.DrawFn, party: int, books: Books) -> list[Movement]:
    """A batch that fits its kinds' form; of most, the goods are there."""
    found, left = [], books.copy()
    for _ in range(draw(st.integers(1, 5))):
        sku, lot, own = draw(st.sampled_from(SKUS)), draw(st.integers(0, LOTS)), OPERATED[party]
        there = [(place, lane) for place in own for lane in Lane if left[sku, lot, place, lane] > 0]
        bold = draw(st.integers(0, 7)) == 0
        kinds = [kind for kind in Kind if bold or EFFECTS[kind][0] in {None, *(lane for _, lane in there)}]
        kind = draw(st.sampled_from([*kinds, Kind.RECEIVE]))
        takes, gives, _ = EFFECTS[kind]
        places = [place for place, lane in there if lane == takes] or list(own)
        source = 0 if takes is None else draw(st.sampled_from(places))
        target = 0 if gives is None else source if RULES[kind].same_place else _target(draw, party, source, kind)
        most = 12 if bold or takes is None else max(1, left[sku, lot, source, takes])
        movement = Movement(sku, kind, source, target, draw(st.integers(1, most)), 1_000, lot=lot)
        if takes is not None:
            left[sku, lot, source, takes] -= movement.quantity
        found.append(movement)
    return sort(found)


def _target(draw: st.DrawFn, party: int, source: int, kind: Kind) -> int:
    if kind == Kind.TRANSFER:
        return draw(st.sampled_from([place for place in (1, 2, 3) if place != source]))
    return draw(st.sampled_from((1, 2, 3) if source else OPERATED[party]))


def _check_own(party: int, posted: list[Movement]) -> None:
    """Nobody alone takes goods from, or puts them on the shelf of, a place that it does not operate."""
    for movement in posted:
        takes, gives, _ = EFFECTS[movement.kind]
        assert takes is None or movement.source in OPERATED[party]
        assert gives in (None, Lane.IN_TRANSIT) or movement.target in OPERATED[party]


class Stock(RuleBasedStateMachine):
    """Posts through the rules, and keeps books of its own beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.state = StockState(skus=dict.fromkeys(SKUS, LOTS), limits={BRAND: LIMIT})
        self.books: Books = Counter()
        self.leaves: defaultdict[bytes, list[Leaf]] = defaultdict(list)
        self.sequences = dict.fromkeys(POSTERS, 0)
        self.height = 0

    @rule(data=st.data(), party=st.sampled_from([BRAND, SHOP]), agreed=st.booleans())
    def post(self, data: st.DataObject, party: int, agreed: bool) -> None:
        self._try(party, data.draw(movements(party, self.books)), self.sequences[party], agreed=agreed)

    @rule(party=st.sampled_from([BRAND, SHOP]), via=st.sampled_from([1, 2, 3]), to=st.sampled_from([1, 2, 3]))
    def send(self, party: int, via: int, to: int) -> None:
        """By chance alone hardly any goods arrive: that takes four steps. Some stay on their way."""
        start = OPERATED[party][0]
        steps = [(Kind.RECEIVE, 0, start), (Kind.RESERVE, start, start), (Kind.SHIP, start, via)]
        sent = [Movement(SKUS[0], kind, *places, 9, 1_000) for kind, *places in steps]
        arrived = Movement(SKUS[0], Kind.ARRIVE, via, to, 7, 1_000)
        self._try(party, [*sent, arrived], self.sequences[party], agreed=False)

    @rule(data=st.data(), party=st.just(BRAND))
    def post_again(self, data: st.DataObject, party: int) -> None:
        self._try(party, data.draw(movements(party, self.books)), self.sequences[party], agreed=False)

    @rule(data=st.data(), party=st.sampled_from([BRAND, SHOP]), away=st.sampled_from([None, -1, 1]))
    def post_badly(self, data: st.DataObject, party: int, away: int | None) -> None:
        before = self.state
        good = movements(party, self.books)
        wanted: list[Movement] | bytes = data.draw(st.binary(max_size=60)) if away is None else data.draw(good)
        self._try(party, wanted, self.sequences[party] + (away or 0), agreed=False)
        assert self.state is before or away is None

    def _try(self, party: int, wanted: list[Movement] | bytes, sequence: int, *, agreed: bool) -> None:
        self.height += 1
        records = wanted if isinstance(wanted, bytes) else pack(wanted)
        signer = POSTERS[BRAND + SHOP - party] if agreed else None
        block = Block(self.height, 2_000 + self.height, CHAIN_ID, CONTRACT)
        batch = Batch(POSTERS[party], 0, sequence % 2**64, bytes(32), records, signer)
        try:
            self.state, root = stock.post(self.state, REGISTRY, block, batch)
        except StockRefusal as refusal:
            DONE[refusal.name] += 1
            return
        DONE["posted"] += 1
        DONE["arrived"] += sum(movement.kind is Kind.ARRIVE for movement in unpack(records))
        if not agreed:
            _check_own(party, unpack(records))
        self._book(party, records, root, block)

    def _book(self, party: int, records: bytes, root: bytes, block: Block) -> None:
        posted = unpack(records)
        for movement in posted:
            takes, gives, _ = EFFECTS[movement.kind]
            owner = movement.sku, movement.lot
            if takes is not None:
                self.books[*owner, movement.source, takes] -= movement.quantity
            if gives is not None:
                self.books[*owner, movement.target, gives] += movement.quantity
        groups: dict[tuple[int, int], list[Movement]] = {}
        for movement in posted:
            groups.setdefault((movement.sku, movement.lot), []).append(movement)
        poster = POSTERS[party]
        for (sku, lot), group in groups.items():
            payload = lot.to_bytes(2) + b"".join(movement.record() for movement in group)
            self._leaf(sku_stream(sku), len(group), block, poster, payload)
        payload = bytes(32) + root + len(posted).to_bytes(32) + keccak(records)
        self._leaf(poster_stream(poster, 0), 1, block, poster, payload)
        self.sequences[party] += 1

    def _leaf(self, stream: bytes, n: int, block: Block, poster: bytes, payload: bytes) -> None:
        first = sum(leaf.n for leaf in self.leaves[stream])
        self.leaves[stream].append(Leaf(first, n, block.number, block.time, poster, payload))

    @invariant()
    def every_lane_is_what_the_books_say_and_none_is_negative(self) -> None:
        for (sku, lot, place), lanes in self.state.balances.items():
            assert all(units >= 0 for units in lanes)
            assert lanes == tuple(self.books[sku, lot, place, lane] for lane in Lane)
        held = {owner for owner, lanes in self.state.balances.items() if any(lanes)}
        assert held == {(sku, lot, place) for (sku, lot, place, _), units in self.books.items() if units}

    @invariant()
    def nothing_appears_or_vanishes(self) -> None:
        for sku in SKUS:
            counters = self.state.counters.get(sku)
            assert self.state.stock(sku) == (counters.expected_stock() if counters else 0)

    @invariant()
    def nobody_adjusts_more_alone_than_the_limit(self) -> None:
        assert all(units <= LIMIT for units in self.state.adjusted_alone.values())

    def teardown(self) -> None:
        assert self.state.streams.keys() == {stream for stream, leaves in self.leaves.items() if leaves}
        for stream, leaves in self.leaves.items():
            head = initial_head(CHAIN_ID, CONTRACT, stream)
            for leaf in leaves:
                head = next_head(head, leaf.hash(stream))
            assert self.state.streams[stream].head == head
            assert self.state.streams[stream].count == sum(leaf.n for leaf in leaves)
            DONE["heads recomputed"] += 1


def test_invariants_hold_whatever_is_posted(tell: Callable[[str], None]) -> None:
    DONE.clear()
    run = settings(
        max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(Stock, settings=run)
    each = ", ".join(f"{name} {times:,}" for name, times in DONE.most_common())
    tell(f"stock machine: {sum(DONE.values()):,} steps: {each}")
    assert DONE["posted"] > 500
    assert DONE["StockOversell"] > 30
    assert DONE["StockNeedsAgreement"] > 0
    assert DONE["arrived"] > 10
    assert DONE["StockSequenceSkipped"] > 50


def test_the_table_of_effects_names_every_kind() -> None:
    assert EFFECTS.keys() == set(Kind)
