"""What each caller may do at every address of the API, by the description's own word: this, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import Response
from structlog.testing import capture_logs

from liveledger.bindings.constants import Role
from liveledger_api.access.principals import Interface
from liveledger_api.access.rules import EXTENSION
from liveledger_api.app import create_app
from liveledger_api.metrics import ApiMetrics
from liveledger_api.settings import ApiSettings
from tests.api.members import EVERY_ROLE, Members, bearer, signed
from tests.api.members import members as make_members
from tests.api.routes import IN_FORM
from tests.api.support import open_door

TURNED_AWAY = (401, 403, 429)
OURS, OTHERS = 3, 4


class Operation:
    """One method of one address with what the description says of its callers."""

    def __init__(self, path: str, method: str, told: dict[str, Any]) -> None:
        self.method, self.path, self.security = method.upper(), path, told["security"]
        rule = told[EXTENSION]
        self.who, self.interface, self.roles = rule["who"], rule["interface"], rule.get("roles", [])

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _operations() -> list[Operation]:
    settings = ApiSettings()
    parts: Any = SimpleNamespace(settings=settings, metrics=ApiMetrics(), door=open_door(settings.home()))
    paths = create_app(parts).openapi()["paths"]
    return [Operation(path, method, told) for path, methods in paths.items() for method, told in methods.items()]


ALL = _operations()
CLOSED = [one for one in ALL if one.who != "open"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    """An API with login; its world lacks most parts, so what is let in ends in another error, or none."""
    with capture_logs(), make_members(tmp_path_factory.mktemp("tenancy")) as made:
        yield made


@pytest.fixture(scope="module")
def callers(api: Members) -> dict[str, str]:
    """What each kind of caller shows."""
    roll = api.roll
    able, plain = roll.here("able", OURS, EVERY_ROLE), roll.here("plain", OURS, Role(0))
    found = {"able": api.log_in(able), "plain": api.log_in(plain), "guest": api.log_in(roll.elsewhere(OTHERS, Role(0)))}
    found |= {f"key {one.value}": api.key(able, one.value) for one in Interface}
    ended = api.log_in(able)
    assert api.world.client.post("/logout", headers=bearer(ended)).json() == {"ended": True}
    found["ended"] = ended
    spent = roll.elsewhere(OURS, EVERY_ROLE)
    found["suspended"] = api.log_in(spent)
    roll.suspended.add(bytes.fromhex(spent.address[2:]))
    revoked = api.key(able, *(one.value for one in Interface))
    api.world.client.delete(f"/keys/{revoked.split('_')[1]}", headers=bearer(found["able"]))
    return {**found, "revoked": revoked, "forged": "llt_" + "ab" * 32, "forged key": f"llk_{revoked[4:20]}_{'0' * 64}"}


def ask(api: Members, one: Operation, headers: dict[str, str]) -> Response:
    """A request to an address, in form, that changes nothing: what is no JSON ends where the door is behind it."""
    path = one.path.format(**IN_FORM)
    body = {"content": b"-"} if one.method == "POST" else {}
    typed = {"Content-Type": "application/json"} if one.method == "POST" else {}
    api.world.client.cookies.clear()
    return api.world.client.request(one.method, path, headers=typed | headers, **body)  # type: ignore[arg-type]


def test_every_address_says_who_may_call_it() -> None:
    assert len(ALL) == len({str(one) for one in ALL}) > 45
    assert {one.who for one in ALL} == {"open", "member", "role", "party"}
    assert all(one.security == ([{}, {"bearer": []}] if one.who == "open" else [{"bearer": []}]) for one in ALL)
    assert all(bool(one.roles) == (one.who == "role") for one in ALL)


def test_what_is_open_is_what_shoppers_need_and_the_way_in() -> None:
    assert {str(one) for one in ALL if one.who == "open"} == {
        *("GET /health/live", "GET /health/ready", "GET /trust", "GET /trust/chain", "GET /schemas"),
        *("GET /past/{block}", "GET /docs"),  # which says what /openapi.json says
        "GET /schemas/{name}/{version}",
        *("GET /items/{item}/events", "POST /login/challenge", "POST /login"),
    }


def test_whatever_writes_asks_for_a_role_or_is_the_callers_own() -> None:
    own = {"POST /login/challenge", "POST /login", "POST /logout", "POST /keys", "DELETE /keys/{key_id}"}
    reading = {"POST /stock/health", "POST /stock/heat-map"}
    writing = {str(one) for one in ALL if one.method != "GET"} - own - reading
    assert writing == {str(one) for one in ALL if one.who == "role"}


@pytest.mark.parametrize("one", ALL, ids=str)
def test_nobody_in_particular(api: Members, one: Operation) -> None:
    answer = ask(api, one, {})
    if one.who == "open":
        assert answer.status_code not in TURNED_AWAY
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["hint"]


@pytest.mark.parametrize("one", ALL, ids=str)
def test_a_member_with_every_role_whose_key_is_here(api: Members, callers: dict[str, str], one: Operation) -> None:
    if one.path == "/logout":
        return  # the fixture did it: this token is used on
    answer = ask(api, one, bearer(callers["able"]))
    assert answer.status_code not in TURNED_AWAY, answer.text


@pytest.mark.parametrize("one", CLOSED, ids=str)
def test_a_member_without_a_role(api: Members, callers: dict[str, str], one: Operation) -> None:
    answer = ask(api, one, bearer(callers["plain"])) if one.path != "/logout" else None
    if answer is None:
        return
    if one.who == "role":
        assert (answer.status_code, answer.json()["code"]) == (403, "missing-role")
        assert answer.json()["roles"] == one.roles
    else:
        assert answer.status_code not in TURNED_AWAY, answer.text


ACTING = {"/movements", "/movements/{message_id}", "/returns/messages/{message_id}"}


@pytest.mark.parametrize("one", CLOSED, ids=str)
def test_a_member_of_another_organisation_without_a_key_here(
    api: Members, callers: dict[str, str], one: Operation
) -> None:
    if one.path == "/logout":
        return
    answer = ask(api, one, bearer(callers["guest"]))
    if one.who == "role":
        assert (answer.status_code, answer.json()["code"]) == (403, "missing-role")
    elif one.path in ACTING:
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-account")
    elif one.path == "/metrics":
        assert (answer.status_code, answer.json()["code"]) == (403, "not-a-party")
    else:
        assert answer.status_code not in TURNED_AWAY, answer.text


@pytest.mark.parametrize(("one", "granted"), list(itertools.product(CLOSED, Interface)), ids=str)
def test_a_key_of_one_interface(api: Members, callers: dict[str, str], one: Operation, granted: Interface) -> None:
    answer = ask(api, one, bearer(callers[f"key {granted.value}"]))
    if one.interface in ("any", granted.value):
        assert answer.status_code not in TURNED_AWAY, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "interface-not-granted")


@pytest.mark.parametrize("one", ALL, ids=str)
@pytest.mark.parametrize("shown", ["forged", "forged key", "ended", "revoked", "suspended"])
def test_what_is_not_good_opens_nothing_and_not_even_what_is_open(
    api: Members, callers: dict[str, str], one: Operation, shown: str
) -> None:
    answer = ask(api, one, bearer(callers[shown]))
    expected = (403, "suspended") if shown == "suspended" else (401, "invalid-credential")
    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize("one", ALL, ids=str)
def test_what_is_over_opens_nothing(api: Members, callers: dict[str, str], one: Operation) -> None:
    now = api.clock.now
    try:
        api.clock.now = now + 2 * 86_400
        for shown in ("able", "key ledger"):
            answer = ask(api, one, bearer(callers[shown]))
            assert (answer.status_code, answer.json()["code"]) == (401, "expired-credential")
    finally:
        api.clock.now = now


@pytest.mark.parametrize("one", [one for one in CLOSED if one.who == "role"], ids=str)
def test_a_role_of_another_kind_is_none(api: Members, one: Operation) -> None:
    lacking = EVERY_ROLE
    for name in one.roles:
        lacking &= ~Role[name.upper().replace("-", "_")]
    token = api.log_in(api.roll.elsewhere(OURS, lacking))
    assert ask(api, one, bearer(token)).json()["code"] == "missing-role"


def test_a_replayed_challenge_opens_nothing(api: Members) -> None:
    account = api.roll.elsewhere(OURS, EVERY_ROLE)
    body = signed(api.challenge(account), account)
    client = api.world.client
    assert client.post("/login", json=body).status_code == 201
    again = client.post("/login", json=body)
    assert (again.status_code, again.json()["code"], again.json()["reason"]) == (401, "login-refused", "replayed")


def test_the_description_and_an_unknown_address_need_nobody(api: Members) -> None:
    assert api.world.client.get("/openapi.json").status_code == 200
    assert api.world.client.get("/nothing/here").json()["code"] == "no-such-resource"
    assert api.world.client.delete("/movements").status_code == 405


def test_head_is_let_in_as_get_is(api: Members, callers: dict[str, str]) -> None:
    assert api.world.client.head("/capture").status_code == 401
    assert api.world.client.head("/capture", headers=bearer(callers["able"])).status_code == 200
