"""A ledger's API listens where it listened before."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError
from liveledger_api import ports
from liveledger_api.settings import ApiSettings

pytestmark = pytest.mark.chain


def port_of(settings: ApiSettings) -> int:
    with ports.listen(settings) as listener:
        return int(listener.getsockname()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def first(monkeypatch: pytest.MonkeyPatch) -> int:
    """Another first port than the real one, which may be somebody's on this machine."""
    port = free_port()
    monkeypatch.setattr(ports, "FIRST_PORT", port)
    return port


def test_the_first_port_is_kept(tmp_path: Path, first: int) -> None:
    settings = ApiSettings(root=tmp_path)
    assert [port_of(settings), port_of(settings)] == [first, first]
    assert ports.remembered(settings.home()) == first


def test_another_ledger_gets_a_free_one_and_keeps_it(tmp_path: Path, first: int) -> None:
    with ports.listen(ApiSettings(root=tmp_path)) as listener:
        listener.listen()
        other = ApiSettings(root=tmp_path, ledger="other")
        port = port_of(other)
        assert first < port < first + 100, "not one that the kernel gives to connections"
        assert port_of(other) == port


def test_a_port_that_is_taken_is_not_changed_silently(tmp_path: Path) -> None:
    settings = ApiSettings(root=tmp_path)
    port_of(settings)
    with ports.listen(settings) as listener:
        listener.listen()
        with pytest.raises(ConfigurationError, match="cannot listen"):
            ports.listen(settings)


def test_a_port_that_was_named_is_remembered_and_nought_is_not(tmp_path: Path) -> None:
    port = free_port()
    assert port_of(ApiSettings(root=tmp_path, port=port)) == port
    port_of(ApiSettings(root=tmp_path, port=0))
    assert port_of(ApiSettings(root=tmp_path)) == port


@pytest.mark.parametrize("junk", ["", "x", "0", "65536", "-1", "٣", "9" * 400, "1\n2"])
def test_a_file_that_names_no_port_is_said(tmp_path: Path, junk: str) -> None:
    settings = ApiSettings(root=tmp_path)
    settings.home().directory.mkdir(parents=True)
    settings.home().api_port.write_text(junk)
    with pytest.raises(ConfigurationError, match="names no port"):
        ports.listen(settings)
