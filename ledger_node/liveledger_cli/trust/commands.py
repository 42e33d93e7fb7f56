"""``liveledger trust``: the anchor that a client checks everything with."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.domain.errors import InvalidInput, RuleViolation
from liveledger.verifier import TrustAnchor, verify
from liveledger.verifier.refusal import Code
from liveledger_cli.common.bundles import (
    BundleArgument,
    QuestionOption,
    TrustOption,
    read_anchor,
    read_bundle,
    read_question,
)
from liveledger_cli.common.context import JsonOption, Output, messages
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.seen_heights import highest_seen, remember_height
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.trust.chain import chain_commands

AnchorArgument = Annotated[Path, typer.Argument(help="File with a trust anchor")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Write the anchor to this file [stdout; of `update`, where it was]")
]

trust_commands = Commands(help="Trust anchors: what a client checks answers with.", no_args_is_help=True)
trust_commands.add_typer(chain_commands, name="chain")


@trust_commands.command()
def export(
    here: LedgerContext,
    height: Annotated[
        int, typer.Option("--height", min=0, help="0: genesis. Two anchors can be compared at the same height only")
    ] = 0,
    newest: Annotated[bool, typer.Option("--newest", help="At this node's newest height instead of --height")] = False,
    out: OutOption = None,
) -> None:
    """Write the trust anchor at a height, genesis by default: at one height the same bytes on every member's node.

    Exit 1 when an anchor of that height is not valid any more: 365 days after its header.
    """
    from liveledger.chain.rpc.connection import connect
    from liveledger.prover.anchors import export_anchor

    connection = connect(here.home, node=here.node)
    try:
        anchor = export_anchor(connection, None if newest else height)
    finally:
        connection.close()
    require_valid(anchor, int(time.time()))
    _hand_out(anchor, out, as_json=here.as_json, quiet=here.quiet)


@trust_commands.command()
def compare(first: AnchorArgument, second: AnchorArgument, as_json: JsonOption = False) -> None:
    """Compare two trust anchors by fingerprint, and name the fields that differ. Exit 1 when they do."""
    one, two = read_anchor(first), read_anchor(second)
    differ = differences(one, two)
    same = one.fingerprint() == two.fingerprint()
    verdict = "the same anchor" if same else f"different: {', '.join(differ)}"
    lines = [
        f"{anchor.fingerprint()}  height {anchor.height}  {path}" for anchor, path in ((one, first), (two, second))
    ]
    if one.height != two.height:
        verdict += "; anchors of two heights always differ: export both at the same --height to compare them"
    lines.append(verdict)
    fingerprints = [one.fingerprint(), two.fingerprint()]
    Output(as_json).result({"same": same, "fingerprints": fingerprints, "differences": differ}, lines)
    if not same:
        raise typer.Exit(1)


@trust_commands.command()
def update(
    here: LedgerContext,
    bundle: BundleArgument,
    question: QuestionOption,
    trust: TrustOption = None,
    out: OutOption = None,
) -> None:
    """Take a newer trust anchor out of a bundle that your present anchor proves, and write it in its place."""
    where = here.home
    path = trust or where.trust
    anchor, asked = read_anchor(path), read_question(question)
    seen = highest_seen(where, anchor)
    verdict = verify(read_bundle(bundle), anchor=anchor, question=asked, now=int(time.time()), minimum_height=seen)
    if verdict.newer_anchor is None:
        raise InvalidInput(
            f"header {verdict.header_height} announces other validators, which this bundle does not bring",
            hint="take a bundle of a later block",
        )
    if seen:  # a new fingerprint must not make this client forget; first this, then the anchor
        remember_height(where, verdict.newer_anchor, max(seen, verdict.under))
    _hand_out(verdict.newer_anchor, out or path, as_json=here.as_json, quiet=here.quiet)


@trust_commands.command("show")
def show_anchor(anchor: AnchorArgument, as_json: JsonOption = False) -> None:
    """Print an anchor's fingerprint, to be compared with another member's by another way."""
    found = read_anchor(anchor)
    Output(as_json).result(summary(found), [f"{name:<12} {value}" for name, value in summary(found).items()])


def require_valid(anchor: TrustAnchor, now: int) -> None:
    """Raises RuleViolation for an anchor that nothing can be checked with at ``now`` (Unix seconds)."""
    if now > anchor.valid_until.seconds:
        ended = utc_text(str(anchor.valid_until.seconds))
        raise RuleViolation(
            f"an anchor of height {anchor.height} was valid until {ended}: nothing can be checked with it any more",
            hint="take a newer height, the same on every host: --height, or --newest to see which there is",
            code=Code.EXPIRED_ANCHOR.value,
        )


def differences(one: TrustAnchor, two: TrustAnchor) -> list[str]:
    """Names of the fields that differ and count for the fingerprint."""
    left, right = one.as_json(), two.as_json()
    names = sorted((left.keys() | right.keys()) - {"issued_at"})
    return [name for name in names if left.get(name) != right.get(name)]


def summary(anchor: TrustAnchor) -> dict[str, Any]:
    """What a person compares."""
    return {
        "fingerprint": anchor.fingerprint(),
        "chain_id": anchor.chain_id,
        "height": str(anchor.height),
        "validators": len(anchor.validators),
        "contracts": ", ".join(sorted(anchor.contracts)) or "as Directory lists them",
        "valid_until": str(anchor.valid_until.seconds),
    }


def fingerprint_line(anchor: TrustAnchor) -> str:
    """The fingerprint with the height that it is of: what two people read to each other."""
    return f"{anchor.fingerprint()}  height {anchor.height}"


def _hand_out(anchor: TrustAnchor, out: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Writes the anchor to a file or to stdout; the fingerprint goes beside it."""
    if out is not None:
        fresh = out.with_suffix(".new")
        fresh.write_bytes(anchor.emit())
        fresh.replace(out)
        require(f"the anchor in {out}", anchor.fingerprint(), read_anchor(out).fingerprint())
        Output(as_json).result({**summary(anchor), "file": str(out)}, fingerprint_line(anchor))
        return
    content = {"fingerprint": anchor.fingerprint(), "height": str(anchor.height), "anchor": anchor.as_json()}
    Output(as_json).result(content, anchor.emit().decode().splitlines())
    if not quiet and not as_json:
        messages.print(f"fingerprint {fingerprint_line(anchor)}", markup=False)
