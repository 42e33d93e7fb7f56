"""Hands what waits in the inbox to the member's API, in batches, until it has all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import structlog

from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger_oracles.gateways.mqtt.inbox import Inbox, Verdict, Waiting

_log = structlog.get_logger(__name__)
_NDJSON = "application/x-ndjson"
_MOVEMENTS = "movements"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
_IDLE_SECONDS = 1.0
# An API that fails inside over one and the same message so often, but not over others, will fail over it again.
POISON_TRIES = 10
_PROBES = 20
_TOO_LARGE, _INTERNAL = 413, 500
_REASON_CHARACTERS = 500


class BadAnswer(Unavailable):
    """The API did not take the request as a whole, or what it answered makes no sense; everything waits on."""

    code = "bad-answer"


class Forwarder:
    """Forwards the messages of one kind, of each interface in their order. Sending one twice is harmless."""

    def __init__(
        self,
        inbox: Inbox,
        http: httpx.Client,
        api: Callable[[], str],
        *,
        kind: str,
        batch: int,
        account: str | None = None,
    ) -> None:
        """``api`` gives the API's address anew for every request, since a restarted API may have another port."""
        self._inbox = inbox
        self._http = http
        self._api = api
        self._kind = kind
        self._batch = self._size = batch
        self._account = account
        # The message that the API failed over last while it was alone in its request, and how often.
        self._suspect, self._failures = 0, 0

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Forwards until ``stop``; tries for ever, after pauses of up to 5 s while the API does not take any."""
        pause, note = 0.0, f"forwarding/{self._kind}"
        while not stop.is_set():
            wake.clear()
            try:
                moved = self.step()
            except LiveLedgerError as error:
                pause = min(max(pause * 2, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
                self._inbox.note(note, f"{error.stable_code}: {error.message}")
                _log.warning(
                    "forwarding_waits", kind=self._kind, code=error.stable_code, reason=error.message, seconds=pause
                )
                stop.wait(pause)
            else:
                if pause or moved:
                    self._inbox.note(note, "ok")
                pause = 0.0
                if not moved:
                    wake.wait(_IDLE_SECONDS)

    def step(self) -> int:
        """One request if something waits; returns how many messages were dealt with.

        Raises Unavailable (the API is away) or BadAnswer; what the API did not take waits on.
        """
        waiting = self._inbox.oldest(self._kind, self._size)
        if not waiting:
            return 0
        response = self._post(waiting)
        if response.is_success:
            self._settle(waiting, _refused(response, len(waiting)))
            self._size = min(self._size * 2, self._batch)
        else:
            self._fall_back(waiting, response)
        return len(waiting)

    def _post(self, waiting: Sequence[Waiting]) -> httpx.Response:
        parameters = {"partial": "true"} | ({"account": self._account} if self._account else {})
        if self._kind == _MOVEMENTS:
            parameters |= {"park": "true"}  # nobody waits for the answer: a reservation may come before its goods, too
        body = b"\n".join(message.line for message in waiting)
        try:
            return self._http.post(
                f"{self._api()}/{self._kind}", content=body, headers={"Content-Type": _NDJSON}, params=parameters
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the API does not answer: {type(error).__name__}: {error}") from error

    def _settle(self, waiting: Sequence[Waiting], refused: dict[int, Verdict]) -> None:
        against = [(waiting[at], verdict) for at, verdict in sorted(refused.items())]
        for message, verdict in against:
            _log.warning(
                "message_refused",
                interface=message.interface,
                kind=message.kind,
                message_id=message.message_id,
                code=verdict.code,
                reason=verdict.reason,
            )
        self._inbox.settle([message for at, message in enumerate(waiting) if at not in refused], against)

    def _fall_back(self, waiting: Sequence[Waiting], response: httpx.Response) -> None:
        """A whole request was refused: smaller ones find a record that is too much, or over which the API fails.

        Anything else is not about records and has to be put right by somebody: raises BadAnswer, and all waits.
        """
        verdict = _problem(response)
        alone = len(waiting) == 1
        if response.status_code == _TOO_LARGE and alone:
            self._settle(waiting, {0: verdict})
            return
        if response.status_code in (_TOO_LARGE, _INTERNAL) and not alone:
            self._size = len(waiting) // 2
        if response.status_code == _INTERNAL and alone and self._is_poison(waiting[0]):
            self._settle(waiting, {0: verdict})
            return
        if response.status_code != _TOO_LARGE:
            raise BadAnswer(f"the API answered {response.status_code} ({verdict.code}): {verdict.reason}")

    def _is_poison(self, message: Waiting) -> bool:
        """Whether the API failed over this message often enough, and takes another one now: else it is the API."""
        if self._suspect != message.number:
            self._suspect, self._failures = message.number, 0
        self._failures += 1
        if self._failures < POISON_TRIES:
            return False
        others = [one for one in self._inbox.oldest(self._kind, _PROBES) if one.number != message.number]
        # Rather one whose order does not depend on this one; another each time, for it may be poison as well.
        others = [one for one in others if one.interface != message.interface] or others
        if not others:
            return False
        probe = [others[self._failures % len(others)]]
        response = self._post(probe)
        if not response.is_success:
            return False
        self._settle(probe, _refused(response, 1))
        return True


def _refused(response: httpx.Response, count: int) -> dict[int, Verdict]:
    """Verdicts by the record's number. Raises BadAnswer when the answer is not of the form that the API has."""
    try:
        listed = response.json()["refused"]
        found = {int(one["record"]): Verdict(str(one["code"]), _reason(one["errors"])) for one in listed}
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadAnswer(f"the API's answer makes no sense: {type(error).__name__}: {error}") from None
    if not all(0 <= record < count for record in found) or len(found) != len(listed):
        raise BadAnswer("the API's answer names records that were not sent")
    return found


def _reason(errors: Sequence[dict[str, Any]]) -> str:
    field = str(errors[0]["path"]).lstrip("/").partition("/")[2]
    return f"{field}: {errors[0]['message']}"[:_REASON_CHARACTERS] if field else str(errors[0]["message"])


def _problem(response: httpx.Response) -> Verdict:
    """What a problem answer says; the bare status where it is none."""
    try:
        body = response.json()
        return Verdict(str(body["code"]), str(body["detail"])[:_REASON_CHARACTERS])
    except (ValueError, KeyError, TypeError):
        return Verdict(f"http-{response.status_code}", response.reason_phrase)
