"""The rows behind a report on capital, and the root that StockHealth keeps of them (docs/formats.md, "Stock health").

The rows hold prices: they stay with whoever reports and those it shows them to. Salts keep others from guessing them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json, hex_bytes
from liveledger.domain.money import Fen

FORMAT = "liveledger-capital-evidence/2"
SALT_BYTES = 16
_MAX_FEN = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One SKU: units in stock and units sold, what one cost and brought, positions of its movements in its stream."""

    sku: int
    units: int
    unit_cost_fen: Fen
    sold: int
    unit_revenue_fen: Fen
    first: int
    last: int

    def as_dict(self) -> dict[str, str]:
        """The row as JSON data; numbers as decimal strings."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rows are of, and rows by SKU, ascending; a salt of 16 bytes for what they are of, and one a row."""

    brand: int
    period_from: int
    period_to: int
    clock: str
    at_block: int
    rows: tuple[EvidenceRow, ...]
    salts: tuple[bytes, ...]

    def head(self) -> dict[str, str]:
        """What the rows are of: the first leaf, so that the same rows cannot be shown for another clock or period."""
        return {
            "brand": str(self.brand),
            "period_from": str(self.period_from),
            "period_to": str(self.period_to),
            "clock": self.clock,
            "at_block": str(self.at_block),
        }

    def root(self) -> bytes:
        """Merkle root over keccak(00 ‖ salt ‖ JCS(leaf)), in the shape of RFC 6962; the head is the first leaf."""
        leaves = [self.head(), *(row.as_dict() for row in self.rows)]
        pairs = zip(self.salts, leaves, strict=True)
        return merkle.root([merkle.leaf_hash(salt + canonical_json(leaf)) for salt, leaf in pairs])

    def stock_value(self) -> Fen:
        """Stock at cost, in fen. Raises InvalidInput when it does not fit the contract."""
        return _fitting("stock value", sum(row.units * row.unit_cost_fen for row in self.rows))

    def revenue(self) -> Fen:
        """Revenue of the period, in fen. Raises InvalidInput when it does not fit the contract."""
        return _fitting("revenue", sum(row.sold * row.unit_revenue_fen for row in self.rows))

    def as_dict(self) -> dict[str, Any]:
        """The evidence as JSON data, for a file."""
        return {
            "format": FORMAT,
            "salt": hex_bytes(self.salts[0]),
            **self.head(),
            "stock_value_fen": str(self.stock_value()),
            "revenue_fen": str(self.revenue()),
            "root": hex_bytes(self.root()),
            "rows": [
                {"salt": hex_bytes(salt), "row": row.as_dict()}
                for salt, row in zip(self.salts[1:], self.rows, strict=True)
            ],
        }


def fresh_salts(rows: Sequence[EvidenceRow]) -> tuple[bytes, ...]:
    """One unguessable salt for the head and one a row."""
    return tuple(os.urandom(SALT_BYTES) for _ in range(len(rows) + 1))


def _fitting(what: str, fen: int) -> Fen:
    if fen > _MAX_FEN:
        raise InvalidInput(f"the {what} of {fen} fen is more than the ledger takes", code="figure-too-large")
    return Fen(fen)
