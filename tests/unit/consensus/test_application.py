"""The application on an engine that misbehaves on demand: it refuses, waits or stops, and never answers an error."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import structlog

from liveledger.bindings import validators
from liveledger.bindings.genesis import listing
from liveledger.consensus import application as bridge
from liveledger.consensus import execution
from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.application import Application
from liveledger.consensus.block_source import BlockSource, PayloadAttributes
from liveledger.consensus.builder import TurnGuess
from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable, PayloadStatus
from liveledger.consensus.execution import Halt, Restart
from liveledger.domain.errors import ConfigurationError
from liveledger.verifier import layout
from tests.unit.consensus.engine import GENESIS, KEY, OTHER_KEY, RULES, ScriptedEngine, SetClock, application, run

ACCEPT = abci.ResponseProcessProposal.ACCEPT
REJECT = abci.ResponseProcessProposal.REJECT
SYNCING = PayloadStatus("SYNCING")
INVALID = PayloadStatus("INVALID", "bad state root")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_PAUSES", (0.001,))
    monkeypatch.setattr(execution, "VOTE_SECONDS", 0.5)


def proposal(txs: list[bytes], *, height: int = 1, seconds: int = 1_000) -> Any:
    return abci.RequestProcessProposal(txs=txs, height=height, time={"seconds": seconds})


def decided(txs: list[bytes], *, height: int = 1, seconds: int = 1_000) -> Any:
    return abci.RequestFinalizeBlock(txs=txs, height=height, time={"seconds": seconds})


def metric(app: Application, name: str, **labels: str) -> float | None:
    return app._metrics.registry.get_sample_value(name, labels)


def test_the_head_is_made_official_before_info(engine: ScriptedEngine, app: Application) -> None:
    assert engine.calls == ["block", "head", "set_head", "head"]
    info = run(app.info(abci.RequestInfo()))
    assert (info.last_block_height, info.last_block_app_hash, info.app_version) == (0, b"", 2)


def test_another_genesis_stops_the_node(engine: ScriptedEngine, clock: SetClock, tmp_path: Path) -> None:
    engine.chain[0] = type(GENESIS)(0, b"\xbb" * 32, 1_000)
    with pytest.raises(Halt, match="genesis"):
        run(application(engine, clock, tmp_path).start())


def init(**changes: Any) -> Any:
    updates = [abci.ValidatorUpdate(pub_key={"ed25519": key}, power=10) for key in (KEY, OTHER_KEY)]
    good = {
        "chain_id": RULES.chain_id,
        "validators": updates,
        "app_state_bytes": json.dumps(RULES.app_state()).encode(),
    }
    return abci.RequestInitChain(**good | changes)


def test_the_genesis_hash_is_the_first_app_hash(app: Application) -> None:
    assert run(app.init_chain(init())).app_hash == GENESIS.hash


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": "another"},
        {"validators": []},
        {"app_state_bytes": b"{}"},
        {"app_state_bytes": json.dumps(RULES.app_state() | {"execution_genesis": "00" * 32}).encode()},
    ],
)
def test_init_chain_refuses_another_chain(app: Application, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        run(app.init_chain(init(**changes)))


def test_the_contract_must_hold_the_first_validators(engine: ScriptedEngine, app: Application) -> None:
    engine.set_validators({KEY: 10, OTHER_KEY: 11})
    with pytest.raises(Halt, match="power 11"):
        run(app.init_chain(init()))


def prepare(app: Application, *, seconds: int = 1_000, limit: int = 10**7) -> list[bytes]:
    request = abci.RequestPrepareProposal(height=1, max_tx_bytes=limit, time={"seconds": seconds})
    return list(run(app.prepare_proposal(request)).txs)


def test_a_proposal_is_accepted_by_its_own_rules(app: Application) -> None:
    txs = prepare(app)
    assert len(txs) == 1
    assert run(app.process_proposal(proposal(txs))).status == ACCEPT


def test_a_proposal_waits_for_the_clock(app: Application, clock: SetClock) -> None:
    clock.time = 999.5
    txs = prepare(app)
    assert clock.waits == [1.5]
    clock.time = 999.5
    run(app.process_proposal(proposal(txs)))
    assert clock.waits[1:] == [1.5]


@pytest.mark.parametrize("limit", [10, 0])
def test_a_turn_is_passed_up_when_the_block_is_too_small(app: Application, limit: int) -> None:
    assert prepare(app, limit=limit) == []


def test_a_turn_is_passed_up_when_the_engine_is_away(engine: ScriptedEngine, app: Application) -> None:
    engine.away = True
    assert prepare(app) == []
    assert metric(app, "liveledger_empty_proposals_total", reason="engine-unavailable") == 1


def test_a_turn_is_passed_up_when_the_engine_is_slow(
    engine: ScriptedEngine, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "PROPOSE_SECONDS", 0.02)
    quick = engine.build

    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    async def two_turns() -> list[int]:
        request = abci.RequestPrepareProposal(height=1, max_tx_bytes=10**7, time={"seconds": 1_000})
        app._builder.start_early(app.head, 1_001)
        first = await app.prepare_proposal(request)
        monkeypatch.setattr(engine, "build", quick)
        return [len(first.txs), len((await app.prepare_proposal(request)).txs)]

    monkeypatch.setattr(engine, "build", never)
    assert run(two_turns()) == [0, 1]
    assert metric(app, "liveledger_empty_proposals_total", reason="too-late") == 1


@pytest.mark.parametrize("answer", [None, {}, {"payloadStatus": None}, {"executionPayload": None}])
def test_an_empty_answer_is_no_answer(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call(*_: Any, **__: Any) -> Any:
        return answer

    async def ask() -> None:
        client = EngineClient(Path("nowhere"))
        monkeypatch.setattr(client, "call", call)
        with pytest.raises(EngineUnavailable):
            await BlockSource(client).build(bytes(32), PayloadAttributes(1, bytes(20)), [])
        with pytest.raises(EngineUnavailable):
            await client.set_head(bytes(32))
        with pytest.raises(EngineUnavailable):
            await client.new_payload(ScriptedEngine().next_payload(), timeout=1)
        await client.close()

    run(ask())


@pytest.mark.parametrize(
    ("txs", "reason"),
    [
        ([], "transaction-count"),
        ([b"a", b"b"], "transaction-count"),
        ([b""], "bad-format"),
        ([b"\x01x"], "bad-compression"),
    ],
)
def test_junk_is_rejected(app: Application, txs: list[bytes], reason: str) -> None:
    assert run(app.process_proposal(proposal(txs))).status == REJECT
    assert metric(app, "liveledger_refusals_total", reason=reason) == 1


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([SYNCING, SYNCING], ACCEPT),
        ([EngineUnavailable("away")], ACCEPT),
        ([EngineRefused("busy", -32000)], ACCEPT),
        ([SYNCING] * 1000, REJECT),
        ([EngineUnavailable("away")] * 1000, REJECT),
        ([INVALID], REJECT),
    ],
)
def test_a_vote_waits_for_the_engine_but_not_for_ever(
    engine: ScriptedEngine, app: Application, answers: list[Any], status: int
) -> None:
    packed = engine.next_payload().pack()
    engine.statuses.extend(answers)
    assert run(app.process_proposal(proposal([packed]))).status == status


def test_a_wrong_field_is_rejected_before_it_is_executed(engine: ScriptedEngine, app: Application) -> None:
    calls = len(engine.calls)
    packed = engine.next_payload(gas_limit=1).pack()
    assert run(app.process_proposal(proposal([packed]))).status == REJECT
    assert engine.calls[calls:] == []


def commit_one(engine: ScriptedEngine, app: Application, height: int = 1) -> Any:
    packed = engine.next_payload().pack()
    answer = run(app.finalize_block(decided([packed], height=height)))
    run(app.commit(abci.RequestCommit()))
    return answer


def test_a_decided_block_is_executed_however_long_it_takes(engine: ScriptedEngine, app: Application) -> None:
    engine.statuses.extend([SYNCING, EngineUnavailable("away"), PayloadStatus("ACCEPTED"), EngineRefused("x", -32000)])
    answer = commit_one(engine, app)
    assert answer.app_hash == (1).to_bytes(32)
    assert len(answer.tx_results) == 1
    assert answer.tx_results[0] == abci.ExecTxResult()
    assert app.head.number == 1


def test_an_invalid_decided_block_stops_the_node_the_second_time(
    engine: ScriptedEngine, clock: SetClock, tmp_path: Path
) -> None:
    suspects: set[bytes] = set()
    packed = engine.next_payload().pack()
    for reason in (Restart, Halt):
        again = application(engine, clock, tmp_path, suspects)
        run(again.start())
        engine.statuses.append(INVALID)
        with pytest.raises(reason, match="bad state root"):
            run(again.finalize_block(decided([packed])))


def test_a_block_called_invalid_by_mistake_is_forgiven(engine: ScriptedEngine, app: Application) -> None:
    packed = engine.next_payload().pack()
    for _ in range(2):
        engine.statuses.append(INVALID)
        with pytest.raises(Restart):
            run(app.finalize_block(decided([packed])))
        run(app.finalize_block(decided([packed])))


@pytest.mark.parametrize("changes", [{"number": 2}, {"parent_hash": bytes(32)}])
def test_a_decided_block_must_follow(engine: ScriptedEngine, app: Application, changes: dict[str, Any]) -> None:
    with pytest.raises(Halt, match="follow"):
        run(app.finalize_block(decided([engine.next_payload(**changes).pack()])))


def test_a_decided_block_without_payload_stops_the_node(app: Application) -> None:
    with pytest.raises(Halt, match="no payload"):
        run(app.finalize_block(decided([])))


def test_valid_is_not_believed_without_the_head(engine: ScriptedEngine, app: Application) -> None:
    engine.stuck_head = True
    with pytest.raises(Restart, match="head is 0"):
        commit_one(engine, app)


def test_a_refused_head_stops_the_node(engine: ScriptedEngine, app: Application) -> None:
    engine.statuses.extend([PayloadStatus("VALID"), SYNCING, INVALID])
    with pytest.raises(Halt, match="refuses block 1"):
        commit_one(engine, app)


def test_key_changes_come_one_block_later(engine: ScriptedEngine, app: Application) -> None:
    engine.journal(1, KEY, 7)
    assert list(commit_one(engine, app).validator_updates) == []
    engine.set_validators({KEY: 7, OTHER_KEY: 10})
    updates = commit_one(engine, app, 2).validator_updates
    assert [(update.pub_key.ed25519, update.power) for update in updates] == [(KEY, 7)]
    assert list(commit_one(engine, app, 3).validator_updates) == []


def test_the_next_contract_of_validators_is_read_from_its_block_on(engine: ScriptedEngine, app: Application) -> None:
    following = b"\x44" * 20
    rows = {slot: int.from_bytes(word) for slot, word in listing(validators.NAME, 2, following, b"\x05" * 32).items()}
    engine.directory |= rows | {layout.versions_slot(validators.NAME): 1 | 2 << 64 | 2 << 128}
    engine.journal(1, KEY, 7)
    commit_one(engine, app)
    engine.set_validators({KEY: 7, OTHER_KEY: 10})
    assert [update.power for update in commit_one(engine, app, 2).validator_updates] == [7]
    engine.validators = following  # whoever reads the older one from here on fails
    engine.journal(2, OTHER_KEY, 8)
    engine.set_validators({KEY: 7, OTHER_KEY: 8})
    assert [update.power for update in commit_one(engine, app, 3).validator_updates] == [8]


def test_a_rotated_key_takes_over_in_one_change(engine: ScriptedEngine, app: Application) -> None:
    fresh = b"\x03" * 32
    engine.journal(1, fresh, 10, replaced=KEY)
    commit_one(engine, app)
    engine.set_validators({fresh: 10, OTHER_KEY: 10, KEY: 0})
    updates = commit_one(engine, app, 2).validator_updates
    assert [(update.pub_key.ed25519, update.power) for update in updates] == [(fresh, 10), (KEY, 0)]


def test_a_rotation_whose_old_key_keeps_power_is_left_out(engine: ScriptedEngine, app: Application) -> None:
    fresh = b"\x03" * 32
    engine.journal(1, fresh, 10, replaced=KEY)
    engine.set_validators({fresh: 10, OTHER_KEY: 10, KEY: 10})
    commit_one(engine, app)
    assert list(commit_one(engine, app, 2).validator_updates) == []


@pytest.mark.parametrize("totals", [0, 1, 1 << 16, 2 | (1 << 62) << 16])
def test_a_change_that_would_stop_cometbft_is_left_out(engine: ScriptedEngine, app: Application, totals: int) -> None:
    engine.journal(1, KEY, 10)
    engine.words[bytes(32)] = totals
    commit_one(engine, app)
    assert list(commit_one(engine, app, 2).validator_updates) == []


def test_an_entry_that_the_contract_does_not_hold_is_left_out(engine: ScriptedEngine, app: Application) -> None:
    engine.journal(1, KEY, 9)
    commit_one(engine, app)
    assert list(commit_one(engine, app, 2).validator_updates) == []


def test_a_slow_clock_stops_the_node(app: Application) -> None:
    with pytest.raises(Halt, match="behind"):
        run(app.process_proposal(proposal([b""], seconds=1_070)))


def test_a_fast_clock_stops_the_node_but_an_old_block_does_not(app: Application, clock: SetClock) -> None:
    clock.time = 2_000
    for height in (1, 2):
        assert run(app.process_proposal(proposal([b""], height=height))).status == REJECT
    with pytest.raises(Halt, match="ahead"):
        run(app.process_proposal(proposal([b""], height=3)))


def test_turns_are_guessed_by_rotation() -> None:
    me, others = b"me", [b"a", b"b", b"c"]
    guess = TurnGuess(me)
    assert guess.mine_next(1)
    assert guess.mine_next(4)
    for proposer in (me, *others):
        guess.saw(proposer)
    assert guess.mine_next(4)
    guess.saw(me)
    assert not guess.mine_next(4)
    assert guess.mine_next(1)


def test_evidence_against_a_validator_raises_an_alert(engine: ScriptedEngine, app: Application) -> None:
    packed = engine.next_payload().pack()
    found = abci.Misbehavior(type=abci.DUPLICATE_VOTE, validator={"address": b"\x07" * 20, "power": 10}, height=1)
    request = decided([packed])
    request.misbehavior.append(found)
    with structlog.testing.capture_logs() as lines:
        run(app.finalize_block(request))
    assert metric(app, "liveledger_misbehaviour_total", kind="duplicate-vote") == 1
    (alert,) = [line for line in lines if line["event"] == "a validator misbehaved"]
    assert (alert["log_level"], alert["validator"]) == ("error", "07" * 20)
