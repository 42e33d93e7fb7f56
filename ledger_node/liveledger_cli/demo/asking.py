"""Questions written down first, then put to the API; every bundle is checked offline, every lie has to be refused."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from liveledger.domain.hashing import canonical_json
from liveledger.verifier import Question, TrustAnchor, verify
from liveledger_cli.demo.client import ApiClient
from liveledger_cli.demo.offline import Isolation, OfflineVerdict, verify_offline
from liveledger_cli.demo.tamper import drop_leaf, flip_byte

PROCESSES = 2
TIMED_RUNS = 5
OTHER_QUESTION_CODE = "wrong-question"
LEFT_OUT_CODE = "incomplete"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, where the API answers it, and whether an answer (from the bundle) is the one that must come."""

    name: str
    question: dict[str, Any]
    path: str
    expect: Callable[[dict[str, Any]], bool]
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one question: bytes of the bundle, the offline verdict, milliseconds inside the verifier."""

    name: str
    view: str
    answer: dict[str, Any]
    size: int
    verdict: OfflineVerdict
    verify_ms: float
    as_expected: bool

    @property
    def holds(self) -> bool:
        """Proven, and the answer that must come."""
        return self.verdict.exit_code == 0 and self.as_expected

    def figures(self) -> dict[str, Any]:
        """For the report."""
        return {
            "name": self.name,
            "view": self.view,
            "proven": self.verdict.exit_code == 0,
            "as_expected": self.as_expected,
            "bundle_bytes": self.size,
            "verify_ms": round(self.verify_ms, 2),
            "process_seconds": round(self.verdict.seconds, 2),
        }


@dataclass(frozen=True, slots=True)
class Lie:
    """A tampered bundle: what was done to it, the code of its refusal (None = accepted), whether that is right."""

    name: str
    code: str | None
    holds: bool

    def figures(self) -> dict[str, Any]:
        """For the report."""
        return {"name": self.name, "refused": self.code is not None, "code": self.code, "holds": self.holds}


class Auditor:
    """Keeps questions, bundles and anchor in one folder and believes none of the answers."""

    def __init__(self, folder: Path, trust: Path, isolation: Isolation) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._trust, self._isolation = folder, trust, isolation

    def write_questions(self, asked: Sequence[Asked]) -> None:
        """Fixes the questions before the API is asked."""
        for entry in asked:
            self._question(entry.name).write_bytes(canonical_json(entry.question))

    def fetch(self, client: ApiClient, asked: Sequence[Asked], at_least: int) -> None:
        """Gets the bundle of each question; all take block ``at_least`` into account."""
        since = str(TrustAnchor.parse(self._trust.read_bytes()).height)
        for entry in asked:
            found = client.bundle(entry.path, at_least, since=since, **entry.parameters)
            self._bundle(entry.name).write_bytes(found)

    def check(self, asked: Sequence[Asked]) -> list[Checked]:
        """Verifies each bundle in a process of its own and times the verifier itself here."""
        with ThreadPoolExecutor(PROCESSES) as pool:
            verdicts = list(pool.map(lambda entry: self._verify(entry.name, entry.name), asked))
        return [self._checked(entry, verdict) for entry, verdict in zip(asked, verdicts, strict=True)]

    def lie(self, single: Asked, listing: Asked) -> list[Lie]:
        """One byte changed, one leaf left out, a true answer to another question: each has to be refused."""
        bundles = {name: json.loads(self._bundle(name).read_bytes()) for name in (single.name, listing.name)}
        tampered = [
            ("one byte changed", single.name, flip_byte(bundles[single.name]), None),
            ("one leaf left out", listing.name, drop_leaf(bundles[listing.name]), LEFT_OUT_CODE),
            ("an answer to another question", listing.name, bundles[single.name], OTHER_QUESTION_CODE),
        ]

        def attempt(number: int) -> Lie:
            name, question, bundle, expected = tampered[number]
            label = f"tampered-{number + 1}"
            self._bundle(label).write_bytes(canonical_json(bundle))
            code = self._verify(label, question).refusal
            return Lie(name, code, code is not None and code == (expected or code))

        with ThreadPoolExecutor(PROCESSES) as pool:
            return list(pool.map(attempt, range(len(tampered))))

    def _checked(self, entry: Asked, verdict: OfflineVerdict) -> Checked:
        bundle = self._bundle(entry.name).read_bytes()
        answer = json.loads(bundle)["answer"]
        return Checked(
            name=entry.name,
            view=str(entry.question["view"]),
            answer=answer,
            size=len(bundle),
            verdict=verdict,
            verify_ms=self._timed(entry, bundle) if verdict.exit_code == 0 else 0.0,
            as_expected=entry.expect(answer),
        )

    def _timed(self, entry: Asked, bundle: bytes) -> float:
        anchor, question = TrustAnchor.parse(self._trust.read_bytes()), Question.parse(entry.question)
        seconds = []
        for _ in range(TIMED_RUNS):
            began = time.perf_counter()
            verify(bundle, anchor=anchor, question=question, now=int(time.time()))
            seconds.append(time.perf_counter() - began)
        return statistics.median(seconds) * 1000

    def _verify(self, bundle: str, question: str) -> OfflineVerdict:
        return verify_offline(self._bundle(bundle), self._trust, self._question(question), self._isolation)

    def _question(self, name: str) -> Path:
        return self._folder / f"{name}.question.json"

    def _bundle(self, name: str) -> Path:
        return self._folder / f"{name}.bundle.json"


def quoted(uri: str) -> str:
    """A URI as one segment of a path."""
    return quote(uri, safe="")
