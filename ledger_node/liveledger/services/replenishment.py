"""Replenishment as a client reads and writes it: a brand's policy, the choice of the rule, orders and their ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.bindings import consortium, replenishment, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, MAX_POLICY_ROWS
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.names import LedgerNames
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.reverts import explain
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.hashing import keccak, mapping_slot, uint_word
from liveledger.domain.orders import OrderStatus, SourceKind, order_id, orders_stream, split_order_id
from liveledger.rules.replenishment.formula import Choice
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger.services.members import Act, Call, Registrar

# An order looks at every place and lot as they are when it is carried out, which the estimate cannot know.
ORDER_GAS = 10_000_000
# Slots of the mappings (docs/formats.md, Replenishment).
_WAYS_SLOT, _LEVELS_SLOT, _FLOWS_SLOT, _ORDERS_SLOT = 2, 3, 4, 6
_ORDERS_A_PAGE = 256
_UINT16, _UINT32, _UINT64 = (1 << 16) - 1, (1 << 32) - 1, (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A place of a brand's list, by number."""

    place: int
    region: int
    hub: bool


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of a SKU at a place: units and seconds; ``set_at`` in Unix seconds. ``sequence`` 0: none are set."""

    sku: int
    place: int
    threshold: int
    target: int
    lead_seconds: int
    sequence: int = 0
    set_at: int = 0


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as the chain holds it: ``source`` is a place, or the supplier's organisation; Unix seconds."""

    number: int
    kind: SourceKind
    status: OrderStatus
    source: int
    to: int
    quantity: int
    deadline: int


class ReplenishmentReader:
    """Reads Replenishment; every question names its block."""

    def __init__(self, ledger: Ledger) -> None:
        self.address = ledger.manifest.address(replenishment.NAME)
        self._stock = ledger.manifest.address(stock_ledger.NAME)
        self._execution = ledger.execution
        self._names = LedgerNames(ledger)

    def settings(self, brand: int, block: int) -> Settings:
        """A brand's settings. Raises NotFound when it has none."""
        found = replenishment.decode_settings_of(self._ask(replenishment.SettingsOf(brand), block))
        if found.order_seconds == 0:
            raise NotFound(f"brand {brand} has no settings", hint="`liveledger replenish policy --apply`", brand=brand)
        return Settings(*found.abi_tuple())

    def places(self, brand: int, block: int) -> list[ListedPlace]:
        """A brand's places, by number."""
        rows = replenishment.decode_places_of(self._ask(replenishment.PlacesOf(brand), block))
        return sorted((ListedPlace(row.place, row.region, row.hub) for row in rows), key=lambda row: row.place)

    def ways_into(self, brand: int, to: int, block: int) -> dict[int, Way]:
        """The links into a place, by the number of the place that they come from."""
        pairs = [(listed.place, to) for listed in self.places(brand, block)]
        return {source: way for (source, _), way in self.ways(brand, pairs, block).items()}

    def ways(self, brand: int, pairs: Iterable[tuple[int, int]], block: int) -> dict[tuple[int, int], Way]:
        """The links there are among ``pairs`` of places (from, to), read as storage words."""
        asked = list(pairs)
        slots = [mapping_slot(uint_word(brand << 32 | a << 16 | b), _WAYS_SLOT) for a, b in asked]
        words = self._execution.storage_many(self.address, slots, block)
        return {
            pair: Way(word & _UINT32, word >> 32 & _UINT32, word >> 64 & _UINT32)
            for pair, word in zip(asked, words, strict=True)
            if word >> 96 & 1
        }

    def time(self, block: int) -> int:
        """Unix seconds of a block."""
        return self._execution.block(block).time

    def levels(self, sku: int, place: int, block: int) -> Levels:
        """Levels of a SKU at a place."""
        found = replenishment.decode_levels_of(self._ask(replenishment.LevelsOf(sku, place), block))
        row = found.levels
        fields = (row.sku, row.place, row.threshold, row.target, row.lead_seconds, row.sequence)
        return Levels(*fields, found.set_at)

    def kept_lots(self, sku: int, block: int) -> list[int]:
        """Numbers of the lots that the SKU's brand keeps in sight, ascending."""
        found = replenishment.decode_kept_lots_of(self._ask(replenishment.KeptLotsOf(sku), block))
        return _lots_in(found.first) + _lots_in(found.second)

    def spots(self, brand: int, block: int) -> list[tuple[int, int]]:
        """All (SKU, place) of a brand that have levels, ascending; places that are on its list."""
        data = stock_ledger.LastSerial(brand).calldata()
        last = int.from_bytes(self._execution.call(self._stock, data, block))
        places = [listed.place for listed in self.places(brand, block)]
        spots = [(brand << 20 | serial, place) for serial in range(1, last + 1) for place in places]
        slots = [mapping_slot(uint_word(sku << 16 | place), _LEVELS_SLOT) for sku, place in spots]
        words = self._execution.storage_many(self.address, slots, block)
        return [spot for spot, word in zip(spots, words, strict=True) if word]

    def choice(self, sku: int, place: int, block: int) -> Choice:
        """What the rule gives after ``block``. Raises RuleViolation with the reason why nothing is to be ordered."""
        found = replenishment.decode_choice_of(self._ask(replenishment.ChoiceOf(sku, place), block))
        return Choice(SourceKind(found.kind), found.source, found.quantity, found.position, found.score)

    def order(self, number: int, block: int) -> OrderState:
        """An order. Raises InvalidInput for a number that cannot be one, RuleViolation when there is none."""
        split_order_id(number)
        found = replenishment.decode_order_of(self._ask(replenishment.OrderOf(number), block))
        kind, status = SourceKind(found.kind), OrderStatus(found.status)
        return OrderState(number, kind, status, found.source, found.to, found.quantity, found.deadline)

    def open_orders(self, spots: Collection[tuple[int, int]], block: int) -> list[OrderState]:
        """Orders into ``spots`` (SKU, place) that are not ended, by number.

        The newest are read first, until they add up to what the places await: ended orders cost nothing for ever.
        """
        slots = [mapping_slot(uint_word(sku << 16 | place), _FLOWS_SLOT) for sku, place in spots]
        words = self._execution.storage_many(self.address, slots, block)
        awaited: dict[int, dict[int, int]] = {}
        for (sku, place), word in zip(spots, words, strict=True):
            if word & _UINT64:
                awaited.setdefault(sku, {})[place] = word & _UINT64
        found = [order for sku, places in awaited.items() for order in self._open_of(sku, places, block)]
        return sorted(found, key=lambda order: order.number)

    def _open_of(self, sku: int, awaited: Mapping[int, int], block: int) -> list[OrderState]:
        stream = replenishment.StreamWord(orders_stream(sku))
        count = replenishment.decode_stream_word(self._ask(stream, block)) & _UINT64
        found: list[OrderState] = []
        missing = sum(awaited.values())
        while missing > 0 and count > 0:
            first = max(0, count - _ORDERS_A_PAGE)
            numbers = [order_id(sku, index) for index in range(first, count)]
            slots = [mapping_slot(uint_word(number), _ORDERS_SLOT) for number in numbers]
            words = self._execution.storage_many(self.address, slots, block)
            page = [_order(*row) for row in zip(numbers, words, strict=True) if row[1]]
            found += [order for order in page if order.status is OrderStatus.OPEN and order.to in awaited]
            missing, count = sum(awaited.values()) - sum(order.quantity for order in found), first
        return found

    def sku(self, brand: int, code: str, block: int) -> int:
        """Number of a brand's SKU. Raises NotFound."""
        data = stock_ledger.SkuByCode(brand, code).calldata()
        number = int.from_bytes(self._execution.call(self._stock, data, block))
        if not number:
            raise NotFound(f"brand {brand} has no SKU {code!r}", brand=brand, sku=code)
        return number

    def place(self, gln: int, block: int) -> int:
        """Number of the place with a GLN. Raises NotFound."""
        number = int.from_bytes(self._execution.call(CONSORTIUM_ADDRESS, consortium.PlaceByGln(gln).calldata(), block))
        if not number:
            raise NotFound(f"no place has the GLN {gln:013}", place=f"{gln:013}")
        return number

    def _ask(self, call: Call, block: int) -> bytes:
        try:
            return self._execution.call(self.address, call.calldata(), block)
        except RpcError as error:
            raise explain(error, self._names) from error


def _lots_in(word: int) -> list[int]:
    return [lot for place in range(16) if (lot := word >> 16 * place & _UINT16)]


def _order(number: int, word: int) -> OrderState:
    """An order from its storage word."""
    return OrderState(
        number,
        SourceKind(word & 0xFF),
        OrderStatus(word >> 8 & 0xFF),
        word >> 16 & _UINT16,
        word >> 32 & _UINT16,
        word >> 48 & _UINT64,
        word >> 112 & _UINT64,
    )


class ReplenishmentWriter:
    """Acts of one account in Replenishment; each waits until it is final and raises RuleViolation when refused."""

    def __init__(self, ledger: Ledger, sender: Sender) -> None:
        self.reader = ReplenishmentReader(ledger)
        self._sender = sender

    def set_settings(self, settings: Settings) -> None:
        """Sets the settings of the account's brand."""
        values = [getattr(settings, name) for name in Settings.__slots__]
        self._act("settings", replenishment.SetSettings(replenishment.Settings(*values)))

    def set_place(self, listed: ListedPlace) -> None:
        """Lists a place of the account's brand."""
        candidate = replenishment.Candidate(listed.place, listed.region, listed.hub)
        self._act("place", replenishment.SetPlace(candidate))

    def remove_place(self, place: int) -> None:
        """Takes a place off the list of the account's brand."""
        self._act("remove", replenishment.RemovePlace(place))

    def set_links(self, links: Mapping[tuple[int, int], Way | None]) -> None:
        """Sets links by (from, to), as many transactions as it takes; None closes one."""
        rows = [
            replenishment.Link(*ends, way.metres, way.transit_seconds, way.carbon_grams, True)
            if way
            else replenishment.Link(*ends, 0, 0, 0, False)
            for ends, way in links.items()
        ]
        for first in range(0, len(rows), MAX_POLICY_ROWS):
            self._act("links", replenishment.SetLinks(rows[first : first + MAX_POLICY_ROWS]))

    def set_levels(self, levels: Sequence[Levels], basis: bytes) -> None:
        """Sets levels with their next sequence numbers; ``basis`` (32 bytes) commits to what they come from."""
        height = final_height(self._sender.connection)
        rows = []
        for level in levels:
            current = self.reader.levels(level.sku, level.place, height).sequence
            fields = (level.sku, level.place, level.threshold, level.target, level.lead_seconds, current + 1)
            rows.append(replenishment.Levels(*fields))
        for first in range(0, len(rows), MAX_POLICY_ROWS):
            self._act("levels", replenishment.SetLevels(rows[first : first + MAX_POLICY_ROWS], basis))

    def keep_lots(self, sku: int, lots: Sequence[int]) -> None:
        """Keeps these lots of a SKU of the account's brand in sight, and no others; ascending, 32 at most."""
        self._act("lots", replenishment.KeepLots(sku, list(lots)))

    def order(self, sku: int, place: int, choice: Choice) -> None:
        """Makes the order that the rule gave. The contract refuses it when the facts have changed."""
        call = replenishment.OrderCall(sku, place, choice.kind, choice.source, choice.quantity)
        self._act("order", call, gas=ORDER_GAS)

    def close(self, number: int, shipped: int, received: int) -> None:
        """Ends an order with the units that were shipped and received."""
        if min(shipped, received) < 0:
            raise InvalidInput("units are not negative", shipped=shipped, received=received)
        self._act("close", replenishment.Close(number, shipped, received))

    def cancel(self, number: int) -> None:
        """Gives an order up."""
        self._act("cancel", replenishment.Cancel(number))

    def expire(self, number: int) -> None:
        """Ends an order whose deadline has passed."""
        self._act("expire", replenishment.Expire(number))

    def _act(self, name: str, call: Any, *, gas: int | None = None) -> None:
        """The same call again is an act of its own: the height tells one time from the next."""
        data = call.calldata()
        height = final_height(self._sender.connection)
        if gas is not None:
            self._try(data, height)
        key = f"replenishment:{name}:{keccak(data).hex()[:24]}:{height}"
        Registrar(self._sender).carry_out([Act(key, self.reader.address, data, gas)])

    def _try(self, data: bytes, height: int) -> None:
        execution = self._sender.connection.execution
        try:
            execution.call(self.reader.address, data, height, sender=self._sender.address)
        except RpcError as error:
            raise explain(error, self._sender.names) from error
