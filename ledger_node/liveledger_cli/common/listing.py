"""What all `list` and `show` commands share: pages of the API's lists as a table, as JSON or as CSV."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.cells import cell_len

from liveledger.domain.errors import InvalidInput, Unavailable
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.context import Output, field, messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.option_groups import option_group
from liveledger_cli.common.progress import blocks_progress
from liveledger_cli.common.verified_queries import as_asked

MAX_LIMIT = 1_000
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, help="Most entries")]
AllOption = Annotated[bool, typer.Option("--all", help="Every entry, however many, page by page")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV (RFC 4180) with a line of names")]
GlnOption = Annotated[str | None, typer.Option("--gln", help="GLN, or the first digits of it")]
StatusOption = Annotated[str | None, typer.Option("--status", help="Only active, suspended or removed ones")]

STOCK = (
    *("brand", "sku", "code", "lot", "lot_code", "expiry", "location"),
    *("available", "reserved", "in_transit", "held"),
)
_NOT_VERIFIED = "not verified: a list is as the API's index has it, at block {}"


@option_group
class Listing:
    """How a list is printed: at most ``limit`` entries or ``every`` one, as JSON, CSV or a table."""

    limit: LimitOption = 100
    every: AllOption = False
    as_csv: CsvOption = False


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[Mapping[str, Any]]
    following: str | None
    height: str


def show_list(here: LedgerContext, path: str, names: Sequence[str], how: Listing, **query: Any) -> None:
    """Prints the entries of the list at ``path``; ``names`` are their members, in the order of the columns.

    ``query``: parameters of the address, of which those that are None are left out. Raises ApiRefusal, Unavailable,
    InvalidInput when JSON and CSV are asked for at once.
    """
    if how.as_csv and here.as_json:
        raise InvalidInput("--json and --csv cannot both be printed", hint="choose one (LIVELEDGER_JSON is --json)")
    given = {name: str(value) for name, value in query.items() if value is not None}
    pages = _pages(ApiClient(here.home), path, given, how, quiet=here.quiet)
    last = _as_json(pages) if here.as_json else _as_csv(pages, names) if how.as_csv else _as_table(pages, names)
    if not here.quiet:
        messages.print(_NOT_VERIFIED.format(field(last.height)), markup=False)
        if last.following is not None:
            messages.print("there is more: --all prints everything", markup=False)


def show_one(here: LedgerContext, path: str, names: Sequence[str]) -> None:
    """Prints the one thing at ``path``. Raises ApiRefusal, which is exit 3 where there is none, Unavailable."""
    found = ApiClient(here.home).get(path)
    with as_asked():
        height, answer = found["block"]["height"], found["answer"]
        width = max(map(len, names))
        lines = [f"{_head(name):<{width}}  {field(answer[name])}" for name in names]
    here.output.result(found, lines)
    if not here.quiet:
        messages.print(_NOT_VERIFIED.format(field(height)), markup=False)


def _pages(client: ApiClient, path: str, query: dict[str, str], how: Listing, *, quiet: bool) -> Iterator[_Page]:
    """Pages until there is nothing more, or enough. Raises Unavailable where a page leads back to an earlier one."""
    count, seen = 0, set()
    cursor: dict[str, str] = {}
    hidden = quiet or not how.every or sys.stdout.isatty()
    with blocks_progress("entries", quiet=hidden) as progress:
        while True:
            size = MAX_LIMIT if how.every else how.limit - count
            page = _page(client.get(path, **query, **cursor, limit=str(size)), size)
            yield page
            count += len(page.entries)
            progress(count, None)
            if page.following is None or (not how.every and count >= how.limit):
                return
            if page.following in seen:
                raise Unavailable("the API's pages lead in a circle", hint="is it of another version?")
            seen.add(page.following)
            cursor = {"after": page.following}


def _page(found: dict[str, Any], size: int) -> _Page:
    with as_asked():
        answer, height = found["answer"], found["block"]["height"]
        entries, following = answer["entries"], answer["next"]
        right = isinstance(entries, list) and len(entries) <= size and isinstance(following, str | None)
        if not right or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("no page of a list")
        return _Page(entries, following, str(height))


def _as_json(pages: Iterator[_Page]) -> _Page:
    found = list(pages)
    last = found[-1]
    entries = [entry for page in found for entry in page.entries]
    answer = {"entries": entries, "next": last.following}
    Output(as_json=True).result({"answer": answer, "block": {"height": last.height}, "proof": None}, "")
    return last


def _as_csv(pages: Iterator[_Page], names: Sequence[str]) -> _Page:
    output = Output()
    output.csv([names])
    for page in pages:
        with as_asked():
            rows = [[entry[name] for name in names] for entry in page.entries]
        output.csv(rows)
        last = page
    return last


def _as_table(pages: Iterator[_Page], names: Sequence[str]) -> _Page:
    first, rows = True, 0
    for page in pages:
        with as_asked():
            cells = [[field(entry[name]) for name in names] for entry in page.entries]
        rows += len(cells)
        if cells:
            Output().result({}, _lines([[_head(name) for name in names], *cells][0 if first else 1 :]))
            first = False
        last = page
    if not rows:
        Output().result({}, "none")
    return last


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _head(name: str) -> str:
    return name.replace("_", " ")
