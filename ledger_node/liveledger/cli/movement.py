"""``liveledger movement``: post movements of stock."""

from __future__ import annotations

import csv
import io
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.cli.api_client import ApiClient, ApiRefusal
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home, messages
from liveledger.domain.errors import InvalidInput

# As many movements as fit one batch whatever they touch: a batch is taken as a whole or not at all.
CHUNK = 150
NDJSON = "application/x-ndjson"
COLUMNS = ("id", "kind", "brand", "sku", "from", "to", "quantity", "at", "document", "line", "reason", "source")
_NUMBERS = ("brand", "quantity")

movement_commands = typer.Typer(help="Movements of stock.", no_args_is_help=True)


@movement_commands.callback()
def movement() -> None:
    """Movements of stock."""


@movement_commands.command()
def post(
    file: Annotated[str | None, typer.Argument(help="NDJSON, JSON or CSV file; - for stdin")] = None,
    kind: Annotated[str | None, typer.Option(help="One movement: its kind, like receive or sell")] = None,
    brand: Annotated[int | None, typer.Option(help="One movement: organisation number of the brand")] = None,
    sku: Annotated[str | None, typer.Option(help="One movement: the brand's code of the SKU")] = None,
    source: Annotated[str | None, typer.Option("--from", help="One movement: GLN it is taken from")] = None,
    target: Annotated[str | None, typer.Option("--to", help="One movement: GLN it goes to")] = None,
    quantity: Annotated[int | None, typer.Option(help="One movement: quantity in base units")] = None,
    at: Annotated[str | None, typer.Option(help="One movement: time of the fact, RFC 3339 [now]")] = None,
    message_id: Annotated[str | None, typer.Option("--id", help="One movement: message id [a new one]")] = None,
    account: Annotated[str | None, typer.Option(help="Label of the key that signs [the API's default]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing")] = False,
    park: Annotated[
        bool, typer.Option(help="What takes more than there is waits for its cause, at most ten minutes")
    ] = True,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Post movements; a message id that is there already is not posted twice."""
    given = {"kind": kind, "brand": brand, "sku": sku, "from": source, "to": target, "quantity": quantity, "at": at}
    if file is not None and any(value is not None for value in (*given.values(), message_id)):
        raise InvalidInput("a file and a movement in options were given", hint="give one of the two")
    records = read_records(file) if file is not None else [_single(given, message_id)]
    client = ApiClient(find_home(home, ledger))
    parameters = {"dry_run": str(dry_run).lower(), "park": str(park).lower()}
    if account:
        parameters["account"] = account
    total = {"accepted": 0, "already_posted": 0, "parked": 0, "dry_run": dry_run}
    for start in range(0, len(records), CHUNK):
        _add(total, _post_chunk(client, records, start, parameters))
        if not quiet and len(records) > CHUNK:
            messages.print(f"{min(start + CHUNK, len(records))} of {len(records)}", markup=False)
    verb = "would be posted" if dry_run else "posted"
    parked = f" ({total['parked']} of them wait for their cause)" if total["parked"] else ""
    Output(as_json).result(total, f"{total['accepted']} {verb}{parked}, {total['already_posted']} were there already")


def read_records(name: str) -> list[bytes]:
    """The messages of a file as one line of JSON each. Raises InvalidInput naming the line that cannot be read."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name} cannot be read: {error}") from None
    first = text.lstrip()[:1]
    if first == "[":
        return [json.dumps(value).encode() for value in _json_list(text)]
    if first == "{" or not first:
        return [line.encode() for line in text.splitlines() if line.strip()]
    return [json.dumps(row).encode() for row in _csv_rows(text)]


def _json_list(text: str) -> list[Any]:
    try:
        values: list[Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    return values


def _csv_rows(text: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    unknown = [name for name in reader.fieldnames or [] if name not in COLUMNS]
    if unknown:
        raise InvalidInput(f"the column {unknown[0]!r} is not known", hint=f"columns are {', '.join(COLUMNS)}")
    try:
        for row in reader:
            if None in row or None in row.values():
                raise InvalidInput(f"line {reader.line_num} has another number of fields than the head")
            yield {name: _number(value) if name in _NUMBERS else value for name, value in row.items() if value}
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num}: {error}") from None


def _number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() else value


def _single(given: dict[str, Any], message_id: str | None) -> bytes:
    if given["kind"] is None:
        raise InvalidInput("no movement was given", hint="name a file, - for stdin, or --kind and the other options")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"id": message_id or f"urn:uuid:{uuid.uuid4()}", **given, "at": given["at"] or now}
    return json.dumps({name: value for name, value in record.items() if value is not None}).encode()


def _post_chunk(client: ApiClient, records: list[bytes], start: int, parameters: dict[str, str]) -> dict[str, Any]:
    try:
        return client.post("/movements", b"\n".join(records[start : start + CHUNK]), NDJSON, **parameters)
    except ApiRefusal as refusal:
        if start:
            refusal.hint = f"records before number {start} are posted; {refusal.hint}"
            refusal.details["first_record"] = start
        raise


def _add(total: dict[str, Any], answer: dict[str, Any]) -> None:
    total["accepted"] += answer["accepted"]
    total["already_posted"] += answer["already_posted"]
    total["parked"] += answer["parked"]
    total |= {"poster": answer["poster"], "lane": answer["lane"]}
