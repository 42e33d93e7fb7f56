"""The formula of returns: what graded goods keep of their value, and who bears the rest (docs/returns.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput
from liveledger.domain.money import WHOLE_BPS, Bps, Fen
from liveledger.domain.returns import Grade

KEPT_BPS: Mapping[Grade, Bps] = {Grade.A: Bps(10_000), Grade.B: Bps(8_000), Grade.C: Bps(0), Grade.D: Bps(0)}


@dataclass(frozen=True, slots=True)
class ReturnValue:
    """What became of the value of graded goods, in fen; the three add up to it."""

    kept: Fen
    borne_by_pot: Fen
    borne_by_supplier: Fen


def value_kept_down(units: Mapping[Grade, int], unit_value: Fen) -> ReturnValue:
    """Shares of the value of graded goods; what is kept is rounded down a grade, the rest is borne.

    Grade A keeps all, B 80 %, the rest is the pot's; C is the supplier's, D the pot's (docs/returns.md). Raises
    InvalidInput on negative figures.
    """
    if unit_value < 0 or any(count < 0 for count in units.values()):
        raise InvalidInput("units and their value are not negative", unit_value=unit_value)
    kept, pot, supplier = 0, 0, 0
    for grade, count in units.items():
        value = count * unit_value
        share = value * KEPT_BPS[grade] // WHOLE_BPS
        kept += share
        if grade is Grade.C:
            supplier += value - share
        else:
            pot += value - share
    return ReturnValue(Fen(kept), Fen(pot), Fen(supplier))
