"""CometBFT's times: whole seconds since 1970 and nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.verifier import shape

MAX_SECONDS = 253_402_300_799  # the end of year 9999, as far as protobuf's Timestamp goes


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """``seconds`` since 1970-01-01 UTC and ``nanos`` (0 to 999,999,999)."""

    seconds: int
    nanos: int = 0

    @classmethod
    def read(cls, value: Any, where: str) -> Time:
        """Reads ``{"seconds": "…", "nanos": …}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("seconds", "nanos"))
        seconds = shape.decimal(entry["seconds"], where, MAX_SECONDS)
        return cls(seconds, shape.integer(entry["nanos"], where, 999_999_999))

    def as_json(self) -> dict[str, Any]:
        """The JSON form."""
        return {"seconds": str(self.seconds), "nanos": self.nanos}
