"""``liveledger accuracy``: how well outside systems and the ledger agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.reconcile.comparing import percent
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    ask_page,
    tell,
)


def accuracy(
    here: LedgerContext,
    place: Annotated[str | None, typer.Argument(help="GLN of a place [all places]")] = None,
    first: Annotated[int | None, typer.Option(min=0, help="Number of a comparison, from 0 [the newest ones]")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most comparisons")] = 100,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """Show the accuracy of all places, or the comparisons of one, newest first; checked against this home's anchor.

    Exit 3 when nothing was compared at the place that was named.
    """
    where = here.home
    if place is None:
        if proof is not None:
            raise InvalidInput("the figures of all places have no bundle", hint="name a place")
        found = ApiClient(where).get("/accuracy")
        answer = found["answer"]
        here.output.result(found, _overview(answer))
        if not here.quiet:
            messages.print(
                "not verified: the figures of all places have no bundle; those of one place do", markup=False
            )
        known = True
    else:
        gs1.gln(place)
        asked = (f"/accuracy/{place}", "place-accuracy/3", {"place": place}, (first, limit))
        checked = ask_page(where, *asked, How(proof, unverified, max_age))
        with as_asked():
            known = checked.answer["count"] != "0"
            lines = [_line(record) for record in reversed(checked.answer["records"])]
        here.output.result(checked.as_dict(), lines or "nothing was compared")
        tell(checked, quiet=here.quiet)
    if not known:
        raise typer.Exit(NotFound.exit_code)


def _overview(answer: dict[str, Any]) -> list[str]:
    total = answer["all"]
    if total is None:
        return ["nothing was compared"]
    verdict = "met" if total["goal_met"] else "missed"
    goal = percent(int(total["goal_bps"]))
    return [
        *(f"{entry['place']}  {_line(entry)}" for entry in answer["places"]),
        f"all places: {percent(int(total['accuracy_bps']))} of the SKUs agree (goal {goal}: {verdict})",
    ]


def _line(record: dict[str, Any]) -> str:
    moment = utc_text(record["as_of"])
    agree, differ = percent(int(record["accuracy_bps"])), percent(int(record["deviation_bps"]))
    flag = f"  flagged, level {record['flag']}" if record["flag"] != "0" else ""
    stands = record["flag"] != "0" or record["recount_by"] != "0"
    rests = f"  raised by {record['finding_skus']} SKUs, {record['finding_units']} units" if stands else ""
    recount = f"  recount by {datetime.fromtimestamp(int(record['recount_by']), UTC):%Y-%m-%d %H:%MZ}"
    due = recount if record["recount_by"] != "0" else ""
    return f"{moment}  agree {agree:>8}  differ {differ:>8}  level {record['level']}{flag}{due}{rests}"
