"""How StockLedger's versions pack movements: the views of movements are written once over both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from liveledger.domain import movements, movements_1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import Kind, Movement
from liveledger.verifier import layout
from liveledger.verifier.source import Source
from liveledger.verifier.views.line import OneVersion, StockLine, StockReader

# Views of version 2 know these kinds and no later ones.
_LAST_KIND_2 = Kind.SEND_BACK


@dataclass(frozen=True, slots=True)
class Packing:
    """Readers of a group's payload and of a batch's records; ``lots``: whether movements name theirs.

    ``opened`` opens the StockLedger of a question.
    """

    opened: Callable[[Source], StockReader]
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


def _known_to_2(found: list[Movement]) -> list[Movement]:
    for movement in found:
        if movement.kind > _LAST_KIND_2:
            raise InvalidInput(f"{int(movement.kind)} is a kind of movement that this view does not know")
    return found


_OF_1, _OF_2 = partial(OneVersion, layout.WITHOUT_LOTS), partial(OneVersion, layout.WITH_LOTS)
PACKINGS = {
    "1": Packing(_OF_1, False, movements_1.unpack_group, movements_1.unpack, movements_1.merkle_leaves),
    "2": Packing(
        _OF_2,
        True,
        lambda sku, payload: _known_to_2(movements.unpack_group(sku, payload)),
        lambda records: _known_to_2(movements.unpack(records)),
        movements.merkle_leaves,
    ),
    "3": Packing(StockLine, True, movements.unpack_group, movements.unpack, movements.merkle_leaves),
}
