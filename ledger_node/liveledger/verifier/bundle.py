"""The bundle's outer form (step 1): typed records out of canonical JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import canonical_json
from liveledger.verifier import shape
from liveledger.verifier.accounts import ListedProofs, Proofs, SharedProofs
from liveledger.verifier.commit import LightBlock
from liveledger.verifier.execution import MAX_HEADER_BYTES
from liveledger.verifier.past import Past
from liveledger.verifier.sections import Sections
from liveledger.verifier.trie import NodeSet
from liveledger.verifier.validators import Validator, read_set

FORMATS = {1: "liveledger-proof/1", 2: "liveledger-proof/2"}
MEDIA_TYPE = "application/vnd.liveledger.proof+json"
MAX_SET_CHANGES = 64
MAX_NODES = 16_384
_NAMES = ("format", "question", "set_changes", "light_block", "execution_header", "evidence", "answer")
_NAMES_2 = (*_NAMES, "nodes", "past")


@dataclass(frozen=True, slots=True)
class SetChange:
    """A light block whose header names the next validator set, and that set."""

    light_block: LightBlock
    validators: tuple[Validator, ...]

    @classmethod
    def read(cls, value: Any, where: str) -> SetChange:
        """Reads ``{light_block, validators}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("light_block", "validators"))
        block = LightBlock.read(entry["light_block"], f"{where}.light_block")
        return cls(block, read_set(entry["validators"], f"{where}.validators"))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle of good form; nothing in it is believed yet.

    ``form`` is the version of its format. ``nodes`` are the trie nodes of form 2, none in form 1; ``past`` is the way
    back to the block that the answer holds at, None where that is the signed one.
    """

    form: int
    question: dict[str, Any]
    set_changes: tuple[SetChange, ...]
    light_block: LightBlock
    execution_header: bytes
    past: Past | None
    nodes: NodeSet
    evidence: Sections
    answer: Any

    @classmethod
    def parse(cls, data: bytes) -> Bundle:
        """Reads a bundle's bytes: the RFC 8785 form, within all limits. Raises Refusal (step 1)."""
        value = shape.parse_json(data, canonical=True)
        form = _form(value)
        entry = shape.fields(value, "bundle", _NAMES if form == 1 else _NAMES_2)
        header = shape.hexadecimal(entry["execution_header"], "execution_header")
        if len(header) > MAX_HEADER_BYTES:
            raise shape.refuse(f"execution_header is longer than {MAX_HEADER_BYTES} bytes")
        return cls(
            form=form,
            question=shape.fields(entry["question"], "question", ("view", "parameters")),
            set_changes=tuple(shape.array(entry["set_changes"], "set_changes", MAX_SET_CHANGES, SetChange.read)),
            light_block=LightBlock.read(entry["light_block"], "light_block"),
            execution_header=header,
            past=Past.read(entry.get("past")),
            nodes=NodeSet(shape.array(entry.get("nodes", []), "nodes", MAX_NODES, shape.hexadecimal)),
            evidence=Sections.read(entry["evidence"], form),
            answer=entry["answer"],
        )

    def proofs(self) -> Proofs:
        """The proofs of accounts and slots, as this form brings them."""
        return ListedProofs(self.evidence.contracts) if self.form == 1 else SharedProofs(self.nodes)


def _form(value: Any) -> int:
    named = value.get("format") if isinstance(value, dict) else None
    for form, name in FORMATS.items():
        if named == name:
            return form
    raise shape.refuse(f"this is no bundle of the format {' or '.join(FORMATS.values())}")


def encode_bundle(bundle: dict[str, Any]) -> bytes:
    """The bytes of a bundle, as they are served, saved and verified: RFC 8785, no line feed at the end."""
    return canonical_json(bundle)
