"""API keys: whose they are, who lists and revokes them, what they may act with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from liveledger.bindings.constants import Role
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.hashing import hex_bytes
from liveledger_api.keys import service
from tests.api.members import EVERY_ROLE, JSON, Members, bearer
from tests.api.members import members as make_members

OURS, OTHERS = 3, 4


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Members]:
    """An API with login."""
    with make_members(tmp_path) as made:
        yield made


def _keys(api: Members, token: str) -> list[dict[str, str]]:
    return list(api.world.client.get("/keys", headers=bearer(token)).json()["keys"])


def test_a_key_is_shown_once_and_listed_with_its_last_use(api: Members) -> None:
    account = api.roll.elsewhere(OURS, EVERY_ROLE)
    token, key = api.log_in(account), api.key(account, "events", "movements", days=30)
    (listed,) = _keys(api, token)
    assert listed == {
        "id": key.split("_")[1],
        "name": "a system",
        "account": hex_bytes(address_of(account)),
        "organisation": "3",
        "interfaces": ["events", "movements"],
        "state": "active",
        "created_at": str(int(api.clock.now)),
        "expires_at": str(int(api.clock.now) + 30 * 86_400),
        "revoked_at": None,
        "used_at": None,
    }
    api.clock.now += 100
    me = api.world.client.get("/login", headers=bearer(key)).json()
    assert (me["kind"], me["interfaces"], me["expires_at"]) == ("key", ["events", "movements"], None)
    assert _keys(api, api.log_in(account))[0]["used_at"] == str(int(api.clock.now))


def test_the_last_use_is_written_once_a_minute(api: Members) -> None:
    account = api.roll.elsewhere(OURS, EVERY_ROLE)
    token, key = api.log_in(account), api.key(account, "ledger")
    first = int(api.clock.now)
    for _ in range(3):
        api.world.client.get("/login", headers=bearer(key))
        api.clock.now += 20
    assert _keys(api, token)[0]["used_at"] == str(first)
    api.clock.now += 1
    api.world.client.get("/login", headers=bearer(key))
    assert _keys(api, token)[0]["used_at"] == str(int(api.clock.now))


def test_a_member_sees_and_ends_its_own_keys_a_security_administrator_its_organisations(api: Members) -> None:
    mine, colleague = api.roll.elsewhere(OURS, Role.REPORT), api.roll.elsewhere(OURS, Role.REPORT)
    chief, stranger = api.roll.elsewhere(OURS, Role.SECURITY_ADMIN), api.roll.elsewhere(OTHERS, Role.SECURITY_ADMIN)
    key = api.key(mine, "readings")
    key_id = key.split("_")[1]
    assert len(_keys(api, api.log_in(mine))) == len(_keys(api, api.log_in(chief))) == 1
    for other in (colleague, stranger):
        token = api.log_in(other)
        assert _keys(api, token) == []
        refused = api.world.client.delete(f"/keys/{key_id}", headers=bearer(token))
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert api.world.client.get("/login", headers=bearer(key)).status_code == 200
    ended = api.world.client.delete(f"/keys/{key_id}", headers=bearer(api.log_in(chief)))
    assert (ended.status_code, ended.json()["state"]) == (200, "revoked")
    answer = api.world.client.get("/login", headers=bearer(key))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-credential")


def test_a_key_makes_no_keys(api: Members) -> None:
    key = api.key(api.roll.elsewhere(OURS, EVERY_ROLE), *(one.value for one in service.Interface))
    body = {"name": "child", "interfaces": ["ledger"], "days": 1}
    for answer in (
        api.world.client.post("/keys", json=body, headers=bearer(key)),
        api.world.client.get("/keys", headers=bearer(key)),
        api.world.client.post("/logout", headers=bearer(key)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "interface-not-granted")


def test_a_keys_roles_are_its_accounts_of_this_moment(api: Members) -> None:
    account = api.roll.elsewhere(OURS, Role.POST_MOVEMENTS)
    key = api.key(account, "movements")
    asked = {"content": b"-", "headers": JSON | bearer(key)}
    before = api.world.client.post("/movements", **asked)  # type: ignore[arg-type]
    assert before.json()["code"] != "missing-role"
    api.roll.admit(account, OURS, Role.REPORT)
    assert api.world.client.post("/movements", **asked).json()["code"] == "missing-role"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"name":"x","interfaces":[],"days":1}',
        b'{"name":"x","interfaces":["all"],"days":1}',
        b'{"name":"x","interfaces":["ledger","ledger"],"days":1}',
        b'{"name":"x","interfaces":["ledger"],"days":0}',
        b'{"name":"x","interfaces":["ledger"],"days":732}',
        b'{"name":"x","interfaces":["ledger"],"days":true}',
        b'{"name":"\\u202e","interfaces":["ledger"],"days":1}',
        b'{"name":"x","interfaces":["ledger"],"days":1,"account":"0x00"}',
    ],
)
def test_junk_makes_no_key(api: Members, body: bytes) -> None:
    token = api.log_in(api.roll.elsewhere(OURS, EVERY_ROLE))
    assert api.world.client.post("/keys", content=body, headers=JSON | bearer(token)).status_code == 400
    assert _keys(api, token) == []


def test_the_keys_of_an_organisation_are_bounded_and_the_dead_make_room(
    api: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_AN_ORGANISATION", 2)
    account = api.roll.elsewhere(OURS, EVERY_ROLE)
    for _ in range(2):
        api.key(account, "ledger")
    body = {"name": "third", "interfaces": ["ledger"], "days": 1}
    refused = api.world.client.post("/keys", json=body, headers=bearer(api.log_in(account)))
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-keys")
    api.key(api.roll.elsewhere(OTHERS, EVERY_ROLE), "ledger")
    api.clock.now += 92 * 86_400
    api.key(account, "ledger")
