"""A brand's places, links and levels on the development chain, beside the same facts as the reference sees them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, replenishment, replenishment_rule, stock_health, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, OrganisationKind, Role, Status
from liveledger.domain.hashing import uint_word
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.rules.replenishment import contract as rules
from liveledger.rules.replenishment import facts, formula, terms
from tests.support.dev_chain import MAX_GAS, DevChain

# A contract that returns the word that was sent to it last, as `purchasingFrozen` of any brand.
SWITCH = bytes.fromhex("60158060095f395ff3" + "36602014600f575f545f5260205ff35b5f355f5500")
LOTS = 64
ORDER_SECONDS = 10**6
LEVEL_SECONDS = 86_400


@dataclass
class Restocking:
    """What the reference knows: settings, places (region, hub), ways, levels, flows and pairs, by number."""

    chain: DevChain
    stock: bytes
    contract: bytes
    switch: bytes
    brand: int
    supplier: int
    sku: int
    places: dict[int, tuple[int, bool]]
    signer: LocalAccount
    oracle: LocalAccount
    settings: terms.Settings
    ways: dict[tuple[int, int], terms.Way] = field(default_factory=dict)
    levels: dict[int, tuple[int, int]] = field(default_factory=dict)
    set_at: dict[int, int] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)
    flows: dict[int, facts.Flow] = field(default_factory=dict)
    pairs: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    suspended: set[int] = field(default_factory=set)
    kept: list[int] = field(default_factory=list)
    frozen: bool = False
    entries: int = 0

    def set_settings(self, settings: terms.Settings) -> None:
        """Sets the brand's settings."""
        values = [getattr(settings, name) for name in terms.Settings.__slots__]
        call = replenishment.SetSettings(replenishment.Settings(*values))
        self.chain.send(self.signer, self.contract, call)
        self.settings = settings

    def link(self, ways: dict[tuple[int, int], terms.Way | None]) -> None:
        """Sets links; None removes one."""
        rows = [
            replenishment.Link(*ends, way.metres, way.transit_seconds, way.carbon_grams, True)
            if way
            else replenishment.Link(*ends, 0, 0, 0, False)
            for ends, way in ways.items()
        ]
        self.chain.send(self.signer, self.contract, replenishment.SetLinks(rows))
        for ends, way in ways.items():
            if way:
                self.ways[ends] = way
            else:
                self.ways.pop(ends, None)

    def set_levels(self, place: int, threshold: int, target: int) -> None:
        """Sets the levels of the SKU at a place."""
        self.sequences[place] = self.sequences.get(place, 0) + 1
        row = replenishment.Levels(self.sku, place, threshold, target, 60, self.sequences[place])
        receipt = self.chain.send(self.oracle, self.contract, replenishment.SetLevels([row], bytes(32)))
        self.levels[place] = (threshold, target)
        self.set_at[place] = int(receipt["logs"][-1]["blockTimestamp"], 16)

    def keep(self, lots: Sequence[int]) -> None:
        """Keeps these lots in sight, and no others."""
        self.chain.send(self.signer, self.contract, replenishment.KeepLots(self.sku, list(lots)))
        self.kept = list(lots)

    def post(self, movements: Sequence[Movement]) -> None:
        """Posts movements, sorted here."""
        answer = self.chain.call(self.stock, stock_ledger.NextSequence(_address(self.signer), 0))
        records = pack(sorted(movements, key=lambda movement: (movement.sku, movement.lot)))
        call = stock_ledger.Post(0, stock_ledger.decode_next_sequence(answer), bytes(32), records)
        self.chain.send(self.signer, self.stock, call)

    def freeze(self, frozen: bool) -> None:
        """Freezes the purchasing of every brand, or no longer."""
        self.chain.transact(self.signer, self.switch, uint_word(frozen))
        self.frozen = frozen

    def suspend(self, place: int, suspended: bool) -> None:
        """Suspends a place, or no longer."""
        status = Status.SUSPENDED if suspended else Status.ACTIVE
        call = consortium.SetPlace(place, self.brand, status)
        self.chain.send(self.chain.administrator, CONSORTIUM_ADDRESS, call)
        (self.suspended.add if suspended else self.suspended.discard)(place)

    def stock_at(self, place: int) -> int:
        """Units available at a place, over the lots that count."""
        info = stock_ledger.decode_sku_info(self.chain.call(self.stock, stock_ledger.SkuInfo(self.sku)))
        lots = formula.counted_lots(info >> 72 & 0xFFFF, self.kept)
        asked = [stock_ledger.BalanceOf(self.sku, lot, place) for lot in lots]
        return formula.units_available(list(map(stock_ledger.decode_balance_of, self.chain.calls(self.stock, asked))))

    def expected(self, to: int, now: int, held: dict[int, int]) -> formula.Choice:
        """What the reference gives at ``now`` with ``held`` (units available) by place. Raises its refusal."""
        if to in self.suspended:
            raise rules.ReplenishmentRefusal("ReplenishmentPlaceNotUsable", brand=self.brand, place=to)
        if to not in self.levels:
            raise rules.ReplenishmentRefusal("ReplenishmentNoLevels", sku=self.sku, place=to)
        flow = self.flows.get(to, facts.Flow())
        shortage = facts.Shortage(to, self.places[to][0], *self.levels[to], held[to], flow, now, self.set_at[to])
        sources = [self._source(place, to, held[place], now) for place in self.places]
        purchasing = rules.Purchasing.FROZEN if self.frozen else rules.Purchasing.OPEN
        if not self.settings.supplier:
            purchasing = rules.Purchasing.NO_SUPPLIER
        return rules.choose(shortage, sources, self.settings, purchasing)

    def _source(self, place: int, to: int, available: int, now: int) -> facts.Source:
        ordered_at, open_orders = self.pairs.get((to, place), (0, 0))
        return facts.Source(
            place=place,
            region=self.places[place][0],
            hub=self.places[place][1],
            available=available,
            threshold=self.levels.get(place, (0, 0))[0],
            outgoing=self.flows.get(place, facts.Flow()).outgoing,
            way=self.ways.get((place, to)),
            usable=place not in self.suspended,
            loops=open_orders > 0 or (ordered_at > 0 and now < ordered_at + self.settings.cool_down_seconds),
            target=self.levels[place][1] if place in self.levels else None,
        )


def build(chain: DevChain) -> Restocking:
    """Deploys the contracts; six places in two regions, a hub in each, and a SKU of 64 lots."""
    stock = chain.deploy("StockLedger", stock_ledger.CREATION_CODE, stock_ledger.VERSION)
    chain.deploy("ReplenishmentRule", replenishment_rule.CREATION_CODE, replenishment_rule.VERSION)
    contract = chain.deploy("Replenishment", replenishment.CREATION_CODE, replenishment.VERSION)
    switch = chain.deploy("StockHealth", SWITCH, stock_health.VERSION)
    brand, supplier = chain.admit(OrganisationKind.BRAND), chain.admit(OrganisationKind.SUPPLIER)
    signer = chain.account(brand, Role.SIGN_AGREEMENTS | Role.POST_MOVEMENTS | Role.REGISTER_SKUS)
    oracle = chain.account(brand, Role.REPORT)
    places = {chain.place(brand): (1 + number % 2, number < 2) for number in range(6)}
    for place, (region, hub) in places.items():
        chain.send(signer, contract, replenishment.SetPlace(replenishment.Candidate(place, region, hub)))
    chain.send(signer, stock, stock_ledger.RegisterSkus(["A"], [0], [1]))
    sku = brand << 20 | 1
    lots = stock_ledger.RegisterLots(sku, [f"L{lot}" for lot in range(LOTS)], [0] * LOTS)
    chain.send(signer, stock, lots, gas=MAX_GAS)
    settings = terms.Settings(2500, 2500, 2500, 2500, 100, 300, 60, 1000, supplier, 3600, ORDER_SECONDS, LEVEL_SECONDS)
    world = Restocking(chain, stock, contract, switch, brand, supplier, sku, places, signer, oracle, settings)
    world.freeze(False)
    world.set_settings(settings)
    return world


def random_settings(chance: random.Random, supplier: int) -> terms.Settings:
    """Settings with any weights that add up."""
    cuts = sorted(chance.choice([0, 10_000, chance.randrange(10_001)]) for _ in range(3))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    caps = chance.randint(1, 200), chance.choice([15, chance.randint(1, 500)])
    kept = chance.choice([1000, 1001, 3333, 5000])
    return terms.Settings(
        *weights, *caps, 60, kept, chance.choice([0, supplier, supplier]), 3600, ORDER_SECONDS, LEVEL_SECONDS
    )


def random_receipt(world: Restocking, chance: random.Random) -> Movement:
    """Goods of any lot that come in at any place that may receive."""
    lot = chance.choice([0, 0, chance.randrange(LOTS + 1)])
    place = chance.choice([place for place in world.places if place not in world.suspended])
    return Movement(world.sku, Kind.RECEIVE, 0, place, chance.randint(1, 150), world.chain.time(), lot)


def _address(account: LocalAccount) -> bytes:
    return bytes.fromhex(account.address[2:])
