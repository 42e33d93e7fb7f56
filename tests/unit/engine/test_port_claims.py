"""Which ports a ledger gets: not those that another chose a moment ago and does not listen on yet."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError
from liveledger.node import port_claims, ports
from liveledger.node.port_claims import claim, claims_file

GROUPS = [(100,), (200,), (300,)]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Claims of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def everything_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port, address=ports.HOST: True)


def free(_: int) -> bool:
    return True


def other_than(*taken: int) -> Callable[[int], bool]:
    return lambda base: base not in taken


@pytest.mark.usefixtures("everything_is_free")
def test_ledgers_that_are_founded_before_any_listens_get_ports_of_their_own(tmp_path: Path) -> None:
    chosen = [ports.choose_base(tmp_path / str(number), 4) for number in range(100)]
    assert len(set(chosen)) == 100
    assert all(ports.FIRST_PORT <= base < ports.LAST_PORT for base in chosen)


@pytest.mark.usefixtures("everything_is_free")
def test_a_ledger_of_many_nodes_has_every_block_it_reaches_into(tmp_path: Path) -> None:
    first = ports.choose_base(tmp_path / "many", 16)
    assert first + 160 <= ports.LAST_PORT
    others = {ports.choose_base(tmp_path / str(number), 1) for number in range(110)}
    assert others.isdisjoint({first, first + 100})


def test_the_same_folder_gets_the_same_again() -> None:
    assert [claim(GROUPS, Path("/a"), free) for _ in range(3)] == [100, 100, 100]


def test_what_was_claimed_longest_ago_is_given_when_all_is_claimed() -> None:
    assert [claim(GROUPS, Path(f"/{name}"), free) for name in "abcde"] == [100, 200, 300, 100, 200]
    assert claim(GROUPS, Path("/f"), other_than(300)) == 100


def test_what_does_not_fit_is_not_claimed() -> None:
    assert claim(GROUPS, Path("/a"), other_than(100, 200, 300)) is None
    assert claim(GROUPS, Path("/a"), other_than(100)) == 200
    assert claim(GROUPS, Path("/b"), free) == 100


@pytest.mark.parametrize(
    "junk", [b"", b"\xff", b"[]", b"null", b'{"x": 1}', b"[" * 100_000, b'{"100": ["/b"]}', b"1" * 9_999]
)
def test_junk_is_no_claim(junk: bytes) -> None:
    claims_file().write_bytes(junk)
    assert claim(GROUPS[:1], Path("/a"), free) == 100
    assert json.loads(claims_file().read_bytes()) == {"100": "/a"}
    assert claims_file().stat().st_mode & 0o777 in (0o600, 0o644)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    claims_file().symlink_to(precious)
    with pytest.raises(ConfigurationError, match="cannot be used to choose ports") as caught:
        claim(GROUPS, Path("/a"), free)
    assert "--base-port" in str(caught.value.hint)
    assert precious.read_text() == "kept"


def test_another_users_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.getuid()
    claim(GROUPS, Path("/a"), free)
    where = claims_file()
    monkeypatch.setattr(port_claims, "claims_file", lambda: where)
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(ConfigurationError, match="another user's"):
        claim(GROUPS, Path("/a"), free)
