"""raw-storage/1: storage words of an address that the client names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import hex_bytes, uint_word
from liveledger.verifier import shape
from liveledger.verifier.sections import MAX_SLOTS
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import View


@dataclass(frozen=True, slots=True)
class Parameters:
    """``address`` (20 bytes) and ``slots`` (32 bytes each, no slot twice)."""

    address: bytes
    slots: tuple[bytes, ...]


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("address", "slots"))
    slots = shape.array(
        entry["slots"], "parameters.slots", MAX_SLOTS, lambda item, where: shape.hexadecimal(item, where, 32)
    )
    if not slots or len(set(slots)) != len(slots):
        raise shape.refuse("parameters.slots is empty or names a slot twice")
    return Parameters(shape.hexadecimal(entry["address"], "parameters.address", 20), tuple(slots))


def decode(source: Source, parameters: Parameters) -> Result:
    """Each slot's word, null where the trie has none: absence is proven and is not the same as a written zero."""
    account = source.account(parameters.address)
    values = [source.slot(account, slot) for slot in parameters.slots]
    answer = {
        "code_hash": hex_bytes(account.code_hash) if account.code_hash else None,
        "values": [None if value is None else hex_bytes(uint_word(value)) for value in values],
    }
    return Result(answer)


VIEWS = (View("raw-storage/1", frozenset({"contracts"}), read, decode),)
