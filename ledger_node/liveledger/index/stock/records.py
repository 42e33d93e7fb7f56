"""Records of movements as arrays (docs/formats.md, Movements)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liveledger.domain.movements import LOT_BYTES

RECORD = np.dtype([("kind", "u1"), ("source", ">u2"), ("target", ">u2"), ("quantity", "u1", (3,)), ("at", ">u4")])
_BYTE_WORTHS = np.array([1 << 16, 1 << 8, 1])

Records = NDArray[Any]
"""One entry a record, with the fields kind, source, target, quantity (three bytes) and at (Unix seconds)."""


def records_of(payloads: Iterable[bytes]) -> Records:
    """The records of groups' payloads, one after the other."""
    return np.frombuffer(b"".join(payload[LOT_BYTES:] for payload in payloads), RECORD)


def quantities(records: Records) -> NDArray[np.int64]:
    """Their quantities in base units."""
    units: NDArray[np.int64] = records["quantity"].astype(np.int64) @ _BYTE_WORTHS
    return units
