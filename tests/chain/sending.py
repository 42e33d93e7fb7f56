"""A sender's process that dies wherever a test wants it to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.accounts.accounts import account_of
from liveledger.chain.outbox.delivery import RESEND_AFTER_BLOCKS
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Sender
from tests.simulators.node import EVM_CHAIN_ID, SimulatedNode, simulated_connection

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


def crash(*_: Any, **__: Any) -> Any:
    raise Crash


def submit(process: Process, key: str = "k", data: bytes = b"data") -> None:
    process.sender.submit(key, TARGET, data, gas=GAS)
