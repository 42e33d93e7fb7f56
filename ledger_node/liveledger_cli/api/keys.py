"""``liveledger api keys``: keys for systems that act for an account of a member."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.domain.errors import InvalidInput, Unavailable
from liveledger.domain.private_files import read_secret, write_new
from liveledger_cli.common.api_client import ApiClient, segment
from liveledger_cli.common.context import field
from liveledger_cli.common.ledger_context import Commands, LedgerContext

_KEY = re.compile(r"llk_[0-9a-f]{16}_[0-9a-f]{64}")
InterfaceOption = Annotated[
    list[str],
    typer.Option(
        "--interface",
        help="What it is for, again for more: ledger, movements, snapshots, events, returns, readings, metrics",
    ),
]

keys_commands = Commands(help="API keys for systems: each for some interfaces, for some time.", no_args_is_help=True)


@keys_commands.command()
def create(
    here: LedgerContext,
    name: Annotated[str, typer.Argument(help="What the key is for, like erp-warehouse-1")],
    interface: InterfaceOption,
    days: Annotated[int, typer.Option(help="How long it is good", min=1, max=731)] = 365,
    out: Annotated[
        Path | None, typer.Option("--out", help="New file (mode 0600) for the key [it is printed, this once]")
    ] = None,
) -> None:
    """Make a key that acts for the account that is logged in. It is shown this once; the API keeps its hash."""
    if out is not None and (out.exists() or not out.parent.is_dir()):
        why = "is there already" if out.exists() else "is in no folder"
        raise InvalidInput(f"{out} {why}", hint="nothing was made; choose another --out")
    client = ApiClient(here.home)
    body = json.dumps({"name": name, "interfaces": interface, "days": days}).encode()
    made = client.post("/keys", body, "application/json")
    key = str(made.pop("key", ""))
    if not _KEY.fullmatch(key):
        raise Unavailable("what the API made is no key", hint="is that a LiveLedger API?")
    if out is None:
        here.output.result({**made, "key": key}, key)
        return
    write_new(out, key.encode() + b"\n")
    read_secret(out)
    here.output.result({**made, "file": str(out)}, f"{_line(made)}: {out}")


@keys_commands.command("list")
def list_all(here: LedgerContext) -> None:
    """List your keys with their last use; as security administrator those of your organisation."""
    found = ApiClient(here.home).get("/keys")
    keys = [one for one in found.get("keys", ()) if isinstance(one, dict)]
    here.output.result({"keys": keys}, [_line(one) for one in keys] or "no keys")


@keys_commands.command()
def revoke(
    here: LedgerContext, key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `list` shows it")]
) -> None:
    """End a key now: one of yours, or as security administrator any of your organisation."""
    ended = ApiClient(here.home).delete(f"/keys/{segment(key_id)}")
    if ended.get("state") != "revoked":
        raise Unavailable(f"the API says that the key {key_id!r} is {ended.get('state')!r}")
    here.output.result(ended, f"revoked: {_line(ended)}")


def _line(key: dict[str, Any]) -> str:
    interfaces = key.get("interfaces")
    listed = ",".join(map(str, interfaces)) if isinstance(interfaces, list) else ""
    used = f"used {_day(key['used_at'])}" if key.get("used_at") else "never used"
    parts = (str(key.get("id")), str(key.get("state")), str(key.get("name")), listed, str(key.get("account")))
    return "  ".join([*map(field, parts), f"until {_day(key.get('expires_at'))}", used])


def _day(seconds: Any) -> str:
    text = str(seconds)
    if not re.fullmatch("[0-9]{1,11}", text, re.ASCII):
        return "?"
    return datetime.fromtimestamp(int(text), UTC).isoformat(timespec="minutes")
