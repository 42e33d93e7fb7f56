"""The command line's way to the API on this machine, and its own check of what the API says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from liveledger_api.runfile import running

from liveledger.cli.context import messages
from liveledger.cli.seen import highest_seen, remember_height
from liveledger.cli.verify import NO_ISSUER, NOT_A_LIST
from liveledger.domain.errors import LiveLedgerError, NotFound, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.proofs import Question, TrustAnchor, Verdict, encode_bundle, verify

_TIMEOUT_SECONDS = 60.0
_PROOF_SECONDS = 30.0
# Parameters that ask for a block or a time.
_OF_THE_PAST = frozenset({"at", "as_of"})
_EXIT_CODES = {400: 2, 404: 3, 409: 1, 413: 2, 415: 2, 422: 2}


class ApiRefusal(LiveLedgerError):
    """The API answered with a problem; code, sentence and hint are its own."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        shown = {name: value for name, value in problem.items() if name in ("errors", "path", "reason", "arguments")}
        super().__init__(
            str(problem.get("detail", f"the API answered {status}")),
            hint=str(problem.get("hint", "")),
            code=str(problem.get("code", f"http-{status}")),
            **shown,
        )
        self.exit_code = _EXIT_CODES.get(status, 4)  # type: ignore[misc]


class ApiClient:
    """Talks to the running API of one ledger on this machine."""

    def __init__(self, home: LedgerHome, transport: httpx.BaseTransport | None = None) -> None:
        """Raises Unavailable when no API runs here."""
        found = running(home)
        if found is None:
            raise Unavailable(
                f"the API of the ledger {home.name} does not run", hint="start it with `liveledger api start --detach`"
            )
        self._http = httpx.Client(base_url=found.url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False)

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """The answer at ``path``; waits while a proof waits for its block. Raises ApiRefusal or Unavailable."""
        deadline = time.monotonic() + _PROOF_SECONDS
        while True:
            response = self._send(lambda: self._http.get(path, params=parameters))
            if response.status_code != 202 or time.monotonic() > deadline:
                return _content(response)
            time.sleep(min(1.0, float(response.headers.get("Retry-After", "1"))))

    def post(self, path: str, body: bytes, media_type: str, **parameters: str) -> dict[str, Any]:
        """Sends a body. Raises ApiRefusal or Unavailable."""
        headers = {"Content-Type": media_type}
        return _content(self._send(lambda: self._http.post(path, content=body, headers=headers, params=parameters)))

    def _send(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        try:
            return request()
        except httpx.HTTPError as error:
            raise Unavailable(f"the API does not answer: {error}", hint="see `liveledger api start`") from error


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer, its bundle if it has one, and what the command line found out itself."""

    answer: dict[str, Any]
    block: dict[str, Any]
    bundle: dict[str, Any] | None
    verdict: Verdict | None
    rest: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        verdict = self.verdict.as_json() if self.verdict else None
        return {"answer": self.answer, "block": self.block, "verdict": verdict}


def ask(
    home: LedgerHome, path: str, question: dict[str, Any], proof_file: Path | None, *, proof: bool, **query: str
) -> Checked:
    """Asks the API, and checks the answer against the trust anchor of the home where there is one.

    ``query``: parameters behind the path, which itself has none. With ``at`` or ``as_of`` among them the answer may be
    of an older block than those seen before. With ``proof_file`` the bundle is written there.
    Raises Refusal when the check fails: the answer is not shown then.
    """
    anchored = home.trust.exists()
    wanted = "true" if proof_file or (proof and anchored) else "false"
    found = ApiClient(home).get(path, proof=wanted, **query)
    bundle = found.get("proof")
    if proof_file and bundle is not None:
        proof_file.write_bytes(encode_bundle(bundle))
    verdict = None
    if bundle is not None and anchored:
        verdict = check(home, question, bundle, past=not _OF_THE_PAST.isdisjoint(query))
    rest = {name: value for name, value in found.items() if name not in ("answer", "block", "proof")}
    return Checked(found["answer"], found["block"], bundle, verdict, rest)


def ask_page(
    home: LedgerHome,
    path: str,
    view: str,
    parameters: dict[str, str],
    page: tuple[int | None, int],
    proof_file: Path | None,
    *,
    proof: bool,
) -> Checked:
    """Asks for a page of a list: first entry and how many, or the newest ones without a first. Raises as `ask`.

    How long the list is, the answer proves: when it is longer than the API said at first, the question is put again.
    """
    first, limit = page
    start = first if first is not None else max(0, _length(home, path) - limit)
    while True:
        asked = {"first": str(start), "limit": str(limit)}
        question = {"view": view, "parameters": {**parameters, **asked}}
        found = ask(home, path, question, proof_file, proof=proof, **asked)
        newest = max(0, int(found.answer["count"]) - limit)
        if first is not None or newest <= start:
            return found
        start = newest


def _length(home: LedgerHome, path: str) -> int:
    """How long the list at ``path`` is, as the API says; 0 where it knows nothing of the kind."""
    try:
        return int(ApiClient(home).get(path, limit="1")["answer"]["count"])
    except ApiRefusal as refusal:
        if refusal.exit_code != NotFound.exit_code:
            raise
        return 0


def check(home: LedgerHome, question: dict[str, Any], bundle: dict[str, Any], *, past: bool = False) -> Verdict:
    """Verifies a bundle against the home's trust anchor, this machine's clock and, unless it is of the ``past``, the
    newest block seen before.

    Raises Refusal.
    """
    anchor = TrustAnchor.parse(home.trust.read_bytes())
    verdict = verify(
        encode_bundle(bundle),
        anchor=anchor,
        question=Question.parse(question),
        now=int(time.time()),
        minimum_height=0 if past else highest_seen(home, anchor),
    )
    remember_height(home, anchor, verdict.block)
    return verdict


def tell(checked: Checked, home: LedgerHome, *, quiet: bool) -> None:
    """Says on stderr what was checked and what was not."""
    if quiet:
        return
    if checked.verdict is None:
        reason = "no proof was asked for" if home.trust.exists() else f"there is no trust anchor {home.trust}"
        messages.print(f"not verified: {reason}; the answer is only as good as the server", markup=False)
        return
    verdict = checked.verdict
    messages.print(f"verified here against the anchor {verdict.fingerprint}:", markup=False)
    supports = verdict.supports
    messages.print(f"  unchanged:                  {supports.unchanged}", markup=False)
    messages.print(f"  on the ledger and complete: {supports.complete or NOT_A_LIST}", markup=False)
    messages.print(f"  issuer:                     {supports.issuer or NO_ISSUER}", markup=False)


def _content(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        raise Unavailable(f"the API answered {response.status_code} with something that is no JSON") from None
    if response.status_code >= 400:
        raise ApiRefusal(response.status_code, content)
    if response.status_code == 202 and content.get("status") == "pending":
        raise Unavailable("the proof still waits for its block", hint="is the chain making blocks? try again")
    found: dict[str, Any] = content
    return found
