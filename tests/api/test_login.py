"""Logging in: what a signed challenge must be, what a token is worth, where it may not stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from liveledger.bindings.constants import Role
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.hashing import hex_bytes
from liveledger_api.login.challenges import LIFE_SECONDS, Challenges
from liveledger_api.login.tokens import MOST_A_MEMBER
from tests.api.members import CHAIN_ID, JSON, ORIGIN, Clock, Members, bearer, signed
from tests.api.members import members as make_members
from tests.api.support import World

OURS = 3


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Members]:
    """An API with login."""
    with make_members(tmp_path, max_body_bytes=200_000) as made:
        yield made


def _refused(api: Members, body: dict[str, Any]) -> tuple[int, str, str]:
    answer = api.world.client.post("/login", json=body)
    return answer.status_code, answer.json()["code"], answer.json().get("reason", "")


def test_a_login_tells_who_is_in_and_until_when(api: Members) -> None:
    account = api.roll.here("operator", OURS, Role.POST_MOVEMENTS | Role.CAPTURE_EVENTS)
    answer = api.world.client.post("/login", json=signed(api.challenge(account), account))
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert told["token"].startswith("llt_")
    assert (told["organisation"], told["roles"]) == ("3", ["post-movements", "capture-events"])
    assert told["expires_at"] == str(int(api.clock.now) + 3_600)
    me = api.world.client.get("/login", headers=bearer(told["token"])).json()
    assert me == {
        "kind": "member",
        "account": hex_bytes(address_of(account)),
        "organisation": "3",
        "roles": ["post-movements", "capture-events"],
        "interfaces": None,
        "accounts": ["operator"],
        "expires_at": told["expires_at"],
    }


def test_the_typed_data_are_what_a_wallet_signs(api: Members) -> None:
    account = api.roll.elsewhere(OURS, Role(0))
    asked = {"account": hex_bytes(address_of(account)), "origin": ORIGIN}
    told = api.world.client.post("/login/challenge", json=asked).json()
    signature = account.sign_message(encode_typed_data(full_message=told["typed_data"])).signature
    body = {name: told[name] for name in ("account", "origin", "nonce", "issued_at", "expires_at")}
    answer = api.world.client.post("/login", json={**body, "signature": "0x" + bytes(signature).hex()})
    assert answer.status_code == 201, answer.text


def test_what_does_not_hold_is_refused_with_its_reason(api: Members) -> None:
    account, other = api.roll.elsewhere(OURS, Role(0)), api.roll.elsewhere(OURS, Role(0))
    message = api.challenge(account)
    late = replace(message, expires_at=message.expires_at + 1)
    mine = replace(message, nonce=bytes(16) + message.nonce[16:])
    theirs = replace(message, account=address_of(other))
    assert _refused(api, signed(late, account)) == (401, "login-refused", "forged")
    assert _refused(api, signed(mine, account)) == (401, "login-refused", "forged")
    assert _refused(api, signed(theirs, other)) == (401, "login-refused", "forged")
    assert _refused(api, signed(message, other)) == (401, "login-refused", "signature")
    assert _refused(api, signed(message, account, chain_id=CHAIN_ID + 1)) == (401, "login-refused", "signature")
    assert _refused(api, {**signed(message, account), "signature": "0x" + "00" * 65})[2] == "signature"
    elsewhere = replace(message, origin="https://evil.example")
    assert _refused(api, signed(elsewhere, account)) == (401, "login-refused", "origin")
    # None of these tries used it up.
    assert api.world.client.post("/login", json=signed(message, account)).status_code == 201


def test_a_challenge_is_over_after_its_life(api: Members) -> None:
    account = api.roll.elsewhere(OURS, Role(0))
    body = signed(api.challenge(account), account)
    api.clock.now += LIFE_SECONDS + 1
    assert _refused(api, body) == (401, "login-refused", "expired")


def test_a_clock_that_goes_back_brings_no_challenge_to_life_again() -> None:
    clock = Clock()
    challenges = Challenges({ORIGIN}, clock)
    message = challenges.issue(bytes(20), ORIGIN)
    challenges.use(message)
    clock.now += LIFE_SECONDS + 1
    challenges.use(challenges.issue(bytes(20), ORIGIN))  # what is over is forgotten now
    clock.now -= LIFE_SECONDS
    with pytest.raises(Exception, match="is over"):
        challenges.check(message)


def test_another_servers_challenge_is_no_challenge() -> None:
    message = Challenges({ORIGIN}).issue(bytes(20), ORIGIN)
    with pytest.raises(Exception, match="issued no such challenge"):
        Challenges({ORIGIN}).check(message)


def test_a_flood_of_challenges_is_stored_nowhere(api: Members) -> None:
    before = api.world.rows()
    for _ in range(200):
        api.challenge(Account.create())
    assert api.world.rows() == before
    assert not api.challenges._used


def test_strangers_who_sign_well_leave_no_trace(api: Members) -> None:
    for _ in range(5):
        stranger = Account.create()
        assert _refused(api, signed(api.challenge(stranger), stranger)) == (403, "not-a-member", "")
    assert not api.challenges._used
    assert api.world.rows()["tokens"] == 0


def test_whoever_is_suspended_is_out_and_does_not_come_in(api: Members) -> None:
    account = api.roll.elsewhere(OURS, Role(0))
    token = api.log_in(account)
    api.roll.suspended.add(address_of(account))
    answer = api.world.client.get("/login", headers=bearer(token))
    assert (answer.status_code, answer.json()["code"]) == (403, "suspended")
    assert _refused(api, signed(api.challenge(account), account))[:2] == (403, "suspended")


def test_the_oldest_login_of_an_account_ends_with_one_too_many(api: Members) -> None:
    account, other = api.roll.elsewhere(OURS, Role(0)), api.roll.elsewhere(OURS, Role(0))
    others = api.log_in(other)
    tokens = []
    for _ in range(MOST_A_MEMBER + 1):
        api.clock.now += 1
        tokens.append(api.log_in(account))
    states = [api.world.client.get("/login", headers=bearer(token)).status_code for token in (others, *tokens)]
    assert states == [200, 401, *[200] * MOST_A_MEMBER]


def test_no_secret_is_stored(api: Members) -> None:
    account = api.roll.elsewhere(OURS, Role(0))
    secrets = [api.log_in(account)[4:], api.key(account, "ledger").split("_")[2]]
    files = [path.read_bytes() for path in api.world.settings.root.rglob("*") if path.is_file()]  # type: ignore[union-attr]
    assert files
    for secret in secrets:
        assert not any(secret.encode() in content or bytes.fromhex(secret) in content for content in files)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ([("Authorization", "Basic dXNlcjpwYXNz")], "scheme Bearer"),
        ([("Authorization", "Bearer")], "no token and no key"),
        ([("Authorization", "Bearer llt_" + "g" * 64)], "no token and no key"),
        ([("Authorization", "Bearer llt_" + "A" * 64)], "no token and no key"),
        ([("Authorization", "Bearer " + "x" * 5_000)], "longer than"),
        ([("Authorization", "Bearer llt_" + "a" * 64), ("Authorization", "Bearer llt_" + "b" * 64)], "stands twice"),
        ([("Authorization", "Bearer llt_" + "a" * 64 + "\t, Bearer llt_" + "a" * 64)], "no token and no key"),
    ],
)
def test_a_header_that_is_none(api: Members, headers: list[tuple[str, str]], sentence: str) -> None:
    answer = api.world.client.get("/capture", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-credential")
    assert sentence in answer.json()["detail"]
    assert "aaaa" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/capture?access_token=x",
        "/capture?Token=x",
        "/capture?api_key=x",
        "/items/llt_" + "ab" * 32 + "/events",
        "/capture?x=llk_" + "ab" * 8 + "_" + "cd" * 32,
    ],
)
def test_a_credential_in_an_address_is_refused_and_not_repeated(api: Members, address: str) -> None:
    answer = api.world.client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "credential-in-address")
    assert "revoke" in answer.json()["hint"]
    assert "abab" not in answer.text


@pytest.mark.parametrize("path", ["/login", "/login/challenge"])
@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b"{" * 60, b'{"account":1}', b'{"account":"0x","origin":"x","more":1}', b"\xff"],
)
def test_junk_is_four_hundred(api: Members, path: str, body: bytes) -> None:
    assert api.world.client.post(path, content=body, headers=JSON).status_code == 400


@pytest.mark.parametrize("path", ["/login", "/login/challenge"])
def test_a_stranger_has_little_read(api: Members, path: str) -> None:
    answer = api.world.client.post(path, content=b" " * 10_000, headers=JSON)
    assert (answer.status_code, answer.json()["limit"]) == (413, 8_192)


@pytest.mark.parametrize("origin", ["https://u@127.0.0.1:8600", "127.0.0.1:8600", "http://127.0.0.1:8600/", "HTTP://X"])
def test_an_origin_is_scheme_host_and_port(api: Members, origin: str) -> None:
    asked = {"account": "0x" + "11" * 20, "origin": origin}
    assert api.world.client.post("/login/challenge", json=asked).status_code in (400, 401)


def test_no_answer_lets_pages_of_others_read_it(api: Members) -> None:
    token = api.log_in(api.roll.elsewhere(OURS, Role(0)))
    answer = api.world.client.get("/login", headers=bearer(token) | {"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    assert api.world.client.options("/login", headers=preflight).json()["code"] == "foreign-origin"


def test_an_api_without_login_says_so(world: World) -> None:
    asked = {"account": "0x" + "11" * 20, "origin": ORIGIN}
    for answer in (
        world.client.post("/login/challenge", json=asked),
        world.client.post("/logout"),
        world.client.get("/keys"),
        world.client.delete("/keys/a"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "no-login")
    assert world.client.get("/login").json() == {"kind": "local", "accounts": None}
