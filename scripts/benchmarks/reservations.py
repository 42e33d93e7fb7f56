"""Reservations beside a heavy load of other movements: the rules put them first in a block, so they are final soon."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from benchmarks.scene import Scene
from benchmarks.steady import offer, waits_of
from benchmarks.workload import KINDS, Workload
from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.home import LedgerHome
from liveledger.domain.movements import Kind

ALONE_PER_SECOND, RESERVATIONS_PER_SECOND, OTHERS_PER_SECOND = 500, 1_000, 20_000
# How much longer than an idle ledger's movements a reservation may take, p99, in seconds.
EXTRA_SECONDS = 0.7
_CHUNKS_A_SECOND = 10
_WARM_SECONDS = 5.0
_PATIENCE_SECONDS = 300.0
# The other load begins before the reservations and ends after them.
_AROUND_SECONDS = 8.0
_WARM_LANE, _ALONE_LANE, _CROWDED_LANE, _OTHERS_LANE = 2_001, 2_002, 2_003, 2_004
_OTHERS_LABEL = "brand"
_ONLY_RESERVATIONS = {Kind.RESERVE: 1}


def beside_others(scene: Scene, folder: Path, seconds: float) -> dict[str, Any]:
    """Time to final of 500 movements/s alone, then of 1,000 reservations/s while 20,000 other movements/s come.

    Reservations have an account of their own, since nonces forbid overtaking, and an outbox of their own.
    """
    ledger = scene.trading.ledger
    (account,) = scene.accounts("reservations", 1)
    genesis = ledger.execution.block_hash(0)
    outbox = Outbox(folder / "reservations.sqlite", evm_chain_id=ledger.evm_chain_id, genesis=genesis)
    sender = Sender(ledger, account, outbox)

    def load(lane: int, rate: int, lasting: float, kinds: dict[Kind, int]) -> dict[str, Any]:
        count, size = round(lasting * _CHUNKS_A_SECOND), rate // _CHUNKS_A_SECOND
        chunks = list(scene.workload.chunks(count, f"reservations-{lane}", size, kinds))
        taken = offer(Poster(ledger, sender, lane=lane), chunks, lasting)
        return taken.figures(waits_of(outbox, lane))

    try:
        load(_WARM_LANE, ALONE_PER_SECOND, _WARM_SECONDS, KINDS)
        alone = load(_ALONE_LANE, ALONE_PER_SECOND, seconds, KINDS)
        with _others(scene, seconds + 2 * _AROUND_SECONDS) as meanwhile:
            crowded = load(_CROWDED_LANE, RESERVATIONS_PER_SECOND, seconds, _ONLY_RESERVATIONS)
    finally:
        outbox.close()
    return {"alone": alone, "reservations": crowded, "others": dict(meanwhile)}


@contextlib.contextmanager
def _others(scene: Scene, seconds: float) -> Iterator[dict[str, Any]]:
    """Mixed movements from another process meanwhile; their figures are there at the end."""
    context = multiprocessing.get_context("spawn")
    running, found = context.Event(), context.Queue()
    home = scene.trading.ledger.home
    arguments = (str(home.root), home.name, scene.workload, seconds, running, found, sys.path)
    process = context.Process(target=_post_others, args=arguments)
    process.start()
    figures: dict[str, Any] = {}
    try:
        if not running.wait(_PATIENCE_SECONDS):
            raise TimeoutError("the other load did not begin")
        yield figures
        figures.update(found.get(timeout=_PATIENCE_SECONDS))
    finally:
        if not figures:
            process.terminate()
        process.join()


def _post_others(
    root: str, name: str, workload: Workload, seconds: float, running: Event, found: Queue[Any], path: list[str]
) -> None:
    sys.path[:] = path
    ledger = open_ledger(LedgerHome(Path(root), name))
    outbox = open_outbox(ledger)
    poster = Poster(ledger, Sender(ledger, load_account(ledger.home, _OTHERS_LABEL), outbox), lane=_OTHERS_LANE)
    size = OTHERS_PER_SECOND // _CHUNKS_A_SECOND
    chunks = list(workload.chunks(round(seconds * _CHUNKS_A_SECOND), "others", size))
    begun = time.monotonic()

    def going(_: MovementMessage) -> None:
        if time.monotonic() - begun > _AROUND_SECONDS:
            running.set()

    taken = offer(poster, chunks, seconds, acknowledged=going)
    found.put(taken.figures(waits_of(outbox, _OTHERS_LANE)))
    outbox.close()
