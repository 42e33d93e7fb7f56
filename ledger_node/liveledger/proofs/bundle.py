"""The bundle's outer form (step 1): typed records out of canonical JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import canonical_json
from liveledger.proofs import shape
from liveledger.proofs.commit import LightBlock
from liveledger.proofs.execution import MAX_HEADER_BYTES
from liveledger.proofs.sections import Sections
from liveledger.proofs.validators import Validator, read_set

FORMAT = "liveledger-proof/1"
MEDIA_TYPE = "application/vnd.liveledger.proof+json"
MAX_SET_CHANGES = 64


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
    """A bundle of good form; nothing in it is believed yet."""

    question: dict[str, Any]
    set_changes: tuple[SetChange, ...]
    light_block: LightBlock
    execution_header: bytes
    evidence: Sections
    answer: Any

    @classmethod
    def parse(cls, data: bytes) -> Bundle:
        """Reads a bundle's bytes: the RFC 8785 form, within all limits. Raises Refusal (step 1)."""
        names = ("format", "question", "set_changes", "light_block", "execution_header", "evidence", "answer")
        entry = shape.fields(shape.parse_json(data, canonical=True), "bundle", names)
        if entry["format"] != FORMAT:
            raise shape.refuse(f"this is no bundle of the format {FORMAT}")
        header = shape.hexadecimal(entry["execution_header"], "execution_header")
        if len(header) > MAX_HEADER_BYTES:
            raise shape.refuse(f"execution_header is longer than {MAX_HEADER_BYTES} bytes")
        return cls(
            question=shape.fields(entry["question"], "question", ("view", "parameters")),
            set_changes=tuple(shape.array(entry["set_changes"], "set_changes", MAX_SET_CHANGES, SetChange.read)),
            light_block=LightBlock.read(entry["light_block"], "light_block"),
            execution_header=header,
            evidence=Sections.read(entry["evidence"]),
            answer=entry["answer"],
        )


def encode_bundle(bundle: dict[str, Any]) -> bytes:
    """The bytes of a bundle, as they are served, saved and verified: RFC 8785, no line feed at the end."""
    return canonical_json(bundle)
