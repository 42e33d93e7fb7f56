"""Typed answers about versions of contracts."""

from __future__ import annotations

from pydantic import Field

from liveledger_api.answers import Address, Hash, example
from liveledger_api.listing import Decimal, Typed


class ContractVersion(Typed):
    """What the Directory says of a version: the active one, the next and from which block on, and the one asked for."""

    model_config = example(
        active="3",
        next="0",
        next_from="0",
        known=True,
        version="3",
        address="0x" + "5c" * 20,
        code_hash="0x" + "44" * 32,
        **{"from": "0"},
        state="active",
    )

    active: Decimal
    next: Decimal
    next_from: Decimal
    known: bool
    version: Decimal
    address: Address | None
    code_hash: Hash | None
    since: Decimal | None = Field(alias="from", description="Block from which on it is active; 0: at once")
    state: str | None = Field(description="`active`, `waits`, `frozen`, `retired`")
