"""What holds for every request: host, size, time, openness of the description; and where the server may listen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger_api.limits import RequestLimits
from liveledger_api.metrics import ApiMetrics
from liveledger_api.server import server_config
from liveledger_api.settings import ApiSettings
from tests.api.support import World

BEYOND = ["0.0.0.0", "::", "192.168.1.5", "ledger.example.com"]


@pytest.mark.parametrize("host", BEYOND)
def test_only_loopback_is_served_without_login(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="without login"):
        ApiSettings(root=tmp_path, host=host, login=False).needs_login()
    LedgerHome.find(root=tmp_path).set_login(required=False)
    with pytest.raises(ConfigurationError, match="without login"):
        ApiSettings(root=tmp_path, host=host).needs_login()


@pytest.mark.parametrize("host", BEYOND)
def test_beyond_loopback_an_api_knows_where_it_is(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="under which address"):
        ApiSettings(root=tmp_path, host=host).needs_login()
    assert ApiSettings(root=tmp_path, host=host, origins="https://ledger.example.com").needs_login()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_is_served_with_login_and_without(tmp_path: Path, host: str) -> None:
    assert ApiSettings(root=tmp_path, host=host).needs_login()
    assert not ApiSettings(root=tmp_path, host=host, login=False).needs_login()


def test_a_login_is_asked_for_unless_the_ledgers_folder_says_none(tmp_path: Path) -> None:
    home = LedgerHome.find(root=tmp_path)
    assert ApiSettings(root=tmp_path).needs_login()
    for required in (False, True):
        home.set_login(required=required)
        assert ApiSettings(root=tmp_path).needs_login() is required
    assert not ApiSettings(root=tmp_path, login=False).needs_login()
    home.api_login.write_text("perhaps\n")
    with pytest.raises(ConfigurationError, match="says neither"):
        ApiSettings(root=tmp_path).needs_login()


@pytest.mark.parametrize(
    "origins",
    ["ledger.example.org", "https://x/", "https://u@x", "HTTPS://x", "https://x:1:2", "ftp://x", "https://x y"],
)
def test_an_origin_is_scheme_host_and_port(origins: str) -> None:
    with pytest.raises(ConfigurationError, match="is no origin"):
        ApiSettings(origins=origins)


def test_where_an_api_is(tmp_path: Path) -> None:
    settings = ApiSettings(
        root=tmp_path, port=8601, origins="https://ledger.example.org, http://10.0.0.5:8600,https://[fd00::1]"
    )
    local = {"http://127.0.0.1:8601", "http://localhost:8601", "http://[::1]:8601"}
    outside = {"https://ledger.example.org", "http://10.0.0.5:8600", "https://[fd00::1]"}
    assert settings.own_origins() == local | outside
    assert settings.own_names() == {"ledger.example.org", "10.0.0.5", "[fd00::1]", "127.0.0.1"}


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:7"), ("0.0.0.0", "http://127.0.0.1:7"), ("::", "http://[::1]:7")],
)
def test_programs_on_this_machine_find_an_api_that_listens_everywhere(host: str, url: str) -> None:
    settings = ApiSettings(host=host, port=7, origins="https://ledger.example.org:443")
    assert settings.url() == url
    assert settings.own_origins() >= {url, "https://ledger.example.org"}


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.example.com:8600", ""])
def test_a_foreign_name_is_refused(world: World, host: str) -> None:
    response = world.client.get("/health/live", headers={"Host": host})
    assert response.status_code == 400
    assert response.json()["code"] == "not-local"


def test_connections_are_limited_in_number() -> None:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError("nothing is asked")

    assert server_config(app, ApiSettings(max_connections=7)).limit_concurrency == 7
    assert server_config(app, ApiSettings()).limit_concurrency == 128


def test_the_description_lists_every_noun(world: World) -> None:
    paths = world.client.get("/openapi.json").json()["paths"]
    for path in ("/capture", "/events", "/items/{item}/events", "/stock/{brand}/{sku}/{place}", "/movements", "/trust"):
        assert path in paths
    assert world.client.get("/health/live").json() == {"status": "live"}


def test_a_body_announced_too_large_is_not_read() -> None:
    sent = _run([], headers=[(b"content-length", b"1001")])
    assert sent[0]["status"] == 413


def test_a_body_that_grows_too_large_is_cut_off() -> None:
    chunks: list[dict[str, Any]] = [{"type": "http.request", "body": b"x" * 400, "more_body": True}] * 3
    assert _run(chunks)[0]["status"] == 413


def test_a_body_that_never_ends_times_out() -> None:
    assert _run([{"type": "http.request", "body": b"x", "more_body": True}])[0]["status"] == 408


def test_a_body_in_time_is_passed_on_whole() -> None:
    chunks: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"c"},
    ]
    assert _run(chunks) == [{"seen": b"abc"}]


def _run(chunks: list[dict[str, Any]], headers: list[tuple[bytes, bytes]] | None = None) -> list[dict[str, Any]]:
    """Drives the middleware with the given pieces of a body; without more pieces the sender is silent."""
    sent: list[dict[str, Any]] = []
    pieces = list(chunks)

    async def receive() -> dict[str, Any]:
        if not pieces:
            await asyncio.Event().wait()
        return pieces.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        sent.append({"seen": (await receive())["body"]})

    limits = RequestLimits(app, max_bytes=1000, seconds=0.05, metrics=ApiMetrics())
    named = [(b"host", b"localhost:1"), (b"content-type", b"text/csv"), *(headers or [])]
    scope = {"type": "http", "method": "POST", "path": "/capture", "headers": named}
    asyncio.run(limits(scope, receive, send))
    return sent
