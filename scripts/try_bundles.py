#!/usr/bin/env python3
"""Gets the bundles of try.html out of a demo's ledger: three questions of now, and the same three of an older block.

.venv/bin/python scripts/try_bundles.py build/try [--ledger demo]

Runs `liveledger demo` where there is no demo yet. Six lots of the demo's product come in (once a ledger), the first
three bundles are taken, a few units are sold and held, and the second three are taken.
All of it goes by the product's own commands.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from liveledger.domain.hashing import canonical_json
from liveledger.domain.home import LedgerHome
from liveledger.node.network import Network
from liveledger.node.runstate import running_pid
from liveledger.verifier import Question, TrustAnchor, verify
from liveledger_api.runfile import running, stop
from liveledger_cli.demo.asking import quoted
from liveledger_cli.demo.client import ApiClient
from liveledger_cli.demo.stack import start_api

# Names of the page's cases, and of the demo's questions.
CASES = {"item": "item-history", "stock": "stock", "settlement": "settlement"}
LOTS = {"BAG-2611-A": 240, "BAG-2611-B": 180, "BAG-2611-C": 360, "BAG-2612-A": 96, "BAG-2612-B": 144, "BAG-2612-C": 72}
AFTERWARDS = (("sell", "BAG-2611-A", 36), ("sell", "BAG-2611-C", 12), ("hold", "BAG-2612-B", 24))
ENDS = {"receive": ("to",), "sell": ("from",), "hold": ("from", "to")}
BLOCKS = 3
STOP_SECONDS = 60.0

Say = Callable[[str], None]


def main() -> int:
    """Writes bundles, questions and anchor into the folder; 0 once each was verified."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--ledger", default="demo")
    given = arguments.parse_args()
    home = LedgerHome.find(given.ledger)
    console = Console(stderr=True)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    with _running(home, say):
        _collect(home, given.folder, say)
    say(f"bundles, questions and anchor: {given.folder}")
    return 0


@contextmanager
def _running(home: LedgerHome, say: Say) -> Iterator[None]:
    """Plays the demo where none was played, starts what does not run, and in the end stops what it started."""
    answers = home.directory / "answers"
    node_ran = answers.exists() and running_pid(home.node()) is not None
    api_ran = node_ran and running(home) is not None
    if not answers.exists():
        say("there is no demo yet: playing one (about a minute)")
        _liveledger("demo", "--ledger", home.name, "--keep", shown=True)
    elif not node_ran:
        say(f"starting the ledger {home.name} in {home.directory}")
        _liveledger("network", "up", "--ledger", home.name, "--validators", str(len(Network.load(home).local)))
    try:
        start_api(home)
        yield
    finally:
        if not api_ran:
            stop(home, patience=STOP_SECONDS)
        if not node_ran:
            _liveledger("network", "down", "--ledger", home.name)


def _collect(home: LedgerHome, folder: Path, say: Say) -> None:
    questions = _questions(home)
    folder.mkdir(parents=True, exist_ok=True)
    found = running(home)
    assert found is not None
    client = ApiClient(found.url)
    _take_in_lots(client, home, questions["stock"])
    say("asking: three questions, before a sale")
    _ask(client, home, questions, folder, suffix="-older", at_least=0)
    before = client.index_height()
    say("selling and holding some units")
    _move(home, questions["stock"], AFTERWARDS)
    _settled(client)
    say("asking again, after it")
    _ask(client, home, questions, folder, suffix="", at_least=before + 1)
    client.close()
    (folder / "trust.json").write_bytes(home.trust.read_bytes())


def _questions(home: LedgerHome) -> dict[str, dict[str, Any]]:
    """The three questions of the demo's newest run."""
    runs = sorted((home.directory / "answers").glob("run-*"), key=lambda path: int(path.name.partition("-")[2]))
    return {name: json.loads((runs[-1] / f"{file}.question.json").read_bytes()) for name, file in CASES.items()}


def _ask(
    client: ApiClient,
    home: LedgerHome,
    questions: dict[str, dict[str, Any]],
    folder: Path,
    *,
    suffix: str,
    at_least: int,
) -> None:
    """Writes the bundle of each question, once it is proven here."""
    anchor = TrustAnchor.parse(home.trust.read_bytes())
    for name, question in questions.items():
        bundle = client.bundle(_path(name, question["parameters"]), at_least)
        verify(bundle, anchor=anchor, question=Question.parse(question), now=int(time.time()))
        (folder / f"{name}{suffix}.bundle.json").write_bytes(bundle)
        (folder / f"{name}.question.json").write_bytes(canonical_json(question))


def _path(name: str, parameters: dict[str, str]) -> str:
    if name == "item":
        return f"/items/{quoted(parameters['item'])}/events"
    if name == "settlement":
        return f"/agreements/{parameters['agreement']}/settlements"
    return f"/stock/{parameters['brand']}/{parameters['sku']}/{parameters['place']}"


def _take_in_lots(client: ApiClient, home: LedgerHome, question: dict[str, Any]) -> None:
    """Registers the lots and receives them, once a ledger: where goods of several lots are, nothing is done."""
    held = json.loads(client.bundle(_path("stock", question["parameters"]), 0))["answer"]["by_lot"]
    if len(held) > 1:
        return
    mine = question["parameters"]
    rows = "".join(f"{mine['sku']},{lot},\n" for lot in LOTS)
    _liveledger("sku", "lots", mine["brand"], "-", "--ledger", home.name, given=f"sku,lot,expiry\n{rows}")
    _move(home, question, [("receive", lot, units) for lot, units in LOTS.items()])
    _settled(client)


def _move(home: LedgerHome, question: dict[str, Any], movements: Sequence[tuple[str, str, int]]) -> None:
    mine = question["parameters"]
    stamp, now = time.time_ns(), datetime.now(UTC).isoformat(timespec="seconds")
    messages = [
        {
            "id": f"try:{stamp}:{number}",
            "brand": int(mine["brand"]),
            "sku": mine["sku"],
            "lot": lot,
            "kind": kind,
            "quantity": units,
            "at": now,
            **dict.fromkeys(ENDS[kind], mine["place"]),
        }
        for number, (kind, lot, units) in enumerate(movements)
    ]
    text = "".join(json.dumps(message) + "\n" for message in messages)
    _liveledger("movement", "post", "-", "--ledger", home.name, "--account", "warehouse", given=text)


def _settled(client: ApiClient) -> None:
    """Waits for some blocks: what was posted is in them."""
    client.wait_for_index(client.index_height() + BLOCKS)


def _liveledger(*words: str, given: str | None = None, shown: bool = False) -> str:
    command = [sys.executable, "-m", "liveledger_cli.main", *words]
    done = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=None if shown else subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr or "")
        sys.exit(f"`liveledger {' '.join(words)}` ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
