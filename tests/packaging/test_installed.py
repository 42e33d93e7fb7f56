"""The wheel in an empty environment: the base verifies, with its extras it keeps a ledger."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liveledger_cli.common.extras import BASE
from liveledger_cli.main import COMMANDS
from tests.house.tree import ROOT
from tests.packaging.installed import EVERY_HELP, Installation, build_wheel, fresh_clone, install

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

MOST_PACKAGES = 15
VECTOR = ROOT / "tests" / "proofs" / "vectors" / "real" / "item-events-1.json"
DEMO_SECONDS = 600


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the files under version control alone."""
    folder = tmp_path_factory.mktemp("wheel")
    built = build_wheel(fresh_clone(folder / "clone"), folder / "dist")
    assert built.returncode == 0, built.stderr
    [path] = (folder / "dist").glob("liveledger-*.whl")
    return path


@pytest.fixture(scope="module")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """`pip install liveledger`."""
    return install(tmp_path_factory.mktemp("base"), wheel)


def every_help(installed: Installation) -> dict[str, int]:
    """The exit code of every command's help."""
    done = installed.run([installed.python, "-c", EVERY_HELP])
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def vector(folder: Path) -> dict[str, Any]:
    """Writes a recorded bundle with its question, and its anchor without an end, into ``folder``."""
    recorded = json.loads(VECTOR.read_text())
    recorded["anchor"]["valid_until"]["seconds"] = "4102444800"
    (folder / "bundle.json").write_text(recorded["bundle"])
    (folder / "trust.json").write_text(json.dumps(recorded["anchor"]))
    (folder / "question.json").write_text(json.dumps(recorded["question"]))
    return dict(json.loads(recorded["bundle"])["answer"])


def test_the_base_is_a_handful_of_packages(base: Installation, tell: Any) -> None:
    packages = base.packages()
    tell(f"pip install liveledger: {len(packages)} packages")
    assert "liveledger" in packages
    assert len(packages) <= MOST_PACKAGES, packages


def test_the_base_verifies(base: Installation) -> None:
    answer = vector(base.folder)
    asked = ("verify", "bundle.json", "--trust", "trust.json", "--question", "question.json")
    done = base.liveledger(*asked, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["answer"] == answer
    other = base.liveledger(*asked[:-1], '{"view":"item-events/1","parameters":{"item":"urn:epc:id:sgtin:1.2.3"}}')
    assert other.returncode == 1
    assert "wrong-question" in other.stdout
    assert base.liveledger("show", "bundle.json").returncode == 0
    assert base.liveledger("trust", "show", "trust.json").returncode == 0


def test_the_base_helps_with_every_command(base: Installation) -> None:
    codes = every_help(base)
    assert COMMANDS.keys() <= codes.keys()
    assert set(codes.values()) == {0}
    listing = base.liveledger("--help")
    assert listing.returncode == 0
    assert listing.stdout.count("pip install 'liveledger[") == len(COMMANDS.keys() - BASE)
    assert base.liveledger("--version").returncode == 0


def test_the_base_says_what_the_rest_needs(base: Installation) -> None:
    for words in (["stock", "show", "1", "A", "9521234200017"], ["trust", "export"]):
        done = base.liveledger(*words)
        assert done.returncode == 4
        assert "(missing-extra)" in done.stderr
        assert "pip install 'liveledger[node]'" in done.stderr
    report = json.loads(base.liveledger("doctor", "--json").stdout)
    assert report["ok"]
    assert "make setup" not in json.dumps(report)


def test_without_go_the_build_says_what_is_missing(tmp_path: Path) -> None:
    clone = fresh_clone(tmp_path / "clone")
    built = build_wheel(clone, tmp_path / "dist", {**os.environ, "PATH": str(tmp_path)})
    assert built.returncode != 0
    assert "Go 1.25 or later is needed" in built.stderr


@pytest.fixture(scope="module")
def whole(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`pip install 'liveledger[node,api,oracles]'`; what it started ends with the tests."""
    installed = install(tmp_path_factory.mktemp("whole"), wheel, "[node,api,oracles]")
    try:
        yield installed
    finally:
        installed.liveledger("down")
        shutil.rmtree(installed.folder, ignore_errors=True)


@pytest.mark.slow
def test_with_its_extras_it_keeps_a_ledger_outside_a_checkout(whole: Installation) -> None:
    assert set(every_help(whole).values()) == {0}
    built = whole.liveledger("engine", "build", "--json", seconds=DEMO_SECONDS)
    assert built.returncode == 0, built.stderr
    report = json.loads(whole.liveledger("doctor", "--json").stdout)
    assert report["ok"], report
    assert not {"make", "lock"} & {check["name"] for check in report["checks"]}
    up = whole.liveledger("up", "--json", seconds=DEMO_SECONDS)
    assert up.returncode == 0, up.stderr
    assert set(json.loads(up.stdout)) == {"api", "execution", "consensus"}
    played = whole.liveledger("demo", "--json", seconds=DEMO_SECONDS)
    assert played.returncode == 0, played.stdout + played.stderr
    assert json.loads(played.stdout)["ok"]
