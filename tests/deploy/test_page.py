"""docs/deploy.md followed to the letter by root, in namespaces of its own, so that nothing of this machine changes.

What the page asks of others is stood for by programs that write down how they were called: git and make (the checkout
is linked), systemctl (the units' own commands are run in its place).
"""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from liveledger.domain.home import LedgerHome
from liveledger.node.binaries import find_engines
from tests.deploy.tools import DEPLOY
from tests.docs.blocks import Block, command_blocks
from tests.docs.running import Desk, furnish, stop
from tests.house.tree import ROOT

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(600)]
PAGE = ROOT / "docs/deploy.md"
INSTALL, CARD, JOIN = (block for block in command_blocks(PAGE) if block.run_by == "tests/deploy/test_page.py")
ADDRESS = "192.0.2.14"
CALLED = ("git", "make", "systemctl")


def require_namespaces() -> None:
    """Skips the test, and says why, where this user cannot have mounts and a network of its own."""
    tried = subprocess.run(["unshare", "-mn", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0 or shutil.which("systemd-sysusers") is None:
        pytest.skip(f"no namespaces can be made here, or there is no systemd-sysusers: {tried.stderr.strip()}")


def prepared(folder: Path) -> str:
    """An empty host, as far as the page touches it: folders of the system that are this test's own."""
    software, stubs = folder / "opt" / "liveledger", folder / "stubs"
    software.mkdir(parents=True)
    furnish(software)
    engines = find_engines().geth.parent
    shutil.copytree(engines, software / "engines")
    stubs.mkdir()
    for name in CALLED:
        (stubs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{folder}/called\n')
        (stubs / name).chmod(0o755)
    return f"""
    cp -a /etc {folder}/etc && mount --bind {folder}/etc /etc
    mkdir -p {folder}/sysusers {folder}/state /usr/lib/sysusers.d /var/lib/liveledger
    mount --bind {folder}/sysusers /usr/lib/sysusers.d
    mount --bind {folder}/opt /opt
    mount --bind {folder}/state /var/lib/liveledger
    {opened(Path(sys.base_prefix), folder / "opened")}
    ip link set lo up
    ip addr add {ADDRESS}/32 dev lo
    export PATH={stubs}:$PATH
    """


def opened(wanted: Path, folder: Path) -> str:
    """Commands after which another user reaches ``wanted``, where a folder above it (root's home, say) is closed."""
    closed = [above for above in reversed(wanted.parents) if not above.stat().st_mode & stat.S_IXOTH]
    if not closed:
        return ""
    shown = folder / wanted.relative_to(closed[0])
    return f"mkdir -p {shown} && mount --bind {wanted} {shown} && mount --rbind {folder} {closed[0]}"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are closed."""
    made = Path(tempfile.mkdtemp(prefix="ll-", dir="/tmp"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        stop(LedgerHome(made / "state"))
        shutil.rmtree(made)


def started(unit: str) -> str:
    """The command of a unit, as systemd would run it."""
    text = (DEPLOY / "systemd" / f"{unit}.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    settings = " ".join(re.findall(r"^Environment=(.*)$", text, re.MULTILINE))
    (user,) = re.findall(r"^User=(.*)$", text, re.MULTILINE)
    return f"runuser -u {user} -- env {settings} {command} --detach"


def test_a_member_joins_by_the_page_and_is_scraped(folder: Path) -> None:
    require_namespaces()
    scrapes = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = [target for job in scrapes for target in job["static_configs"][0]["targets"]]
    scraped = "\n".join(f"curl -s --fail http://{target}/metrics | grep -c ^liveledger_" for target in targets)
    between = "liveledger network compose card.json --out package.json"
    end = f"{started('liveledger-node')}\ncd / && liveledger deploy && {started('liveledger-api')}\nsleep 3\n{scraped}"
    blocks = [_own(prepared(folder)), INSTALL, CARD, _own(between), JOIN, _own(end)]
    desk = Desk(folder, folder, ("unshare", "-mn"))
    printed = desk.run(blocks, {"ADDRESS": ADDRESS, "NAME": "north"})
    assert "validator with power 10" in printed
    assert all(int(count) > 5 for count in printed.splitlines()[-len(targets) :])
    called = (folder / "called").read_text()
    for command in ("git clone", "make setup", "systemctl daemon-reload", "systemctl enable --now chrony"):
        assert command in called


def _own(script: str) -> Block:
    return Block(PAGE, 0, "sh", script, ())
