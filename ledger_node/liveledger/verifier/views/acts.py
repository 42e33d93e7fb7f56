"""acts/1, acts/2: what was done to registry and contracts, or decided by votes, every act, whole and in order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.domain.streams import ACTS_STREAM, Leaf
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.source import Page, Result, Source
from liveledger.verifier.views.base import PAGE, View, append_only, leaf_refusal, list_result, page_parameters, stamp

# An outcome is abi(uint256 proposal, uint8 status). A call may be padded to the same size, but it begins with a
# selector of 4 bytes, where an outcome has zeros.
OUTCOME_BYTES = 64
_NO_SELECTOR = bytes(4)
_VERSIONS = {layout.DIRECTORY: (2,)}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The contract of genesis whose acts are asked for, and the page."""

    contract: str
    page: Page


def read(value: dict[str, Any], among: frozenset[str] = layout.ACTING) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("contract",), PAGE)
    contract = shape.text(entry["contract"], "parameters.contract", 32)
    if contract not in among:
        raise shape.refuse(f"parameters.contract is none of {', '.join(sorted(among))}")
    return Parameters(contract, page_parameters(entry))


def decode(source: Source, parameters: Parameters) -> Result:
    """Each act: the call itself, or the outcome of a proposal."""
    contract = source.contract(parameters.contract, _VERSIONS.get(parameters.contract, (1,)))
    stream = source.leaves(contract, ACTS_STREAM, parameters.page)
    acts = [_act(leaf) for leaf in stream.leaves]
    return append_only(
        list_result({"acts": acts}, stream, parameters.page, "acts"), stream, parameters.page, source.block_number
    )


def _act(leaf: Leaf) -> dict[str, Any]:
    if leaf.n != 1:
        raise leaf_refusal(f"the leaf of act {leaf.first_index} covers {leaf.n} acts")
    decided = len(leaf.payload) == OUTCOME_BYTES and leaf.payload.startswith(_NO_SELECTOR)
    outcome = _outcome(leaf) if decided else None
    return {
        "index": str(leaf.first_index),
        "kind": "outcome" if outcome else "call",
        "data": hex_bytes(leaf.payload),
        "proposal": outcome[0] if outcome else None,
        "status": outcome[1] if outcome else None,
        **stamp(leaf),
    }


def _outcome(leaf: Leaf) -> tuple[str, str]:
    try:
        proposal, status = words(leaf.payload, 2)
        return str(int.from_bytes(proposal)), str(uint(status, 8))
    except AbiError as error:
        raise leaf_refusal(f"the leaf of act {leaf.first_index}: {error}") from None


_SECTIONS = frozenset({"contracts", "leaves"})
VIEWS = (
    View("acts/1", _SECTIONS, partial(read, among=layout.GENESIS), decode, historical=True),
    View("acts/2", _SECTIONS, read, decode, historical=True),
)
