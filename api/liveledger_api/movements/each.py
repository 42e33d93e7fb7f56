"""Offers movements that stand each for itself: what the ledger refuses is left out, the rest is offered again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from liveledger.chain.movements.posting import Offered
from liveledger.domain.errors import RuleViolation
from liveledger.messages.movement_resolving import Pair
from liveledger.messages.refusals import Refusal, of_error

Offer = Callable[[Sequence[Pair]], Offered]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of all chunks, and the records that the ledger refused."""

    offered: Offered
    refusals: list[Refusal]


def offer_each(pairs: Sequence[Pair], first: Offer, again: Offer, *, size: int) -> Done:
    """Offers in chunks of ``size``, each by ``first``, and by ``again`` once a record of it was refused by name.

    Raises what an offer raises that names no record of its chunk; earlier chunks stay what they are then.
    """
    new = parked = 0
    refusals: list[Refusal] = []
    for chunk in _chunks(pairs, max(size, 1)):
        offered, against = _offer_chunk(chunk, first, again)
        new, parked = new + offered.new, parked + offered.parked
        refusals += against
    return Done(Offered(new, parked), refusals)


def _chunks(pairs: Sequence[Pair], size: int) -> Iterator[Sequence[Pair]]:
    """At most ``size`` together, in their order; those whose lots are chosen by rule by themselves: they never park."""
    for _, some in itertools.groupby(pairs, key=lambda pair: pair[0].allocate):
        run = list(some)
        for start in range(0, len(run), size):
            yield run[start : start + size]


def _offer_chunk(chunk: Sequence[Pair], first: Offer, again: Offer) -> tuple[Offered, list[Refusal]]:
    left, against, offer = list(chunk), list[Refusal](), first
    while left:
        try:
            return offer(left), against
        except RuleViolation as violation:
            refusal = _named(violation, left)
            if refusal is None:
                raise
            against.append(refusal)
            left = [pair for pair in left if pair[0].message_id != refusal.message_id]
        offer = again
    return Offered(0, 0), against


def _named(violation: RuleViolation, pairs: Sequence[Pair]) -> Refusal | None:
    message_id = violation.details.get("message_id")
    for message, _ in pairs:
        if message.message_id == message_id:
            return of_error(violation, message.position, message.row, message.message_id)
    return None
