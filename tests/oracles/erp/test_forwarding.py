"""Forwarding to an API that refuses, fails, lies and goes away: each message ends in one place, none is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain.errors import Unavailable
from liveledger_oracles.gateways.mqtt.forwarding import POISON_TRIES, BadAnswer, Forwarder
from liveledger_oracles.gateways.mqtt.inbox import Inbox
from liveledger_oracles.gateways.mqtt.intake import Taken
from liveledger_oracles.gateways.mqtt.settings import KINDS

Handler = Callable[[httpx.Request], httpx.Response]


class SimulatedApi:
    """Keeps messages by id, as the real one; ``refuses`` ids one by one, fails or answers as it is told."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.refuses: set[str] = set()
        self.breaks_on: set[str] = set()
        self.most = 1000
        self.next: list[httpx.Response | Exception] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answers one request."""
        self.requests.append(request)
        if self.next:
            answer = self.next.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        ids = [json.loads(line)["id"] for line in request.content.splitlines()]
        if len(ids) > self.most:
            return problem(413, "too-large")
        if self.breaks_on & set(ids):
            return problem(500, "internal")
        self.kept += [one for one in ids if one not in self.refuses and one not in self.kept]
        error = {"path": "/0/lot", "message": "no such lot"}
        refused = [
            {"record": at, "id": one, "code": "unknown-lot", "errors": [error]}
            for at, one in enumerate(ids)
            if one in self.refuses
        ]
        return httpx.Response(202, json={"accepted": len(ids) - len(refused), "refused": refused})


def problem(status: int, code: str) -> httpx.Response:
    """A problem answer."""
    return httpx.Response(status, json={"code": code, "detail": f"{code} happened"})


def refusing(*records: int) -> httpx.Response:
    """An answer that refuses these records."""
    errors = [{"path": "/0", "message": "m"}]
    return httpx.Response(202, json={"refused": [{"record": at, "code": "x", "errors": errors} for at in records]})


class Scene:
    """An inbox, an API and the forwarder between them."""

    def __init__(self, folder: Path, *, batch: int = 8) -> None:
        self.inbox = Inbox(folder / "erp.db", max_pending=1000, max_dead=1000)
        self.api = SimulatedApi()
        http = httpx.Client(transport=httpx.MockTransport(self.api))
        self.forwarder, self.snapshots = (
            Forwarder(self.inbox, http, lambda: "http://api", kind=kind, batch=batch, account="operator")
            for kind in KINDS
        )

    def take(self, *names: str, kind: str = "movements", interface: str = "wms-7") -> None:
        """Messages come."""
        for name in names:
            self.inbox.take(Taken(interface, kind, name, json.dumps({"id": name}).encode()))

    def work(self, steps: int = 200) -> None:
        """Steps until nothing waits."""
        for _ in range(steps):
            if not self.inbox.pending():
                return
            try:
                self.forwarder.step()
            except Unavailable:
                continue
        raise AssertionError(f"{self.inbox.pending()} messages still wait")

    def dead(self) -> dict[str | None, str]:
        """Codes of the dead letters by id."""
        return {letter.message_id: letter.code for letter in self.inbox.dead()}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """One with batches of eight."""
    return Scene(tmp_path)


def test_batches_go_in_order_to_the_addresses_of_their_kinds(scene: Scene) -> None:
    scene.take(*"abcdefghij")
    scene.take("s", kind="snapshots")
    assert [scene.forwarder.step(), scene.snapshots.step()] == [8, 1]
    assert [scene.forwarder.step(), scene.snapshots.step()] == [2, 0]
    assert scene.forwarder.step() == 0
    paths = [(request.url.path, request.url.params["account"]) for request in scene.api.requests]
    assert paths == [("/movements", "operator"), ("/snapshots", "operator"), ("/movements", "operator")]
    assert scene.api.requests[0].url.params["partial"] == "true"
    assert scene.api.requests[0].headers["content-type"] == "application/x-ndjson"
    assert scene.api.kept == [*"abcdefgh", "s", "i", "j"]


def test_refused_records_are_dead_letters_with_their_reason(scene: Scene) -> None:
    scene.api.refuses = {"b"}
    scene.take(*"abc")
    scene.work()
    assert scene.api.kept == ["a", "c"]
    (letter,) = scene.inbox.dead()
    assert (letter.message_id, letter.code, letter.reason) == ("b", "unknown-lot", "lot: no such lot")


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("too slow"),
        problem(503, "queue-full"),
        problem(404, "not-found"),
        problem(409, "rule-violation"),
        problem(400, "not-local"),
        httpx.Response(502, text="<html>"),
        httpx.Response(202, text="<html>"),
        httpx.Response(202, json=[]),
        httpx.Response(202, json={"accepted": 3}),
        refusing(3),
        refusing(-1),
        refusing(0, 0),
        httpx.Response(202, json={"refused": [{"record": 0, "code": "x", "errors": []}]}),
    ],
)
def test_what_is_not_about_records_leaves_all_waiting(scene: Scene, trouble: httpx.Response | Exception) -> None:
    scene.take(*"abc")
    scene.api.next = [trouble]
    with pytest.raises(Unavailable):
        scene.forwarder.step()
    assert (scene.inbox.pending(), scene.dead()) == (3, {})
    scene.work()
    assert scene.api.kept == ["a", "b", "c"]


def test_trouble_with_one_kind_does_not_hold_up_the_other(scene: Scene) -> None:
    scene.take(*"abc")
    scene.take("s", kind="snapshots")
    scene.api.breaks_on = {"s"}
    for _ in range(3 * POISON_TRIES):
        with pytest.raises(BadAnswer):
            scene.snapshots.step()
    assert scene.forwarder.step() == 3
    assert (scene.api.kept, scene.dead()) == (["a", "b", "c"], {})


def test_a_message_over_which_the_api_fails_is_found_and_set_aside(scene: Scene) -> None:
    scene.api.breaks_on = {"e"}
    scene.take(*"abcdefgh")
    scene.work()
    assert sorted(scene.api.kept) == [*"abcdfgh"]
    assert scene.dead() == {"e": "internal"}
    assert sum(request.content == b'{"id": "e"}' for request in scene.api.requests) == POISON_TRIES


def test_while_the_api_fails_over_every_message_none_is_set_aside(scene: Scene) -> None:
    scene.take(*"abcd")
    scene.api.breaks_on = {*"abcd"}
    for _ in range(5 * POISON_TRIES):
        with pytest.raises(BadAnswer):
            scene.forwarder.step()
    assert (scene.inbox.pending(), scene.dead()) == (4, {})
    scene.api.breaks_on = set()
    scene.work()
    assert scene.api.kept == [*"abcd"]


def test_two_that_are_bad_do_not_shield_each_other(scene: Scene) -> None:
    scene.take(*"abcd")
    scene.api.breaks_on = {"a", "b"}
    scene.work(500)
    assert (sorted(scene.api.kept), set(scene.dead())) == (["c", "d"], {"a", "b"})


def test_another_interface_shows_that_the_api_is_well(scene: Scene) -> None:
    scene.take(*"abc")
    scene.take("t", interface="till")
    scene.api.breaks_on = {"a"}
    scene.work()
    # What came behind the bad one in its own interface did not overtake it.
    assert scene.api.kept == ["t", "b", "c"]


def test_interfaces_take_turns(scene: Scene) -> None:
    scene.take(*(f"flood-{number}" for number in range(50)))
    scene.take("t-1", "t-2", interface="till")
    scene.forwarder.step()
    assert scene.api.kept[:4] == ["flood-0", "t-1", "flood-1", "t-2"]


def test_requests_grow_smaller_until_they_are_taken_and_then_larger_again(scene: Scene) -> None:
    scene.api.most = 3
    scene.take(*"abcdefghijklmnop")
    scene.work()
    assert scene.api.kept == [*"abcdefghijklmnop"]
    scene.api.most = 0
    scene.take("z")
    scene.work()
    assert scene.dead() == {"z": "too-large"}


def test_an_answer_that_was_lost_makes_no_second_message(scene: Scene) -> None:
    scene.take(*"ab")
    scene.api.kept = ["a", "b"]
    scene.api.next = [httpx.ReadError("connection lost after the API had it")]
    scene.work()
    assert scene.api.kept == ["a", "b"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from("abcdefghijkl"), max_size=12, unique=True),
    st.sets(st.sampled_from("abcdefghijkl")),
    st.lists(st.sampled_from(["away", "full", "junk", "large", "fine"]), max_size=10),
    st.integers(1, 5),
)
def test_each_message_ends_in_one_place(
    tmp_path_factory: pytest.TempPathFactory, sent: list[str], refused: set[str], troubles: list[str], batch: int
) -> None:
    scene = Scene(tmp_path_factory.mktemp("each"), batch=batch)
    scene.api.refuses = refused
    scene.take(*sent)
    answers: dict[str, Callable[[], httpx.Response | Exception]] = {
        "away": lambda: httpx.ConnectError("refused"),
        "full": lambda: problem(503, "queue-full"),
        "junk": lambda: httpx.Response(202, text="?"),
    }
    for trouble in troubles:
        scene.api.next = [answers[trouble]()] if trouble in answers else []
        scene.api.most = 1 if trouble == "large" else 1000
        try:
            scene.forwarder.step()
        except Unavailable:
            continue
    scene.api.next, scene.api.most = [], 1000
    scene.work()
    assert scene.api.kept == [name for name in sent if name not in refused]
    assert set(scene.dead()) == set(sent) & refused
    scene.inbox.close()


def test_it_runs_until_it_is_stopped_and_notes_how_it_goes(scene: Scene) -> None:
    stop, wake = threading.Event(), threading.Event()
    scene.take("a")
    scene.api.next = [httpx.ConnectError("refused")]
    thread = threading.Thread(target=scene.forwarder.run, args=(stop, wake))
    thread.start()
    for _ in range(600):
        if scene.api.kept and scene.inbox.state().get("forwarding/movements") == "ok":
            break
        threading.Event().wait(0.05)
    scene.take("b")
    wake.set()
    for _ in range(600):
        if scene.api.kept == ["a", "b"]:
            break
        threading.Event().wait(0.05)
    stop.set()
    wake.set()
    thread.join(30.0)
    assert not thread.is_alive()
    assert scene.api.kept == ["a", "b"]
    assert scene.inbox.state()["forwarding/movements"] == "ok"
