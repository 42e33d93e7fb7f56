"""``liveledger movement``: post movements of stock."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.messages.movements import movement_form
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.context import Output, field
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.message_files import MessageFile, read_file, record
from liveledger_cli.common.message_sending import send, tell_refusals, telling
from liveledger_cli.common.table_options import (
    EncodingOption,
    IgnoreOption,
    MapOption,
    SetOption,
    TableOptions,
    movement_options,
)

# As many movements as fit one batch whatever they touch: a batch is taken as a whole or not at all.
CHUNK = 150
_PAGE = 1_000

FileArgument = Annotated[str | None, typer.Argument(help="NDJSON, JSON or CSV file; - for stdin")]
AccountOption = Annotated[str | None, typer.Option(help="Label of the key that signs [the API's default]")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing")]
PartialOption = Annotated[
    bool, typer.Option("--partial", help="Take the good records and list the others (exit 1 if there are any)")
]

_PARK = "What takes more than there is waits for its cause, at most ten minutes [all but reservations do]"

movement_commands = Commands(help="Movements of stock.", no_args_is_help=True)


@movement_commands.callback()
def movement() -> None:
    """Movements of stock."""


@movement_commands.command()
def post(
    here: LedgerContext,
    file: FileArgument = None,
    kind: Annotated[str | None, typer.Option(help="One movement: its kind, like receive or sell")] = None,
    brand: Annotated[int | None, typer.Option(help="One movement: organisation number of the brand")] = None,
    sku: Annotated[str | None, typer.Option(help="One movement: the brand's code of the SKU")] = None,
    lot: Annotated[str | None, typer.Option(help="One movement: code of the lot [not stated]")] = None,
    allocate: Annotated[
        str | None, typer.Option(help="One movement: fefo = lots are chosen, first expired first out")
    ] = None,
    source: Annotated[str | None, typer.Option("--from", help="One movement: GLN it is taken from")] = None,
    target: Annotated[str | None, typer.Option("--to", help="One movement: GLN it goes to")] = None,
    quantity: Annotated[int | None, typer.Option(help="One movement: quantity in base units")] = None,
    unit: Annotated[str | None, typer.Option(help="One movement: unit of the quantity, like EA [the SKU's]")] = None,
    document: Annotated[str | None, typer.Option(help="One movement: order or delivery note it belongs to")] = None,
    reason: Annotated[str | None, typer.Option(help="One movement: why")] = None,
    at: Annotated[str | None, typer.Option(help="One movement: time of the fact, RFC 3339 [now]")] = None,
    message_id: Annotated[str | None, typer.Option("--id", help="One movement: message id [a new one]")] = None,
    map_file: MapOption = None,
    encoding: EncodingOption = None,
    constants: SetOption = None,
    ignore: IgnoreOption = False,
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    park: Annotated[bool | None, typer.Option("--park/--no-park", help=_PARK, show_default=False)] = None,
    account: AccountOption = None,
) -> None:
    """Post movements; a message id that is there already is not posted twice."""
    given = {"kind": kind, "brand": brand, "sku": sku, "lot": lot, "allocate": allocate, "from": source, "to": target}
    given |= {"quantity": quantity, "unit": unit, "document": document, "reason": reason, "at": at}
    options = movement_options(map_file, encoding, constants, ignore=ignore)
    found = _chosen(file, given, message_id, options)
    client = ApiClient(here.home)
    flags = {"dry_run": dry_run, "park": park, "partial": partial}
    parameters = {name: str(value).lower() for name, value in flags.items() if value is not None}
    parameters |= {"account": account} if account else {}
    total: dict[str, Any] = {"accepted": 0, "already_posted": 0, "parked": 0, "dry_run": dry_run}
    with telling(quiet=here.quiet):
        total |= send(client, "/movements", found, movement_form, parameters, size=CHUNK, quiet=here.quiet)
    _tell(total, as_json=here.as_json, partial=partial, quiet=here.quiet)


def _tell(total: dict[str, Any], *, as_json: bool, partial: bool, quiet: bool) -> None:
    """Prints what became of the movements. Raises Exit where some were refused."""
    refusals = total.get("refused", [])
    verb = "would be posted" if total["dry_run"] else "posted"
    parked = f" ({total['parked']} of them wait for their cause)" if total["parked"] else ""
    out = f", {len(refusals)} refused" if partial or refusals else ""
    said = f"{total['accepted']} {verb}{parked}, {total['already_posted']} were there already{out}"
    Output(as_json).result(total, [said, *map(_chosen_lots, total.get("allocated", []))])
    tell_refusals(refusals, quiet=quiet)
    if refusals:
        raise typer.Exit(1)


def _chosen_lots(one: dict[str, Any]) -> str:
    lots = ", ".join(f"{part['quantity']} of {part['lot'] or 'no lot'}" for part in one["lots"])
    return f"{one['id']}: {lots}"


@movement_commands.command("of")
def of_document(
    here: LedgerContext,
    document: Annotated[str, typer.Argument(help="Order or delivery note that the movements name")],
    account: AccountOption = None,
) -> None:
    """List what was posted about an order or delivery note, and where each movement is; exit 3 when nothing was."""
    client = ApiClient(here.home)
    found, last = _every_page(client, "movements", account, {"document": document}, 0)
    lines = [
        f"{field(one['id'])}  {one['message']['kind']} {one['message']['quantity']}  {one['state']}" for one in found
    ]
    here.output.result({"movements": found, "next": last}, lines or "no movement names this document")
    if not found:
        raise typer.Exit(NotFound.exit_code)


@movement_commands.command()
def refused(
    here: LedgerContext,
    after: Annotated[int, typer.Option(min=0, help="Only refusals behind this number")] = 0,
    account: AccountOption = None,
) -> None:
    """List movements that the ledger refused after they were acknowledged, in the order of the refusals."""
    client = ApiClient(here.home)
    found, last = _every_page(client, "refused", account, {"state": "refused"}, after)
    lines = ["  ".join(map(field, (one["number"], one["id"], one["refusal"]))) for one in found]
    here.output.result({"refused": found, "next": last}, lines or "no movement was refused")


def _chosen(file: str | None, given: dict[str, Any], message_id: str | None, options: TableOptions) -> MessageFile:
    """The file's movements, or the one that options describe. Raises InvalidInput for both and for neither."""
    if file is None:
        return _single(given, message_id)
    if any(value is not None for value in (*given.values(), message_id)):
        raise InvalidInput("a file and a movement in options were given", hint="give one of the two")
    return read_file(file, options)


def _single(given: dict[str, Any], message_id: str | None) -> MessageFile:
    if given["kind"] is None:
        raise InvalidInput("no movement was given", hint="name a file, - for stdin, or --kind and the other options")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return record({"id": message_id or f"urn:uuid:{uuid.uuid4()}", **given, "at": given["at"] or now})


def _every_page(
    client: ApiClient, name: str, account: str | None, wanted: dict[str, str], after: int
) -> tuple[list[dict[str, Any]], int]:
    """The entries ``name`` of all pages behind ``after``, and where they end."""
    parameters = wanted | {"limit": str(_PAGE)} | ({"account": account} if account else {})
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"more": True, "next": after}
    while page["more"]:
        page = client.get("/movements", after=str(page["next"]), **parameters)
        found += page[name]
    return found, page["next"]
