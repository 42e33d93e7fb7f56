"""verify, show and trust as a user calls them: a process of its own, no network, exit codes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.errors import RuleViolation
from liveledger.prover.trust_chains import make_chain
from liveledger.verifier import encode_bundle
from liveledger.verifier.times import Time
from liveledger_cli.common.context import Output
from liveledger_cli.trust.commands import require_valid
from tests.proofs.scenario import QUESTIONS, case, ledger
from tests.simulators.chain import EVM_CHAIN_ID
from tests.simulators.consensus import GENESIS_TIME, Signer
from tests.simulators.ledger import SimulatedLedger

LIVELEDGER = (sys.executable, "-m", "liveledger_cli.main")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """bundle.json, trust.json and question.json of a stock question."""
    asked = case("stock/2")
    (tmp_path / "bundle.json").write_bytes(encode_bundle(asked.bundle))
    (tmp_path / "trust.json").write_bytes(unexpired().emit())
    (tmp_path / "question.json").write_text(json.dumps(asked.question.as_json()))
    return tmp_path


def unexpired(height: int = 0) -> Any:
    return replace(ledger().anchor(height), valid_until=Time(4_102_444_800))


def run(folder: Path, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, *LIVELEDGER, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def verify(folder: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    arguments = ("verify", "bundle.json", "--trust", "trust.json", "--question", "question.json", "--home", ".")
    return run(folder, *arguments, *more, **options)


def test_proven(files: Path) -> None:
    done = verify(files)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:4]] == ["proven", "unchanged", "on the ledger and complete", "issuer"]
    assert '"available": "30"' in done.stdout
    assert "that the goods are what the label says" in done.stdout
    assert not (files / "main").exists()


def test_proven_as_json(files: Path) -> None:
    report = json.loads(verify(files, "--json").stdout)
    assert report["verdict"] == "proven"
    assert report["answer"]["in_transit"] == "5"
    assert report["anchor"] == unexpired().fingerprint()


def test_without_network(files: Path) -> None:
    tool = shutil.which("unshare")
    flags = next(
        (f for f in ("-rn", "-n") if tool and not subprocess.run([tool, f, "true"], check=False).returncode), None
    )
    if tool is None or flags is None:
        pytest.skip("this system makes no network namespaces")
    assert verify(files, prefix=(tool, flags)).returncode == 0


def test_refused(files: Path) -> None:
    (files / "bundle.json").write_bytes((files / "bundle.json").read_bytes() + b" ")
    done = verify(files)
    assert done.returncode == 1
    assert done.stdout.startswith("refused at step 1 (shape):")
    assert "hint" in done.stderr
    report = json.loads(verify(files, "--json").stdout)
    assert (report["verdict"], report["refusal"]["step"], report["refusal"]["code"]) == ("refused", 1, "shape")


def test_too_large_a_file_is_refused(files: Path) -> None:
    with (files / "bundle.json").open("wb") as file:
        file.truncate(100 << 20)
    assert json.loads(verify(files, "--json").stdout)["refusal"]["code"] == "shape"


def test_another_question_is_refused(files: Path) -> None:
    other = {"view": "stock/2", "parameters": {**QUESTIONS["stock/2"], "brand": "9"}}
    done = run(files, "verify", "bundle.json", "--trust", "trust.json", "--question", json.dumps(other), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["refusal"]["code"] == "wrong-question"


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "bundle.json", "--trust", "trust.json"),
        ("verify", "bundle.json", "--trust", "trust.json", "--question", "{}"),
        ("verify", "bundle.json", "--trust", "trust.json", "--question", "none.json"),
        ("verify", "bundle.json", "--trust", "none.json", "--question", "question.json"),
        ("verify", "bundle.json", "--trust", "bundle.json", "--question", "question.json"),
        ("verify",),
    ],
)
def test_wrong_use_ends_with_two(files: Path, arguments: tuple[str, ...]) -> None:
    assert run(files, *arguments).returncode == 2


def test_a_bundle_that_is_not_there_ends_with_three(files: Path) -> None:
    assert run(files, "verify", "no", "--trust", "trust.json", "--question", "question.json").returncode == 3


def test_max_age(files: Path) -> None:
    assert json.loads(verify(files, "--max-age", "5", "--json").stdout)["refusal"]["code"] == "stale"


def test_remember_refuses_a_step_back(files: Path) -> None:
    assert verify(files, "--remember").returncode == 0
    assert verify(files, "--remember").returncode == 0
    seen = json.loads((files / "main" / "seen.json").read_text())
    assert seen == {unexpired().fingerprint(): ledger().execution.block_number()}
    older = ledger().prover().prove(case("stock/2").question, height=ledger().execution.block_number() - 1)
    (files / "bundle.json").write_bytes(encode_bundle(older))
    assert verify(files).returncode == 0
    assert json.loads(verify(files, "--remember", "--json").stdout)["refusal"]["code"] == "below-anchor"


def test_show_gives_no_verdict(files: Path) -> None:
    done = run(files, "show", "bundle.json")
    assert done.returncode == 0
    assert "no verdict" in done.stdout
    assert json.loads(run(files, "show", "bundle.json", "--json").stdout)["question"]["view"] == "stock/2"
    (files / "bundle.json").write_text("{}")
    assert run(files, "show", "bundle.json").returncode == 1


def test_trust_compare(files: Path) -> None:
    (files / "other.json").write_bytes(replace(unexpired(), issued_at=Time(1)).emit())
    same = run(files, "trust", "compare", "trust.json", "other.json")
    assert (same.returncode, "the same anchor" in same.stdout) == (0, True)
    (files / "other.json").write_bytes(replace(unexpired(), evm_chain_id=5).emit())
    other = run(files, "trust", "compare", "trust.json", "other.json", "--json")
    assert other.returncode == 1
    assert json.loads(other.stdout)["differences"] == ["evm_chain_id"]


def test_anchors_of_two_heights_cannot_be_compared_and_each_fingerprint_names_its_height(files: Path) -> None:
    (files / "other.json").write_bytes(unexpired(2).emit())
    done = run(files, "trust", "compare", "trust.json", "other.json")
    assert done.returncode == 1
    first, second, verdict = done.stdout.splitlines()
    assert first == f"{unexpired().fingerprint()}  height 0  trust.json"
    assert second == f"{unexpired(2).fingerprint()}  height 2  other.json"
    assert "anchors of two heights always differ: export both at the same --height" in verdict
    proven = verify(files).stdout
    assert f"trust anchor {unexpired().fingerprint()} of height 0" in proven


def test_an_anchor_that_has_expired_is_not_handed_out() -> None:
    anchor = ledger().anchor(0)
    require_valid(anchor, anchor.valid_until.seconds)
    with pytest.raises(RuleViolation, match="nothing can be checked with it") as refused:
        require_valid(anchor, anchor.valid_until.seconds + 1)
    assert (refused.value.stable_code, refused.value.exit_code) == ("expired-anchor", 1)


def test_the_first_line_names_the_age_in_words(files: Path) -> None:
    """Any age is proven without a limit; with one the code is that of every old answer."""
    done = verify(files)
    block = ledger().prover().verifiable()
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"proven: what block {block} held ")
    assert re.search(r" held \d+ (days|years) ago \(2023-11-14T22:1\d:\d\dZ\)$", first)
    stale = verify(files, "--max-age", "600")
    assert (stale.returncode, "refused at step 6 (stale)" in stale.stdout) == (1, True)


def test_trust_update_takes_a_newer_anchor_out_of_a_bundle(files: Path) -> None:
    done = run(
        files, "trust", "update", "bundle.json", "--trust", "trust.json", "--question", "question.json", "--home", "."
    )
    assert done.returncode == 0, done.stderr
    assert not (files / "main").exists()
    height = case("stock/2").bundle["light_block"]["header"]["height"]
    updated = json.loads((files / "trust.json").read_text())
    assert updated["height"] == height
    assert done.stdout.endswith(f"  height {height}\n")
    assert updated["header_hash"] == case("stock/2").bundle["light_block"]["commit"]["block_id"]["hash"]
    assert updated["validators"] == ledger().anchor(int(height)).as_json()["validators"]
    shown = run(files, "trust", "show", "trust.json", "--json")
    assert json.loads(shown.stdout)["height"] == height


UPDATE = ("trust", "update", "bundle.json", "--trust", "trust.json", "--question", "question.json", "--home", ".")


def test_trust_update_does_not_forget_the_highest_block(files: Path) -> None:
    assert verify(files, "--remember").returncode == 0
    newest = (files / "bundle.json").read_bytes()
    block = ledger().execution.block_number()
    older = ledger().prover().prove(case("stock/2").question, height=block - 1)
    (files / "bundle.json").write_bytes(encode_bundle(older))
    back = run(files, *UPDATE)
    assert (back.returncode, "below-anchor" in back.stderr) == (1, True)
    assert (files / "trust.json").read_bytes() == unexpired().emit()
    (files / "bundle.json").write_bytes(newest)
    assert run(files, *UPDATE).returncode == 0
    fingerprint = json.loads(run(files, "trust", "show", "trust.json", "--json").stdout)["fingerprint"]
    seen = json.loads((files / "main" / "seen.json").read_text())
    assert seen == {unexpired().fingerprint(): block, fingerprint: block}


@pytest.mark.parametrize("name", ["[/x]", "\x1b[2J\x9b[Hproven\u202e"])
def test_text_of_a_bundle_does_not_steer_the_terminal(files: Path, name: str) -> None:
    bundle = json.loads(encode_bundle(case("stock/2").bundle))
    bundle["evidence"]["contracts"][name] = {"account": 1}
    (files / "bundle.json").write_bytes(encode_bundle(bundle))
    shown = run(files, "show", "bundle.json")
    assert (shown.returncode, "error (shape)" in shown.stderr) == (1, True), shown.stderr
    for done in (shown, verify(files), verify(files, "--json"), run(files, "show", "bundle.json", "--json")):
        assert not set(done.stdout + done.stderr) & set("\x1b\x9b\u202e")


def test_output_has_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "a\x1b\x07\r\x9b\x7f\nb"
    Output().result(None, evil)
    assert capsys.readouterr().out == "a\\u001b\\u0007\\u000d\\u009b\\u007f\\u000ab\n"
    Output().result(None, [evil, "c"])
    assert capsys.readouterr().out == "a\\u001b\\u0007\\u000d\\u009b\\u007f\\u000ab\nc\n"
    Output(as_json=True).result({"x": evil}, "")
    printed = capsys.readouterr().out
    assert not set(printed) & set("\x1b\x07\r\x9b\x7f")
    assert json.loads(printed) == {"x": evil}


def test_verify_loads_no_web_client(files: Path) -> None:
    code = (
        "import sys; sys.argv = ['liveledger', 'verify', 'bundle.json', '--trust', 'trust.json',"
        " '--question', 'question.json', '--home', '.']\n"
        "from liveledger_cli.main import app\n"
        "try:\n    app()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'httpx', 'structlog', 'web3', 'eth_account', 'eth_abi', 'sqlalchemy', 'fastapi'}\n"
        "heavy.add('liveledger.chain')\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=files, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_trust_chain_leads_to_an_anchor_that_verifies(tmp_path: Path) -> None:
    """Expired links are named; what is no code, another genesis and a chain whose newest has expired are told apart."""
    rows = json.loads((Path(__file__).parent / "vectors" / "trust-chains.json").read_text())
    (tmp_path / "old.json").write_text(rows[0]["chain"])
    code, check = rows[0]["genesis"], ("trust", "chain", "check")
    told = run(tmp_path, *check, "old.json", "--genesis", code)
    assert told.returncode == 0, told.stderr
    assert "expired by now: 6 of 6 links, of height 0, " in told.stdout
    refused = run(tmp_path, *check, "old.json", "--genesis", code, "--out", "trust.json")
    assert refused.returncode == 1, refused.stderr
    assert "expired-anchor" in refused.stderr or "has expired" in refused.stderr
    assert not (tmp_path / "trust.json").exists()
    assert run(tmp_path, *check, "old.json", "--genesis", "A" * 19).returncode == 2
    other = run(tmp_path, *check, "old.json", "--genesis", "A" * 20, "--json")
    assert other.returncode == 1
    assert json.loads(other.stdout)["refusal"]["code"] == "wrong-chain"
    assert run(tmp_path, *check, "none.json", "--genesis", code).returncode == 3


def test_trust_chain_writes_the_newest_anchor(tmp_path: Path) -> None:
    made = SimulatedLedger([Signer.make(1)], filled=False, ahead=int(time.time()) - GENESIS_TIME - 100)
    made.mine()
    made.mine(following=[Signer.make(2)])
    made.mine()
    made.mine()
    chain = make_chain(made.execution, made.consensus, made, EVM_CHAIN_ID)
    (tmp_path / "chain.json").write_bytes(chain)
    asked = ("trust", "chain", "check", "chain.json", "--genesis", made.anchor(0).fingerprint(), "--out", "trust.json")
    done = run(tmp_path, *asked, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["set_changes"], said["expired"]) == (["3"], [])
    shown = json.loads(run(tmp_path, "trust", "show", "trust.json", "--json").stdout)
    assert shown["fingerprint"] == said["newest"]["fingerprint"]
    assert shown["height"] == said["newest"]["height"]
