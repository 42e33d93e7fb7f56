"""The units: taken by systemd-analyze where it is installed, hardened, in step with the supervisor's own times."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from liveledger.domain import gs1
from liveledger.domain.errors import ConfigurationError, InvalidInput, Unavailable
from liveledger.node.stack import COMETBFT_STOP_SECONDS, GETH_STOP_SECONDS
from liveledger_cli.api.commands import STOP_SECONDS as API_STOP_SECONDS
from liveledger_oracles.gateways.mqtt.bridge import STOP_SECONDS as BRIDGE_STOP_SECONDS
from tests.deploy.tools import DEPLOY, check, need
from tests.house.tree import ROOT

UNITS = (
    "liveledger-node.service",
    "liveledger-api.service",
    "liveledger-erp.service",
    "liveledger-reconcile@.service",
    "liveledger-replenish@.service",
)
PASS = UNITS[4]
TIMER = "liveledger-replenish@.timer"
INSTALLED = "/opt/liveledger/.venv/bin/liveledger"
# `systemd-analyze security` calls 2.0 "OK" and everything from 5.0 on "exposed".
WORST_EXPOSURE = 2.0


def setting(unit: str, name: str) -> str:
    """The value of a setting."""
    values = re.findall(rf"^{name}=(.*)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE)
    assert len(values) == 1, (unit, name)
    return str(values[0])


def run_command(words: list[str]) -> subprocess.CompletedProcess[str]:
    """What the command line of this checkout says to a unit's words."""
    command = [sys.executable, "-m", "liveledger_cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def instance(unit: str) -> str:
    """A template's name with an instance; another unit's own name."""
    return unit.replace("@.", "@7.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The units with the program of this checkout in the place of the installed one."""
    program = str(Path(sys.executable).with_name("liveledger"))
    for unit in UNITS:
        text = (DEPLOY / "systemd" / unit).read_text()
        assert text.count(INSTALLED) == 1
        (tmp_path / instance(unit)).write_text(text.replace(INSTALLED, program))
    (tmp_path / instance(TIMER)).write_text((DEPLOY / "systemd" / TIMER).read_text())
    return tmp_path


def test_systemd_takes_the_units(folder: Path) -> None:
    analyze = need("systemd-analyze", "apt-get install systemd")
    said = check(analyze, "verify", "--man=no", *(folder / instance(unit) for unit in (*UNITS, TIMER)))
    assert not [line for line in said.splitlines() if "liveledger-" in line]


@pytest.mark.parametrize("unit", UNITS)
def test_the_units_are_confined(folder: Path, unit: str) -> None:
    analyze = need("systemd-analyze", "apt-get install systemd")
    said = check(analyze, "security", "--offline=yes", "--no-pager", folder / instance(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found, said
    assert float(found[1]) <= WORST_EXPOSURE


def test_systemd_is_more_patient_than_the_programs() -> None:
    assert int(setting(UNITS[0], "TimeoutStopSec")) > COMETBFT_STOP_SECONDS + GETH_STOP_SECONDS
    assert int(setting(UNITS[1], "TimeoutStopSec")) > API_STOP_SECONDS
    assert int(setting(UNITS[2], "TimeoutStopSec")) > BRIDGE_STOP_SECONDS


def test_a_pass_sends_without_a_person_and_says_what_it_did() -> None:
    words = setting(PASS, "ExecStart").split()
    assert {"--send", "--yes", "--metrics"} <= set(words)
    assert setting(PASS, "ExecStopPost").endswith(words[words.index("--metrics") + 1])
    # A pass is started by the timer alone, and what it did not finish by the next one.
    assert "[Install]" not in (DEPLOY / "systemd" / PASS).read_text()


def test_a_node_that_must_not_go_on_is_not_restarted() -> None:
    assert str(ConfigurationError.exit_code) in setting(UNITS[0], "RestartPreventExitStatus").split()
    # The others end like this while the node is away: they are tried again, a pass by its timer.
    for unit in UNITS[1:4]:
        assert str(Unavailable.exit_code) not in setting(unit, "RestartPreventExitStatus").split()


def test_the_bridges_command_is_one_that_there_is() -> None:
    words = setting(UNITS[2], "ExecStart").split()
    assert words[1:3] == ["erp", "run"]
    said = run_command([*words[1:], "--home", "/nowhere"])
    # It gets as far as its settings, which are not there.
    assert (said.returncode, "/etc/liveledger/erp.toml cannot be read" in " ".join(said.stderr.split())) == (4, True)


@pytest.mark.parametrize("unit", UNITS)
def test_no_secret_is_an_argument(unit: str) -> None:
    text = (DEPLOY / "systemd" / unit).read_text().lower()
    assert not re.search(r"^(environment|execstart)=.*(passphrase|password|secret)=?[^/%]*$", text, re.MULTILINE)
    assert setting(unit, "UMask") == "0077"
    assert setting(unit, "User") == "liveledger"


def test_the_comparison_says_that_its_place_is_missing() -> None:
    """systemd hands over a variable that nobody set as an empty word."""
    command = setting(UNITS[3], "ExecStart").replace("${LIVELEDGER_PLACE}", "").split(" ")[1:]
    said = run_command([*command, "--json", "--home", "/nowhere"])
    assert (said.returncode, "place-not-named" in said.stdout) == (InvalidInput.exit_code, True)
    assert str(InvalidInput.exit_code) in setting(UNITS[3], "RestartPreventExitStatus").split()
    example = re.search(
        r"^#     Environment=LIVELEDGER_PLACE=(\d+)$", (DEPLOY / "systemd" / UNITS[3]).read_text(), re.MULTILINE
    )
    assert example
    assert gs1.gln(example[1])
    assert example[0][6:] in (ROOT / "docs" / "deploy.md").read_text()


def test_the_comparison_runs_every_five_minutes_and_records() -> None:
    """Each instance has a folder of its own, and comes back when the node or the source was away."""
    command = setting(UNITS[3], "ExecStart")
    assert command.startswith(f"{INSTALLED} reconcile /var/lib/liveledger/snapshots/%i ")
    assert "--every 300 --record --place ${LIVELEDGER_PLACE} " in command
    assert "liveledger/snapshots/%i" in setting(UNITS[3], "StateDirectory").split()
    assert setting(UNITS[3], "Restart") == "on-failure"
    assert str(Unavailable.exit_code) not in setting(UNITS[3], "RestartPreventExitStatus").split()
