"""Exactly once, whatever fails between sign, outbox, submit, receipt and record (faults 9 and 11)."""

from __future__ import annotations

from typing import Any

import pytest

from liveledger.bindings import allowances
from liveledger.bindings.constants import ALLOWANCE_WEI
from liveledger.chain.outbox.outbox import KeyReused
from liveledger.chain.outbox.sender import NotFinalYet, Request
from liveledger.chain.outbox.signing import Fees, fees_for, outbid
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.errors import RuleViolation, TooLarge
from liveledger.domain.transactions import MAX_TX_BYTES, MAX_TX_GAS
from tests.chain.sending import ADDRESS, GAS, TARGET, Process, submit
from tests.simulators.node import decode


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
