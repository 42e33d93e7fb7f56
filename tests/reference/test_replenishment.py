"""The contract Replenishment against `liveledger.rules.replenishment`, on random facts on a real execution engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from liveledger.bindings import replenishment
from liveledger.bindings.constants import KEPT_LOTS
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.orders import (
    OrderEnded,
    OrderMade,
    OrderStatus,
    SourceKind,
    order_id,
    orders_stream,
    parse_entry,
)
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head
from liveledger.rules.replenishment import contract as rules
from liveledger.rules.replenishment import facts, formula, terms
from tests.reference.restocking import LOTS, Restocking, build, random_receipt, random_settings
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain, Refused, running_dev_chain

pytestmark = pytest.mark.chain
STEPS = 40
LATER = (0, 1, 59, 60, 61, 86_000, 86_401)


class Story:
    """A random history of one brand, told to the chain and to the reference."""

    def __init__(self, world: Restocking, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.open: dict[int, OrderMade] = {}
        self.made_at: dict[int, int] = {}
        self.given: dict[int, facts.GivenBack] = {}
        self.leaves: list[Leaf] = []
        self.seen: set[str] = set()

    def compare(self) -> None:
        """Both give the same choice, or refuse for the same reason, for every place now and later."""
        world = self.world
        held = {place: world.stock_at(place) for place in world.places}
        for place in world.places:
            now = world.chain.time() + self.chance.choice(LATER)
            told = _outcome(lambda place=place, now=now: world.expected(place, now, held))  # type: ignore[misc]
            call = replenishment.ChoiceOf(world.sku, place)
            found = _outcome(lambda call=call, now=now: world.chain.call(world.contract, call, time=now))  # type: ignore[misc]
            if isinstance(told, formula.Choice):
                choice = replenishment.decode_choice_of(found)
                assert told == formula.Choice(SourceKind(choice.kind), *_rest(choice))
                self.seen.add(told.kind.name)
            else:
                assert told[0] == found[0]
                # The reference knows neither SKU nor brand: what it names must be what the contract names.
                assert told[1].items() <= found[1].items()
                self.seen.add(told[0])

    def step(self) -> None:
        """One random change of the facts."""
        acts: list[tuple[int, Callable[[], None]]] = [
            (6, self._order), (4, self._receive), (2, self._end), (2, self._levels), (2, self._links),
            (1, self._settings), (1, self._freeze), (1, self._suspend), (1, self._ship), (1, self._keep),
        ]  # fmt: skip
        weights, choices = zip(*acts, strict=True)
        self.chance.choices(choices, weights)[0]()

    def _keep(self) -> None:
        chosen = self.chance.sample(range(1, LOTS + 1), self.chance.randint(0, KEPT_LOTS))
        self.world.keep(sorted(chosen))

    def _order(self) -> None:
        world, place = self.world, self.chance.choice(list(self.world.places))
        try:
            answer = world.chain.call(world.contract, replenishment.ChoiceOf(world.sku, place))
        except Refused:
            return
        choice = replenishment.decode_choice_of(answer)
        call = replenishment.OrderCall(world.sku, place, choice.kind, choice.source, choice.quantity)
        receipt = world.chain.send(world.oracle, world.contract, call)
        leaf = self._learn(receipt)
        made = parse_entry(leaf.payload)
        assert isinstance(made, OrderMade)
        given = formula.Choice(SourceKind(choice.kind), *_rest(choice))
        way = None if given.kind is SourceKind.SUPPLIER else world.ways[choice.source, place]
        deadline = formula.deadline(way, world.settings, leaf.block_time)
        assert made == OrderMade(
            given.kind, choice.source, place, choice.quantity, choice.position, choice.score, deadline
        )
        self._notice(made)
        self.open[leaf.first_index] = made
        self.made_at[leaf.first_index] = leaf.block_time
        flow = world.flows.get(place, facts.Flow())
        world.flows[place] = formula.ordered(flow, made.quantity, leaf.block_time)
        if made.kind != SourceKind.SUPPLIER:
            self._shift(made, 1)
            at, count = world.pairs.get((made.source, place), (0, 0))
            world.pairs[made.source, place] = (at, count + 1)

    def _end(self) -> None:
        if not self.open:
            return
        world = self.world
        index = self.chance.choice(list(self.open))
        made, number = self.open.pop(index), order_id(world.sku, index)
        if self.chance.random() < 0.5:
            receipt = world.chain.send(world.oracle, world.contract, replenishment.Cancel(number))
            ended = OrderEnded(index, OrderStatus.CANCELLED, 0, 0)
        else:
            receipt = world.chain.send(world.signer, world.contract, replenishment.Close(number, 9, 7))
            ended = OrderEnded(index, OrderStatus.CLOSED, 9, 7)
        leaf = self._learn(receipt)
        assert parse_entry(leaf.payload) == ended
        counts = self._end_flow(made, index, ended, leaf.block_time)
        if made.kind != SourceKind.SUPPLIER:
            self._shift(made, -1)
            at, count = world.pairs[made.source, made.to]
            made_at = self.made_at[index] if counts else 0
            world.pairs[made.source, made.to] = (leaf.block_time if ended.shipped else max(at, made_at), count - 1)

    def _end_flow(self, made: OrderMade, index: int, ended: OrderEnded, now: int) -> bool:
        """Whether the order goes on counting for cool-downs."""
        world = self.world
        flow, given = world.flows[made.to], self.given.get(made.to, facts.GivenBack())
        if ended.status is not OrderStatus.CANCELLED:
            world.flows[made.to] = replace(flow, incoming=flow.incoming - made.quantity)
            return True
        world.flows[made.to], after = formula.cancelled(flow, given, made.quantity, self.made_at[index], now)
        self.given[made.to] = after
        self.seen.add("KEPT" if after == given else "GIVEN BACK")
        return after == given

    def _notice(self, made: OrderMade) -> None:
        """Neighbours that gave less than what was lacking: the last resort before the supplier."""
        if made.kind is SourceKind.PLACE and made.position + made.quantity < self.world.levels[made.to][0]:
            self.seen.add("PARTIAL")

    def _shift(self, made: OrderMade, sign: int) -> None:
        flow = self.world.flows.get(made.source, facts.Flow())
        outgoing = flow.outgoing + sign * made.quantity
        self.world.flows[made.source] = facts.Flow(flow.incoming, outgoing, flow.day_units, flow.day, flow.ordered_at)

    def _learn(self, receipt: dict[str, Any]) -> Leaf:
        log = receipt["logs"][-1]
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        event = replenishment.OrderRecordedEvent.decode(topics, bytes.fromhex(log["data"][2:]))
        assert event.index == len(self.leaves)
        block, at = int(log["blockNumber"], 16), int(log["blockTimestamp"], 16)
        self.leaves.append(Leaf(event.index, 1, block, at, event.poster, event.entry))
        return self.leaves[-1]

    def word(self) -> int:
        """The word of the SKU's orders as its leaves make it."""
        stream = orders_stream(self.world.sku)
        head = initial_head(EVM_CHAIN_ID, self.world.contract, stream)
        for leaf in self.leaves:
            head = next_head(head, leaf.hash(stream))
        return StreamHead(head, len(self.leaves)).word() if self.leaves else 0

    def _receive(self) -> None:
        self.world.post([random_receipt(self.world, self.chance) for _ in range(3)])

    def _ship(self) -> None:
        world, at = self.world, self.world.chain.time()
        one, other = self.chance.sample(list(world.places), 2)
        if not {one, other} & world.suspended:
            rows = [(Kind.RECEIVE, 0, one), (Kind.RESERVE, one, one), (Kind.SHIP, one, other)]
            world.post([Movement(world.sku, kind, source, target, 5, at) for kind, source, target in rows])

    def _levels(self) -> None:
        threshold = self.chance.randint(0, 120)
        target = threshold + self.chance.randint(0, 120)
        self.world.set_levels(self.chance.choice(list(self.world.places)), threshold, target)

    def _links(self) -> None:
        pairs = [(a, b) for a in self.world.places for b in self.world.places if a != b]
        self.world.link({ends: self._way() for ends in self.chance.sample(pairs, 6)})

    def _way(self) -> terms.Way | None:
        sizes = [self.chance.choice([0, 1, self.chance.randrange(1 << 32)]) for _ in range(3)]
        return None if self.chance.random() < 0.1 else terms.Way(*sizes)

    def _settings(self) -> None:
        self.world.set_settings(random_settings(self.chance, self.world.supplier))

    def _freeze(self) -> None:
        self.world.freeze(not self.world.frozen)

    def _suspend(self) -> None:
        for place in list(self.world.suspended):
            self.world.suspend(place, False)
        if self.chance.random() < 0.4:
            self.world.suspend(self.chance.choice(list(self.world.places)), True)


def _rest(choice: replenishment.Choice) -> tuple[int, int, int, int]:
    return choice.source, choice.quantity, choice.position, choice.score


def _outcome(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except rules.ReplenishmentRefusal as refusal:
        return refusal.name, refusal.args_by_name
    except Refused as refused:
        return (refused.revert.name, refused.revert.args) if refused.revert else (str(refused), {})


@pytest.fixture(scope="module")
def dev_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    """A chain of its own: what is StockHealth here is a switch."""
    with running_dev_chain(tmp_path_factory.mktemp("dev-chain")) as chain:
        yield chain


def test_contract_agrees_with_the_reference(dev_chain: DevChain) -> None:
    seen: set[str] = set()
    for seed in range(4):
        story = Story(build(dev_chain), seed)
        for ends in ((a, b) for a in story.world.places for b in story.world.places if a != b):
            story.world.link({ends: story._way()})
        for place in list(story.world.places)[1:]:
            story.world.set_levels(place, 60, 150)
        # Nobody has anything yet: the only time at which it is sure that nobody can be asked.
        story.world.set_settings(replace(story.world.settings, supplier=0))
        story.compare()
        story.world.set_settings(replace(story.world.settings, supplier=story.world.supplier))
        for _ in range(STEPS):
            story.step()
            story.compare()
        word = story.world.chain.call(story.world.contract, replenishment.StreamWord(orders_stream(story.world.sku)))
        assert replenishment.decode_stream_word(word) == story.word()
        seen |= story.seen
    refusals = "AboveThreshold CoolDown DayCapUsedUp PurchasingFrozen NoSource NoLevels PlaceNotUsable LevelsTooOld"
    assert seen >= {
        "PLACE",
        "HUB",
        "SUPPLIER",
        "PARTIAL",
        "GIVEN BACK",
        *(f"Replenishment{name}" for name in refusals.split()),
    }


def test_a_hub_keeps_its_reserve_whatever_its_target(dev_chain: DevChain) -> None:
    world = build(dev_chain)
    hub, _, to, *_ = world.places
    world.link({(hub, to): terms.Way(1, 1, 1)})
    world.set_levels(to, 50, 120)
    world.post([Movement(world.sku, Kind.RECEIVE, 0, hub, 61, dev_chain.time())])
    held = {place: world.stock_at(place) for place in world.places}
    for target, given in ((None, 54), (0, 54), (60, 54), (610, None), (200, 41)):
        if target is not None:
            world.set_levels(hub, 0, target)
        found = world.chain.call(world.contract, replenishment.ChoiceOf(world.sku, to))
        choice = replenishment.decode_choice_of(found)
        told = world.expected(to, dev_chain.time(), held)
        assert told == formula.Choice(SourceKind(choice.kind), *_rest(choice))
        assert (told.kind, told.quantity) == ((SourceKind.HUB, given) if given else (SourceKind.SUPPLIER, 100))


def test_an_order_over_all_places_and_lots_stays_under_half_of_a_transactions_gas(dev_chain: DevChain) -> None:
    world = build(dev_chain)
    for _ in range(26):
        place = dev_chain.place(world.brand)
        world.places[place] = (1, False)
        candidate = replenishment.Candidate(place, 1, False)
        dev_chain.send(world.signer, world.contract, replenishment.SetPlace(candidate))
    hub, _, to, *others = world.places
    now = dev_chain.time()
    world.keep(range(1, KEPT_LOTS + 1))
    world.set_levels(to, 50, 120)
    world.link({(hub, to): terms.Way(1, 1, 1)})
    for number, place in enumerate(others, 1):
        world.link({(place, to): terms.Way(number, number, number)})
        world.set_levels(place, 42, 42)
        lots = formula.counted_lots(LOTS, world.kept)
        world.post([Movement(world.sku, Kind.RECEIVE, 0, place, 1, now, lot) for lot in lots])
    choice = replenishment.decode_choice_of(dev_chain.call(world.contract, replenishment.ChoiceOf(world.sku, to)))
    assert (choice.kind, choice.source, choice.quantity) == (SourceKind.PLACE, others[0], 22)
    call = replenishment.OrderCall(world.sku, to, choice.kind, choice.source, choice.quantity)
    gas = int(dev_chain.send(world.oracle, world.contract, call)["gasUsed"], 16)
    # 32 places, 64 counted lots of 65 (docs/replenishment.md). Nobody lifts the place to its threshold, the hub has
    # nothing, and the source's books change too: no way of the rule is dearer.
    assert gas < 8_300_000
