"""Files, folders and URLs: each content once, again when whoever worked on it gave up, never without a limit."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from liveledger.domain.errors import NotFound, Unavailable
from liveledger.reconcile import sources
from liveledger.reconcile.errors import SnapshotTooLarge
from liveledger.reconcile.sources import Source, open_source


def contents(source: Source) -> list[bytes]:
    return [delivery.content for delivery in source()]


def test_a_file_is_given_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.csv"
    file.write_bytes(b"one")
    source = open_source(str(file))
    assert contents(source) == [b"one"]
    assert contents(source) == []
    file.write_bytes(b"two")
    assert contents(source) == [b"two"]
    with pytest.raises(NotFound):
        contents(open_source(str(tmp_path / "none")))


def test_a_folder_gives_its_snapshots_by_age(tmp_path: Path) -> None:
    source = open_source(str(tmp_path))
    for name, age in (("b.csv", 2), ("a.ndjson", 1), ("c.jsonl", 3), ("note.txt", 1)):
        (tmp_path / name).write_bytes(name.encode())
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "sub.csv").mkdir()
    assert contents(source) == [b"c.jsonl", b"b.csv", b"a.ndjson"]
    assert contents(source) == []
    (tmp_path / "b.csv").write_bytes(b"again")
    assert contents(source) == [b"again"]


@pytest.mark.parametrize("folder", [True, False])
def test_what_was_not_worked_off_is_given_again(tmp_path: Path, folder: bool) -> None:
    file = tmp_path / "snapshot.csv"
    file.write_bytes(b"one")
    source = open_source(str(tmp_path if folder else file))
    for _ in range(2):
        assert next(source()).content == b"one"
    assert contents(source) == [b"one"]
    assert contents(source) == []


def test_a_url_is_read_like_a_file() -> None:
    answers = iter([httpx.Response(200, content=b"one"), httpx.Response(200, content=b"one"), httpx.Response(503)])
    source = open_source("http://wms.example/snapshot.csv", httpx.MockTransport(lambda _: next(answers)))
    assert contents(source) == [b"one"]
    assert contents(source) == []
    with pytest.raises(Unavailable, match="503"):
        contents(source)


def test_a_url_that_does_not_answer() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away", request=request)

    with pytest.raises(Unavailable, match="away"):
        contents(open_source("https://wms.example/", httpx.MockTransport(away)))


def test_sizes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 4)
    file = tmp_path / "snapshot.csv"
    file.write_bytes(b"12345")
    with pytest.raises(SnapshotTooLarge):
        contents(open_source(str(file)))
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=b"12345"))
    with pytest.raises(SnapshotTooLarge):
        contents(open_source("http://wms.example/", answer))
