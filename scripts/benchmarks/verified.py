"""From acknowledged to a verified answer: what a client waits until it has a proof that counts its movement."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.scene import FIRST_GLN, POLL_SECONDS, Scene
from benchmarks.shares import seconds_at
from benchmarks.workload import CODE
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.domain.waiting import comes_true
from liveledger.index.database import index_engine
from liveledger.prover.anchors import export_anchor
from liveledger.prover.prover import Prover
from liveledger.verifier.anchor import TrustAnchor
from liveledger.verifier.bundle import encode_bundle
from liveledger.verifier.questions import Question
from liveledger.verifier.verification import verify

_PAUSE_SECONDS = 0.25
_PATIENCE_SECONDS = 60.0


@dataclass
class Client:
    """Follows one movement after the other, each from its acknowledgement to the verified stock of its SKU."""

    scene: Scene
    poster: Poster
    waits: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    newest: tuple[MovementMessage, float] | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def acknowledged(self, message: MovementMessage) -> None:
        """Notes the newest movement that was acknowledged."""
        self.newest = message, time.monotonic()

    def run(self) -> None:
        """Works until it is stopped."""
        ledger = open_ledger(self.scene.trading.ledger.home)
        engine = index_engine(ledger.home)
        anchor = export_anchor(ledger, 0)
        try:
            while not self._over.wait(_PAUSE_SECONDS):
                if self.newest is not None:
                    self._follow(Prover(ledger, engine, anchor), anchor, *self.newest)
        finally:
            engine.dispose()
            ledger.close()

    def _follow(self, prover: Prover, anchor: TrustAnchor, message: MovementMessage, since: float) -> None:
        def verifiable() -> bool:
            block = self._block(message.message_id)
            return self._over.is_set() or (block is not None and prover.verifiable() >= block)

        left = since + _PATIENCE_SECONDS - time.monotonic()
        if not comes_true(verifiable, left, pause=POLL_SECONDS) or self._over.is_set():
            return
        began = time.monotonic()
        question = self._question(message)
        verify(encode_bundle(prover.prove(question)), anchor=anchor, question=question, now=int(time.time()))
        self.answers.append(time.monotonic() - began)
        self.waits.append(time.monotonic() - since)

    def _block(self, message_id: str) -> int | None:
        status = self.poster.status(message_id)
        return status.block if status else None

    def _question(self, message: MovementMessage) -> Question:
        """The stock of the movement's SKU at its place, in the order in which `scene` registered both."""
        workload, movement = self.scene.workload, message.movement
        place = workload.places.index(movement.target or movement.source)
        parameters = {
            "brand": str(self.scene.trading.brand),
            "sku": CODE.format(workload.skus.index(movement.sku)),
            "place": str(FIRST_GLN + place),
            "lot": "",
        }
        return Question.parse({"view": "stock/2", "parameters": parameters})

    def stop(self) -> None:
        """Ends the work after the movement that is followed now."""
        self._over.set()


@contextmanager
def following_client(scene: Scene, poster: Poster) -> Iterator[Client]:
    """A client in a thread of its own."""
    client = Client(scene, poster)
    thread = threading.Thread(target=client.run)
    thread.start()
    try:
        yield client
    finally:
        client.stop()
        thread.join()


def figures(client: Client) -> dict[str, Any]:
    """For the report: seconds from acknowledged to verified, and of the question alone; None where no answer came."""
    waits, answers = ([(seconds, 1) for seconds in sorted(taken)] for taken in (client.waits, client.answers))
    return {
        "verified_answers": len(client.waits),
        "verified_p50_seconds": seconds_at(waits, 0.5),
        "verified_p99_seconds": seconds_at(waits, 0.99),
        "prove_and_verify_p50_seconds": seconds_at(answers, 0.5),
        "prove_and_verify_p99_seconds": seconds_at(answers, 0.99),
    }
