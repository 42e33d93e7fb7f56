"""A sender dies between any two of its steps, or its node lies: what was submitted lands once (faults 9 and 11)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveledger.chain.outbox import delivery, sender
from liveledger.chain.outbox.delivery import InconsistentNode
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.hashing import hex_bytes
from tests.chain.sending import ADDRESS, Crash, Process, crash, submit
from tests.simulators.node import SimulatedNode


def test_dies_while_signing(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sender, "sign", crash)
        process.dies(lambda: submit(process))
    process.settle()
    assert process.node.received == []
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]


def test_dies_between_signing_and_the_outbox(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "add_attempt", crash)
        process.dies(lambda: submit(process))
    assert process.outbox.find(ADDRESS, "k") is None
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]
    assert [tx.nonce for tx in process.node.received] == [0]


def test_dies_between_the_outbox_and_submission(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(process)
    with monkeypatch.context() as patch:
        patch.setattr(delivery.Delivery, "_hand_out", crash)
        process.dies(process.sender.pump)
    assert process.node.received == []
    process.settle()
    assert process.node.carried_out() == [b"data"]


def test_dies_right_after_submission(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(process)
    process.node.answer["eth_sendRawTransaction"] = crash
    process.dies(process.sender.pump)
    del process.node.answer["eth_sendRawTransaction"]
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]
    assert len({tx.tx_hash for tx in process.node.received}) == 1


def test_dies_before_the_receipt_and_before_the_record(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(process)
    process.sender.pump()
    process.node.mine()
    process.node.answer["eth_getTransactionReceipt"] = crash
    process.dies(process.sender.pump)
    del process.node.answer["eth_getTransactionReceipt"]
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "finish", crash)
        process.dies(process.sender.pump)
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]
    assert process.sender.outcome("k") is not None


Lie = Callable[[Any], Any]


def _later_block(receipt: Any) -> Any:
    return receipt and receipt | {"blockNumber": hex(10**6)}


def _other_hash(receipt: Any) -> Any:
    return receipt and receipt | {"blockHash": hex_bytes(b"\x66" * 32)}


def _other_position(receipt: Any) -> Any:
    return receipt and receipt | {"transactionIndex": "0x5"}


def _other_transaction(receipt: Any) -> Any:
    return receipt and receipt | {"transactionHash": hex_bytes(b"\x77" * 32)}


@pytest.mark.parametrize("lie", [_later_block, _other_hash, _other_position, _other_transaction])
def test_a_wrong_receipt_is_not_recorded(process: Process, lie: Lie) -> None:
    submit(process)
    process.sender.pump()
    process.node.mine()
    process.node.answer["eth_getTransactionReceipt"] = lie
    with pytest.raises(InconsistentNode):
        process.sender.pump()
    assert process.sender.outcome("k") is None
    del process.node.answer["eth_getTransactionReceipt"]
    process.settle()
    assert process.sender.outcome("k") is not None
    assert process.node.carried_out() == [b"data"]


def test_a_missing_receipt_posts_nothing_twice(process: Process) -> None:
    process.node.answer["eth_getTransactionReceipt"] = lambda _: None
    submit(process)
    process.settle()
    submit(process)
    process.settle()
    entry = process.outbox.find(ADDRESS, "k")
    assert entry is not None
    assert "nonce 0" in (entry.problem or "")
    assert {tx.nonce for tx in process.node.received} == {0}
    process.node.answer.clear()
    process.node.mine()
    process.sender.pump()
    assert process.sender.outcome("k") is not None


STEPS = ("submit", "pump", "mine", "lose", "restart", "die", "away", "back")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=40))
def test_any_order_of_troubles(tmp_path: Path, steps: list[str]) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    process = Process(tmp_path, SimulatedNode())
    acknowledged: list[bytes] = []
    for number, step in enumerate(steps):
        if step == "submit" and not process.node.away:
            acknowledged.append(number.to_bytes(2))
            submit(process, f"k{number}", acknowledged[-1])
        elif step == "pump" and not process.node.away:
            process.sender.pump()
        elif step == "mine":
            process.node.mine()
        elif step == "lose":
            process.node.lose += 1
        elif step == "restart":
            process.restart()
        elif step == "die" and not process.node.away and process.outbox.pending(ADDRESS, 1):
            process.node.answer["eth_sendRawTransaction"] = crash
            try:
                process.sender.pump()
            except Crash:
                process.restart()
            process.node.answer.clear()
        elif step in ("away", "back"):
            process.node.away = step == "away"
    process.node.away, process.node.lose = False, 0
    process.settle()
    assert process.node.carried_out() == acknowledged
    process.outbox.close()
