"""Verification as a doubter does it: a fresh process, no network where the system lets us take it away, files only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveledger.domain.errors import Unavailable

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Isolation:
    """How a process is cut off from the network: the command before it (empty when it cannot be) and a sentence."""

    prefix: tuple[str, ...]
    sentence: str

    @property
    def effective(self) -> bool:
        """Whether the network is really out of reach."""
        return bool(self.prefix)


@dataclass(frozen=True, slots=True)
class OfflineVerdict:
    """What ``liveledger verify`` said: its exit code, its JSON, and how long the whole process took (seconds)."""

    exit_code: int
    report: dict[str, Any]
    seconds: float

    @property
    def refusal(self) -> str | None:
        """The refusal's code; None when the bundle was accepted."""
        return None if self.exit_code == 0 else str(self.report.get("refusal", self.report).get("code", "unnamed"))


def find_isolation() -> Isolation:
    """Tries an empty network namespace, with a user namespace first (needs no root)."""
    tool = shutil.which("unshare")
    for flags in ("-rn", "-n"):
        if tool and subprocess.run([tool, flags, "true"], capture_output=True, check=False).returncode == 0:
            return Isolation((tool, flags), f"in an empty network namespace (unshare {flags})")
    return Isolation((), "with the network in reach: this system does not allow `unshare -n`")


def verify_offline(bundle: Path, trust: Path, question: Path, isolation: Isolation) -> OfflineVerdict:
    """Runs ``liveledger verify`` on three files in a fresh process. Raises Unavailable when it prints no JSON."""
    command = [*isolation.prefix, sys.executable, "-m", "liveledger_cli.main", "verify", str(bundle)]
    command += ["--trust", str(trust), "--question", str(question), "--json"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    seconds = time.perf_counter() - began
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise Unavailable(f"verify ended with {done.returncode}: {done.stderr.strip()[-400:]}") from None
    return OfflineVerdict(done.returncode, report, seconds)
