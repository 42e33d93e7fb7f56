"""``liveledger acts``: everything that administrators did and members decided, provably whole."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liveledger.bindings import consortium, creator, directory, governance
from liveledger.bindings.constants import ProposalStatus
from liveledger.domain.errors import InvalidInput
from liveledger_cli.common.ledger_context import Commands, LedgerContext
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

_CONTRACTS = {module.NAME: module for module in (consortium, governance, directory, creator)}

acts_commands = Commands(help="What was done and decided.", no_args_is_help=True)


@acts_commands.callback()
def acts() -> None:
    """What was done and decided."""


@acts_commands.command("list")
def list_acts(
    here: LedgerContext,
    contract: Annotated[str, typer.Option(help=f"One of {', '.join(_CONTRACTS)}")] = governance.NAME,
    first: Annotated[int, typer.Option(help="Number of the first act", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Most acts", min=1, max=10_000)] = 100,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """List acts in the order of the ledger, checked against this home's trust anchor: none can be left out."""
    if contract not in _CONTRACTS:
        raise InvalidInput(f"{contract!r} keeps no log of acts", hint=f"one of {', '.join(_CONTRACTS)}")
    where = here.home
    parameters = {"contract": contract, "first": str(first), "limit": str(limit)}
    question = {"view": "acts/2", "parameters": parameters}
    page = {"first": str(first), "limit": str(limit)}
    found = ask(where, f"/acts/{contract}", question, How(proof, unverified, max_age), **page)
    with as_asked():
        lines = [_line(contract, entry) for entry in found.answer["acts"]]
    here.output.result(found.as_dict(), lines or "no acts")
    tell(found, quiet=here.quiet)


def _line(contract: str, entry: dict[str, Any]) -> str:
    moment = utc_text(entry["time"])
    return f"{entry['index']:>5}  block {entry['block']:>8}  {moment}  {entry['poster']}  {_words(contract, entry)}"


def _words(contract: str, entry: dict[str, Any]) -> str:
    from liveledger.chain.contracts.calls import decode_act

    if entry["kind"] == "outcome":
        number = int(entry["status"])
        known = number in ProposalStatus.__members__.values()
        return f"proposal {entry['proposal']}: {ProposalStatus(number).name.lower() if known else f'status {number}'}"
    try:
        return decode_act(_CONTRACTS[contract], bytes.fromhex(entry["data"][2:])).text()
    except InvalidInput as trouble:
        return f"{trouble.message}: {entry['data'][:74]}"
