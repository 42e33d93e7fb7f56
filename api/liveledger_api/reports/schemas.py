"""Typed answers about reports of feeds."""

from __future__ import annotations

from liveledger_api.answers import POSTED, Hash, Hex, Posted, Seconds, example
from liveledger_api.listing import Decimal, Typed


class Report(Posted):
    """A report of a feed with its payload."""

    sequence: Decimal
    config_digest: Hash
    observed_at: Seconds
    payload: Hex


class Reports(Typed):
    """A page of a feed's reports; `count`: how many there are."""

    model_config = example(
        count="5",
        reports=[
            POSTED
            | {"sequence": "4", "config_digest": "0x" + "66" * 32, "observed_at": "1796039990", "payload": "0x0007"}
        ],
    )

    count: Decimal
    reports: list[Report]
