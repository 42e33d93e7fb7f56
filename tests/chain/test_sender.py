"""Exactly once, whatever fails between sign, outbox, submit, receipt and record (faults 9 and 11)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveledger.bindings import allowances
from liveledger.bindings.constants import ALLOWANCE_WEI
from liveledger.chain.accounts.accounts import account_of
from liveledger.chain.outbox import delivery, sender
from liveledger.chain.outbox.delivery import RESEND_AFTER_BLOCKS, InconsistentNode
from liveledger.chain.outbox.outbox import KeyReused, Outbox
from liveledger.chain.outbox.sender import NotFinalYet, Request, Sender
from liveledger.chain.outbox.signing import Fees, fees_for, outbid
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.errors import RuleViolation, TooLarge
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.transactions import MAX_TX_BYTES, MAX_TX_GAS
from tests.simulators.node import EVM_CHAIN_ID, SimulatedNode, decode, simulated_connection

ACCOUNT = account_of(b"\x11" * 32)
ADDRESS = bytes.fromhex(ACCOUNT.address[2:])
TARGET = b"\x22" * 20
GAS = 60_000


class Crash(BaseException):
    """The process dies here: nothing catches it, open transactions are rolled back as the kernel would leave them."""


class Process:
    """A sender's process: it can die at any step and start again on what is on disk."""

    def __init__(self, folder: Path, node: SimulatedNode) -> None:
        self.folder = folder
        self.node = node
        self.start()

    def start(self) -> None:
        connection = simulated_connection(self.node, self.folder)
        self.outbox = Outbox(self.folder / "outbox.db", evm_chain_id=EVM_CHAIN_ID, genesis=self.node.block_hash(0))
        self.sender = Sender(connection, ACCOUNT, self.outbox)

    def restart(self) -> None:
        self.outbox.close()
        self.start()

    def dies(self, act: Callable[[], Any]) -> None:
        with pytest.raises(Crash):
            act()
        self.restart()

    def settle(self) -> None:
        """Lets everything that is pending become final."""
        for _ in range(2 * RESEND_AFTER_BLOCKS + 2):
            self.sender.pump()
            self.node.mine()
        self.sender.pump()


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return Process(tmp_path, SimulatedNode())


def crash(*_: Any, **__: Any) -> Any:
    raise Crash


def submit(process: Process, key: str = "k", data: bytes = b"data") -> None:
    process.sender.submit(key, TARGET, data, gas=GAS)


def test_the_whole_way(process: Process) -> None:
    process.sender.submit("k", TARGET, b"data")
    assert process.sender.outcome("k") is None
    process.settle()
    outcome = process.sender.outcome("k")
    assert outcome is not None
    assert (outcome.status, outcome.block, outcome.gas_used) == (1, 1, 21_000)
    assert outcome.final_at >= outcome.submitted_at
    assert process.node.carried_out() == [b"data"]


def test_the_same_key_does_nothing_more(process: Process) -> None:
    submit(process)
    submit(process)
    process.settle()
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]
    with pytest.raises(KeyReused):
        submit(process, data=b"other")


def test_gas_money_is_asked_for_before_the_account_is_dry(process: Process) -> None:
    ask = allowances.TopUp(ADDRESS).calldata()
    process.node.balance = ALLOWANCE_WEI // 2 + 1
    submit(process)
    process.settle()
    process.node.balance -= 1
    for number in range(3):
        submit(process, f"more-{number}", b"more")
        process.settle()
    assert process.node.carried_out() == [b"data", b"more", ask, b"more", b"more"]


def test_gas_money_is_asked_of_the_version_that_took_over(process: Process) -> None:
    """The one of genesis refuses once it was replaced, and accounts would run dry."""
    process.node.balance, process.node.allowances = 0, b"\x4d" * 20
    submit(process)
    process.settle()
    submit(process, "more", b"more")
    process.settle()
    asked = [one.to for one in process.node.received if one.data == allowances.TopUp(ADDRESS).calldata()]
    assert set(asked) == {b"\x4d" * 20}


def test_gas_money_that_is_refused_holds_nothing_up(process: Process, capsys: pytest.CaptureFixture[str]) -> None:
    process.node.balance = 0
    process.node.reverting.add(allowances.TopUp(ADDRESS).calldata())
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]
    said = capsys.readouterr()  # a command that ran in this process before sends its log to stderr
    assert (said.out + said.err).count("no-gas-money") == 1


def test_a_refused_call_leaves_nothing(process: Process) -> None:
    process.node.reverting.add(b"bad")
    with pytest.raises(RuleViolation, match="StockEmptyBatch"):
        process.sender.submit("k", TARGET, b"bad")
    process.settle()
    assert process.outbox.find(ADDRESS, "k") is None
    assert process.node.received == []


def test_a_revert_on_the_chain_is_recorded_with_its_reason(process: Process) -> None:
    process.node.reverting.add(b"bad")
    submit(process, data=b"bad")
    submit(process, "next", b"next")
    process.settle()
    outcome = process.sender.outcome("k")
    assert outcome is not None
    assert outcome.status == 0
    assert "StockEmptyBatch" in str(process.sender.reason("k"))
    assert process.node.carried_out() == [b"next"]


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


def test_a_lost_transaction_is_sent_again_with_the_same_bytes(process: Process) -> None:
    process.node.lose = 1
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]
    assert len(process.node.received) >= 2
    assert len({tx.tx_hash for tx in process.node.received}) == 1


def test_an_error_after_acceptance_posts_nothing_twice(process: Process) -> None:
    process.node.fail_after_accept = True
    submit(process)
    with pytest.raises(NodeUnreachable):
        process.sender.pump()
    process.node.fail_after_accept = False
    submit(process)
    process.settle()
    assert process.node.carried_out() == [b"data"]


def test_a_node_that_is_away_is_waited_for(process: Process) -> None:
    submit(process)
    process.node.away = True
    with pytest.raises(NotFinalYet) as caught:
        process.sender.wait("k", timeout=0.1)
    assert "away" in caught.value.hint
    process.node.away = False
    process.settle()
    assert process.node.carried_out() == [b"data"]


def test_several_in_flight_keep_their_order(process: Process) -> None:
    data = [bytes([number]) for number in range(40)]
    process.sender.submit_many([Request(f"k{number}", TARGET, part, GAS) for number, part in enumerate(data)])
    process.settle()
    assert process.node.carried_out() == data
    assert [tx.nonce for tx in process.node.received] == list(range(40))


def test_bids_more_when_the_base_fee_rises(process: Process) -> None:
    submit(process)
    process.sender.pump()
    process.node.base_fee = 10**9
    process.node.mine()
    process.settle()
    first, *_, last = process.node.received
    assert process.node.carried_out() == [b"data"]
    assert last.max_fee > 10**9 > first.max_fee
    assert (first.nonce, first.data) == (last.nonce, last.data)


def test_the_first_bid_may_still_win(process: Process) -> None:
    """The replacement is in the outbox, but the chain took the first bytes."""
    submit(process)
    process.sender.pump()
    first = dict(process.node.pool)
    process.node.base_fee = 10**9
    process.node.mine()
    process.sender.pump()
    process.node.pool, process.node.base_fee = first, 7
    process.settle()
    assert process.node.carried_out() == [b"data"]
    outcome = process.sender.outcome("k")
    assert outcome is not None
    assert outcome.tx_hash == process.node.received[0].tx_hash


def test_replacements_rise_enough_for_the_pool() -> None:
    last = fees_for(7)
    assert outbid(last, 7) is None
    higher = outbid(last, 10_000)
    assert higher is not None
    assert higher.max_fee * 10 >= last.max_fee * 11
    assert higher.priority_fee * 10 >= last.priority_fee * 11
    assert outbid(Fees(10**12, 1), 10**6) is None


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


def test_a_stale_height_only_delays(process: Process) -> None:
    process.node.answer["eth_blockNumber"] = lambda _: "0x0"
    submit(process)
    process.settle()
    assert process.sender.outcome("k") is None
    process.node.answer.clear()
    process.settle()
    assert process.node.carried_out() == [b"data"]


def test_a_nonce_that_somebody_else_used_is_named(process: Process) -> None:
    submit(process)
    foreign = Process(process.folder / "foreign", process.node)
    foreign.sender.submit("f", TARGET, b"foreign", gas=GAS)
    foreign.settle()
    process.settle()
    with pytest.raises(NotFinalYet) as caught:
        process.sender.wait("k", timeout=0.1)
    assert "not ours" in caught.value.hint
    assert process.node.carried_out() == [b"foreign"]


def test_a_fresh_outbox_goes_on_after_the_chains_nonce(process: Process) -> None:
    submit(process)
    process.settle()
    fresh = Process(process.folder / "fresh", process.node)
    fresh.sender.submit("later", TARGET, b"later", gas=GAS)
    fresh.settle()
    assert process.node.carried_out() == [b"data", b"later"]


def test_limits_of_a_transaction(process: Process) -> None:
    with pytest.raises(TooLarge):
        process.sender.submit("gas", TARGET, b"", gas=MAX_TX_GAS + 1)
    with pytest.raises(TooLarge):
        process.sender.submit("bytes", TARGET, bytes(MAX_TX_BYTES), gas=MAX_TX_GAS)
    process.settle()
    assert process.node.received == []
    assert process.outbox.next_nonce(ADDRESS) == 0


def test_what_is_signed_names_the_chain(process: Process) -> None:
    submit(process)
    entry = process.outbox.find(ADDRESS, "k")
    assert entry is not None
    (attempt,) = process.outbox.attempts([entry.id])[entry.id]
    assert decode(process.outbox.raw(attempt.tx_hash) or b"").sender == ADDRESS


@pytest.mark.parametrize("method", ["eth_getTransactionCount", "eth_getTransactionReceipt", "eth_getBlockByNumber"])
@pytest.mark.parametrize("mined", [True, False])
def test_two_processes_on_one_outbox(
    process: Process, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], method: str, mined: bool
) -> None:
    """The other one records everything as final while this one asks the node: nothing is taken for a stranger's."""
    other = Process(process.folder, process.node)
    for number in range(3):
        submit(process, f"k{number}", bytes([number]))
    other.sender.pump()
    if mined:
        process.node.mine()
    perform, entered = process.node.perform, []

    def meanwhile(asked: str, params: Any) -> Any:
        if asked == method and not entered:
            entered.append(asked)
            if not mined:
                process.node.mine()
            other.sender.pump()
            submit(other, "k3", b"3")
            other.settle()
        return perform(asked, params)

    monkeypatch.setattr(process.node, "perform", meanwhile)
    process.sender.pump()
    process.settle()
    assert "nonce-taken" not in capsys.readouterr().out
    assert process.node.carried_out() == [b"\x00", b"\x01", b"\x02", b"3"]
    assert [process.sender.outcome(f"k{number}") is not None for number in range(4)] == [True] * 4


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
