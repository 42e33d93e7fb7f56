"""Forms that typed answers of several nouns share."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field

from liveledger_api.listing import Block, Decimal, Typed

_Answer = TypeVar("_Answer")

Hex = Annotated[str, Field(pattern="^0x([0-9a-f]{2})*$", description="Bytes: 0x and lower-case hex digits")]
Address = Annotated[str, Field(pattern="^0x[0-9a-f]{40}$", description="Address of an account or contract")]
Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$", description="32 bytes in hex")]
Seconds = Annotated[str, Field(pattern="^[0-9]+$", description="Unix seconds in decimal digits")]
POSTED = {"block": "1204", "time": "1796040000", "poster": "0x" + "5a" * 20}


def example(**fields: Any) -> ConfigDict:
    """The configuration of a typed answer that has this example."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class Answer(Typed, Generic[_Answer]):
    """An answer of the ledger. `proof`: the bundle that proves it (docs/bundle.md), null where none was asked for."""

    answer: _Answer
    block: Block
    proof: dict[str, Any] | None


class Unproven(Typed, Generic[_Answer]):
    """An answer of this server's index or node: without a proof."""

    answer: _Answer
    block: Block
    proof: None


class Posted(Typed):
    """Where an entry of a list stands: its block, that block's time, the account that posted it."""

    block: Decimal
    time: Seconds
    poster: Address


class Pending(Typed):
    """The proof waits for its block: ask again after `Retry-After` seconds."""

    model_config = example(status="pending", detail="block 1205 is verifiable once block 1206 is committed")

    status: Literal["pending"]
    detail: str


PENDING: dict[int | str, dict[str, Any]] = {
    202: {"description": "The proof waits for its block; ask again after `Retry-After` seconds", "model": Pending}
}


class RefusedError(Typed):
    """What is wrong, and where in the request."""

    path: str
    message: str
    code: str | None = None


class RefusedRecord(Typed):
    """A record that was not taken: its number in the request from 0, its row in a table, its id where it has one."""

    record: int
    row: int | None = None
    id: str | None = None
    code: str
    errors: list[RefusedError]
