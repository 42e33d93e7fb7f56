"""``liveledger doctor`` asks an installation for what it needs, and not for what only a checkout has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liveledger_cli.doctor import commands as doctor
from liveledger_cli.doctor.commands import Check, run_checks


def outside(monkeypatch: pytest.MonkeyPatch, *extras: str) -> None:
    """As in an installation from a wheel with these extras."""
    monkeypatch.setattr(doctor, "checkout_folder", lambda: None)
    monkeypatch.setattr(doctor, "missing", lambda extra: [] if extra in extras else ["some-package"])


def named(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_the_base_needs_python_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outside(monkeypatch)
    checks = named(run_checks(tmp_path))
    assert [check.name for check in checks.values() if check.required] == ["python"]
    assert checks["extra node"].hint == "pip install 'liveledger[node]'"
    assert not {"make", "git", "node", "go", "geth", "lock"} & checks.keys()


def test_an_installation_with_a_node_needs_engines_and_no_repository(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outside(monkeypatch, "node", "api")
    monkeypatch.setenv("LIVELEDGER_ENGINE_DIR", str(tmp_path))
    checks = named(run_checks(tmp_path))
    assert {"go", "geth", "cometbft", "ABCI stubs", "home folder"} <= {c.name for c in checks.values() if c.required}
    assert not checks["geth"].ok
    assert not checks["extra oracles"].required
    assert not {"make", "git", "node", "lock", "py-spy"} & checks.keys()
    assert not any(re.search(r"\bmake\b (?!wheel)", check.hint) for check in checks.values() if not check.ok)


def test_go_is_needed_only_to_build_what_is_not_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outside(monkeypatch, "node")
    monkeypatch.setattr(doctor, "_engines", lambda: [Check("geth", True, True, "v1", "v1", "")])
    assert not named(run_checks(tmp_path))["go"].required


def test_a_checkout_is_asked_whether_it_has_what_its_lock_pins(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "pytest==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1 ; sys_platform == 'win32' \\\n    --hash=x\n"
    )
    check = doctor._as_locked(lock)
    assert not check.ok
    assert re.fullmatch(r"other versions: pytest \d+\..+", check.version)
