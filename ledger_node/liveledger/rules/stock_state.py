"""What the rules of stock speak of: kinds and what they do, counters, accounts, places, blocks, batches, all stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liveledger.bindings.constants import Role, Status
from liveledger.domain.movements import Kind, Lane
from liveledger.domain.streams import StreamHead
from liveledger.rules.approvals import Approval
from liveledger.rules.refusal import ContractRefusal

MAX_UINT64 = (1 << 64) - 1
# Adjusted has 38 bits with a sign; above them stands when the SKU's next cut is due, in steps of 64 seconds.
ADJUSTED_BITS = 38
MAX_ADJUSTED = (1 << ADJUSTED_BITS - 1) - 1
_MOMENT_SHIFT, _STEP_SECONDS = 230, 64


class StockRefusal(ContractRefusal):
    """A batch was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of movement does: lanes it takes from and gives to (None = outside), and the counter it moves.

    ``same_place``: the goods stay at their place; ``both_operated``: the poster operates both places, which differ;
    ``to_operated``: the poster operates the place that goods come to as well.
    """

    takes: Lane | None
    gives: Lane | None
    counter: str | None = None
    sign: int = 1
    same_place: bool = False
    both_operated: bool = False
    to_operated: bool = False


RULES: Mapping[Kind, KindRule] = {
    Kind.RECEIVE: KindRule(None, Lane.AVAILABLE, "received"),
    Kind.RESERVE: KindRule(Lane.AVAILABLE, Lane.RESERVED, same_place=True),
    Kind.RELEASE: KindRule(Lane.RESERVED, Lane.AVAILABLE, same_place=True),
    Kind.SHIP: KindRule(Lane.RESERVED, Lane.IN_TRANSIT),
    Kind.ARRIVE: KindRule(Lane.IN_TRANSIT, Lane.AVAILABLE, to_operated=True),
    Kind.DELIVER: KindRule(Lane.IN_TRANSIT, None, "sold"),
    Kind.RETURN: KindRule(None, Lane.HELD, "returned"),
    Kind.TRANSFER: KindRule(Lane.AVAILABLE, Lane.AVAILABLE, both_operated=True),
    Kind.FOUND: KindRule(None, Lane.AVAILABLE, "adjusted"),
    Kind.LOST: KindRule(Lane.AVAILABLE, None, "adjusted", sign=-1),
    Kind.SCRAP: KindRule(Lane.HELD, None, "adjusted", sign=-1),
    Kind.HOLD: KindRule(Lane.AVAILABLE, Lane.HELD, same_place=True),
    Kind.RESTOCK: KindRule(Lane.HELD, Lane.AVAILABLE, same_place=True),
    Kind.SELL: KindRule(Lane.AVAILABLE, None, "sold"),
    Kind.SEND_BACK: KindRule(Lane.HELD, None, "adjusted", sign=-1),
    Kind.LOST_IN_TRANSIT: KindRule(Lane.IN_TRANSIT, None, "adjusted", sign=-1),
    Kind.FOUND_IN_TRANSIT: KindRule(None, Lane.IN_TRANSIT, "adjusted"),
    Kind.ASSEMBLE: KindRule(None, Lane.AVAILABLE, "adjusted"),
    Kind.ASSEMBLE_FROM: KindRule(Lane.AVAILABLE, None, "adjusted", sign=-1),
    Kind.SPLIT: KindRule(Lane.AVAILABLE, None, "adjusted", sign=-1),
    Kind.SPLIT_INTO: KindRule(None, Lane.AVAILABLE, "adjusted"),
    Kind.GIFT: KindRule(Lane.IN_TRANSIT, None, "adjusted", sign=-1),
    Kind.SAMPLE: KindRule(Lane.AVAILABLE, None, "adjusted", sign=-1),
}
# What a recalled lot is refused: nothing of it goes to customers, or back onto the shelf, as parts neither.
RECALL_FORBIDS = frozenset(
    {Kind.RESERVE, Kind.DELIVER, Kind.RESTOCK, Kind.SELL, Kind.ASSEMBLE_FROM, Kind.SPLIT, Kind.GIFT, Kind.SAMPLE}
)
# What a counter of adjustments moves: an organisation does so much of it alone in a day, and no more.
ADJUSTING = frozenset(kind for kind, rule in RULES.items() if rule.counter == "adjusted")
# The same by their names, as commands write them, in the order of the kinds.
ADJUSTMENTS = {kind.name.lower(): kind for kind in Kind if kind in ADJUSTING}


# Kinds by which a brand fetches goods from a place whose operator may not move them; of them those that take what is
# promised to somebody.
PROMISED_KINDS = frozenset({Kind.SHIP, Kind.ARRIVE})
FETCHING_KINDS = PROMISED_KINDS | {Kind.TRANSFER, Kind.RESTOCK, Kind.SEND_BACK}


@dataclass(frozen=True, slots=True)
class Counters:
    """A SKU's cumulative counters, in its base unit; ``adjusted`` = what ``ADJUSTING`` kinds brought − took."""

    received: int = 0
    sold: int = 0
    returned: int = 0
    adjusted: int = 0

    def word(self, next_cut: int = 0) -> int:
        """The storage word: uint64 received, sold, returned, int38 adjusted, low to high, next cut's moment."""
        adjusted = self.adjusted & (1 << ADJUSTED_BITS) - 1
        counters = self.received | self.sold << 64 | self.returned << 128 | adjusted << 192
        return counters | next_cut // _STEP_SECONDS << _MOMENT_SHIFT

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
    """What the Consortium says: accounts by address, places by number, approvals by (brand, operator), organisations'
    status by number; and the Directory: ``active`` is the version of StockLedger that replaced this one, 0 = it was
    frozen, None = this one is active.
    """

    accounts: Mapping[bytes, Account]
    places: Mapping[int, Place]
    approvals: Mapping[tuple[int, int], Approval]
    organisations: Mapping[int, int]
    active: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """The block that a call is in, and where the contract is."""

    number: int
    time: int
    chain_id: int
    contract: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Arguments of ``post`` and its sender, or of ``postAgreed``: ``signer`` is the account that agreed then."""

    poster: bytes
    lane: int
    sequence: int
    documents_root: bytes
    records: bytes
    signer: bytes | None = None


# SKU, lot and place.
Owner = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class StockState:
    """All stock: how many lots which SKUs have, lanes by (SKU, lot, place), counters by SKU, streams by id.

    ``adjusted_alone`` are units by (SKU, organisation, day since 1970), ``limits`` units a day by brand,
    ``recalled`` lots by (SKU, lot), ``cuts`` counters by (SKU, moment): None while the cut waits.
    """

    skus: Mapping[int, int] = field(default_factory=dict)
    balances: Mapping[Owner, tuple[int, ...]] = field(default_factory=dict)
    counters: Mapping[int, Counters] = field(default_factory=dict)
    streams: Mapping[bytes, StreamHead] = field(default_factory=dict)
    adjusted_alone: Mapping[tuple[int, int, int], int] = field(default_factory=dict)
    limits: Mapping[int, int] = field(default_factory=dict)
    recalled: frozenset[tuple[int, int]] = frozenset()
    cuts: Mapping[tuple[int, int], Counters | None] = field(default_factory=dict)

    def stock(self, sku: int) -> int:
        """Everything that is somewhere, in the SKU's base unit."""
        return sum(sum(lanes) for (owner, _, _), lanes in self.balances.items() if owner == sku)


def balance_word(lanes: tuple[int, ...]) -> int:
    """The storage word of four lanes."""
    return sum(quantity << (64 * lane) for lane, quantity in enumerate(lanes))


def lanes_of(word: int) -> tuple[int, ...]:
    """The four lanes of a storage word."""
    return tuple(word >> (64 * lane) & MAX_UINT64 for lane in Lane)
