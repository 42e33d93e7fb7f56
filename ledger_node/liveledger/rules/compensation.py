"""What undoes a movement: nothing is erased, movements that compensate it are posted (docs/corrections.md).

Balances come back exactly to what they were, but for goods that were delivered: they come back into hold, where their
quality is looked at. Counters are cumulative and never go back: what was received is set off by what is adjusted,
what was sold by what is returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from liveledger.domain.movements import Kind, Movement

_Step = tuple[Kind, int, int]


def _undo(source: int, target: int) -> Mapping[Kind, list[_Step]]:
    """Kinds and places of what compensates a movement from ``source`` to ``target`` (place numbers, 0 = outside)."""
    return {
        Kind.RECEIVE: [(Kind.LOST, target, 0)],
        Kind.RESERVE: [(Kind.RELEASE, source, source)],
        Kind.RELEASE: [(Kind.RESERVE, source, source)],
        Kind.SHIP: [(Kind.ARRIVE, target, source), (Kind.RESERVE, source, source)],
        Kind.ARRIVE: [(Kind.RESERVE, target, target), (Kind.SHIP, target, source)],
        Kind.DELIVER: [(Kind.RETURN, 0, source)],
        Kind.RETURN: [(Kind.SCRAP, target, 0)],
        Kind.TRANSFER: [(Kind.TRANSFER, target, source)],
        Kind.FOUND: [(Kind.LOST, target, 0)],
        Kind.LOST: [(Kind.FOUND, 0, source)],
        Kind.SCRAP: [(Kind.FOUND, 0, source), (Kind.HOLD, source, source)],
        Kind.HOLD: [(Kind.RESTOCK, source, source)],
        Kind.RESTOCK: [(Kind.HOLD, source, source)],
        Kind.SELL: [(Kind.RETURN, 0, source), (Kind.RESTOCK, source, source)],
        Kind.SEND_BACK: [(Kind.FOUND, 0, source), (Kind.HOLD, source, source)],
        Kind.LOST_IN_TRANSIT: [(Kind.FOUND_IN_TRANSIT, 0, source)],
        Kind.FOUND_IN_TRANSIT: [(Kind.LOST_IN_TRANSIT, target, 0)],
        Kind.ASSEMBLE: [(Kind.SPLIT, target, 0)],
        Kind.ASSEMBLE_FROM: [(Kind.SPLIT_INTO, 0, source)],
        Kind.SPLIT: [(Kind.ASSEMBLE, 0, source)],
        Kind.SPLIT_INTO: [(Kind.ASSEMBLE_FROM, target, 0)],
        Kind.GIFT: [(Kind.FOUND_IN_TRANSIT, 0, source)],
        Kind.SAMPLE: [(Kind.FOUND, 0, source)],
    }


def compensation(movement: Movement, at: int) -> list[Movement]:
    """Movements, in their order, that undo ``movement``; ``at`` is the time of the correction in Unix seconds."""
    steps = _undo(movement.source, movement.target)[movement.kind]
    return [replace(movement, kind=kind, source=source, target=target, at=at) for kind, source, target in steps]


def undoes(steps: Sequence[Movement], original: Movement) -> bool:
    """Whether ``steps``, in their order and at whatever times, are just what undoes ``original``."""
    return [replace(step, at=original.at) for step in steps] == compensation(original, original.at)


def undo(movements: Iterable[Movement], at: int) -> list[tuple[int, Movement]]:
    """What undoes several movements, given in the order of the ledger, in the order of a batch.

    The last is undone first: goods that came in and went on are back before they go out. Each comes with the position
    of the movement that it undoes.
    """
    steps = [
        (position, step)
        for position, movement in reversed(list(enumerate(movements)))
        for step in compensation(movement, at)
    ]
    return sorted(steps, key=lambda pair: pair[1].owner)
