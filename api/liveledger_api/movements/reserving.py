"""Which account posts reservations: blocks take batches of nothing else first, and nonces forbid overtaking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from liveledger.bindings.constants import Role
from liveledger.domain.errors import LiveLedgerError, NotFound, Unavailable
from liveledger.domain.keys import reservations_label
from liveledger.domain.movements import Kind, Movement
from liveledger.messages.movement_resolving import Pair
from liveledger_api.access.errors import NotAMember
from liveledger_api.access.principals import Standing

log = structlog.get_logger("liveledger_api.movements.reserving")


class Reserving:
    """Knows whether the account called ``LABEL-reservations`` posts reservations for the one called ``LABEL``."""

    def __init__(self, address: Callable[[str], bytes], standing: Callable[[bytes], Standing]) -> None:
        """``address`` opens a label's key, ``standing`` raises NotAMember for an account that is not active."""
        self._address = address
        self._standing = standing
        self._locked: set[str] = set()

    def stands(self, label: str) -> bool:
        """Whether both accounts are active, of one organisation, and may post movements.

        The caller's own counts too: a suspended account posts nothing by way of another. Raises Unavailable.
        """
        mine, other = self._opened(label), self._opened(reservations_label(label))
        if mine is None or other is None:
            return False
        try:
            own, its = self._standing(mine), self._standing(other)
        except NotAMember:
            return False
        return own.organisation == its.organisation and bool(own.roles & its.roles & Role.POST_MOVEMENTS)

    def _opened(self, label: str) -> bytes | None:
        """Its address; None where there is no such key, or it could not be opened since the server was started."""
        if label in self._locked:
            return None
        try:
            return self._address(label)
        except NotFound:
            return None
        except Unavailable:
            raise
        except LiveLedgerError as error:
            self._locked.add(label)
            log.warning("reservations-in-line", label=label, reason=error.message)
            return None


def all_reserve(pairs: Sequence[Pair]) -> bool:
    """Whether there are movements, and reservations only."""
    return bool(pairs) and all(movement.kind is Kind.RESERVE for _, movement in pairs)


def apart(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Reservations that touch no stock which another kind of these movements touches, and the rest; both in order.

    A reservation may rest on goods that came in the same request, or a shipment on it: those stay together.
    """
    touched = {place for _, one in pairs if one.kind is not Kind.RESERVE for place in _stock(one)}
    free = [one.kind is Kind.RESERVE and touched.isdisjoint(_stock(one)) for _, one in pairs]
    first = [pair for pair, is_free in zip(pairs, free, strict=True) if is_free]
    return first, [pair for pair, is_free in zip(pairs, free, strict=True) if not is_free]


def _stock(movement: Movement) -> list[tuple[int, int]]:
    """SKU and place of what is taken from and goes to, whatever the lot: the rule may still choose it."""
    return [(movement.sku, place) for place in (movement.source, movement.target) if place]
