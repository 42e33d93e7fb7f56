"""The command line's side of a login: what it signs, what it keeps, and to whom it shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.errors import ConfigurationError, InvalidInput, LiveLedgerError, NotFound, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.domain.private_files import open_to_others, read_secret
from liveledger.domain.typed_data import LoginMessage, digest, signer
from liveledger_cli.common.api_client import ApiClient, ApiRefusal
from liveledger_cli.common.api_credentials import KEY_FILE, SavedLogin, authorization, forget_login, saved_login
from liveledger_cli.doctor import commands as doctor
from liveledger_cli.login.commands import log_in, origin_of

URL, CHAIN_ID = "https://ledger.example.org", 4_711
TOKEN = "llt_" + "ab" * 32
CHALLENGE = {"nonce": "0x" + "11" * 32, "issued_at": "1800000000", "expires_at": "1800000120"}
LOGIN = SavedLogin(URL, TOKEN, "0x" + "11" * 20, "1800003600")


def client(tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response]) -> ApiClient:
    """A client whose requests ``answer`` answers."""
    return ApiClient(LedgerHome(tmp_path), httpx.MockTransport(answer), url=URL, shown={})


def test_what_is_signed_is_what_was_dialled_whatever_the_server_says(tmp_path: Path) -> None:
    account, seen = Account.create(), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        if request.url.path == "/login/challenge":
            evil = {"origin": "https://other.example", "account": "0x" + "99" * 20, "typed_data": {"domain": {}}}
            return httpx.Response(200, json={**CHALLENGE, **evil})
        return httpx.Response(201, json={"token": TOKEN, "expires_at": "1800003600"})

    saved = log_in(client(tmp_path, answer), URL, CHAIN_ID, account)
    assert saved == SavedLogin(URL, TOKEN, "0x" + address_of(account).hex(), "1800003600")
    message = LoginMessage(address_of(account), URL, b"\x11" * 32, 1_800_000_000, 1_800_000_120)
    signature = bytes.fromhex(seen[1]["signature"][2:])
    assert signer(digest(message, chain_id=CHAIN_ID, contract=CONSORTIUM_ADDRESS), signature) == address_of(account)
    assert seen[1]["origin"] == URL


@pytest.mark.parametrize(
    "told",
    [
        {},
        {**CHALLENGE, "nonce": "0x11"},
        {**CHALLENGE, "nonce": 7},
        {**CHALLENGE, "expires_at": "1900000000"},
        {**CHALLENGE, "expires_at": "1800000000"},
        {**CHALLENGE, "issued_at": "-1"},
        {**CHALLENGE, "issued_at": "٣"},
    ],
)
def test_what_is_no_challenge_is_not_signed(tmp_path: Path, told: dict[str, Any]) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json=told)

    with pytest.raises(Unavailable, match="no challenge"):
        log_in(client(tmp_path, answer), URL, CHAIN_ID, Account.create())
    assert asked == ["/login/challenge"]


@pytest.mark.parametrize("told", [{}, {"token": "\x1b[31m", "expires_at": "1"}, {"token": TOKEN, "expires_at": "soon"}])
def test_what_is_no_token_is_not_kept(tmp_path: Path, told: dict[str, Any]) -> None:
    answers = iter([CHALLENGE, told])
    with pytest.raises(Unavailable, match="no token"):
        log_in(client(tmp_path, lambda _: httpx.Response(200, json=next(answers))), URL, CHAIN_ID, Account.create())


@pytest.mark.parametrize(("status", "exit_code"), [(401, 1), (403, 1), (429, 4)])
def test_a_refusal_keeps_its_code_and_has_its_exit_code(tmp_path: Path, status: int, exit_code: int) -> None:
    problem = {"code": "missing-role", "detail": "not you", "hint": "ask"}
    with pytest.raises(ApiRefusal) as refused:
        client(tmp_path, lambda _: httpx.Response(status, json=problem)).get("/x")
    assert (refused.value.stable_code, refused.value.exit_code) == ("missing-role", exit_code)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Ledger.example.org/", URL),
        ("https://ledger.example.org:443", URL),
        ("https://ledger.example.org:8443", "https://ledger.example.org:8443"),
        ("http://127.0.0.1:8600", "http://127.0.0.1:8600"),
        ("http://[::1]:8600/", "http://[::1]:8600"),
    ],
)
def test_an_address_is_brought_into_its_form(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "ledger.example.org",
        "https://",
        "ftp://x",
        "https://x/path",
        "https://u:p@x",
        "https://x?y",
        "http://x",
        "https://x#y",
    ],
)
def test_what_is_no_address_or_would_tell_everybody_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        origin_of(url)


def test_a_login_is_private_and_shown_at_its_address_alone(tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    assert authorization(home, URL) == {}
    LOGIN.write(home.api_token)
    assert not open_to_others(home.api_token.stat().st_mode)
    assert authorization(home, URL) == {"Authorization": f"Bearer {TOKEN}"}
    for other in ("http://127.0.0.1:8600", "http://ledger.example.org", URL + ".evil.example", URL + ":443"):
        assert authorization(home, other) == {}
    home.api_token.chmod(0o644)
    with pytest.raises(ConfigurationError, match="open to others"):
        authorization(home, URL)
    forget_login(home.api_token)
    forget_login(home.api_token)
    assert saved_login(home.api_token) is None


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"{}", b'{"url":1}', b'{"url":"x","token":"x","more":1}', b"\xff"]
)
def test_a_file_that_is_no_login_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "api-token"
    file.touch(0o600)
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no login"):
        saved_login(file)


def test_a_key_file_that_is_named_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, key = LedgerHome(tmp_path), tmp_path / "erp.key"
    LOGIN.write(home.api_token)
    monkeypatch.setenv(KEY_FILE, str(key))
    with pytest.raises(NotFound):
        authorization(home, URL)
    key.touch(0o600)
    key.write_text("llk_x\n")
    assert authorization(home, "http://127.0.0.1:1") == {"Authorization": "Bearer llk_x"}


@pytest.mark.parametrize("content", [b"", b"\n", b"a b", b"a\nb", "ключ".encode(), b"x" * 257, b"a\r\nX-Header: b"])
def test_a_secret_is_one_line_that_fits_into_a_header(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_bytes(content)
    with pytest.raises(LiveLedgerError, match="no token or key"):
        read_secret(file)


def test_doctor_says_that_there_is_no_login(tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    assert doctor._login(home) == []
    home.directory.mkdir(parents=True)
    home.network.write_text("{}")
    (check,) = doctor._login(home)
    assert (check.name, check.ok, check.version) == ("API login", True, "on")
    home.set_login(required=False)
    (check,) = doctor._login(home)
    assert (check.ok, check.required) == (False, False)
    assert "every key of its home" in check.version
