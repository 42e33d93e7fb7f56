"""Where snapshots come from: a file, a folder that another system fills, or a URL. Each content is given once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from liveledger.domain.errors import NotFound, Unavailable
from liveledger.reconcile.errors import SnapshotTooLarge
from liveledger.reconcile.rows import MAX_BYTES

SUFFIXES = frozenset({".csv", ".ndjson", ".jsonl"})
_URL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A snapshot as it came; ``name`` is its file or address."""

    name: str
    content: bytes


Source = Callable[[], Iterator[Delivery]]
"""What is new since the last call, oldest first."""


def open_source(where: str, transport: httpx.BaseTransport | None = None) -> Source:
    """The source that ``where`` names: an http(s) URL, a folder or a file."""
    if urlsplit(where).scheme in ("http", "https"):
        return _Once(lambda: [_fetch(where, transport)])
    path = Path(where)
    return _folder(path) if path.is_dir() else _Once(lambda: [_read(path)])


class _Once:
    """Leaves out a content that is the same as the one before."""

    def __init__(self, look: Callable[[], list[Delivery]]) -> None:
        self._look = look
        self._last = b""

    def __call__(self) -> Iterator[Delivery]:
        for delivery in self._look():
            digest = hashlib.sha256(delivery.content).digest()
            if digest != self._last:
                yield delivery
                # Only what was worked off is left out: whoever gave up on the way gets it again.
                self._last = digest


def _folder(folder: Path) -> Source:
    """Files of a folder by the time of their last change. Whoever writes them renames them into it."""
    seen: set[tuple[str, int, int]] = set()

    def look() -> Iterator[Delivery]:
        found = []
        for path in folder.iterdir():
            if path.suffix in SUFFIXES and path.is_file():
                state = path.stat()
                found.append((state.st_mtime_ns, path.name, state.st_size))
        for changed, name, size in sorted(found):
            if (name, changed, size) not in seen:
                yield _read(folder / name)
                seen.add((name, changed, size))

    return look


def _read(path: Path) -> Delivery:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}") from None
    _check_size(len(content))
    return Delivery(str(path), content)


def _fetch(url: str, transport: httpx.BaseTransport | None) -> Delivery:
    """The content behind a URL; what is over the limit is not read to its end."""
    content = bytearray()
    try:
        with (
            httpx.Client(timeout=_URL_SECONDS, transport=transport, trust_env=False) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise Unavailable(f"{url} answered {response.status_code}", code="snapshot-source")
            for part in response.iter_bytes():
                content += part
                _check_size(len(content))
    except httpx.HTTPError as error:
        raise Unavailable(f"{url} does not answer: {error}", code="snapshot-source") from error
    return Delivery(url, bytes(content))


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise SnapshotTooLarge(f"a snapshot has at most {MAX_BYTES} bytes", hint="send each place on its own")
