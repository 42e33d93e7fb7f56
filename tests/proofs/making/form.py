"""The form of a vector: everything that a verifier is given, and what it must say."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from liveledger.verifier import Question, Refusal, TrustAnchor, Verdict, encode_bundle, verify
from tests.proofs.scenario import Case

Part = str | dict[str, Any]
# Where a vector comes from: the project's simulated chain; a chain of CometBFT and geth with four validators whose set
# changed twice; blocks of CometBFT and geth that another program recorded, with an anchor made around them.
SIMULATED, RECORDED, FOREIGN = "simulated", "recorded", "foreign"
# Behind the header's time, in seconds: a client that asks soon after.
SOON = 30


@dataclass(frozen=True)
class Vector:
    """One call of a verifier: its arguments, and the verdict's fields or step and code of the refusal."""

    group: str
    name: str
    about: str
    made: str
    question: dict[str, Any]
    anchor: dict[str, Any]
    arguments: dict[str, int]
    bundle: dict[str, Any]
    outcome: dict[str, Any]

    @property
    def path(self) -> str:
        return f"{self.group}/{self.name}.json"

    def text(self) -> str:
        """The file's contents."""
        value = {
            "about": self.about,
            "made": self.made,
            "question": self.question,
            "anchor": self.anchor,
            **self.arguments,
            **self.bundle,
            **self.outcome,
        }
        return written(value)


def written(value: dict[str, Any]) -> str:
    """A file's text: ASCII, a line for each field."""
    lines = (
        f"{json.dumps(key)}: {json.dumps(value[key], separators=(',', ':'), sort_keys=True)}" for key in sorted(value)
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def spelled(bundle: bytes | list[Part]) -> dict[str, Any]:
    """The bundle's bytes in the vector: as text, as hex where they are no UTF-8, in parts where they are many."""
    if isinstance(bundle, list):
        return {"bundle_parts": bundle}
    try:
        return {"bundle": bundle.decode()}
    except UnicodeDecodeError:
        return {"bundle_hex": bundle.hex()}


def bytes_of(vector: dict[str, Any]) -> bytes:
    """The bundle's bytes of a vector as it stands in a file."""
    if "bundle_hex" in vector:
        return bytes.fromhex(vector["bundle_hex"])
    if "bundle" in vector:
        return str(vector["bundle"]).encode()
    parts = vector["bundle_parts"]
    return "".join(part if isinstance(part, str) else part["repeat"] * part["times"] for part in parts).encode()


def run(vector: dict[str, Any]) -> Verdict:
    """Verifies a vector as it stands in a file. Raises Refusal."""
    return verify(
        bytes_of(vector),
        anchor=TrustAnchor.parse(json.dumps(vector["anchor"]).encode()),
        question=Question.parse(vector["question"]),
        now=vector["now"],
        max_age=vector.get("max_age"),
        minimum_height=vector.get("minimum_height", 0),
    )


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """What every implementation can say of a verdict: figures and the answer, no sentences."""
    newer = verdict.newer_anchor
    return {
        "chain_id": verdict.chain_id,
        "block": str(verdict.block),
        "block_time": str(verdict.block_time),
        "header_height": str(verdict.header_height),
        "header_hash": "0x" + verdict.header_hash.hex(),
        "header_time": verdict.header_time.as_json(),
        "age_seconds": verdict.age,
        "signed_power": str(verdict.signed_power),
        "total_power": str(verdict.total_power),
        "anchor": verdict.fingerprint,
        "newer_anchor": newer.fingerprint() if newer else None,
        "answer": verdict.answer,
    }


class Vectors:
    """Collects vectors; each is verified before it is taken, so that none says what this verifier does not."""

    def __init__(self, made: str = SIMULATED) -> None:
        self.made = made
        self.found: list[Vector] = []

    def good(self, path: str, about: str, asked: Case, bundle: Any = None, **arguments: Any) -> Verdict:
        """A bundle that proves its answer."""
        vector = self._vector(path, about, asked, bundle, arguments)
        verdict = run(json.loads(vector.text()))
        if verdict.answer != json.loads(bytes_of(vector.bundle))["answer"]:
            raise AssertionError(path)
        fields = verdict_fields(verdict)
        if isinstance(bundle, list):  # the answer of a long bundle stands in it, and is not written twice
            del fields["answer"]
        self._add(replace(vector, outcome={"verdict": fields}))
        return verdict

    def bad(
        self, path: str, step: int, code: str, about: str, asked: Case, bundle: Any = None, **arguments: Any
    ) -> None:
        """A bundle that is refused at ``step`` with ``code``, as the author of the case says."""
        vector = self._vector(path, about, asked, bundle, arguments)
        try:
            run(json.loads(vector.text()))
        except Refusal as refusal:
            if (int(refusal.step), refusal.stable_code) != (step, code):
                raise AssertionError(f"{path}: {refusal.as_dict()}") from None
        else:
            raise AssertionError(f"{path} is accepted")
        self._add(replace(vector, outcome={"refusal": {"step": step, "code": code}}))

    def _add(self, vector: Vector) -> None:
        if any(vector.path == other.path for other in self.found):
            raise AssertionError(f"{vector.path} twice")
        self.found.append(vector)

    def _vector(self, path: str, about: str, asked: Case, bundle: Any, arguments: dict[str, Any]) -> Vector:
        group, name = path.split("/")
        made = bundle if isinstance(bundle, bytes | list) else encode_bundle(bundle or asked.bundle)
        anchor = arguments.pop("anchor", asked.anchor)
        question = arguments.pop("question", asked.question)
        time = int(asked.bundle["light_block"]["header"]["time"]["seconds"])
        return Vector(
            group,
            name,
            about,
            self.made,
            question.as_json(),
            anchor.as_json(),
            {"now": time + SOON, **arguments},
            spelled(made),
            {},
        )
