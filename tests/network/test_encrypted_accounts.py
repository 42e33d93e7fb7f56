"""A ledger none of whose accounts is in plain: made, deployed to and served with passphrases from files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.accounts.keystore import WrongPassphrase
from liveledger.domain.errors import InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import POWER_LABELS
from liveledger.node.founding import CardPlan, make_card
from liveledger.services.deployment import deploy
from tests.support.commands import command_line, leaves, parameter, walk
from tests.support.commands import run as cli
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
    command = [sys.executable, "-m", "liveledger_cli.main", *arguments, "--home", str(net.home.root)]
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


ADDRESS, GLN, NUMBER = "0x" + "11" * 20, "9521234200017", "1"
# What each command that signs needs on its line. Two sign a file of another command, four ask the ledger's goods or the
# API first: those open their keys in the same way (tests/unit/keys/test_passphrase_option.py).
SIGNING = {
    "member vote": [NUMBER, "yes"],
    "member withdraw": [NUMBER],
    "member request": ["--kind", "brand", "--gln", GLN, "--name", "a name", "--out", "request.json"],
    "member found": ["--examples"],
    "member propose admit": ["file"],
    "member propose remove": [GLN],
    "member propose suspend": [GLN],
    "member propose reinstate": [GLN],
    "member propose validator": [GLN, "11" * 32],
    "member propose rotate-validator": ["11" * 32, "22" * 32],
    "member propose roles": [ADDRESS, "post-movements"],
    "member propose parameter": ["voting-seconds", NUMBER],
    "member propose contract": ["StockLedger"],
    "member propose pause": ["stock"],
    "member propose resume": ["stock"],
    "member propose limits": [GLN],
    "member propose mint-limit": [NUMBER],
    "member propose gtin": ["09521234567899", GLN],
    "member propose place": [GLN, GLN],
    "member propose role": ["10"],
    "member propose kind": ["10"],
    "member propose recover": ["file"],
    "member recovery request": [GLN, "--out", "out"],
    "member recovery object": [],
    "member recovery complete": [GLN],
    "member account add": ["operator", "post-movements"],
    "member account set": [ADDRESS, "post-movements"],
    "member node set": ["card"],
    "member node remove": ["11" * 20],
    "member place add": [GLN],
    "member operator approve": [NUMBER],
    "member operator widen": [NUMBER, "--place", GLN],
    "member operator withdraw": [NUMBER],
    "sku add": ["--code", "A"],
    "sku lots": [NUMBER, "--sku", "A", "--lot", "B"],
    "sku correct": ["A", "B"],
    "sku recall": [NUMBER, "A", "B", "--as", "operator"],
    "replenish close": [NUMBER, NUMBER, NUMBER],
    "replenish cancel": [NUMBER],
    "replenish expire": [NUMBER],
    "correction undo": [ADDRESS, NUMBER, NUMBER, "--as", "operator", "--out", "out", "--reason", "why"],
    "correction adjust": ["--as", "operator", "--out", "out", "--reason", "why", NUMBER, NUMBER, "found", NUMBER],
    "correction limit": [NUMBER, "--as", "operator"],
    "reconcile": ["file", "--record", "--place", GLN],
    "past archive": [],
    "deploy": [],
}
OTHERS = {"correction sign", "correction post", "health report", "api start", "login", "up"}
OTHERS |= {f"replenish {name}" for name in ("policy", "levels", "lots", "suggest", "order")}
READING = {"member list", "member show", "member proposals", "member account list", "member place list"}
READING |= {
    "sku list",
    "sku show",
    "member operator show",
    "correction show",
    "correction list",
    "replenish orders",
    "member recovery show",
    "past status",
}
READING |= {f"health {name}" for name in ("stock", "heat-map", "capital", "check")}


def test_every_command_that_signs_is_in_the_table() -> None:
    root = command_line()
    groups = {path for path, command in walk(root) if parameter(command, "--passphrase-file")}
    having = {" ".join(path) for path in leaves(root) if path in groups or path[:1] in groups}
    assert {name for name in having if not name.startswith("key ")} == set(SIGNING) | OTHERS | READING


@pytest.mark.parametrize("name", SIGNING)
def test_every_command_that_signs_opens_its_key_with_the_file_that_was_named(
    net: RunningNetwork, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not net.home.manifest.exists():
        deploy(net.home, accounts=store(net.home))
    for label in ("brand", "oracle", "warehouse", "operator", *POWER_LABELS):
        with suppress(InvalidInput):
            store(net.home).create(label)
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("card").write_bytes(make_card(LedgerHome(tmp_path, "other"), CardPlan("127.0.0.1", "other", None, None, 10)))
    wrong = ["--passphrase-file", str(private_file(tmp_path / "wrong", b"another passphrase"))]
    group, *command = name.split()
    line = [group, *wrong, *command] if command else [group, *wrong]
    common = ["--home", str(net.home.root), "--ledger", "test"]
    with pytest.raises(WrongPassphrase):
        cli(command_line_once(), *line, *common, *SIGNING[name])


@cache
def command_line_once() -> Any:
    return command_line()
