"""How StockLedger's versions pack movements: the views of movements are written once over both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from liveledger.domain import movements, movements_1
from liveledger.domain.movements import Movement
from liveledger.proofs import layout


@dataclass(frozen=True, slots=True)
class Packing:
    """Readers of a group's payload and of a batch's records; ``lots``: whether movements name theirs."""

    versions: tuple[int, ...]
    lots: bool
    unpack_group: Callable[[int, bytes], list[Movement]]
    unpack: Callable[[bytes], list[Movement]]
    merkle_leaves: Callable[[bytes], Iterable[bytes]]

    def movement_json(self, movement: Movement) -> dict[str, str]:
        """A movement as it stands in answers."""
        lot = {"lot": str(movement.lot)} if self.lots else {}
        return {
            "kind": movement.kind.name.lower(),
            **lot,
            "from": str(movement.source),
            "to": str(movement.target),
            "quantity": str(movement.quantity),
            "at": str(movement.at),
        }


PACKINGS = {
    "1": Packing(layout.WITHOUT_LOTS, False, movements_1.unpack_group, movements_1.unpack, movements_1.merkle_leaves),
    "2": Packing(layout.WITH_LOTS, True, movements.unpack_group, movements.unpack, movements.merkle_leaves),
}
