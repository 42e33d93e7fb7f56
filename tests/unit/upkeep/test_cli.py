"""The commands of ``liveledger node`` for archives, as an operator types them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.maintenance.manifest import SNAPSHOT
from liveledger_cli.main import assemble
from tests.support.archives import MadeHome, made_home


@pytest.fixture
def made(tmp_path: Path) -> MadeHome:
    return made_home(tmp_path / "home")


def run(*arguments: object) -> Result:
    line = ["node", *map(str, arguments)]
    return CliRunner().invoke(assemble(line), line)


def test_a_restore_says_what_it_did(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a", keys=True, handover="ab", created_at=int(time.time()))
    where = ("--home", tmp_path / "new", "--ledger", "test")
    answer = run("restore", tmp_path / "a", *where, "--json", "--quiet")
    assert answer.exit_code == 0, answer.exception
    content = json.loads(answer.stdout)
    assert (content["kind"], content["height"], content["signs_from"]) == ("backup", "100", "0")
    again = run("restore", tmp_path / "a", *where, "-q")
    assert "left as they were: execution-genesis.json" in again.stdout


def test_promises_come_together(tmp_path: Path) -> None:
    answer = run("restore", tmp_path / "a", "--accept-lost-blocks")
    assert isinstance(answer.exception, InvalidInput)


def test_a_snapshot_asks_for_an_anchor(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a", kind=SNAPSHOT)
    where = ("--home", made.home.root, "--ledger", "test")
    assert isinstance(run("restore", tmp_path / "a", *where).exception, ConfigurationError)
    missing = run("restore", tmp_path / "a", *where, "--trust", tmp_path / "none")
    assert isinstance(missing.exception, InvalidInput)


@pytest.mark.parametrize("options", [["--retire"], ["--node", "9"]])
def test_orders_that_make_no_sense(made: MadeHome, tmp_path: Path, options: list[str]) -> None:
    answer = run("backup", "--out", tmp_path / "b", "--home", made.home.root, "--ledger", "test", *options)
    assert isinstance(answer.exception, ConfigurationError)
    assert not (tmp_path / "b").exists()
