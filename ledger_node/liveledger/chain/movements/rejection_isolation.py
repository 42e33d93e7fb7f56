"""Which movements keep the chain from taking the rest of a batch: foretold from the balances, then confirmed.

Asking the contract once for every record that it refuses would take as many calls as there are such records. What the
balances say is known beforehand by the same rules; any other reason that the contract gives is applied to all records
that it meets. So the number of calls depends on how many reasons there are, not on how many records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from liveledger.bindings.errors import Revert
from liveledger.chain.movements.records import OWNER_BYTES, Waiting
from liveledger.chain.rpc.reverts import violation
from liveledger.domain.movements import Movement, decode
from liveledger.rules.sentences.words import Names
from liveledger.rules.stock import move
from liveledger.rules.stock_state import FETCHING_KINDS, RULES, Owner, StockRefusal, StockState

Ask = Callable[[Sequence[Waiting]], Revert | None]
"""The contract's reason against movements in one batch; None when it would take them."""

# Reasons against the form of a batch: they say nothing about the record that they name.
_ABOUT_THE_BATCH = frozenset({"StockUnsorted", "StockTruncated"})
_Args = Mapping[str, object]
# Whom else a reason meets, whatever the balances are.
_MEETS: Mapping[str, Callable[[Movement, Movement, _Args], bool]] = {
    "StockUnknownPlace": lambda one, _, args: args["place"] in (one.source, one.target),
    "StockPlaceSuspended": lambda one, _, args: args["place"] in (one.source, one.target),
    "StockPlaceNotOperated": lambda one, named, _: _same_move(one, named) and _alike(one, named),
    "StockPromised": lambda one, named, _: _same_move(one, named) and _alike(one, named),
    "StockPlaceMismatch": lambda one, named, _: _same_move(one, named),
    "StockBrandNotApproved": lambda one, named, _: one.sku >> 20 == named.sku >> 20,
    "StockSkuNotApproved": lambda one, named, _: one.sku == named.sku,
    "StockPlaceNotApproved": lambda one, named, args: (
        one.sku >> 20 == named.sku >> 20 and args["place"] in (one.source, one.target)
    ),
    "StockUnknownSku": lambda one, named, _: one.sku == named.sku,
    "StockUnknownLot": lambda one, named, _: one.owner == named.owner,
    "StockTimeInFuture": lambda one, named, _: one.at >= named.at,
}


@dataclass(frozen=True, slots=True)
class Poisoned:
    """``accepted``: messages that the chain would take together; ``reasons`` against others, by number.

    ``decided`` tells whether that is all of them; the others were not tried to the end.
    """

    accepted: list[Waiting]
    reasons: dict[int, Revert]
    decided: bool


def sort_out(
    messages: Sequence[Waiting],
    balances: Mapping[Owner, tuple[int, ...]],
    ask: Ask,
    questions: int,
    names: Names | None = None,
) -> Poisoned:
    """Sorts out messages in the order of a batch, on the state that ``balances`` are of; at most so many questions.

    Raises RuleViolation for a reason that is about no single record (a suspended account, say), and what ``ask``
    raises.
    """
    foresight = _Foresight(messages, balances)
    while True:
        left, reasons = foresight.split()
        revert = ask([messages[at] for at in left]) if left else None
        if revert is None:
            return Poisoned([messages[at] for at in left], reasons, decided=True)
        index = revert.args.get("index")
        if revert.name in _ABOUT_THE_BATCH or not isinstance(index, int) or index >= len(left):
            raise violation(revert, names)
        foresight.learn(revert, left[index])
        questions -= 1
        if questions <= 0:
            return _so_far(messages, left, reasons, left[index], revert)


def _so_far(
    messages: Sequence[Waiting], left: Sequence[int], reasons: Mapping[int, Revert], at: int, revert: Revert
) -> Poisoned:
    """What is certain when the contract named message ``at``: whatever comes before that one's SKU and lot."""
    owner = messages[at].owner
    accepted = [messages[one] for one in left if messages[one].owner < owner]
    before = {one.id for one in messages if one.owner < owner}
    certain = {number: reason for number, reason in reasons.items() if number in before}
    return Poisoned(accepted, certain | {messages[at].id: revert}, decided=False)


class _Foresight:
    """What the contract will say to messages, from balances and from what it said before."""

    def __init__(self, messages: Sequence[Waiting], balances: Mapping[Owner, tuple[int, ...]]) -> None:
        self._messages = messages
        self._movements = [_decoded(one) for one in messages]
        self._balances = balances
        self._known: dict[int, Revert] = {}
        self._rest: dict[tuple[int, int], Revert] = {}

    def learn(self, revert: Revert, at: int) -> None:
        """The contract gave this reason against the message at ``at``."""
        named = self._movements[at]
        if revert.name == "StockNeedsAgreement":
            self._rest[named.owner] = revert
            return
        self._known[at] = revert
        meets = _MEETS.get(revert.name)
        if meets is not None:
            for other, movement in enumerate(self._movements):
                if meets(movement, named, revert.args):
                    self._known.setdefault(other, revert)

    def split(self) -> tuple[list[int], dict[int, Revert]]:
        """Positions of the messages that should be taken, and the reasons against the others by their numbers."""
        balances, left = dict(self._balances), list[int]()
        reasons: dict[int, Revert] = {}
        alone: dict[tuple[int, int], int] = {}
        for at, movement in enumerate(self._movements):
            reason = self._known.get(at) or self._over_limit(movement, alone)
            if reason is None:
                reason = _book(movement, len(left), balances)
            if reason is None:
                left.append(at)
                if _adjusts(movement):
                    alone[movement.owner] = alone.get(movement.owner, 0) + movement.quantity
            else:
                reasons[self._messages[at].id] = reason
        return left, reasons

    def _over_limit(self, movement: Movement, alone: Mapping[tuple[int, int], int]) -> Revert | None:
        """The contract's reason when more is adjusted than the poster may alone, once it has told how much that is."""
        reason = self._rest.get(movement.owner)
        if reason is None or not _adjusts(movement):
            return None
        rest = reason.args["rest"]
        return reason if alone.get(movement.owner, 0) + movement.quantity > int(str(rest)) else None


def _book(movement: Movement, index: int, balances: dict[Owner, tuple[int, ...]]) -> Revert | None:
    """Books a movement; the reason, and nothing changes, when there is not enough or no room."""
    ends = ((*movement.owner, movement.source), (*movement.owner, movement.target))
    before = StockState(balances={end: balances[end] for end in ends if end in balances})
    try:
        after = move(before, RULES[movement.kind], index, ends, movement.quantity)
    except StockRefusal as refusal:
        return Revert(refusal.name, refusal.args_by_name)
    balances.update(after.balances)
    return None


def _adjusts(movement: Movement) -> bool:
    return RULES[movement.kind].counter == "adjusted"


def _same_move(one: Movement, other: Movement) -> bool:
    return (one.kind, one.source, one.target) == (other.kind, other.source, other.target)


def _alike(one: Movement, other: Movement) -> bool:
    """Whether goods of the one are at a place as the other's are: what is fetched is so SKU by SKU."""
    return one.kind not in FETCHING_KINDS or one.sku == other.sku


def _decoded(message: Waiting) -> Movement:
    owner = message.owner
    return decode(int.from_bytes(owner[:4]), int.from_bytes(owner[4:]), message.content[OWNER_BYTES:])
