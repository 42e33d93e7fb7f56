"""A ledger none of whose accounts is in plain: made, deployed to and served with passphrases from files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from liveledger.domain.home import LedgerHome

from tests.support.network import RunningNetwork, running_network
from tests.unit.keys.support import PASSPHRASE, private_file, store

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    folder = tmp_path_factory.mktemp("encrypted")
    for label in ("administrator", "operator"):
        store(LedgerHome(folder, "test")).create(label)
    with running_network(folder) as network:
        yield network


def run(net: RunningNetwork, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "liveledger.cli.main", *arguments, "--home", str(net.home.root)]
    environment = {name: value for name, value in os.environ.items() if "PASSPHRASE" not in name}
    return subprocess.run(
        [*command, "--ledger", "test", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def code(done: subprocess.CompletedProcess[str]) -> str:
    return str(json.loads(done.stdout)["error"]["code"])


def test_deploying_needs_the_administrators_passphrase(net: RunningNetwork, tmp_path: Path) -> None:
    assert net.network.administrator == store(net.home).load("administrator").address.lower()
    assert code(run(net, "deploy")) == "missing-passphrase"
    wrong = private_file(tmp_path / "wrong", b"another passphrase")
    assert code(run(net, "deploy", "--passphrase-file", str(wrong))) == "wrong-passphrase"
    right = private_file(tmp_path / "right", PASSPHRASE.encode())
    done = run(net, "deploy", "--passphrase-file", str(right))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in net.home.keys.iterdir()) == ["administrator.json", "operator.json"]


def test_the_api_says_at_its_start_that_it_cannot_open_its_key(net: RunningNetwork, tmp_path: Path) -> None:
    refused = run(net, "api", "start", "--detach", "--port", "0")
    assert refused.returncode == 4
    assert "missing-passphrase" in json.loads(refused.stdout)["error"]["message"]
    right = private_file(tmp_path / "right", PASSPHRASE.encode())
    started = run(net, "api", "start", "--detach", "--port", "0", "--passphrase-file", str(right))
    try:
        assert started.returncode == 0, started.stderr
    finally:
        assert json.loads(run(net, "api", "stop").stdout) == {"stopped": True}
    assert PASSPHRASE not in (net.home.directory / "api.log").read_text()
