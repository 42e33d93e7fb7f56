"""The poster on a simulated node: what is asked before the outbox is locked, and which batches are waited for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from liveledger.chain.accounts import account_of
from liveledger.chain.batching import MovementMessage
from liveledger.chain.outbox import Outbox
from liveledger.chain.posting import Poster
from liveledger.chain.sender import NotFinalYet, Sender
from liveledger.domain.movements import Kind, Movement

from tests.simulators.node import EVM_CHAIN_ID, SimulatedNode, simulated_connection

ACCOUNT = account_of(b"\x11" * 32)


class EmptyContract(SimulatedNode):
    """A node whose contract has empty storage and used no sequence number."""

    def _eth_call(self, message: dict[str, str], block: str, override: Any = None) -> str:
        return "0x" + "00" * (len(message["data"]) // 2 - 1 if override else 32)


def poster_on(node: SimulatedNode, folder: Path) -> Poster:
    """A poster on lane 0 of a fresh outbox."""
    connection = simulated_connection(node, folder)
    outbox = Outbox(folder / "outbox.db", evm_chain_id=EVM_CHAIN_ID, genesis=node.block_hash(0))
    ledger: Any = SimpleNamespace(
        execution=connection.execution, comet=connection.comet, manifest=SimpleNamespace(address=lambda _: b"\x22" * 20)
    )
    return Poster(ledger, Sender(connection, ACCOUNT, outbox))


def message(name: str) -> MovementMessage:
    """One unit received."""
    return MovementMessage(name, Movement(kind=Kind.RECEIVE, sku=1, source=0, target=1, quantity=1, at=1), bytes(32))


@pytest.fixture
def node() -> SimulatedNode:
    """A node with a block."""
    node = EmptyContract()
    node.mine()
    return node


def test_the_node_is_not_asked_while_the_outbox_is_locked(
    node: SimulatedNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster = poster_on(node, tmp_path)
    asked: list[str] = []
    perform = node.perform

    def watched(method: str, params: Any) -> Any:
        assert not poster.sender.outbox.db.in_transaction, method
        asked.append(method)
        return perform(method, params)

    monkeypatch.setattr(node, "perform", watched)
    assert poster.post([message("a")]) == 1
    assert poster.post([message("b"), message("a")]) == 1
    assert {"eth_call", "eth_getTransactionCount"} <= set(asked)
    # Both were decided from the outbox, which is ahead of the chain.
    entries = poster.sender.outbox.pending(poster.sender.address, 10)
    assert [entry.nonce for entry in entries] == [0, 1]
    found = [poster.status(name) for name in ("a", "b")]
    assert [status.sequence for status in found if status] == [0, 1]


def test_only_batches_up_to_the_newest_are_waited_for(node: SimulatedNode, tmp_path: Path) -> None:
    poster = poster_on(node, tmp_path)
    assert poster.newest_open() is None
    poster.post([message("a")])
    newest = poster.newest_open()
    assert newest == 0
    poster.pump()
    node.mine()
    poster.post([message("b")])
    poster.wait(timeout=5.0, newest=newest)
    assert poster.newest_open() == 1
    with pytest.raises(NotFinalYet, match="batch 1"):
        poster.wait(timeout=0.0)
