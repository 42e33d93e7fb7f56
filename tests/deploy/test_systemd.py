"""The units: taken by systemd-analyze where it is installed, hardened, in step with the supervisor's own times."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from liveledger.cli.api import STOP_SECONDS as API_STOP_SECONDS
from liveledger.domain.errors import ConfigurationError, Unavailable
from liveledger.engine.stack import COMETBFT_STOP_SECONDS, GETH_STOP_SECONDS

from tests.deploy.tools import DEPLOY, check, need

UNITS = ("liveledger-node.service", "liveledger-api.service", "liveledger-replenish@.service")
TIMER = "liveledger-replenish@.timer"
INSTALLED = "/opt/liveledger/.venv/bin/liveledger"
# `systemd-analyze security` calls 2.0 "OK" and everything from 5.0 on "exposed".
WORST_EXPOSURE = 2.0


def setting(unit: str, name: str) -> str:
    """The value of a setting."""
    values = re.findall(rf"^{name}=(.*)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE)
    assert len(values) == 1, (unit, name)
    return str(values[0])


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


def test_a_pass_sends_without_a_person_and_says_what_it_did() -> None:
    words = setting(UNITS[2], "ExecStart").split()
    assert {"--send", "--yes", "--metrics"} <= set(words)
    assert setting(UNITS[2], "ExecStopPost").endswith(words[words.index("--metrics") + 1])
    # A pass is started by the timer alone, and what it did not finish by the next one.
    assert "[Install]" not in (DEPLOY / "systemd" / UNITS[2]).read_text()


def test_a_node_that_must_not_go_on_is_not_restarted() -> None:
    assert str(ConfigurationError.exit_code) in setting(UNITS[0], "RestartPreventExitStatus").split()
    # The API ends like this while the node is away: it is tried again.
    assert str(Unavailable.exit_code) not in setting(UNITS[1], "RestartPreventExitStatus").split()


@pytest.mark.parametrize("unit", UNITS)
def test_no_secret_is_an_argument(unit: str) -> None:
    text = (DEPLOY / "systemd" / unit).read_text().lower()
    assert not re.search(r"^(environment|execstart)=.*(passphrase|password|secret)=?[^/%]*$", text, re.MULTILINE)
    assert setting(unit, "UMask") == "0077"
    assert setting(unit, "User") == "liveledger"
