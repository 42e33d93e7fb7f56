"""Hands files of stock messages to the API: looked through as a whole first, then sent body by body."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from liveledger.domain.errors import InvalidInput, LiveLedgerError
from liveledger.messages.bodies import read_body
from liveledger.messages.forms import Form
from liveledger_cli.common.api_client import ApiClient, ApiRefusal
from liveledger_cli.common.context import messages
from liveledger_cli.common.message_files import Chunk, MessageFile

_SHOWN_REFUSALS = 20
# What the ledger says of a movement may be otherwise once those before it are posted.
_LATER = frozenset({"rule-violation"})

Forms = Callable[[float, int], Form[Any]]
"""A noun's form at a time (Unix seconds), with the most that one request may hold."""


def send(
    client: ApiClient,
    path: str,
    file: MessageFile,
    forms: Forms,
    parameters: dict[str, str],
    *,
    size: int,
    quiet: bool,
) -> dict[str, Any]:
    """Sends a file in bodies of ``size`` records; returns the numbers of all answers added up, and all refusals.

    Without ``partial`` a file of several bodies is looked through first, so that one that cannot go in leaves nothing
    behind: form and names of every record, and then a dry run of every body. Raises ApiRefusal for what is found there.
    Afterwards raises whatever ends it on the way (ApiRefusal, Unavailable); its hint and details say what is taken.
    """
    if file.count > size and "true" not in (parameters.get("partial"), parameters.get("dry_run")):
        _look_through(client, path, file, forms, parameters, size)
    total: dict[str, Any] = {}
    for chunk in file.chunks(size):
        try:
            answer = client.post(path, chunk.body, chunk.media_type, **parameters)
        except LiveLedgerError as error:
            _say_what_is_taken(error, total, chunk, file.count, quiet=quiet)
            raise
        _add(total, answer, chunk)
        if not quiet and file.count > size:
            messages.print(f"{chunk.start + chunk.records} of {file.count}", markup=False)
    return total


def tell_refusals(refused: Sequence[dict[str, Any]], *, quiet: bool) -> None:
    """Names refused records on stderr, the first twenty."""
    if quiet:
        return
    for one in refused[:_SHOWN_REFUSALS]:
        messages.print(_sentence(one), markup=False)
    if len(refused) > _SHOWN_REFUSALS:
        messages.print(f"… and {len(refused) - _SHOWN_REFUSALS} more, see --json", markup=False)


@contextmanager
def telling(*, quiet: bool) -> Iterator[None]:
    """Where more than one record is refused, the error's sentence has the first alone: all are named before it."""
    try:
        yield
    except LiveLedgerError as error:
        errors = error.details.get("errors", [])
        if len(errors) > 1 and not error.details.get("taken"):
            tell_refusals([one if "errors" in one else _of_finding(one, error) for one in errors], quiet=quiet)
        raise


def _of_finding(found: dict[str, Any], error: LiveLedgerError) -> dict[str, Any]:
    """A finding of a request that was refused as a whole, as one of those that are listed record by record."""
    record = found["path"].lstrip("/").partition("/")[0] or "0"
    place = {"row": found["row"]} if "row" in found else {"record": record}
    return {**place, "code": found.get("code", error.stable_code), "errors": [found]}


def _look_through(
    client: ApiClient, path: str, file: MessageFile, forms: Forms, parameters: dict[str, str], size: int
) -> None:
    """Raises ApiRefusal naming every record whose form or names are wrong; nothing was written."""
    form = forms(time.time(), size)
    chunks = list(file.chunks(size))
    found = [one for chunk in chunks for one in _broken(chunk, form)]
    if not found:
        asked = parameters | {"dry_run": "true", "partial": "true"}
        # What rests on a record of another body would be refused here and taken later: it may be parked.
        asked |= {"park": "true"} if "park" in parameters else {}
        for chunk in chunks:
            answer = client.post(path, chunk.body, chunk.media_type, **asked)
            found += [one for one in _in_the_file(answer, chunk) if one["code"] not in _LATER]
    if found:
        raise ApiRefusal(
            400,
            {
                "code": found[0]["code"],
                "detail": _sentence(found[0]) + (f" (and {len(found) - 1} more)" if len(found) > 1 else ""),
                "hint": "nothing was written; correct the file, or take the good records with --partial",
                "errors": found,
            },
        )


def _broken(chunk: Chunk, form: Form[Any]) -> Iterator[dict[str, Any]]:
    """Records of a body that break the form."""
    try:
        read = read_body(chunk.body, chunk.media_type, form, partial=True)
    except InvalidInput as error:
        # Where no record can be told from another (a column that is not known, say) the error is about the whole file.
        place = {"record": chunk.start} | ({"row": error.details["row"]} if "row" in error.details else {})
        yield {**place, "code": error.stable_code, "errors": [{"path": "", "message": error.message}]}
        return
    for refusal in sorted(read.refusals, key=lambda refusal: refusal.position):
        one = refusal.as_json()
        yield {**one, "record": one["record"] + chunk.start}


def _say_what_is_taken(error: LiveLedgerError, total: dict[str, Any], chunk: Chunk, count: int, *, quiet: bool) -> None:
    """Every error on the way names how far it got; whoever posts the file again posts nothing twice."""
    refused = total.get("refused", [])
    tell_refusals(refused, quiet=quiet)
    taken = (
        f"records before number {chunk.start} of {count} are taken" if chunk.start else "no record is taken for sure"
    )
    out = f", but for {len(refused)} that were refused" if refused else ""
    # An API that refused this body has not taken any of it; one that failed or did not answer may have.
    refusal = isinstance(error, ApiRefusal) and error.exit_code != LiveLedgerError.exit_code
    rest = "" if refusal else f"; of the {chunk.records} from there on that is not known"
    again = "the file can be posted again, what is there already is not taken twice"
    if chunk.start or not refusal:
        error.hint = f"{taken}{out}{rest}; {again}" + (f"; {error.hint}" if error.hint else "")
    error.details["first_record"] = chunk.start
    error.details["taken"] = total
    if refused:
        error.details["refused"] = refused


def _sentence(one: dict[str, Any]) -> str:
    place = f"row {one['row']}" if "row" in one else f"record {one['record']}"
    first = one["errors"][0]
    field = first["path"].lstrip("/").partition("/")[2]
    return f"{place}{f', {field}' if field else ''} ({one['code']}): {first['message']}"


def _in_the_file(answer: dict[str, Any], chunk: Chunk) -> list[dict[str, Any]]:
    return [{**one, "record": one["record"] + chunk.start} for one in answer.get("refused", [])]


def _add(total: dict[str, Any], answer: dict[str, Any], chunk: Chunk) -> None:
    for name, value in answer.items():
        if name == "refused":
            total.setdefault(name, []).extend(_in_the_file(answer, chunk))
        elif name == "allocated":
            total.setdefault(name, []).extend(value)
        elif isinstance(value, int) and not isinstance(value, bool) and name != "lane":
            total[name] = total.get(name, 0) + value
        else:
            total[name] = value
