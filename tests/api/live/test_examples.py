"""GS1's own EPCIS examples, captured on a real ledger. They are read where LIVELEDGER_DATA says, and never copied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.waiting import wait_until
from liveledger_api.capture.service import Behaviour, CaptureService
from liveledger_api.chain_access import ChainAccess
from liveledger_api.epcis.contexts import STANDARD_CONTEXT
from liveledger_api.epcis.documents import read_document
from liveledger_api.epcis.identity import hash_id
from liveledger_api.provenance.anchoring import Anchoring
from liveledger_api.provenance.service import EventService
from liveledger_api.store.schema import open_store
from tests.api.ledger import RunningApi
from tests.api.support import World

EXAMPLES = 47
SIMPLE_CONTEXT = "https://gs1.github.io/EPCIS/epcis-context-simple.jsonld"


@pytest.fixture(scope="session")
def examples(data_folder: Path) -> list[Path]:
    """All examples."""
    found = sorted((data_folder / "epcis" / "examples").rglob("*.jsonld"))
    assert len(found) == EXAMPLES
    return found


def simple(body: bytes) -> Any:
    """An example as GS1 publishes it a second time: under the simple context, the document named by a blank node."""
    document = json.loads(body)
    text = json.dumps(document["@context"]).replace(STANDARD_CONTEXT, SIMPLE_CONTEXT)
    return {**document, "@context": json.loads(text), "id": "_:document1"}


@pytest.mark.data
def test_every_example_passes_the_form_in_the_simple_context(examples: list[Path]) -> None:
    for path in examples:
        for found in read_document(simple(path.read_bytes())):
            assert not found.findings, path.name
            assert hash_id(found.event, found.context).startswith("ni:///sha-256;")


@pytest.mark.data
def test_every_example_passes_the_form(examples: list[Path], tmp_path: Path) -> None:
    for number, path in enumerate(examples):
        world = World(tmp_path / str(number))
        job = world.capture.accept(path.read_bytes(), "capturer", Behaviour.ROLLBACK)
        world.settle()
        status = world.capture.status(job)
        assert status["success"], (path.name, status["errors"])
        assert {event["state"] for event in status["events"]} == {"anchored"}


@pytest.mark.data
@pytest.mark.network
def test_every_example_is_anchored_on_a_real_chain(
    examples: list[Path], shared_api: RunningApi, tmp_path: Path
) -> None:
    """Each in a store of its own: several examples share event ids, and hashes are salted."""
    ledger = shared_api.ledger
    outbox = open_outbox(ledger)
    chain = ChainAccess(ledger, lambda label: Sender(ledger, load_account(ledger.home, label), outbox))
    runs = []
    for number, path in enumerate(examples):
        store = open_store(tmp_path / f"{number}.db")
        capture = CaptureService(store, EventService(store, chain), max_events=100)
        job = capture.accept(path.read_bytes(), "operator", Behaviour.ROLLBACK)
        runs.append((path, capture, Anchoring(store, chain), job))
    waiting = runs

    def anchored() -> bool:
        nonlocal waiting
        for _, capture, anchoring, _ in waiting:
            capture.work_off()
            anchoring.submit_received()
        chain.pump()
        for _, _, anchoring, _ in waiting:
            anchoring.record_final()
        waiting = [run for run in waiting if not _is_anchored(run[1], run[3], run[0])]
        return not waiting

    wait_until(anchored, 200.0, lambda: AssertionError([path.name for path, *_ in waiting]), pause=0.2)
    outbox.close()


def _is_anchored(capture: CaptureService, job: str, path: Path) -> bool:
    status = capture.status(job)
    assert not status["errors"], (path.name, json.dumps(status["errors"]))
    return not status["running"] and all(event["state"] == "anchored" for event in status["events"])
