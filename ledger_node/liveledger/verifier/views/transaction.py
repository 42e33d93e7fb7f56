"""transaction/1: a transaction stands in a block, and whether it did what it was to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.verifier import shape
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import View


@dataclass(frozen=True, slots=True)
class Parameters:
    """The transaction's hash (32 bytes)."""

    digest: bytes


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("hash",))
    return Parameters(shape.hexadecimal(entry["hash"], "parameters.hash", 32))


def decode(source: Source, parameters: Parameters) -> Result:
    """Block, position, type, and whether it succeeded or was reverted; logs by number only."""
    index, kind, receipt = source.transaction(parameters.digest)
    answer = {
        "block": str(source.block_number),
        "index": str(index),
        "type": str(kind),
        "succeeded": receipt.status == 1,
        "logs": str(len(receipt.logs)),
    }
    return Result(answer, "the one place of this transaction on the ledger", lasting=True)


VIEWS = (View("transaction/1", frozenset({"transaction", "receipt"}), read, decode, historical=True),)
