"""``liveledger returns``: grade goods that came back, say that it was carried out, list it with its proof."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.domain.errors import InvalidInput, NotFound, RuleViolation, TooLarge, Unavailable
from liveledger.domain.returns import DISPOSITIONS, KINDS, Grade
from liveledger.domain.waiting import wait_until
from liveledger.messages import json_body
from liveledger_cli.common.api_client import ApiClient, segment
from liveledger_cli.common.context import (
    Output,
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.option_groups import grouped, option_group
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    ask,
    tell,
)

MAX_FILE_BYTES = 1 << 20
_WAIT_SECONDS, _POLL_SECONDS = 60.0, 0.3

FileArgument = Annotated[
    Path | None, typer.Argument(help="JSON file: a message, or a list of entries", exists=True, dir_okay=False)
]
BrandOption = Annotated[int | None, typer.Option(help="One entry: organisation number of the brand")]
SkuOption = Annotated[str | None, typer.Option(help="One entry: the brand's code of the SKU")]
LotOption = Annotated[str | None, typer.Option(help="One entry: code of the lot [not stated]")]
PlaceOption = Annotated[str | None, typer.Option(help="One entry: GLN of the place where the goods are held")]
QuantityOption = Annotated[int | None, typer.Option(help="One entry: quantity in base units")]
GradeOption = Annotated[str | None, typer.Option("--grade", help="One entry: A, B, C or D")]
IdOption = Annotated[str | None, typer.Option("--id", help="Message id; the same one is not carried out twice [new]")]
AccountOption = Annotated[str | None, typer.Option(help="Label of the key that signs [the API's default]")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing")]


@option_group
class Handing:
    """One entry in options, and how a message is handed in."""

    brand: BrandOption = None
    sku: SkuOption = None
    lot: LotOption = None
    place: PlaceOption = None
    quantity: QuantityOption = None
    letter: GradeOption = None
    message_id: IdOption = None
    account: AccountOption = None
    dry_run: DryRunOption = False

    def send(self, here: LedgerContext, act: str, file: Path | None) -> None:
        """Hands in what the file or the options say, and prints the outcome. Raises InvalidInput, RuleViolation …"""
        goods = {"brand": self.brand, "sku": self.sku, "lot": self.lot, "place": self.place}
        message = _message(act, file, goods | {"quantity": self.quantity, "grade": self.letter}, self.message_id)
        client = ApiClient(here.home)
        _send(client, message, self.account, dry_run=self.dry_run, as_json=here.as_json)


returns_commands = Commands(help="Goods that came back: their grades and what becomes of them.", no_args_is_help=True)


@returns_commands.callback()
def returns() -> None:
    """Goods that came back: their grades and what becomes of them."""


@returns_commands.command()
@grouped
def grade(
    here: LedgerContext,
    file: FileArgument = None,
    *,
    how: Handing,
) -> None:
    """Grade held goods: A as new, B opened, C defective, D worthless; all entries or none."""
    how.send(here, "grade", file)


@returns_commands.command()
@grouped
def close(
    here: LedgerContext,
    file: FileArgument = None,
    *,
    how: Handing,
) -> None:
    """Say that gradings were carried out: the movements are posted (`returns movements`, `movement post`)."""
    how.send(here, "close", file)


@returns_commands.command()
def movements(
    file: Annotated[Path, typer.Argument(help="JSON file that was graded", exists=True, dir_okay=False)],
    at: Annotated[str | None, typer.Option(help="Time of the fact, RFC 3339 [now]")] = None,
    message_id: IdOption = None,
) -> None:
    """Write the movements that carry a grading out, one a line, for `movement post`. Sends nothing."""
    from liveledger.messages.returns import read_message

    message = _message("grade", file, {}, message_id)
    read_message(_encoded(message))
    moment = at or datetime.now(UTC).isoformat(timespec="seconds")
    lines = [_movement(message["id"], number, entry, moment) for number, entry in enumerate(message["entries"])]
    Output().result({}, [json.dumps(line, ensure_ascii=False) for line in lines])


@returns_commands.command("list")
def list_returns(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand")],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    first: Annotated[
        int | None, typer.Option(help="Number of the first entry of a page [the whole list]", min=0)
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Most entries of a page [the whole list; 100 with --first]", min=1, max=10_000)
    ] = None,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """List a SKU's gradings and closings, all or a page; checked against this home's trust anchor.

    Exit 3 when the ledger does not know the SKU.
    """
    where = here.home
    page = {} if first is None and limit is None else {"first": str(first or 0), "limit": str(limit or 100)}
    question = {"view": "sku-returns/2", "parameters": {"brand": str(brand), "sku": sku, **page}}
    found = ask(where, f"/returns/{brand}/{segment(sku)}", question, How(proof, unverified, max_age), **page)
    with as_asked():
        known = found.answer["known_sku"]
        lines = [_line(entry) for entry in found.answer["entries"]]
        text = [*lines, _totals(found.answer["graded"])]
    here.output.result(found.as_dict(), text if known else "the ledger does not know this SKU")
    tell(found, quiet=here.quiet)
    if not known:
        raise typer.Exit(NotFound.exit_code)


def _message(act: str, file: Path | None, entry: dict[str, Any], message_id: str | None) -> dict[str, Any]:
    """The API's message out of a file or of one entry. Raises InvalidInput, TooLarge."""
    given = {name: value for name, value in entry.items() if value is not None}
    if (file is None) is not bool(given):
        raise InvalidInput("give a file, or one entry in options", hint="see `liveledger returns grade --help`")
    content = _read(file) if file is not None else [given]
    message: Any = {"entries": content} if isinstance(content, list) else content
    if not isinstance(message, dict):
        raise InvalidInput(f"{file} holds neither a message nor a list of entries")
    if message.get("act", act) != act:
        raise InvalidInput(f"{file} is a message to {message['act']}, not to {act}"[:200])
    return {"id": f"urn:uuid:{uuid.uuid4()}", **message, "act": act, **({"id": message_id} if message_id else {})}


def _read(file: Path) -> Any:
    data = read_limited(file, MAX_FILE_BYTES)
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge(f"{file} has more than {MAX_FILE_BYTES} bytes")
    return json_body.parse(data)


def _encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


def _send(client: ApiClient, message: dict[str, Any], account: str | None, *, dry_run: bool, as_json: bool) -> None:
    parameters = {"account": account} if account else {}
    taken = client.post("/returns", _encoded(message), "application/json", dry_run=str(dry_run).lower(), **parameters)
    if dry_run:
        Output(as_json).result(taken, f"{taken['entries']} entries would be {taken['act']}")
        return
    state = _wait(client, message["id"], parameters)
    if state["state"] == "refused":
        raise RuleViolation(f"block {state['block']} refused it: {state['reason']}", hint="send it with a new --id")
    shown = f"{taken['entries']} entries {taken['act']} in block {state['block']} ({message['id']})"
    Output(as_json).result({**taken, **state}, shown)


def _wait(client: ApiClient, message_id: str, parameters: dict[str, str]) -> dict[str, Any]:
    def judged() -> dict[str, Any] | None:
        state = client.get(f"/returns/messages/{segment(message_id)}", **parameters)
        return None if state["state"] == "acknowledged" else state

    late = f"{message_id} is not final after {_WAIT_SECONDS} s"
    return wait_until(
        judged, _WAIT_SECONDS, lambda: Unavailable(late, hint="is the chain making blocks?"), pause=_POLL_SECONDS
    )


def _movement(message_id: str, number: int, entry: dict[str, Any], at: str) -> dict[str, Any]:
    kind = KINDS[DISPOSITIONS[Grade[entry["grade"]]]].name.lower()
    lot = {"lot": entry["lot"]} if "lot" in entry else {}
    goods = {"brand": entry["brand"], "sku": entry["sku"], **lot, "from": entry["place"]}
    return {"id": f"{message_id}/{number}", "kind": kind, **goods, "quantity": entry["quantity"], "at": at}


def _totals(graded: dict[str, str] | None) -> str:
    """The cumulatively graded units, which only a page that reaches the end of the list has."""
    if graded is None:
        return "the list goes on: its last page has the cumulatively graded units"
    return "cumulatively graded: " + "  ".join(f"{name.upper()} {units}" for name, units in graded.items())


def _line(entry: dict[str, str]) -> str:
    moment = utc_text(entry["time"])
    what = f"{entry['act']:<6} {entry['grade'].upper()} {entry['quantity']:>8}  {entry['disposition']:<18}"
    where = f"place {entry['place']}  lot {entry['lot']}  organisation {entry['organisation']}"
    return f"block {entry['block']:>8}  {moment}  {what}  {where}"
