"""Bundles recorded on a real chain of four validators that changed twice (test_real_chain): they verify for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from liveledger.domain.hashing import canonical_json
from liveledger.proofs import Question, Refusal, TrustAnchor, verify

VECTORS = sorted((Path(__file__).parent / "vectors" / "real").glob("*.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_recorded_bundle_verifies(path: Path) -> None:
    vector = json.loads(path.read_text())
    anchor = TrustAnchor.parse(canonical_json(vector["anchor"]))
    question, bundle = Question.parse(vector["question"]), vector["bundle"].encode()
    verdict = verify(bundle, anchor=anchor, question=question, now=0)
    assert verdict.answer == json.loads(bundle)["answer"]
    with pytest.raises(Refusal):
        verify(bundle.replace(b'"height":"', b'"height":"1', 1), anchor=anchor, question=question, now=0)


def test_set_changes_were_recorded() -> None:
    assert len(VECTORS) == 9
    changes = [len(json.loads(json.loads(path.read_text())["bundle"])["set_changes"]) for path in VECTORS]
    assert max(changes) == 2
