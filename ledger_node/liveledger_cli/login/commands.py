"""``liveledger login`` and ``logout``: a token of the API for an account of this home."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.errors import InvalidInput, NotFound, Unavailable
from liveledger.domain.hashing import hex_bytes
from liveledger_cli.common.api_client import ApiClient, ApiRefusal, url_of
from liveledger_cli.common.api_credentials import SavedLogin, bearer, forget_login, saved_login
from liveledger_cli.common.context import field
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.signing_accounts import PassphraseOption, account_store

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from liveledger.domain.typed_data import LoginMessage

_JSON = "application/json"
# A server that has more than this signed has something else in mind.
_MOST_SECONDS = 600
_TOKEN = re.compile(r"llt_[0-9a-f]{64}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_UNAUTHORISED = "invalid-credential", "expired-credential"


def login(
    here: LedgerContext,
    url: Annotated[
        str | None, typer.Option("--url", help="The API's address, like https://ledger.example.org [this machine's]")
    ] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Log in at the API with an account's key; the token stays in a private file for the commands that follow."""
    from liveledger.node.network import Network

    where, label = here.home, here.label
    address = origin_of(url) if url else url_of(where)
    account = account_store(where, passphrase_file).load(label)
    client = ApiClient(where, url=address, shown={})
    saved = log_in(client, address, Network.load(where).evm_chain_id, account)
    saved.write(where.api_token)
    told = ApiClient(where, url=address, shown=bearer(saved.token)).get("/login")
    require("the account of the login", saved.account, str(told.get("account")))
    until = datetime.fromtimestamp(int(saved.expires_at), UTC).isoformat(timespec="seconds")
    shown = {name: told.get(name) for name in ("account", "organisation", "roles", "accounts")}
    roles = ", ".join(map(str, told.get("roles") or ())) or "no roles"
    organisation = field(str(told.get("organisation")))
    text = f"{label} of organisation {organisation} ({field(roles)}) is logged in until {until}"
    here.output.result({**shown, "url": address, "expires_at": saved.expires_at}, text)


def logout(here: LedgerContext) -> None:
    """End the login, at the API and on this machine."""
    where = here.home
    found = saved_login(where.api_token)
    if found is None:
        raise NotFound("nobody is logged in here", hint="`liveledger login --as LABEL`")
    try:
        ApiClient(where, url=found.url, shown=bearer(found.token)).post("/logout", b"", _JSON)
    except ApiRefusal as refusal:
        if refusal.stable_code not in _UNAUTHORISED:  # it was over before: all the better
            raise
    forget_login(where.api_token)
    here.output.result({"logged_out": True, "url": found.url}, f"logged out of {found.url}")


def origin_of(url: str) -> str:
    """Scheme, host and port of an API's address. Raises InvalidInput for more, and for plain HTTP beyond loopback."""
    parts = urlsplit(url.rstrip("/").lower())
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.hostname or origin != parts.geturl() or "@" in origin:
        raise InvalidInput(f"{url!r} is no address of an API", hint="like https://ledger.example.org")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise InvalidInput(
            "over plain HTTP everybody on the way reads the token", hint="https, or a tunnel to the API's loopback"
        )
    return origin.removesuffix(":443" if parts.scheme == "https" else ":80")


def log_in(client: ApiClient, url: str, chain_id: int, account: LocalAccount) -> SavedLogin:
    """Has a challenge of the API at ``url`` signed for the chain ``chain_id``. Raises ApiRefusal, Unavailable.

    What is signed names the address that was dialled and this ledger's chain, whatever the server says: one that passes
    on the challenge of another server gets a signature that the other one refuses.
    """
    from liveledger.domain.typed_data import sign

    address = hex_bytes(address_of(account))
    told = client.post("/login/challenge", _encoded(account=address, origin=url), _JSON)
    message = _message(told, address_of(account), url)
    signature = hex_bytes(sign(message, account, chain_id=chain_id, contract=CONSORTIUM_ADDRESS))
    given = {name: str(told[name]) for name in ("nonce", "issued_at", "expires_at")}
    answer = client.post("/login", _encoded(account=address, origin=url, signature=signature, **given), _JSON)
    token, expires_at = str(answer.get("token")), str(answer.get("expires_at"))
    if not _TOKEN.fullmatch(token) or not _is_time(expires_at):
        raise Unavailable("what the API answers to a login is no token", hint="is that a LiveLedger API?")
    return SavedLogin(url, token, address, expires_at)


def _message(told: dict[str, Any], account: bytes, url: str) -> LoginMessage:
    from liveledger.domain.typed_data import LoginMessage

    nonce, issued_at, expires_at = (str(told.get(name)) for name in ("nonce", "issued_at", "expires_at"))
    formed = re.fullmatch("0x[0-9a-f]{64}", nonce) and _is_time(issued_at) and _is_time(expires_at)
    if not formed or not 0 < int(expires_at) - int(issued_at) <= _MOST_SECONDS:
        raise Unavailable("what the API wants signed is no challenge for a login", hint="is that a LiveLedger API?")
    return LoginMessage(account, url, bytes.fromhex(nonce[2:]), int(issued_at), int(expires_at))


def _is_time(text: str) -> bool:
    return re.fullmatch("[0-9]{1,12}", text, re.ASCII) is not None


def _encoded(**members: str) -> bytes:
    return json.dumps(members).encode()
