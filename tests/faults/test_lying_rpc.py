"""Row 11: between a client and its node stands one who lies. Nothing is posted twice, and no lie is believed."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.outbox.delivery import InconsistentNode
from liveledger.chain.rpc.nodes import CometRpc, ExecutionRpc
from liveledger.chain.rpc.transport import MalformedAnswer, NodeUnreachable, RpcError
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.source import BrokenChain
from liveledger.prover.anchors import export_anchor
from liveledger.prover.errors import NothingToProve, ProofBroken
from liveledger.prover.prover import Prover
from liveledger.verifier import Question, Refusal, TrustAnchor, verify
from tests.simulators.lying_rpc import Lie, LyingProxy
from tests.support.load import Load
from tests.support.promises import World, prove
from tests.support.tally import Tally

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
STALE = 4
STEPS = 4


@dataclass
class Between:
    """The ledger as a client behind the liars has it."""

    ledger: Ledger
    execution: LyingProxy
    comet: LyingProxy


@pytest.fixture
def between(asked: World) -> Iterator[Between]:
    ports = asked.net.home.node(0).ports()
    with (
        LyingProxy(f"http://127.0.0.1:{ports.execution_http}") as execution,
        LyingProxy(f"http://127.0.0.1:{ports.consensus_rpc}") as comet,
    ):
        liar = ExecutionRpc(execution.url)
        ledger = dataclasses.replace(asked.trading.ledger, execution=liar, door=liar, comet=CometRpc(comet.url))
        yield Between(ledger, execution, comet)
        ledger.close()


def stale_number(number: str) -> str:
    return hex(max(0, int(number, 16) - STALE))


def stale_status(status: dict[str, Any]) -> dict[str, Any]:
    sync = status["sync_info"]
    height = str(max(1, int(sync["latest_block_height"]) - STALE))
    return status | {"sync_info": sync | {"latest_block_height": height}}


def of_receipt(**changes: Any) -> Lie:
    return lambda receipt: receipt and receipt | changes


POSTING_LIES: dict[str, tuple[str, Lie]] = {
    "stale height of geth": ("eth_blockNumber", stale_number),
    "stale height of CometBFT": ("status", stale_status),
    "receipt of another block": ("eth_getTransactionReceipt", of_receipt(blockHash="0x" + "66" * 32)),
    "receipt of a later block": ("eth_getTransactionReceipt", of_receipt(blockNumber="0xfffff")),
    "receipt of another place": ("eth_getTransactionReceipt", of_receipt(transactionIndex="0x5")),
    "receipt of another transaction": ("eth_getTransactionReceipt", of_receipt(transactionHash="0x" + "77" * 32)),
    "no receipt": ("eth_getTransactionReceipt", lambda _: None),
    "a lower nonce": ("eth_getTransactionCount", lambda _: "0x0"),
}


def post_through(world: World, between: Between, lie: str) -> Load:
    """Posts some messages behind the liar and pumps for a while, whatever that gives."""
    load = Load(world.trading, len(world.loads) + 1, 0)
    world.loads.append(load)
    poster = load.poster(between.ledger)
    for step in range(STEPS):
        messages = load.messages(step)
        with contextlib.suppress(NodeUnreachable, RpcError, InconsistentNode):
            poster.post(messages)
            load.acknowledged += [message.message_id for message in messages]
        for _ in range(4):
            with contextlib.suppress(NodeUnreachable, RpcError, InconsistentNode):
                poster.pump()
            time.sleep(0.3)
    return load


@pytest.mark.parametrize("lie", ["error after accept", "silence after accept"])
def test_trouble_after_acceptance_posts_nothing_twice(world: World, tally: Tally, between: Between, lie: str) -> None:
    kind = between.execution.errors_after if lie.startswith("error") else between.execution.silent_after
    kind.add("eth_sendRawTransaction")
    load = post_through(world, between, lie)
    assert between.execution.told >= 1
    assert load.acknowledged
    tally.add(11, lie, between.execution.told)


@pytest.mark.faults
@pytest.mark.parametrize("lie", POSTING_LIES)
def test_a_lying_node_has_nothing_posted_twice(world: World, tally: Tally, between: Between, lie: str) -> None:
    method, change = POSTING_LIES[lie]
    liar = between.comet if method == "status" else between.execution
    liar.lies[method] = change
    post_through(world, between, lie)
    assert liar.told >= 1
    tally.add(11, f"posting: {lie}", liar.told)


def without_last_event(receipts: list[Any]) -> list[Any]:
    return [*receipts[:-1], receipts[-1] | {"logs": receipts[-1]["logs"][:-1]}] if receipts else receipts


def test_a_missing_event_stops_the_index(tally: Tally, between: Between, tmp_path: Path) -> None:
    between.execution.lies["eth_getBlockReceipts"] = without_last_event
    engine = sqlite_engine(tmp_path / "index.db")
    index = Index(engine, between.ledger)
    with pytest.raises((BrokenChain, MalformedAnswer)):
        index.catch_up()
    between.execution.honest()
    assert index.catch_up() > 0
    engine.dispose()
    tally.add(11, "index: a missing event", between.execution.told)


class Careless(Prover):
    """Hands out whatever it made, as a dishonest server would."""

    def _check(self, bundle: dict[str, Any], question: Question, since: int | None) -> None:
        """Nothing."""


def last_byte(text: str) -> str:
    return text[:-2] + f"{int(text[-2:], 16) ^ 1:02x}"


def changed_node(proof: dict[str, Any]) -> dict[str, Any]:
    slots = [slot | {"proof": [*slot["proof"][:-1], last_byte(slot["proof"][-1])]} for slot in proof["storageProof"]]
    return proof | {"storageProof": slots}


def absent_slot(proof: dict[str, Any]) -> dict[str, Any]:
    return proof | {"storageProof": [slot | {"value": "0x0", "proof": []} for slot in proof["storageProof"]]}


def other_account(proof: dict[str, Any]) -> dict[str, Any]:
    return proof | {"accountProof": [*proof["accountProof"][:-1], last_byte(proof["accountProof"][-1])]}


def other_app_hash(commit: dict[str, Any]) -> dict[str, Any]:
    signed = commit["signed_header"]
    header = signed["header"] | {"app_hash": "66" * 32}
    return commit | {"signed_header": signed | {"header": header}}


def other_signature(commit: dict[str, Any]) -> dict[str, Any]:
    signed = commit["signed_header"]
    rows = [row | {"signature": row["signature"] and "A" * 86 + "=="} for row in signed["commit"]["signatures"]]
    return commit | {"signed_header": signed | {"commit": signed["commit"] | {"signatures": rows}}}


def more_power(answer: dict[str, Any]) -> dict[str, Any]:
    rows = [row | {"voting_power": "11"} for row in answer["validators"]]
    return answer | {"validators": rows}


PROVING_LIES: dict[str, tuple[str, Lie]] = {
    "a changed node of a storage proof": ("eth_getProof", changed_node),
    "a slot said to be empty": ("eth_getProof", absent_slot),
    "a changed node of an account's proof": ("eth_getProof", other_account),
    "another app hash": ("commit", other_app_hash),
    "signatures that are none": ("commit", other_signature),
    "validators with other powers": ("validators", more_power),
}
# The anchor knows the validators: what the node says of them is in no bundle unless the set has changed.
HARMLESS = "validators with other powers"


def answered(between: Between, prover: Prover, anchor: TrustAnchor, question: Question) -> Any:
    """The answer that a client believes, or the word for refusing it."""
    try:
        bundle = prove(prover, question, lambda: None)
        return verify(bundle, anchor=anchor, question=question, now=int(time.time())).answer
    except (Refusal, ProofBroken, NothingToProve, MalformedAnswer):
        return "refused"


@pytest.mark.parametrize("lie", PROVING_LIES)
def test_the_verifier_refuses_what_a_liar_proves(asked: World, tally: Tally, between: Between, lie: str) -> None:
    anchor = export_anchor(asked.trading.ledger, 0)
    question = next(issued.question for issued in asked.issued if issued.question.view == "stock/2")
    asked.follow(asked.trading.ledger)
    engine = sqlite_engine(asked.net.home.index)
    careless, careful = Careless(between.ledger, engine, anchor), Prover(between.ledger, engine, anchor)
    honest = answered(between, careless, anchor, question)
    assert honest != "refused"
    method, change = PROVING_LIES[lie]
    liar = between.comet if method in ("commit", "validators") else between.execution
    liar.lies[method] = change
    believed = honest if lie == HARMLESS else "refused"
    assert answered(between, careless, anchor, question) == believed
    assert answered(between, careful, anchor, question) == believed
    engine.dispose()
    tally.add(11, f"proving: {lie}", liar.told)
