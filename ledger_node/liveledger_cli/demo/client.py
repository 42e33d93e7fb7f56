"""A member's way to the API server: plain HTTP, waits while a proof waits for its block."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from liveledger.domain.errors import Unavailable
from liveledger.domain.waiting import wait_until

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.15


class ApiClient:
    """Talks to one API server."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()

    def bundle(self, path: str, at_least: int, **parameters: str) -> bytes:
        """The proof bundle of an answer that takes block ``at_least`` into account, as the server sent it.

        Raises Unavailable when the server refuses, or does not have the proof in time.
        """
        asked: dict[str, str] = {**parameters, "proof": "bundle", "at_least": str(at_least)}
        response = httpx.Response(httpx.codes.ACCEPTED)

        def answered() -> bool:
            nonlocal response
            response = self._http.get(path, params=asked)
            return response.status_code not in (httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE)

        wait_until(answered, PATIENCE_SECONDS, lambda: _refused(path, response), pause=POLL_SECONDS)
        if response.status_code != httpx.codes.OK:
            raise _refused(path, response)
        return response.content

    def event_count(self, item: str) -> int:
        """How many events of an item there are so far, by whomever; without proof."""
        response = self._http.get(f"/items/{quote(item, safe='')}/events")
        if response.status_code == httpx.codes.NOT_FOUND:
            return 0
        if response.status_code != httpx.codes.OK:
            raise _refused(item, response)
        answer = response.json()["answer"]
        return int(answer["count"]) + sum(int(other["count"]) for other in answer["others"])

    def get(self, path: str) -> dict[str, Any]:
        """The answer at ``path``. Raises Unavailable for anything but 200."""
        response = self._http.get(path)
        if response.status_code != httpx.codes.OK:
            raise _refused(path, response)
        return dict(response.json())

    def post(self, path: str, body: bytes, media_type: str = "application/json") -> dict[str, Any]:
        """Sends a body. Raises Unavailable unless it was accepted."""
        response = self._http.post(path, content=body, headers={"Content-Type": media_type})
        if not response.is_success:
            raise _refused(path, response)
        return dict(response.json())

    def index_height(self) -> int:
        """Height of the last block in the server's index."""
        state = self._http.get("/health/ready").json()
        return int(state["index_height"])

    def wait_for_index(self, height: int) -> None:
        """Waits until the index has block ``height``. Raises Unavailable when it takes too long."""
        late = Unavailable(f"the index has not reached block {height}", hint="see `liveledger api status`")
        wait_until(lambda: self.index_height() >= height, PATIENCE_SECONDS, lambda: late, pause=POLL_SECONDS)


def _refused(path: str, response: httpx.Response) -> Unavailable:
    return Unavailable(f"{path}: the API answered {response.status_code}: {response.text[:400]}")
