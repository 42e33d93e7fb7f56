"""A validator answers the same about the same proposal before and after a restart, whatever its engine did then."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from liveledger.consensus import execution
from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.application import Application
from liveledger.consensus.engine_client import EngineUnavailable
from liveledger.consensus.verdicts import REMEMBERED, Verdicts
from tests.unit.consensus.engine import ScriptedEngine, SetClock, application

ACCEPT = abci.ResponseProcessProposal.ACCEPT
REJECT = abci.ResponseProcessProposal.REJECT


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_PAUSES", (0.001,))
    monkeypatch.setattr(execution, "VOTE_SECONDS", 0.5)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def started(engine: ScriptedEngine, folder: Path) -> Application:
    app = application(engine, SetClock(1_001.0), folder)
    asyncio.run(app.start())
    return app


def refused_for_want_of_an_engine(engine: ScriptedEngine, folder: Path) -> None:
    app = started(engine, folder)
    engine.statuses.extend([EngineUnavailable("away")] * 1000)
    assert ask(app, engine) == REJECT
    engine.statuses.clear()


def ask(app: Application, engine: ScriptedEngine, name: bytes = b"\x01" * 32) -> Any:
    txs = [engine.next_payload().pack()]
    request = abci.RequestProcessProposal(txs=txs, height=1, hash=name, time={"seconds": 1_000})
    return asyncio.run(app.process_proposal(request)).status


def test_a_refusal_for_want_of_an_engine_is_repeated_after_a_restart(engine: ScriptedEngine, tmp_path: Path) -> None:
    """The vote was signed; another one would be refused by the signer, and a lone validator would wait for ever."""
    refused_for_want_of_an_engine(engine, tmp_path)
    again = started(engine, tmp_path)
    assert ask(again, engine) == REJECT
    assert ask(again, engine) == ACCEPT, "in a later round the engine is asked"


def test_what_was_accepted_is_accepted_though_the_engine_is_away(engine: ScriptedEngine, tmp_path: Path) -> None:
    assert ask(started(engine, tmp_path), engine) == ACCEPT
    app = started(engine, tmp_path)
    engine.statuses.extend([EngineUnavailable("away")] * 1000)
    assert ask(app, engine) == ACCEPT


def test_every_restart_repeats_the_answer(engine: ScriptedEngine, tmp_path: Path) -> None:
    refused_for_want_of_an_engine(engine, tmp_path)
    assert [ask(started(engine, tmp_path), engine) for _ in range(3)] == [REJECT] * 3


def test_another_proposal_is_judged_anew(engine: ScriptedEngine, tmp_path: Path) -> None:
    refused_for_want_of_an_engine(engine, tmp_path)
    assert ask(started(engine, tmp_path), engine, b"\x02" * 32) == ACCEPT


def test_the_newest_answers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    said = Verdicts(path)
    for number in range(REMEMBERED + 3):
        said.note(bytes([number]), number % 2 == 0)
    said.note(bytes([3]), True)
    kept = Verdicts(path)
    assert [kept.recall(bytes([number])) for number in range(5)] == [None, None, None, True, True]
    assert kept.recall(bytes([REMEMBERED + 2])) is True
    assert kept.recall(bytes([REMEMBERED + 1])) is False
    assert kept.recall(bytes([REMEMBERED + 1])) is None


@pytest.mark.parametrize(
    "junk", [b"", b"\xff", b"[", b"[]", b"null", b'{"01": 1}', b"[" * 10_000, b"{" + b'"a":true,' * 5_000]
)
def test_an_unreadable_file_holds_nothing(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "verdicts.json"
    path.write_bytes(junk)
    said = Verdicts(path)
    assert said.recall(b"\x01") is None
    said.note(b"\x01", False)
    assert json.loads(path.read_text()) == {"01": False}


def test_an_answer_is_given_on_a_full_disk_too(tmp_path: Path) -> None:
    said = Verdicts(tmp_path / "no-such-folder" / "verdicts.json")
    said.note(b"\x01", True)
