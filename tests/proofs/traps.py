"""What parsers get wrong, and what is larger or deeper than it may be: the table ``traps.json`` of the vectors.

``python -m tests.proofs.traps`` is the verifier in Python as a program by lines, as api/verifier_js/test/lines.js is
the other one: what each takes of time and memory can be seen from outside.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.proofs.differing import FOLDER, NODE, PROGRAM, Asked, own
from tests.proofs.making.traps import VECTOR

# Memory of V8's own heap: a program that needs more ends (MB).
HEAP = 96
COMMANDS: dict[str, list[str]] = {
    "Python": [sys.executable, "-m", "tests.proofs.traps"],
    "JavaScript": [str(NODE), f"--max-old-space-size={HEAP}", str(PROGRAM)],
}


@dataclass(frozen=True)
class Trap:
    """A case: its kind, a few words, what a verifier is given, and what it must say."""

    kind: str
    about: str
    asked: Asked
    outcome: str


class Verifier:
    """A verifier as a program of its own, by lines."""

    def __init__(self, language: str) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(COMMANDS[language], stdin=pipe, stdout=pipe, text=True, bufsize=1)

    def says(self, asked: Asked) -> tuple[str, float]:
        """Its outcome, or how it ended; and the seconds that it took."""
        assert self._process.stdin
        assert self._process.stdout
        began = time.perf_counter()
        self._process.stdin.write(asked.line())
        self._process.stdin.flush()
        said = self._process.stdout.readline().rstrip("\n")
        return said.split(" ")[0] if said.startswith("proven") else said, time.perf_counter() - began

    def peak(self) -> int:
        """The most memory that it ever had (MB)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) // 1024

    def close(self) -> None:
        """Ends the program."""
        self._process.communicate(timeout=60)


def good() -> Asked:
    """A history that is proven."""
    vector = _vector()
    anchor, question = (json.dumps(vector[name]).encode() for name in ("anchor", "question"))
    return Asked(vector["bundle"].encode(), anchor, question, vector["now"], None, 0)


def _vector() -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((FOLDER / VECTOR).read_text())
    return vector


def traps() -> Iterator[Trap]:
    """All rows of the table."""
    for row in json.loads((FOLDER / "traps.json").read_text()):
        changed = _changed(getattr(good(), row["of"]), row)
        refused = row.get("refusal")
        outcome = f"refused {refused['step']} {refused['code']}" if refused else "invalid question"
        yield Trap(row["kind"], row["about"], replace(good(), **{row["of"]: changed}), outcome)


def _changed(text: bytes, row: dict[str, Any]) -> bytes:
    """The bytes of a row: another text, or one in a place of the good one."""
    start, end = row.get("from", 0), row.get("to", len(text))
    return b"".join((text[:start], *map(_bytes_of, row["put"]), text[end:]))


def _bytes_of(part: Any) -> bytes:
    if isinstance(part, str):
        return part.encode()
    if "hex" in part:
        return bytes.fromhex(part["hex"])
    if "repeat" in part:
        return part["repeat"].encode() * part["times"]
    before, behind = part["numbered"]
    numbers = (f"{before}{number:0{part['digits']}}{behind}" for number in range(part["times"]))
    return str(part["between"]).join(numbers).encode()


def main() -> None:
    """The verifier in Python: a case a line in, its outcome a line out."""
    for line in sys.stdin:
        case = json.loads(line)
        parts = {name: base64.b64decode(case[name]) for name in ("bundle", "anchor", "question")}
        asked = Asked(**parts, now=case["now"], max_age=case["max_age"], minimum_height=int(case["minimum_height"]))
        sys.stdout.write(f"{own(asked)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
