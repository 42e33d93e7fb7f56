"""contract/1: which version of a contract is active, which follows, and what the Directory says of one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.verifier import layout, listing, shape
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import View, decimal_parameter

_NAME = re.compile(r"[A-Za-z0-9]{1,32}")
_STATES = {1: "active", 2: "frozen", 3: "retired"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """``name`` in the Directory; ``version``, 0 for the active one."""

    name: str
    version: int


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("name",), ("version",))
    if not isinstance(entry["name"], str) or not _NAME.fullmatch(entry["name"]):
        raise shape.refuse("parameters.name is no name of a contract: 1 to 32 ASCII letters and digits")
    version = decimal_parameter(entry, "version") if "version" in entry else 0
    if "version" in entry and not version:
        raise shape.refuse("parameters.version is 0")
    return Parameters(entry["name"], version)


def decode(source: Source, parameters: Parameters) -> Result:
    """The versions at this block, and the entry of the version that is asked for, else of the active one."""
    read_slot = partial(source.slot, source.contract(layout.DIRECTORY, (2,)))
    try:
        versions = listing.Versions.at(read_slot(layout.versions_slot(parameters.name)), source.block_number)
        version = parameters.version or versions.active
        entry = listing.Entry.read(read_slot, parameters.name, version) if version else None
    except listing.NotListed as error:
        raise Refusal(Step.CONTRACTS, Code.UNKNOWN_CONTRACT, str(error)) from None
    answer = {
        "active": str(versions.active),
        "next": str(versions.next),
        "next_from": str(versions.next_from),
        "known": entry is not None,
        "version": str(version),
        "address": hex_bytes(entry.address) if entry else None,
        "code_hash": hex_bytes(entry.code_hash) if entry else None,
        "from": str(entry.since) if entry else None,
        "state": _state(versions, version, entry.state) if entry else None,
    }
    return Result(answer, f"the one entry of {parameters.name} {version} at block {source.block_number}")


def _state(versions: listing.Versions, version: int, state: int) -> str:
    """Frozen is also what a newer version replaced; a version that is not active yet waits."""
    if state != listing.ACTIVE:
        return _STATES.get(state, str(state))
    if version == versions.active:
        return "active"
    return "frozen" if version < versions.active else "waits"


VIEWS = (View("contract/1", frozenset({"contracts"}), read, decode),)
