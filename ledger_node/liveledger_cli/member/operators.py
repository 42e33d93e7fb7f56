"""``liveledger member operator``: what other organisations may do with this brand's goods."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger.bindings.constants import CONSORTIUM_ADDRESS, MAX_ORGANISATION, ApprovedAct, Role
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.rules.approvals import ACTS, USUAL, Approval
from liveledger_cli.common.connections import connected, sending
from liveledger_cli.common.context import Output
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.timestamps import unix_seconds, utc_text
from liveledger_cli.member.member_admin import BRAND, acting_for, no_sku, organisation_called, require_brand

if TYPE_CHECKING:
    from liveledger.chain.outbox.sender import Sender
    from liveledger.chain.rpc.connection import Connection


_DAY_SECONDS = 86_400

OperatorArgument = Annotated[str, typer.Argument(metavar="GLN_OR_NUMBER", help="The other organisation")]
BrandArgument = Annotated[int, typer.Argument(help="Organisation number of the brand", min=1, max=MAX_ORGANISATION)]
ActsOption = Annotated[str, typer.Option("--acts", metavar="ACT,…", help=f"What it may do, of {', '.join(ACTS)}")]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Last day of it (UTC), or its last moment with a zone [no end]")
]
PlaceOption = Annotated[
    list[str] | None, typer.Option("--place", metavar="GLN", help="A place where it may; once for each [everywhere]")
]
SkuOption = Annotated[
    list[str] | None, typer.Option("--sku", metavar="CODE", help="A SKU with which it may; once for each [all SKUs]")
]

operator_commands = Commands(help="What others may do with this brand's goods.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who acts, for which brand, about which other organisation."""

    sender: Sender
    pair: tuple[int, int]

    def approval(self) -> Approval | None:
        """What the chain has now."""
        from liveledger.chain.rpc.finality import final_height
        from liveledger.services import approvals as chain

        connection = self.sender.connection
        return chain.whole(connection.execution, self.pair, final_height(connection))

    def shown(self, approval: Approval) -> dict[str, Any]:
        """An approval of these two as it is shown."""
        from liveledger.chain.rpc.finality import final_height
        from liveledger.services import approvals as chain

        connection = self.sender.connection
        return chain.shown(connection.execution, self.pair, approval, final_height(connection))


@operator_commands.command("approve", acts_as=BRAND)
def approve_operator(
    here: LedgerContext,
    operator: OperatorArgument,
    acts: ActsOption = ",".join(name for name, act in ACTS.items() if act & USUAL),
    until: UntilOption = None,
    places: PlaceOption = None,
    skus: SkuOption = None,
) -> None:
    """Say what another organisation may do with this brand's goods, in the place of what was said before."""
    wanted = Approval(parse_acts(acts), last_second(until))
    with sending(here) as sender:
        desk = _desk(sender, operator)
        listed = _listed(sender.connection, desk.pair[0], places or [], skus or [], here.node)
        wanted = replace(wanted, places=listed[0], skus=listed[1])
        _set(desk, wanted, as_json=here.as_json)


@operator_commands.command("widen", acts_as=BRAND)
def widen_operator(
    here: LedgerContext, operator: OperatorArgument, places: PlaceOption = None, skus: SkuOption = None
) -> None:
    """Add places or SKUs to an approval that is for some of them only."""
    from liveledger.services import approvals as chain
    from liveledger.services.members import Registrar

    if not places and not skus:
        raise InvalidInput("nothing is to be added", hint="--place GLN or --sku CODE")
    with sending(here) as sender:
        desk = _desk(sender, operator)
        more_places, more_skus = _listed(sender.connection, desk.pair[0], places or [], skus or [], here.node)
        before = desk.approval() or Approval(ApprovedAct(0))
        if (more_places and before.places is None) or (more_skus and before.skus is None):
            raise InvalidInput(
                "this approval is not for some places, or SKUs, only", hint="`liveledger member operator show`"
            )
        wanted = replace(before, places=_union(before.places, more_places), skus=_union(before.skus, more_skus))
        if wanted != before:
            fresh = (wanted.places or frozenset()) - (before.places or frozenset())
            goods = (wanted.skus or frozenset()) - (before.skus or frozenset())
            chain.widen(Registrar(sender), desk.pair, sorted(fresh), sorted(goods))
        _tell(desk, wanted, changed=wanted != before, as_json=here.as_json)


@operator_commands.command("withdraw", acts_as=BRAND)
def withdraw_operator(here: LedgerContext, operator: OperatorArgument) -> None:
    """Take all of it back at once; what was moved stays moved."""
    with sending(here) as sender:
        _set(_desk(sender, operator), Approval(ApprovedAct(0)), as_json=here.as_json)


@operator_commands.command("show")
def show_operator(here: LedgerContext, brand: BrandArgument, operator: OperatorArgument) -> None:
    """What a brand lets another organisation do, as this node has it; exit 3 when it never said anything."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services import approvals as chain

    with connected(here) as connection:
        pair = (brand, organisation_called(connection, operator))
        block = final_height(connection)
        found = chain.whole(connection.execution, pair, block)
        if found is None:
            raise NotFound(f"brand {brand} never approved organisation {pair[1]}", hint="a brand may always do all")
        shown = chain.shown(connection.execution, pair, found, block)
    here.output.result(shown, _text(shown))


def parse_acts(text: str) -> ApprovedAct:
    """Acts by their names, with commas between. Raises InvalidInput."""
    found = ApprovedAct(0)
    for name in text.split(","):
        if name.strip() not in ACTS:
            raise InvalidInput(f"{name[:40]!r} is nothing that a brand could approve", hint=f"of {', '.join(ACTS)}")
        found |= ACTS[name.strip()]
    return found


def last_second(text: str | None) -> int:
    """The last second (Unix) of an approval: of a date the end of that day (UTC); 0 = no end. Raises InvalidInput."""
    if text is None:
        return 0
    is_date = len(text) == len("2026-11-24") and not text.isdigit()
    return unix_seconds(text) + (_DAY_SECONDS - 1 if is_date else 0)


def _desk(sender: Sender, operator: str) -> _Desk:
    brand = acting_for(sender, Role.SIGN_AGREEMENTS)
    require_brand(sender.connection, brand)
    other = organisation_called(sender.connection, operator)
    if other == brand:
        raise InvalidInput("a brand may always move its own goods", hint="name another organisation")
    return _Desk(sender, (brand, other))


def _set(desk: _Desk, wanted: Approval, *, as_json: bool) -> None:
    from liveledger.services import approvals as chain
    from liveledger.services.members import Registrar

    before = desk.approval() or Approval(ApprovedAct(0))
    changed = replace(before, since=0) != wanted
    if changed:
        chain.approve(Registrar(desk.sender), desk.pair, wanted)
    _tell(desk, wanted, changed=changed, as_json=as_json)


def _tell(desk: _Desk, wanted: Approval, *, changed: bool, as_json: bool) -> None:
    """Says what the ledger has now. Raises NotReadBack when that is not what was wanted."""
    shown = desk.shown(desk.approval() or Approval(ApprovedAct(0)))
    text = _text(shown)
    require(f"what is told of brand {desk.pair[0]}", _text(desk.shown(wanted)), text)
    Output(as_json).result({**shown, "changed": changed}, text if changed else f"nothing to do: {text}")


def _text(shown: dict[str, Any]) -> str:
    who = f"organisation {shown['operator']} may"
    if not shown["acts"]:
        return f"{who} not move the goods of brand {shown['brand']}"
    parts = [f"{who} {', '.join(shown['acts'])} the goods of brand {shown['brand']}"]
    if shown["places"] is not None:
        parts.append(f"at {', '.join(shown['places'])}")
    if shown["skus"] is not None:
        parts.append(f"of the SKUs {', '.join(shown['skus'])}")
    if shown["until"] is not None:
        parts.append(f"until {utc_text(shown['until'])}")
    return " ".join(parts)


def _listed(
    connection: Connection, brand: int, glns: Sequence[str], codes: Sequence[str], node: int
) -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """Numbers of places and SKUs; None where none is named. Raises NotFound with the first that is not there."""
    from liveledger.bindings import consortium
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.view_words import view_words

    block = final_height(connection)
    calls = [consortium.PlaceByGln(gs1.gln(gln)).calldata() for gln in glns]
    places = view_words(connection.execution, CONSORTIUM_ADDRESS, calls, block)
    for gln, place in zip(glns, places, strict=True):
        if not place:
            raise NotFound(f"no place has the GLN {gln}", hint="`liveledger member place list` shows all")
    skus = _skus(connection, brand, codes, node)
    return frozenset(places) or None, frozenset(skus) or None


def _skus(connection: Connection, brand: int, codes: Sequence[str], node: int) -> list[int]:
    from liveledger.bindings import stock_ledger
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.sku_numbers import sku_numbers

    if not codes:
        return []
    with closing(open_ledger(connection.home, node=node)) as opened:
        stock = opened.manifest.address(stock_ledger.NAME)
        found = sku_numbers(opened.execution, stock, brand, codes, final_height(opened))
    for code, number in zip(codes, found, strict=True):
        if not number:
            raise no_sku(brand, code)
    return found


def _union(before: frozenset[int] | None, more: frozenset[int] | None) -> frozenset[int] | None:
    return before if more is None else (before or frozenset()) | more
