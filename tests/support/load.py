"""Trade that goes on while things break: what was acknowledged is remembered, and must be on the chain once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from liveledger.chain.contracts.ledger import Ledger, open_ledger
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.transport import NodeUnreachable, RpcError
from liveledger.domain.waiting import wait_until
from tests.support.trading import Trading

PAUSE_SECONDS = 0.25
SETTLE_SECONDS = 120.0
RECEIVED, SOLD = 3, 1


@dataclass
class Load:
    """One poster on a lane and a SKU of its own, through one node; ``away`` counts its errors by their words.

    Every ``pause`` seconds it posts so many ``pairs`` of movements.
    """

    trading: Trading
    lane: int
    node: int
    pairs: int = 1
    pause: float = PAUSE_SECONDS
    acknowledged: list[str] = field(default_factory=list)
    away: Counter[str] = field(default_factory=Counter)
    failure: BaseException | None = None

    @property
    def sku(self) -> int:
        """The SKU that this load trades in."""
        return self.trading.skus[f"SKU-{self.lane % len(self.trading.skus):03}"]

    def poster(self, ledger: Ledger) -> Poster:
        """The lane's poster over a connection."""
        return Poster(ledger, Sender(ledger, self.trading.account, self.trading.outbox), lane=self.lane)

    def messages(self, step: int) -> list[MovementMessage]:
        """Goods in, and some of them out again."""
        messages = []
        for pair in range(self.pairs):
            name = f"load-{self.lane}-{step}-{pair}"
            messages.append(self.trading.receive(f"{name}-in", self.sku, RECEIVED))
            messages.append(self.trading.sell(f"{name}-out", self.sku, SOLD))
        return messages

    def run(self, stop: threading.Event) -> None:
        """Posts until stopped; a node that is away or not ready is asked again."""
        step, due = 0, time.monotonic()
        ledger = open_ledger(self.trading.ledger.home, node=self.node)
        poster = self.poster(ledger)
        while not stop.is_set():
            try:
                messages = self.messages(step)
                poster.post(messages)
                self.acknowledged += [message.message_id for message in messages]
                step += 1
                poster.pump()
            except (NodeUnreachable, RpcError) as trouble:
                self.away[f"{type(trouble).__name__}: {trouble.message.rpartition(':')[2].strip()[:60]}"] += 1
            except BaseException as failure:
                self.failure = failure
                raise
            due += self.pause
            stop.wait(max(due - time.monotonic(), 0))
        ledger.close()

    def settle(self, ledger: Ledger, seconds: float = SETTLE_SECONDS) -> Poster:
        """Waits until all of it is final; returns the poster."""
        poster = self.poster(ledger)
        last = RpcError("nothing was asked yet", rpc_code=0)

        def settled() -> bool:
            nonlocal last
            try:
                poster.wait(timeout=seconds)
            except RpcError as trouble:
                # Right after its start geth still indexes its transactions.
                self.away[f"while waiting: {trouble.message[:80]}"] += 1
                last = trouble
                return False
            return True

        wait_until(settled, seconds, lambda: last, pause=1.0)
        return poster


@contextlib.contextmanager
def running(load: Load) -> Iterator[Load]:
    """Runs the load in a thread while the block runs; its own failure is the test's."""
    stop = threading.Event()
    thread = threading.Thread(target=load.run, args=(stop,), name=f"load-{load.lane}")
    thread.start()
    try:
        yield load
    finally:
        stop.set()
        thread.join()
    assert load.failure is None, repr(load.failure)
