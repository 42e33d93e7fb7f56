"""kill −9 of the sending process at random instants: what was acknowledged is on the chain exactly once (O4)."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from liveledger.bindings import stock_ledger
from liveledger.chain.contracts.ledger import final_height, open_ledger
from liveledger.chain.contracts.manifest import DEPLOYED_CONTRACTS, Manifest
from liveledger.chain.movements.posting import Poster
from liveledger.domain.errors import ConfigurationError
from liveledger.services.deployment import deploy
from tests.support.network import running_network
from tests.support.trading import Trading

pytestmark = pytest.mark.network

ROOT = Path(__file__).resolve().parents[3]
MESSAGES = 60
LANE = 90


def run_and_kill(command: list[str], seconds: float) -> list[str]:
    """Runs a command, kills it −9 some seconds after its first line, and returns the lines it had printed."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, 9)

    timer = threading.Timer(seconds, kill)
    timer.start()
    lines += process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    timer.cancel()
    return lines


def test_a_killed_poster(trading: Trading) -> None:
    sku, place = trading.skus["SKU-030"], trading.places[0]
    home = trading.ledger.home
    arguments = [str(home.root), home.name, str(LANE), str(sku), str(place), str(MESSAGES)]
    command = [sys.executable, "-m", "tests.chain.trading.crashing", *arguments]
    moments = random.Random(20261123)
    acknowledged = 0
    for _ in range(6):
        printed = run_and_kill(command, moments.uniform(0.0, 0.5))
        acknowledged = max([acknowledged, *(int(line) for line in printed if line.isdecimal())])
    last = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert last.stdout.split()[-1] == "done"
    height = final_height(trading.ledger)
    counters = stock_ledger.decode_counters_of(
        trading.ledger.execution.call(
            trading.ledger.manifest.address("StockLedger"), stock_ledger.CountersOf(sku).calldata(), height
        )
    )
    assert counters.received == MESSAGES
    poster = Poster(trading.ledger, trading.sender(), lane=LANE)
    places = {(status.sequence, status.position) for n in range(MESSAGES) if (status := poster.status(f"crash-{n}"))}
    assert len(places) == MESSAGES
    assert acknowledged > 0


def test_deployment_is_resumed_and_repeated(tmp_path: Path) -> None:
    with running_network(tmp_path) as network:
        home = network.home
        with pytest.raises(ConfigurationError, match="deploy"):
            open_ledger(home)
        command = [sys.executable, "-m", "liveledger_cli.main", "deploy", "--home", str(home.root)]
        for seconds in (0.0, 0.4, 1.3):
            run_and_kill([*command, "--ledger", home.name], seconds)
        first = deploy(home)
        assert set(first.contracts) >= {module.NAME for module in DEPLOYED_CONTRACTS}
        assert deploy(home) == first
        # Without manifest and outbox, as on another member's machine with the key: found in the directory again.
        home.manifest.unlink()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{home.outbox}{suffix}").unlink(missing_ok=True)
        assert deploy(home) == first == Manifest.read(home.manifest)
        assert open_ledger(home).manifest == first
