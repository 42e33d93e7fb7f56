"""Re-homing of a saved bundle: the same evidence at the same old block, under a newer header (docs/bundle.md).

Nothing here is believed: what comes out is a bundle, to be verified like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain import rlp
from liveledger.domain.errors import InvalidInput, RuleViolation
from liveledger.domain.hashing import hex_bytes
from liveledger.verifier import shape
from liveledger.verifier.accounts import SharedProofs
from liveledger.verifier.anchor import TrustAnchor
from liveledger.verifier.bundle import FORMATS, Bundle
from liveledger.verifier.evidence import EvidenceSource
from liveledger.verifier.execution import ExecutionHeader
from liveledger.verifier.past import Past, follow
from liveledger.verifier.questions import Question
from liveledger.verifier.trie import KnownNodes
from liveledger.verifier.views import VIEWS

HEAD_FIELDS = ("set_changes", "light_block", "execution_header", "past", "nodes")


class NotLasting(RuleViolation):
    """An answer that later blocks change stays with its own block: under a newer one it would look current."""

    code = "not-lasting"


@dataclass(frozen=True, slots=True)
class Saved:
    """A bundle to be renewed, its JSON value, and the header of the block that its answer holds at."""

    bundle: Bundle
    value: dict[str, Any]
    header: bytes

    @classmethod
    def parse(cls, data: bytes) -> Saved:
        """Reads a bundle's bytes. Raises Refusal (step 1)."""
        bundle = Bundle.parse(data)
        value: dict[str, Any] = shape.parse_json(data)
        return cls(bundle, value, bundle.past.execution_header if bundle.past else bundle.execution_header)

    @property
    def block(self) -> int:
        """Number of the block that the answer holds at. Raises InvalidInput where the header is none."""
        return _decoded(self.header).number

    def nodes(self) -> list[bytes]:
        """All trie nodes that it holds, of either form."""
        if self.bundle.form != 1:
            return list(self.bundle.nodes.given)
        sections = self.bundle.evidence
        found = [node for section in sections.contracts.values() for node in section.account]
        found += [node for section in sections.contracts.values() for proof in section.storage for node in proof]
        for indexed in (sections.receipt, sections.transaction):
            found += indexed.nodes if indexed else []
        return found


def renew(saved: Saved, head: dict[str, Any], anchor: TrustAnchor) -> dict[str, Any]:
    """The saved evidence under ``head``: a newer light block with the way back to the saved block, as a node gave it.

    ``anchor`` says where the contracts stand. Raises NotLasting for an answer that may have changed since, Refusal
    where the evidence or the head does not hold.
    """
    given = shape.fields(head, "head", HEAD_FIELDS)
    past = Past.read(given["past"], "head.past")
    if past is None or past.execution_header != saved.header:
        raise InvalidInput("the head leads to another block", hint="ask for the way back to the bundle's own block")
    given_nodes = shape.array(given["nodes"], "head.nodes", 256, shape.hexadecimal)
    pool = KnownNodes([*given_nodes, *saved.nodes()])
    newer = _decoded(shape.hexadecimal(given["execution_header"], "head.execution_header"))
    old = follow(past, pool, newer)
    question = Question.parse(saved.bundle.question)
    source = EvidenceSource(saved.bundle.evidence, SharedProofs(pool), old, anchor)
    if not VIEWS[question.view].run(source, question.parameters).lasting:
        raise NotLasting(
            f"what block {old.number} said about {question.view} may have changed since",
            hint="ask the ledger again: only what stays true for ever can be renewed",
        )
    return {
        "format": FORMATS[2],
        "question": saved.value["question"],
        "evidence": _evidence(saved),
        "nodes": list(map(hex_bytes, pool.used)),
        "answer": saved.value["answer"],
        **{name: given[name] for name in HEAD_FIELDS if name != "nodes"},
    }


def _evidence(saved: Saved) -> dict[str, Any]:
    """The sections in form 2: nodes stand elsewhere, pages in a list."""
    evidence = dict(saved.value["evidence"])
    if saved.bundle.form != 1:
        return evidence
    evidence.pop("contracts", None)
    if "leaves" in evidence:
        evidence["leaves"] = [] if evidence["leaves"] is None else [evidence["leaves"]]
    for name in ("receipt", "transaction"):
        if evidence.get(name):
            evidence[name] = evidence[name]["index"]
    return evidence


def _decoded(header: bytes) -> ExecutionHeader:
    try:
        return ExecutionHeader.decode(header)
    except rlp.RlpError as error:
        raise InvalidInput(f"this is no execution header: {error}") from None
