"""The bridge on the real mosquitto: identity by certificate, on disk before the acknowledgement, every message once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from prometheus_client.parser import text_string_to_metric_families

from liveledger.domain import gs1
from liveledger.domain.home import LedgerHome
from liveledger_oracles.gateways.mqtt.inbox import Inbox
from tests.deploy.tls import NAME, Authority
from tests.deploy.tools import need
from tests.oracles.erp.broker import CONFIGURATION, Broker, publish, running_broker
from tests.support.free_port import free_port
from tests.support.network import eventually

pytestmark = pytest.mark.network

OWN = gs1.with_check_digit("690123410002")


class ApiHandler(BaseHTTPRequestHandler):
    """The two addresses that the MQTT gateway needs of an API; refuses ids that begin with ``bad``."""

    kept: ClassVar[list[tuple[str, str]]] = []
    down: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        """One batch."""
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        if self.down.is_set():
            self._answer(503, {"code": "unavailable", "detail": "the node is away"})
            return
        ids = [json.loads(line)["id"] for line in lines]
        error = {"path": "/0/lot", "message": "the ledger knows no lot"}
        refused = [
            {"record": at, "id": one, "code": "unknown-lot", "errors": [error]}
            for at, one in enumerate(ids)
            if one.startswith("bad")
        ]
        self.kept.extend((self.path.split("?")[0], one) for one in ids if not one.startswith("bad"))
        self._answer(202, {"accepted": len(ids) - len(refused), "refused": refused})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Is silent."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """mosquitto; the tests are skipped where it is not installed."""
    with running_broker(need("mosquitto", "apt-get install mosquitto"), tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def api() -> Iterator[str]:
    """Address of a simulated API that forgot everything."""
    ApiHandler.kept.clear()
    ApiHandler.down.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), ApiHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def settings_file(broker: Broker, folder: Path, api: str, client_id: str, **limits: int) -> Path:
    """Settings of an MQTT gateway with two interfaces."""
    certificate, key = broker.identity("bridge")
    lines = [f"{name} = {value}" for name, value in limits.items()]
    text = f"""
api = "{api}"
[broker]
host = "{NAME}"
port = {broker.port}
client_id = "{client_id}"
ca = "{broker.authority}"
certificate = "{certificate}"
key = "{key}"
[limits]
{chr(10).join(lines)}
[[interface]]
name = "wms-7"
organisation = "{OWN}"
kinds = ["movements", "snapshots"]
[[interface]]
name = "till"
organisation = "{OWN}"
kinds = ["movements"]
"""
    file = folder / "erp.toml"
    file.write_text(text)
    return file


@contextmanager
def bridge(home: LedgerHome, settings: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The MQTT gateway as a user runs it, connected."""
    command = [sys.executable, "-m", "liveledger_cli.main", "erp", "run", "--settings", str(settings)]
    command += ["--home", str(home.root), "--ledger", home.name]
    home.directory.mkdir(parents=True, exist_ok=True)
    with (
        (home.directory / "bridge.log").open("ab") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as running,
    ):
        try:
            eventually("the bridge is connected", lambda: connected(home), 30)
            yield running
        finally:
            if running.poll() is None:
                running.terminate()
                assert running.wait(30) == 0


def status(home: LedgerHome) -> dict[str, Any]:
    """What the MQTT gateway's file says; nothing before there is one."""
    path = home.directory / "erp.db"
    if not path.exists():
        return {}
    inbox = Inbox(path, max_pending=0, max_dead=0)
    try:
        return {**inbox.state(), "counts": inbox.counts()}
    finally:
        inbox.close()


def connected(home: LedgerHome) -> bool:
    """Whether every session of the MQTT gateway is."""
    notes = [text for name, text in status(home).items() if name.partition("/")[0] == "broker"]
    return len(notes) > 1 and set(notes) == {"connected"}


def outcomes(home: LedgerHome) -> dict[tuple[str, str], int]:
    """Counts by interface and outcome."""
    found: Counter[tuple[str, str]] = Counter()
    for one in status(home).get("counts", []):
        found[one["interface"], one["outcome"]] += one["n"]
    return dict(found)


def scraped(port: int, metric: str) -> dict[str, float]:
    """A metric of the MQTT gateway by interface."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    (family,) = [one for one in text_string_to_metric_families(text) if one.name == metric]
    return {sample.labels["interface"]: sample.value for sample in family.samples}


def cli(home: LedgerHome, *arguments: str) -> Any:
    """``liveledger erp … --json``."""
    command = [sys.executable, "-m", "liveledger_cli.main", "erp", *arguments, "--json"]
    command += ["--home", str(home.root), "--ledger", home.name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def kept() -> list[str]:
    """Ids that the API has, in order."""
    return [name for _, name in ApiHandler.kept]


def message(name: str, **rest: Any) -> bytes:
    """A message as its sender writes it, over several lines."""
    return json.dumps({"id": name, **rest}, indent=2).encode()


def test_messages_reach_the_api_and_the_others_are_counted(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    with bridge(home, settings_file(broker, tmp_path, api, "one")):
        with broker.publisher("wms-7") as wms, broker.publisher("till") as till, broker.publisher("wms-8") as strange:
            publish(wms, "stock/wms-7/movements", message("m-1", organisation=OWN))
            publish(wms, "stock/wms-7/snapshots", message("s-1"))
            publish(wms, "stock/wms-7/movements", message("bad-1"))
            publish(wms, "stock/wms-7/movements", b"{")
            publish(wms, "stock/wms-7/movements", message("m-2", organisation="6901234000016"))
            publish(till, "stock/till/snapshots", message("s-2"))
            publish(till, "stock/wms-7/movements", message("forged"))
            publish(strange, "stock/wms-8/movements", message("m-3"))
        expected = {
            ("wms-7", "received"): 3,
            ("wms-7", "delivered"): 2,
            ("wms-7", "refused:unknown-lot"): 1,
            ("wms-7", "refused:malformed-json"): 1,
            ("wms-7", "refused:other-organisation"): 1,
            ("till", "refused:other-kind"): 1,
            ("(not listed)", "refused:unknown-interface"): 1,
        }
        eventually("everything has its end", lambda: outcomes(home) == expected, 30)
    assert sorted(ApiHandler.kept) == [("/movements", "m-1"), ("/snapshots", "s-1")]
    letters = cli(home, "dead")["dead"]
    assert Counter(one["code"] for one in letters) == {
        "unknown-lot": 1,
        "malformed-json": 1,
        "other-organisation": 1,
        "other-kind": 1,
    }
    (lost,) = [one for one in letters if one["code"] == "unknown-lot"]
    assert (lost["id"], lost["interface"], lost["reason"]) == ("bad-1", "wms-7", "lot: the ledger knows no lot")
    assert cli(home, "dead", "--retry", str(lost["number"])) == {"retried": 1}
    assert cli(home, "status")["pending"] == 1
    (junk,) = [one for one in letters if one["code"] == "malformed-json"]
    assert cli(home, "dead", "--discard", str(junk["number"])) == {"discarded": 1}
    assert cli(home, "dead", "--discard-older", "1") == {"discarded": 0}
    assert cli(home, "dead", "--discard-older", "0") == {"discarded": 2}
    assert cli(home, "dead")["dead"] == []


def test_a_killed_bridge_and_an_api_that_is_away_lose_nothing(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    settings = settings_file(broker, tmp_path, api, "two")
    ApiHandler.down.set()
    names = [f"k-{i}" for i in range(1500)]
    with broker.publisher("wms-7") as wms:
        with bridge(home, settings) as running:
            for name in names[:300]:
                wms.publish("stock/wms-7/movements", message(name), qos=1)
            eventually("some are in the inbox", lambda: status(home)["pending"] > 20, 30)
            running.kill()
            running.wait(30)
        # More than the broker queues unless it is told to: these come while nobody listens.
        last = [wms.publish("stock/wms-7/movements", message(name), qos=1) for name in names[300:]][-1]
        last.wait_for_publish(30)
    ApiHandler.down.clear()
    with bridge(home, settings):
        eventually("the API has all", lambda: len(set(kept())) == len(names) and status(home)["pending"] == 0, 120)
    assert set(kept()) == set(names)
    assert list(dict.fromkeys(kept())) == names


def test_a_broker_that_restarts_is_found_again(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    with bridge(home, settings_file(broker, tmp_path, api, "three")):
        broker.stop()
        eventually("it was noticed", lambda: status(home)["broker"].startswith("disconnected"), 30)
        broker.start()
        with broker.publisher("wms-7") as wms:
            publish(wms, "stock/wms-7/movements", message("r-1"))
            eventually("it came through", lambda: kept() == ["r-1"], 60)


def test_a_killed_broker_loses_no_more_than_its_configuration_says(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    settings = settings_file(broker, tmp_path, api, "killed")
    with bridge(home, settings):
        # It has subscribed once: from now on the broker keeps what comes for it.
        pass
    names = [f"c-{i}" for i in range(60)]
    with broker.publisher("wms-7") as wms:
        for name in names:
            publish(wms, "stock/wms-7/movements", message(name))
    broker.kill()
    broker.start()
    found = re.search(r"^autosave_interval (\d+)$", CONFIGURATION.read_text(), re.MULTILINE)
    assert found
    safe = names[: -int(found[1])]
    with bridge(home, settings):
        eventually("the API has them", lambda: set(safe) <= set(kept()), 60)
    assert kept()[: len(safe)] == safe


def test_a_full_inbox_leaves_the_rest_at_the_broker(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    ApiHandler.down.set()
    names = [f"f-{i}" for i in range(12)]
    settings, port = settings_file(broker, tmp_path, api, "four", max_pending=5), free_port()
    settings.write_text(f"metrics_port = {port}\n{settings.read_text()}")
    with bridge(home, settings):
        with broker.publisher("wms-7") as wms:
            for name in names:
                publish(wms, "stock/wms-7/movements", message(name))
        eventually("the inbox is full", lambda: status(home)["broker/wms-7"].startswith("inbox-full"), 30)
        assert status(home)["pending"] == 5
        with broker.publisher("till") as till:
            publish(till, "stock/till/movements", message("t-1"))
        eventually("the other interface is taken all the same", lambda: status(home)["pending"] == 6, 30)
        assert scraped(port, "liveledger_erp_pending_messages") == {"wms-7": 5, "till": 1}
        assert scraped(port, "liveledger_erp_dead_messages") == {"wms-7": 0, "till": 0}
        ApiHandler.down.clear()
        eventually("the API has all", lambda: set(kept()) == {*names, "t-1"}, 120)


def test_junk_of_one_interface_stops_that_one_alone_and_is_not_lost(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    with bridge(home, settings_file(broker, tmp_path, api, "junk", max_dead=2)):
        with broker.publisher("wms-7") as wms:
            for number in range(5):
                publish(wms, "stock/wms-7/movements", f"junk {number}".encode())
            publish(wms, "stock/wms-7/movements", message("w-1"))
        eventually("it is stopped", lambda: status(home)["broker/wms-7"].startswith("dead-letters-full"), 30)
        with broker.publisher("till") as till:
            publish(till, "stock/till/movements", message("t-1"))
        eventually("the other one goes on", lambda: kept() == ["t-1"], 30)
        # What was on disk when the MQTT gateway left the broker, and not acknowledged yet, comes twice.
        seen: dict[str, None] = {}
        while len(seen) < 5:
            letters = cli(home, "dead")["dead"]
            seen |= {one["message"]: None for one in letters}
            numbers = [word for one in letters for word in ("--discard", str(one["number"]))]
            assert not numbers or cli(home, "dead", *numbers) == {"discarded": len(letters)}
        eventually("what came behind the junk is there", lambda: kept() == ["t-1", "w-1"], 60)
    assert list(seen) == [f"junk {number}" for number in range(5)]


def test_what_was_queued_for_the_version_before_is_taken(broker: Broker, api: str, tmp_path: Path) -> None:
    """That MQTT gateway had one session for all interfaces, under the name that watches now."""
    home = LedgerHome(tmp_path)
    settings = settings_file(broker, tmp_path, api, "before")
    certificate, key = broker.identity("bridge")
    old = Client(CallbackAPIVersion.VERSION2, client_id="before", protocol=MQTTProtocolVersion.MQTTv5)
    old.tls_set(str(broker.authority), str(certificate), str(key))
    subscribed = threading.Event()
    old.on_subscribe = lambda *_: subscribed.set()
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    old.connect(NAME, broker.port, clean_start=False, properties=properties)
    old.loop_start()
    old.subscribe("stock/+/+", qos=1)
    assert subscribed.wait(20)
    old.disconnect()
    old.loop_stop()
    with broker.publisher("wms-7") as wms:
        publish(wms, "stock/wms-7/movements", message("old-1"))
    with bridge(home, settings):
        eventually("it was taken", lambda: kept() == ["old-1"], 60)
        with broker.publisher("wms-7") as wms:
            publish(wms, "stock/wms-7/movements", message("new-1"))
        eventually("and the next one once", lambda: kept() == ["old-1", "new-1"], 60)
    assert outcomes(home) == {("wms-7", "received"): 2, ("wms-7", "delivered"): 2}


def test_a_second_bridge_does_not_start(broker: Broker, api: str, tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    settings = settings_file(broker, tmp_path, api, "five")
    with bridge(home, settings):
        command = [sys.executable, "-m", "liveledger_cli.main", "erp", "run", "--settings", str(settings)]
        second = subprocess.run([*command, "--home", str(home.root)], capture_output=True, timeout=60, check=False)
        assert (second.returncode, b"runs already" in second.stderr) == (4, True)


def test_a_client_of_another_authority_is_not_let_in(broker: Broker, tmp_path: Path) -> None:
    other = Authority.make(tmp_path, "other-ca")
    seen: list[bool] = []
    with pytest.raises(OSError), broker.publisher("wms-7", signer=other) as client:  # noqa: PT012
        eventually("the broker closed", lambda: seen.append(client.is_connected()) or not client.is_connected(), 10)
        raise ConnectionError("the broker let nobody in")
    assert not any(seen)
