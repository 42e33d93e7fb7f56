"""The vectors in the folder say what a verifier must say: this one does, from the files alone.

``python -m tests.proofs.making`` makes them; those in ``real`` were recorded (test_bundles).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger.verifier import Code, Question, Refusal, TrustAnchor, ed25519
from liveledger.verifier.views import VIEWS
from tests.proofs.making.__main__ import files
from tests.proofs.making.form import bytes_of, run, verdict_fields
from tests.proofs.making.trust_chains import outcome

FOLDER = Path(__file__).parent / "vectors"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())
PATHS = [FOLDER / name for name in MANIFEST["files"]]
GROUPS = sorted({path.parent.name for path in PATHS})
MOST_BYTES = 8 << 20


def table(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text())
    return found


def wrong(path: Path) -> str | None:
    """What this verifier says otherwise of a vector; None where it says the same."""
    vector = json.loads(path.read_text())
    try:
        said = verdict_fields(run(vector))
    except Refusal as refusal:
        found = {"step": int(refusal.step), "code": refusal.stable_code}
        return None if found == vector.get("refusal") else f"{path}: {refusal.as_dict()}"
    expected = vector.get("verdict")
    if expected is not None and "answer" not in expected:
        expected = {**expected, "answer": json.loads(bytes_of(vector))["answer"]}
    return None if said == expected else f"{path}: {said}"


@pytest.mark.parametrize("group", GROUPS)
def test_vectors_of_a_group(group: str) -> None:
    assert [text for path in PATHS if path.parent.name == group and (text := wrong(path))] == []


def test_signatures() -> None:
    for row in table("ed25519.json"):
        key, signature, message = (bytes.fromhex(row[name]) for name in ("key", "signature", "message"))
        assert ed25519.verify(key, signature, message) == row["counts"], row["why"]
        assert row["zip215"] or not row["counts"], row["why"]


def test_questions() -> None:
    for row in table("questions.json"):
        if row["well_formed"]:
            Question.from_bytes(row["text"].encode())
        else:
            with pytest.raises(InvalidInput):
                Question.from_bytes(row["text"].encode())


def test_anchors() -> None:
    for row in table("anchors.json"):
        if row["fingerprint"]:
            assert TrustAnchor.parse(row["text"].encode()).fingerprint() == row["fingerprint"], row["about"]
        else:
            with pytest.raises(Refusal):
                TrustAnchor.parse(row["text"].encode())


def test_anchor_chains() -> None:
    """Refusals of every code that a chain can have, and codes of a genesis that are too short."""
    rows = table("trust-chains.json")
    for row in rows:
        expected = {name: row[name] for name in ("verdict", "refusal", "well_formed") if name in row}
        assert outcome(row["chain"], row["genesis"], row["now"]) == expected, row["about"]
    chains = {"shape", "wrong-chain", "set-change", "expired-anchor", "validators-hash", "block-id", "power"}
    assert {row["refusal"]["code"] for row in rows if "refusal" in row} == chains | {"bad-signature", "header-hash"}


def test_the_manifest_counts_what_is_there() -> None:
    assert sorted(PATHS) == sorted(FOLDER.glob("*/*.json"))
    contents = [json.loads(path.read_text()) for path in PATHS]
    proven = Counter(vector["question"]["view"] for vector in contents if "verdict" in vector)
    refused = Counter("{step} {code}".format(**vector["refusal"]) for vector in contents if "refusal" in vector)
    assert proven == MANIFEST["proven_by_view"]
    assert refused == MANIFEST["refused_by_step_and_code"]
    assert proven.total() + refused.total() == len(PATHS)
    assert {name: len(table(name)) for name in MANIFEST["tables"]} == MANIFEST["tables"]


def test_every_view_and_every_code_has_vectors() -> None:
    assert set(MANIFEST["proven_by_view"]) == set(VIEWS)
    assert {name.split()[1] for name in MANIFEST["refused_by_step_and_code"]} == {code.value for code in Code}
    assert {int(name.split()[0]) for name in MANIFEST["refused_by_step_and_code"]} == set(range(1, 11))


def test_lists_hold_rows_and_moments_are_real() -> None:
    for name, field in (("settlement-1-three", "settlements"), ("reports-1", "reports"), ("sku-returns-1", "entries")):
        vector = json.loads((FOLDER / "views" / f"{name}.json").read_text())
        assert len(vector["verdict"]["answer"][field]) > 1
        assert vector["now"] > 1_600_000_000
    settled = json.loads((FOLDER / "views" / "settlement-1.json").read_text())["verdict"]["answer"]["settlements"]
    assert [len(entry["inputs"]) for entry in settled] == [3]


def test_a_changed_vector_is_noticed(tmp_path: Path) -> None:
    """The comparison above can fail: another verdict, another code, another moment."""
    for name, change in (
        ("views/stock-1.json", {"now": 1}),
        ("views/stock-1.json", {"verdict": {}}),
        ("age/stale.json", {"refusal": {"step": 6, "code": "shape"}}),
        ("age/stale.json", {"max_age": 10_000}),
    ):
        path = tmp_path / "changed.json"
        path.write_text(json.dumps({**json.loads((FOLDER / name).read_text()), **change}))
        assert wrong(path) is not None


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < MOST_BYTES


def test_the_recorded_bundles_hold_set_changes() -> None:
    bundles = [json.loads(bytes_of(json.loads(path.read_text()))) for path in sorted((FOLDER / "real").glob("*.json"))]
    assert len(bundles) >= 13
    assert max(len(bundle["set_changes"]) for bundle in bundles) == 2


def test_vectors_are_made_the_same_again() -> None:
    stored = {name: (FOLDER / name).read_text() for name in (*MANIFEST["files"], *MANIFEST["tables"], "manifest.json")}
    made = files()
    assert sorted(made) == sorted(stored)
    assert [name for name in made if made[name] != stored[name]] == []
