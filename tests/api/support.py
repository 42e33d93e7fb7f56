"""The application over an owned store and a simulated chain, for tests that need no node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi.testclient import TestClient

from liveledger.domain.errors import NotFound, RuleViolation, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger_api.access.door import Door
from liveledger_api.access.home_accounts import HomeAccounts
from liveledger_api.access.parties import Parties
from liveledger_api.app import create_app
from liveledger_api.capture.service import CaptureService
from liveledger_api.chain_access import ChainAccess, anchor_call
from liveledger_api.loops import Loops
from liveledger_api.metrics import ApiMetrics
from liveledger_api.off_chain import StoredOffChain
from liveledger_api.parts import Parts
from liveledger_api.provenance.anchoring import Anchoring
from liveledger_api.provenance.service import EventService
from liveledger_api.readings.service import ReadingService
from liveledger_api.settings import ApiSettings
from liveledger_api.store.schema import open_store
from tests.api.typed import typed


class SimulatedSender:
    """Says what came of anchors, as the chain's blocks are made by hand."""

    def __init__(self, chain: SimulatedChain) -> None:
        self._chain = chain

    def outcome(self, key: str) -> Any:
        """Final in block 7 once the block was made."""
        if key not in self._chain.final:
            return None
        return SimpleNamespace(status=0 if key in self._chain.reverted else 1, block=7)

    def reason(self, key: str) -> RuleViolation:
        """Why a key was reverted."""
        return RuleViolation(f"reverted {key}")


class SimulatedChain(ChainAccess):
    """Takes anchors of accounts whose label is ``capturer``; its blocks are made by `make_block`."""

    def __init__(self) -> None:
        self.away = False
        self.submitted: dict[str, bytes] = {}
        self.final: set[str] = set()
        self.reverted: set[str] = set()
        self._anchored: set[bytes] = set()
        self._pending: dict[str, bytes] = {}

    def sender(self, account: str) -> Any:
        """The account's sender; other labels have no key."""
        if account not in ("capturer", "stranger"):
            raise NotFound(f"no key {account}")
        return SimulatedSender(self)

    def is_anchored(self, account: str, event_hash: bytes) -> bool:
        """Whether a block holds the anchor; all accounts are of one organisation."""
        self._reach()
        self.sender(account)
        return event_hash in self._anchored

    def check_anchor(self, account: str, event_hash: bytes, corrects: bytes, items: Sequence[str]) -> None:
        """Refuses strangers and corrections of what is not there."""
        self._reach()
        self.sender(account)
        if account == "stranger":
            raise RuleViolation("ConsortiumMissingRole(account = 0x00, role = 2)", reason="ConsortiumMissingRole")
        if any(corrects) and corrects not in self._anchored:
            raise RuleViolation("ProvenanceUnknownEvent", reason="ProvenanceUnknownEvent")

    def submit_anchor(self, account: str, key: str, event_hash: bytes, corrects: bytes, items: Sequence[str]) -> None:
        """Keeps the call once for each key."""
        self.check_anchor(account, event_hash, corrects, items)
        call = anchor_call(event_hash, corrects, items)
        assert self.submitted.setdefault(key, call) == call
        self._pending[key] = event_hash

    def make_block(self) -> None:
        """Everything that was submitted is final."""
        self._anchored.update(digest for key, digest in self._pending.items() if key not in self.reverted)
        self.final.update(self._pending)
        self._pending.clear()

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("the node is away")


def open_door(home: LedgerHome) -> Door:
    """The door of an API without login; nobody is asked for a standing."""

    def nobody(account: bytes) -> Any:
        raise AssertionError(f"the standing of {account.hex()} was asked for")

    return Door(None, Parties(HomeAccounts(home, nobody), lambda _: frozenset()))


class World:
    """A store, the simulated chain, and a client of the application over both. Loops are stepped by hand.

    ``door`` makes the door of the world; without it the API has no login.
    """

    def __init__(self, folder: Path, *, door: Callable[[World], Door] | None = None, **settings: Any) -> None:
        self.chain = SimulatedChain()
        self.settings = ApiSettings(root=folder, **{"account": "capturer", **settings})
        self.store = open_store(self.settings.home().store)
        self.events = EventService(self.store, self.chain)
        self.capture = CaptureService(self.store, self.events, self.settings.max_capture_events)
        self.anchoring = Anchoring(self.store, self.chain)
        self.door = door(self) if door else open_door(self.settings.home())
        parts: Any = SimpleNamespace(
            settings=self.settings,
            door=self.door,
            metrics=ApiMetrics(),
            store=self.store,
            events=self.events,
            capture=self.capture,
            readings=ReadingService(self.store),
            off_chain=StoredOffChain(self.store, self.door.parties.may_read),
            movements=SimpleNamespace(reserves_apart=lambda _: False),
            workers=Loops(),
            archiving=SimpleNamespace(error=None),
            start=lambda: None,
            stop=lambda: None,
        )
        self.parts: Parts = parts
        self.client = TestClient(create_app(self.parts), raise_server_exceptions=False)
        self.client.event_hooks = {"response": [typed()]}

    def step(self) -> None:
        """What the worker does in one round."""
        self.capture.work_off()
        self.anchoring.submit_received()
        self.anchoring.record_final()

    def settle(self) -> None:
        """Rounds and blocks until nothing is left to do."""
        for _ in range(3):
            self.step()
            self.chain.make_block()
        self.step()

    def rows(self) -> dict[str, int]:
        """Number of rows of every table of the store."""
        with self.store.reading() as session:
            connection = session.connection()
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
            return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}


@contextmanager
def world(folder: Path, **settings: Any) -> Iterator[World]:
    """A world whose client is closed at the end."""
    made = World(folder, **settings)
    with made.client:
        yield made


def send(world: World, body: Any, **headers: str) -> dict[str, Any]:
    """Captures a document, lets the worker run, and returns the finished job."""
    response = world.client.post("/capture", json=body, headers=headers)
    assert response.status_code == 202, response.text
    world.step()
    job: dict[str, Any] = world.client.get(response.headers["Location"]).json()
    assert job["running"] is False
    return job
