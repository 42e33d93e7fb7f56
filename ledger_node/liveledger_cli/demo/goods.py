"""Imported goods and their cold box: an EPCIS document through the API, readings as a Merkle root, an alert."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from liveledger.bindings import report_hub
from liveledger.bindings.constants import FeedKind
from liveledger.domain.errors import InvalidInput, Unavailable
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.hashing import canonical_json, hex_bytes
from liveledger.domain.payloads import AlertPayload, id_of
from liveledger.domain.waiting import wait_until
from liveledger_cli.demo.client import POLL_SECONDS, ApiClient
from liveledger_cli.demo.desk import Desk
from liveledger_cli.demo.settings import DemoSettings
from liveledger_cli.demo.state import DemoState, Run
from liveledger_cli.demo.world import World
from liveledger_oracles.alerts.levels import Alert, TemperatureLimits, temperature
from liveledger_oracles.common.reports import Feed, Observation, report_key, submit
from liveledger_oracles.iot.batch import Excursion, ReadingBatch, excursions
from liveledger_oracles.iot.files import read_celsius

DAY_SECONDS = 24 * 3600
JOB_SECONDS = 60.0
REPORT_SECONDS = 3600
# What the example calls its items and its box; each run has its own, as two runs are two deliveries.
EXAMPLE_SERIAL = "NZ7000"
EXAMPLE_GTIN = 9521234000112
EXAMPLE_SSCC = "095212340000000013"
SSCC_PREFIX = "09521234"
FEED_GAS = 500_000


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of the document: how many events, the sold item's URI and how many of them name it."""

    events: int
    item: str
    item_events: int


def capture(client: ApiClient, state: DemoState, settings: DemoSettings, run: Run) -> Captured:
    """Sends the document with this run's serial numbers and waits until each event is anchored at each of its items.

    A run sends it once: after a crash, the job that was accepted before is asked for. Raises InvalidInput when the API
    refuses the document.
    """
    document = _document(settings, run)
    events = document["epcisBody"]["eventList"]
    job = state.plan(run, "capture-job", lambda: client.post("/capture", canonical_json(document)))["captureID"]
    try:
        _work_off(client, job)
    except InvalidInput:
        # The document was refused as a whole: a mended one is sent by the next attempt.
        state.forget(run, ("capture-job",))
        raise
    histories = Counter(item for event in events for item in _items(event))
    for item, count in histories.items():
        _wait_for_history(client, item, count)
    sold = events[-1]["epcList"][0]
    return Captured(len(events), sold, histories[sold])


@dataclass(frozen=True, slots=True)
class ColdBox:
    """A reported batch: its feed, the batch, the excursion found in it, and the alert that was reported."""

    feed: Feed
    batch: ReadingBatch
    excursion: Excursion
    alert: Alert

    def figures(self) -> dict[str, Any]:
        """For the report."""
        low, high = self.batch.extremes
        return {
            "origin": "simulated",
            "readings": len(self.batch.readings),
            "root": hex_bytes(self.batch.root),
            "lowest_milli_celsius": low,
            "highest_milli_celsius": high,
            "excursion_seconds": self.excursion.seconds,
            "alert": self.alert.level.name.lower(),
        }


def report_readings(
    desk: Desk, client: ApiClient, settings: DemoSettings, run: Run, hub: bytes, world: World
) -> ColdBox:
    """Reports the batch's root and the excursion's alert, and leaves the readings with the API for proofs of one.

    Raises Unavailable when the readings have no excursion: then there would be nothing to show.
    """
    batch = ReadingBatch(world.device, tuple(read_celsius(settings.readings, run.began - DAY_SECONDS)))
    limits = TemperatureLimits()
    found = excursions(batch.readings, limits)
    if not found:
        raise Unavailable("the readings never leave the limits", hint=f"see {settings.readings}")
    worst = max(found, key=lambda excursion: limits.outside(excursion.worst_milli))
    alert = temperature(worst.worst_milli, worst.seconds, limits)
    if alert is None:
        raise Unavailable("an excursion gives no alert")
    readings = [[reading.at, reading.milli] for reading in batch.readings]
    client.post("/readings", canonical_json({"device": hex_bytes(world.device), "readings": readings}))
    payload = AlertPayload(alert.level, 0, world.warehouse, alert.value, alert.limit).encode()
    feeds = [
        (FeedKind.SENSOR_BATCH, batch.payload().encode()),
        (FeedKind.ALERT, payload),
    ]
    owner = world.organisations["inspector"]
    keys = [_report(desk, run, _feed(desk, run, hub, owner, kind), kind, content) for kind, content in feeds]
    desk.outcomes("oracle", [key for _, key in keys])
    return ColdBox(keys[0][0], batch, worst, alert)


def _feed(desk: Desk, run: Run, hub: bytes, owner: int, kind: FeedKind) -> Feed:
    feed_id = id_of(owner, run.key("feed", kind.name).encode())
    return Feed(desk.connection.evm_chain_id, hub, feed_id, (desk.address("oracle"),))


def _report(desk: Desk, run: Run, feed: Feed, kind: FeedKind, payload: bytes) -> tuple[Feed, str]:
    opening = report_hub.OpenFeed(feed.feed_id, kind, 0, feed.signers, feed.quorum, feed.version)
    desk.send("oracle", [(run.key("feed", kind.name), feed.hub, opening)], gas=FEED_GAS)
    oracle = desk.sender("oracle")
    observation = Observation(0, payload, run.began, run.began + DAY_SECONDS)
    submit(oracle, feed, observation, [oracle.account], gas=FEED_GAS)
    return feed, report_key(feed, 0)


def _document(settings: DemoSettings, run: Run) -> dict[str, Any]:
    text = settings.epcis.read_text(encoding="utf-8")
    sscc = with_check_digit(f"{SSCC_PREFIX}{run.began % 10**9:09}")
    return dict(
        json.loads(text.replace(EXAMPLE_SERIAL, f"NZ{run.began:010}{run.number:04}").replace(EXAMPLE_SSCC, sscc))
    )


def _items(event: dict[str, Any]) -> set[str]:
    parent = [event["parentID"]] if "parentID" in event else []
    return {*event.get("epcList", ()), *event.get("childEPCs", ()), *parent}


def _work_off(client: ApiClient, job: str) -> None:
    """Waits for a capture job. Events that are there already are those of a job whose receipt a crash took from us."""
    late = Unavailable(f"capture job {job} goes on for too long", hint="see `liveledger api status`")

    def finished() -> dict[str, Any] | None:
        status: dict[str, Any] = client.get(f"/capture/{job}")
        return None if status["running"] else status

    status = wait_until(finished, JOB_SECONDS, lambda: late, pause=POLL_SECONDS)
    refusals = [error for error in status["errors"] if error["status"] != httpx.codes.CONFLICT]
    if refusals:
        raise InvalidInput(f"the API refused the document: {refusals[0]['detail']}")


def _wait_for_history(client: ApiClient, item: str, count: int) -> None:
    late = Unavailable(f"the history of {item} is not on the ledger in time", hint="see `liveledger api status`")
    wait_until(lambda: client.event_count(item) >= count, JOB_SECONDS, lambda: late, pause=POLL_SECONDS)
