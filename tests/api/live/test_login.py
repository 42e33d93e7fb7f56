"""A real API with login over a real ledger: who gets in, as whom, and for how long."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.chain.accounts.accounts import address_of, create_account, load_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.private_files import open_to_others
from liveledger.domain.typed_data import LoginMessage, sign
from liveledger.services.members import Act, Registrar
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.api_credentials import KEY_FILE, bearer, saved_login
from liveledger_cli.login.commands import log_in
from tests.api import events as e
from tests.api.ledger import CODES, WAREHOUSE, RunningApi
from tests.docs.blocks import blocks_of
from tests.house.tree import ROOT
from tests.support.network import eventually

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def guarded(api: RunningApi) -> Iterator[RunningApi]:
    """The API of the folder, started again with login; afterwards it is as it was."""
    api.cli("api", "stop")
    api.cli("api", "start", "--detach", "--login")
    try:
        yield api
    finally:
        api.home.api_token.unlink(missing_ok=True)
        api.cli("api", "stop")
        api.cli("api", "start", "--detach", "--no-login")


def _url(api: RunningApi) -> str:
    return f"http://127.0.0.1:{api.http.base_url.port}"


def _token(api: RunningApi, account: LocalAccount) -> dict[str, str]:
    client = ApiClient(api.home, url=_url(api), shown={})
    return bearer(log_in(client, _url(api), api.ledger.evm_chain_id, account).token)


def _ask(api: RunningApi, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    answer = api.http.get(path, headers=headers or {})
    return answer.status_code, "" if answer.is_success else str(answer.json()["code"])


def _account(api: RunningApi, label: str, organisation: int, status: Status, roles: Role) -> None:
    """The administrator gives an account of the home its status and its roles."""
    outbox = open_outbox(api.ledger)
    registrar = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
    account = load_account(api.home, label)
    registrar.register_accounts([(account, organisation, roles)])
    call = consortium.SetAccount(address_of(account), status, roles)
    registrar.carry_out([Act(f"{label}:{status}:{api.net.height()}", CONSORTIUM_ADDRESS, call.calldata())])
    outbox.close()


def test_whoever_shows_nothing_sees_what_shoppers_see(guarded: RunningApi) -> None:
    assert [_ask(guarded, path)[0] for path in ("/health/live", "/trust", "/schemas")] == [200] * 3
    stock = f"/stock/{guarded.brand}/{CODES[0]}/{WAREHOUSE}"
    for path in (stock, "/movements?state=refused", "/capture", "/metrics", "/keys", "/login"):
        assert _ask(guarded, path) == (401, "not-logged-in")
    posted = guarded.http.post("/movements", content=b"[]", headers={"Content-Type": "application/json"})
    assert (posted.status_code, posted.json()["code"]) == (401, "not-logged-in")


def test_the_command_line_logs_in_posts_and_logs_out(
    guarded: RunningApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goods = tmp_path / "goods.json"
    goods.write_text(json.dumps(guarded.movement("login-1", "receive", 5, to=WAREHOUSE)))
    refused = json.loads(guarded.cli("movement", "post", str(goods), "--json", expect=1).stdout)
    assert refused["error"]["code"] == "not-logged-in"

    told = json.loads(guarded.cli("login", "--as", "operator", "--json").stdout)
    assert told["roles"] == ["post-movements", "capture-events"]
    assert "llt_" not in json.dumps(told)
    assert not open_to_others(guarded.home.api_token.stat().st_mode)
    guarded.cli("movement", "post", str(goods))

    file = tmp_path / "erp.key"
    made = guarded.cli("api", "keys", "create", "erp", "--interface", "movements", "--out", str(file), "--json")
    assert "llk_" not in made.stdout
    key_id = json.loads(made.stdout)["id"]
    shown = bearer(file.read_text().strip())
    assert _ask(guarded, "/movements/login-1", shown)[0] == 200
    assert _ask(guarded, f"/stock/{guarded.brand}/{CODES[0]}/lots", shown) == (403, "interface-not-granted")

    monkeypatch.setenv(KEY_FILE, str(file))
    goods.write_text(json.dumps(guarded.movement("login-2", "receive", 1, to=WAREHOUSE)))
    guarded.cli("movement", "post", str(goods))
    guarded.cli("api", "keys", "list", expect=1)
    monkeypatch.delenv(KEY_FILE)

    (listed,) = json.loads(guarded.cli("api", "keys", "list", "--json").stdout)["keys"]
    assert (listed["id"], listed["state"], bool(listed["used_at"])) == (key_id, "active", True)
    guarded.cli("api", "keys", "revoke", key_id)
    assert _ask(guarded, "/movements/login-1", shown) == (401, "invalid-credential")

    saved = saved_login(guarded.home.api_token)
    assert saved is not None
    guarded.cli("logout")
    assert not guarded.home.api_token.exists()
    assert _ask(guarded, "/login", bearer(saved.token)) == (401, "invalid-credential")


def test_the_pages_commands_run(guarded: RunningApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks_of(ROOT / "docs/login.md")
    monkeypatch.setenv("LIVELEDGER_HOME", str(guarded.home.root))
    name = guarded.home.name
    shell = f'set -e\nliveledger() {{ {sys.executable} -m liveledger_cli.main "$@" --ledger {name}; }}\n{block.script}'
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "erp-warehouse-1" in done.stdout
    assert not open_to_others((tmp_path / "erp.key").stat().st_mode)
    assert not re.search("ll[tk]_[0-9a-f]{16}", done.stdout + done.stderr)


def test_a_challenge_is_good_once_and_here_alone(guarded: RunningApi) -> None:
    account, url = load_account(guarded.home, "operator"), _url(guarded)
    address = hex_bytes(address_of(account))
    told = guarded.http.post("/login/challenge", json={"account": address, "origin": url}).json()
    times = int(told["issued_at"]), int(told["expires_at"])
    message = LoginMessage(address_of(account), url, bytes.fromhex(told["nonce"][2:]), *times)
    chain_id = guarded.ledger.evm_chain_id
    signature = hex_bytes(sign(message, account, chain_id=chain_id, contract=CONSORTIUM_ADDRESS))
    body = {name: told[name] for name in ("account", "origin", "nonce", "issued_at", "expires_at")}
    statuses = [guarded.http.post("/login", json={**body, "signature": signature}).status_code for _ in range(2)]
    assert statuses == [201, 401]
    elsewhere = guarded.http.post("/login/challenge", json={"account": address, "origin": "https://evil.example"})
    assert (elsewhere.status_code, elsewhere.json()["reason"]) == (401, "origin")


def test_another_organisation_reads_the_ledger_and_not_what_is_not_its_own(guarded: RunningApi) -> None:
    brand = _token(guarded, load_account(guarded.home, guarded.label))
    assert _ask(guarded, f"/stock/{guarded.brand}/{CODES[0]}/lots", brand)[0] == 200
    assert _ask(guarded, "/movements?state=refused&account=operator", brand) == (403, "foreign-account")
    assert _ask(guarded, "/movements?state=refused", brand)[0] == 200  # its own account's key is here
    posted = guarded.http.post(
        "/movements",
        content=b"[]",
        headers={"Content-Type": "application/json", **brand},
        params={"account": "operator"},
    )
    assert (posted.status_code, posted.json()["code"]) == (403, "missing-role")


def test_an_items_history_is_everybodys_its_documents_are_not(guarded: RunningApi) -> None:
    operator = _token(guarded, load_account(guarded.home, "operator"))
    brand = _token(guarded, load_account(guarded.home, guarded.label))
    item = "urn:epc:id:sgtin:6901234.005678.9001"
    event: dict[str, Any] = {**e.OBJECT, "epcList": [item], "@context": e.CONTEXT}
    event |= {name: [] for name in ("quantityList", "sourceList", "destinationList")}
    kept = guarded.http.post("/events", json=event, headers=operator)
    assert kept.status_code == 201, kept.text
    path = f"/items/{item}/events"

    def seen(headers: dict[str, str]) -> list[bool]:
        answer = guarded.http.get(path, params={"proof": "true"}, headers=headers)
        found = answer.json()["answer"]["events"] if answer.status_code == 200 else []
        return [one["event"] is not None for one in found]

    eventually("the event is proven", lambda: seen(operator) == [True], 30.0)
    assert (seen({}), seen(brand)) == ([False], [False])
    shown = quote(kept.json()["eventID"], safe="")
    assert _ask(guarded, f"/events/{shown}", operator)[0] == 200
    assert _ask(guarded, f"/events/{shown}", brand) == (404, "no-such-resource")


def test_whoever_is_suspended_is_out_with_the_block_that_says_so(guarded: RunningApi) -> None:
    label = "leaver"
    account = create_account(guarded.home, label)
    platform = load_account(guarded.home, "operator")
    word = guarded.ledger.execution.call(
        CONSORTIUM_ADDRESS, consortium.MemberOf(address_of(platform)).calldata(), guarded.net.height()
    )
    organisation = consortium.decode_member_of(word) & 0xFFFF
    _account(guarded, label, organisation, Status.ACTIVE, Role.REPORT)
    token = _token(guarded, account)
    assert _ask(guarded, "/login", token)[0] == 200
    _account(guarded, label, organisation, Status.SUSPENDED, Role.REPORT)
    eventually("the door is shut", lambda: _ask(guarded, "/login", token) == (403, "suspended"), 5.0)
    _account(guarded, label, organisation, Status.ACTIVE, Role.REPORT)
    eventually("it is open again", lambda: _ask(guarded, "/login", token)[0] == 200, 5.0)


def test_an_api_without_login_says_so_at_every_start(guarded: RunningApi) -> None:
    log = guarded.home.directory / "api-events.log"
    assert '"no_login"' in log.read_text()  # it began without
    refused = guarded.cli("api", "start", "--detach", "--no-login", expect=4)
    assert "api stop" in refused.stderr
