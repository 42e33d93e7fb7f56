"""``liveledger trust chain``: from the code of a genesis that is years old to an anchor that is valid today."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.errors import RuleViolation
from liveledger.verifier import Refusal
from liveledger.verifier.refusal import Code
from liveledger.verifier.trust_chain import MAX_CHAIN_BYTES, ChainVerdict, GenesisCode, TrustChain, check_chain
from liveledger_cli.common.context import (
    JsonOption,
    Output,
    QuietOption,
    messages,
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import write_and_read
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.common.verdicts import refused_text

_SHOWN = 8

chain_commands = Commands(help="The anchor chain: from genesis to today's anchor.", no_args_is_help=True)


@chain_commands.command()
def export(
    here: LedgerContext,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the chain to this file [stdout]")] = None,
) -> None:
    """Write the anchor chain up to the newest block: publish it, so that old codes can be checked for ever."""
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index
    from liveledger.prover.stored_index import StoredIndex
    from liveledger.prover.trust_chains import export_chain

    place = here.home
    opened, engine = open_ledger(place, node=here.node), index_engine(place)
    Index(engine, opened).refresh()
    data = export_chain(opened, StoredIndex(engine))
    if out is None:
        Output().result({}, data.decode().splitlines())
        return
    chain = TrustChain.parse(write_and_read(out, data))
    told = {"file": str(out), "updates": len(chain.updates), "genesis": chain.genesis.fingerprint(), "bytes": len(data)}
    here.output.result(told, f"{chain.genesis.fingerprint()}  height 0, and {len(chain.updates)} updates in {out}")


@chain_commands.command()
def check(
    chain: Annotated[Path, typer.Argument(help="File with the anchor chain, from anybody")],
    genesis: Annotated[
        str, typer.Option("--genesis", help="Fingerprint of the genesis anchor, or its first 96 bits or more")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the newest anchor here: a trust.json that is valid now")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check an anchor chain from the genesis fingerprint on; expired links are named. Exit 0: proven; 1: refused."""
    code, output, now = GenesisCode.read(genesis), Output(as_json), int(time.time())
    try:
        verdict = check_chain(read_limited(chain, MAX_CHAIN_BYTES), genesis=code, now=now)
    except Refusal as refusal:
        output.result({"verdict": "refused", "refusal": refusal.as_dict()}, refused_text(refusal))
        if not quiet:
            messages.print(f"  hint: {refusal.hint}", markup=False)
        raise typer.Exit(1) from None
    if out is not None:
        _require_valid(verdict)
        write_and_read(out, verdict.newest.emit())
    written = {"file": str(out)} if out is not None else {}
    output.result({**verdict.as_json(), **written}, chain_lines(verdict))


def chain_lines(verdict: ChainVerdict) -> list[str]:
    """What was proven, which links had expired, and what is valid now."""
    newest, links = verdict.newest, len(verdict.anchors)
    heights = ", ".join(map(str, verdict.expired[:_SHOWN]))
    more = f" and {len(verdict.expired) - _SHOWN} more" if len(verdict.expired) > _SHOWN else ""
    expired = f"{len(verdict.expired)} of {links} links, of height {heights}{more}" if verdict.expired else "none"
    state = "expired at" if newest.height in verdict.expired else "valid until"
    return [
        f"proven: {links - 1} updates from genesis {verdict.anchors[0].fingerprint()} on, each signed by the set "
        f"before it; {len(verdict.set_changes)} change the validators",
        f"expired by now: {expired}; each was valid when the next was signed",
        f"newest: {newest.fingerprint()}  height {newest.height}, {state} {utc_text(str(newest.valid_until.seconds))}",
        f"chain {newest.chain_id}",
    ]


def _require_valid(verdict: ChainVerdict) -> None:
    newest = verdict.newest
    if newest.height in verdict.expired:
        raise RuleViolation(
            f"the chain's newest anchor, of height {newest.height}, has expired: nothing can be checked with it",
            hint="get a chain that was published within the last year",
            code=Code.EXPIRED_ANCHOR.value,
        )
