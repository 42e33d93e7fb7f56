"""``liveledger contract``: which version of a contract is active, which follows, and what the directory says of one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liveledger_cli.common.ledger_context import LedgerContext
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


def contract(
    here: LedgerContext,
    name: Annotated[str, typer.Argument(help="Name in the directory, such as StockLedger")],
    version: Annotated[int | None, typer.Option(help="A version [the active one]", min=1)] = None,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """Show what the directory says of a contract, checked against this home's trust anchor."""
    where = here.home
    chosen = {} if version is None else {"version": str(version)}
    question = {"view": "contract/1", "parameters": {"name": name, **chosen}}
    found = ask(where, f"/contracts/{name}", question, How(proof, unverified, max_age), **chosen)
    with as_asked():
        lines = _lines(name, found.answer)
    here.output.result(found.as_dict(), lines)
    tell(found, quiet=here.quiet)


def _lines(name: str, answer: dict[str, Any]) -> list[str]:
    lines = [
        f"{name} {answer['version']}  {answer['state']} from block {answer['from']}  {answer['address']}",
        f"code {answer['code_hash']}",
    ]
    if answer["next"] != "0":
        lines.append(f"version {answer['next']} takes over in block {answer['next_from']}")
    return lines
