"""Bundles recorded on a real chain of four validators that changed twice (test_bundles) go on to verify.

The clock is a real one: that of a client which checks the bundle before its anchor expires, a year after its header.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liveledger.domain.hashing import canonical_json
from liveledger.verifier import Question, Refusal, TrustAnchor, verify
from liveledger.verifier.anchor import VALIDITY_SECONDS
from liveledger.verifier.refusal import Code

VECTORS = sorted((Path(__file__).parent / "vectors" / "real").glob("*.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_recorded_bundle_verifies(path: Path) -> None:
    vector = json.loads(path.read_text())
    anchor = TrustAnchor.parse(canonical_json(vector["anchor"]))
    question, bundle = Question.parse(vector["question"]), vector["bundle"].encode()
    made = int(json.loads(bundle)["light_block"]["header"]["time"]["seconds"])
    for now in (made, made + 30 * 86_400, anchor.valid_until.seconds):
        verdict = verify(bundle, anchor=anchor, question=question, now=now)
        assert (verdict.answer, verdict.age) == (json.loads(bundle)["answer"], now - made)
    with pytest.raises(Refusal):
        verify(bundle.replace(b'"height":"', b'"height":"1', 1), anchor=anchor, question=question, now=made)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_no_anchor_lasts_longer_than_a_year_after_the_block(path: Path) -> None:
    """What docs/bundle.md says of how long a bundle can be checked."""
    vector = json.loads(path.read_text())
    anchor = TrustAnchor.parse(canonical_json(vector["anchor"]))
    question, bundle = Question.parse(vector["question"]), vector["bundle"].encode()
    made = int(json.loads(bundle)["light_block"]["header"]["time"]["seconds"])
    assert anchor.valid_until.seconds <= made + VALIDITY_SECONDS
    with pytest.raises(Refusal) as refused:
        verify(bundle, anchor=anchor, question=question, now=anchor.valid_until.seconds + 1)
    assert refused.value.stable_code == Code.EXPIRED_ANCHOR


def test_set_changes_were_recorded() -> None:
    assert len(VECTORS) == 13
    changes = [len(json.loads(json.loads(path.read_text())["bundle"])["set_changes"]) for path in VECTORS]
    assert max(changes) == 2
