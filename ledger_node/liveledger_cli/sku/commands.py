"""``liveledger sku``: a brand's goods and their lots, as they come onto the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from liveledger.bindings import provenance, stock_ledger
from liveledger.bindings.constants import MAX_ORGANISATION, ApprovedAct, Role
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, RuleViolation
from liveledger.domain.item_keys import organisations_in
from liveledger.domain.units import unit_name
from liveledger.verifier import layout
from liveledger_cli.common.context import (
    Output,
    field,
    messages,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.message_files import MessageFile, read_file, record
from liveledger_cli.common.message_sending import telling
from liveledger_cli.common.option_groups import grouped, option_group
from liveledger_cli.common.read_back import require
from liveledger_cli.common.signing_accounts import PassphraseOption, accounts_of, use_passphrase_file
from liveledger_cli.common.table_options import EncodingOption, IgnoreOption, MapOption, SetOption, TableOptions
from liveledger_cli.member.member_admin import BRAND, acting_for, no_sku, require_brand
from liveledger_cli.sku.lists import list_skus
from liveledger_cli.sku.recall import recall

if TYPE_CHECKING:
    from liveledger.chain.contracts.ledger import Ledger
    from liveledger.chain.outbox.sender import Sender
    from liveledger_cli.sku.records import Codes


FileArgument = Annotated[str | None, typer.Argument(help="CSV, NDJSON or JSON file; - for stdin")]
BrandArgument = Annotated[int, typer.Argument(help="Organisation number of the brand", min=1, max=MAX_ORGANISATION)]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing")]
LookAlikeOption = Annotated[
    bool, typer.Option("--allow-look-alike", help="Take codes that people may take for others, too")
]
# As many as are waited for at a time: lots of one SKU go together, so that at worst each is a transaction of its own.
_SKUS_AT_A_TIME, _LOTS_AT_A_TIME = 3_000, 300

_Draft = TypeVar("_Draft")


@option_group
class Registering:
    """How a file of goods is read and registered: its columns, what is checked, in whose name."""

    map_file: MapOption = None
    encoding: EncodingOption = None
    constants: SetOption = None
    ignore: IgnoreOption = False
    dry_run: DryRunOption = False
    look_alike: LookAlikeOption = False

    def table(self, names: Sequence[str]) -> TableOptions:
        """How a table with these fields is read."""
        return TableOptions(names, self.map_file, self.encoding, self.constants or (), self.ignore)


sku_commands = Commands(help="A brand's goods: SKUs and their lots.", no_args_is_help=True)


sku_commands.command("recall")(recall)
sku_commands.command("list")(list_skus)


@sku_commands.callback()
def sku(context: typer.Context, passphrase_file: PassphraseOption = None) -> None:
    """A brand's goods: SKUs and their lots."""
    use_passphrase_file(context, passphrase_file)


@sku_commands.command(acts_as=BRAND)
@grouped
def add(
    here: LedgerContext,
    file: FileArgument = None,
    code: Annotated[str | None, typer.Option(help="One SKU: the brand's code of it")] = None,
    gtin: Annotated[str | None, typer.Option(help="One SKU: its GTIN [none]")] = None,
    unit: Annotated[str | None, typer.Option(help="One SKU: unit that it is counted in, like KGM [EA]")] = None,
    *,
    how: Registering,
) -> None:
    """Register SKUs of this organisation, which is a brand, from a file with the columns code, gtin and unit."""
    from liveledger.services.members import Registrar
    from liveledger_cli.sku.records import SKU_FIELDS, new_skus, read_skus, require_distinct_skus

    options = how.table(SKU_FIELDS)
    with telling(quiet=here.quiet):
        records = read_skus(_chosen(file, {"code": code, "gtin": gtin, "unit": unit}, options))
        with _desk(here) as (opened, sender):
            brand = acting_for(sender, Role.REGISTER_SKUS)
            require_brand(opened, brand)
            fresh = new_skus(opened, brand, records)
            if fresh and not how.look_alike:
                require_distinct_skus(records, fresh, _registered(opened, brand))
            register = partial(Registrar(sender).register_skus, opened.manifest.target(stock_ledger.NAME), brand)
            _in_parts([] if how.dry_run else fresh, _SKUS_AT_A_TIME, register, quiet=here.quiet)
            _require_there(fresh, [] if how.dry_run else new_skus(opened, brand, records))
            if not how.dry_run:
                _claim_gtins(opened, sender, brand, {one.draft.code: one.draft.gtin for one in records})
    _say(here.as_json, brand, len(fresh), len(records), dry_run=how.dry_run)


@sku_commands.command(acts_as=BRAND)
@grouped
def lots(
    here: LedgerContext,
    brand: BrandArgument,
    file: FileArgument = None,
    sku_code: Annotated[str | None, typer.Option("--sku", help="One lot: the brand's code of its SKU")] = None,
    lot: Annotated[str | None, typer.Option(help="One lot: its code as on the label (GS1 AI 10)")] = None,
    expiry: Annotated[str | None, typer.Option(help="One lot: its expiry as YYYY-MM-DD [none]")] = None,
    *,
    how: Registering,
) -> None:
    """Register lots of a brand's SKUs, by the brand or who it approved: columns sku, lot and expiry (YYYY-MM-DD)."""
    from liveledger.services.members import Registrar
    from liveledger_cli.sku.records import LOT_FIELDS, new_lots, read_lots, require_distinct_lots

    options = how.table(LOT_FIELDS)
    with telling(quiet=here.quiet):
        records = read_lots(_chosen(file, {"sku": sku_code, "lot": lot, "expiry": expiry}, options))
        with _desk(here) as (opened, sender):
            _require_approved(opened, brand, acting_for(sender, Role.REGISTER_SKUS))
            fresh = sorted(new_lots(opened, brand, records), key=lambda draft: draft.sku)
            if fresh and not how.look_alike:
                require_distinct_lots(records, fresh, _registered(opened, brand))
            register = partial(Registrar(sender).register_lots, opened.manifest.target(stock_ledger.NAME), brand)
            _in_parts([] if how.dry_run else fresh, _LOTS_AT_A_TIME, register, quiet=here.quiet)
            _require_there(fresh, [] if how.dry_run else new_lots(opened, brand, records))
    _say(here.as_json, brand, len(fresh), len(records), dry_run=how.dry_run)


@sku_commands.command(acts_as=BRAND)
def correct(
    here: LedgerContext,
    sku_code: Annotated[str, typer.Argument(metavar="SKU", help="The brand's code of the SKU")],
    lot: Annotated[str, typer.Argument(help="The lot's code as on the label (GS1 AI 10)")],
    expiry: Annotated[str | None, typer.Option(help="Its expiry as YYYY-MM-DD [none]")] = None,
) -> None:
    """Make a lot that another organisation registered this brand's own, with its expiry: once, and for good."""
    from liveledger.services.members import Registrar
    from liveledger_cli.sku.records import LOT_FIELDS, read_lots

    given = {"sku": sku_code, "lot": lot, "expiry": expiry}
    with telling(quiet=False):
        [found] = read_lots(_chosen(None, given, TableOptions(LOT_FIELDS)))
        with _desk(here) as (opened, sender):
            brand = acting_for(sender, Role.REGISTER_SKUS)
            require_brand(opened, brand)
            info = Registrar(sender).correct_lot(opened.manifest.target(stock_ledger.NAME), brand, found.draft)
    require("the lot's expiry", found.draft.expiry, layout.lot_expiry_of(info))
    require("the lot's organisation", brand, layout.lot_registrar_of(info))
    shown = {"brand": brand, "sku": sku_code, "lot": lot, "expiry": expiry}
    said = f"expires on {expiry}" if expiry else "has no expiry"
    here.output.result(shown, f"lot {field(lot)} of {field(sku_code)} is brand {brand}'s own and {said}")


@sku_commands.command()
def show(
    here: LedgerContext,
    brand: BrandArgument,
    code: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
) -> None:
    """Show a SKU's number, GTIN, unit and how many lots it has, as this node has it; exit 3 when there is none."""
    from liveledger.chain.contracts.ledger import open_ledger

    with closing(open_ledger(here.home, node=here.node)) as opened:
        number, info = _described(opened, brand, code)
    shown = {
        "brand": brand,
        "code": code,
        "sku": number,
        "gtin": gs1.gtin_text(layout.gtin_of(info)),
        "unit": unit_name(layout.unit_of(info)),
        "lots": layout.lots_of(info),
    }
    gtin = f"GTIN {shown['gtin']}" if shown["gtin"] else "no GTIN"
    text = f"{code} of brand {brand}: SKU {number}, {gtin}, counted in {shown['unit']}, {shown['lots']} lot(s)"
    here.output.result(shown, text)


def _chosen(file: str | None, given: dict[str, str | None], options: TableOptions) -> MessageFile:
    """The file's records, or the one that options describe; an empty option is one that was not given."""
    filled = {name: value or None for name, value in given.items()}
    if (file is None) != any(filled.values()):
        names = ", ".join(f"--{name}" for name in given)
        raise InvalidInput("name one file, or describe one record", hint=f"a file, - for stdin, or {names}")
    return record(filled) if file is None else read_file(file, options)


@contextmanager
def _desk(here: LedgerContext) -> Iterator[tuple[Ledger, Sender]]:
    """The ledger with its contracts checked, and the sender of the account that acts."""
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.chain.outbox.opening import open_outbox
    from liveledger.chain.outbox.sender import Sender

    with (
        closing(open_ledger(here.home, node=here.node)) as opened,
        closing(open_outbox(opened)) as outbox,
    ):
        yield opened, Sender(opened, accounts_of(opened.home).load(here.label), outbox)


def _registered(opened: Ledger, brand: int) -> Codes:
    """The codes that the ledger has of a brand's SKUs and of their lots, by this node's index."""
    from sqlalchemy.orm import Session

    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index
    from liveledger.index.stock.codes import codes_of, codes_of_lots

    index = Index(index_engine(opened.home), opened)
    index.refresh()

    def of(sku: str) -> list[str]:
        with Session(index.engine) as session:
            return codes_of_lots(session, brand, sku) if sku else codes_of(session, brand)

    return of


def _require_approved(opened: Ledger, brand: int, own: int) -> None:
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.approvals import may

    if not may(opened.execution, ApprovedAct.REGISTER_LOTS, (brand, own), final_height(opened)):
        raise RuleViolation(
            f"organisation {own} may not act for brand {brand}",
            hint="the brand allows it: `liveledger member operator approve --acts register-lots`",
            reason="StockBrandNotApproved",
        )


def _in_parts(
    drafts: Sequence[_Draft], size: int, register: Callable[[Sequence[_Draft]], object], *, quiet: bool
) -> None:
    for start in range(0, len(drafts), size):
        part = drafts[start : start + size]
        register(part)
        if not quiet and len(drafts) > size:
            messages.print(f"{start + len(part)} of {len(drafts)}", markup=False)


def _claim_gtins(opened: Ledger, sender: Sender, brand: int, gtins: dict[str, int]) -> None:
    """Claims the GTINs of SKUs by code: events of what bears them are listed with the brand from then on."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.view_words import view_words
    from liveledger.services.members import Registrar
    from liveledger.services.sku_numbers import sku_numbers

    named = [(code, gtin) for code, gtin in gtins.items() if gtin]
    contract, stock = (opened.manifest.target(name) for name in (provenance.NAME, stock_ledger.NAME))
    for start in range(0, len(named), _SKUS_AT_A_TIME):
        part = named[start : start + _SKUS_AT_A_TIME]
        numbers = sku_numbers(opened.execution, stock, brand, [code for code, _ in part], final_height(opened))
        Registrar(sender).claim_gtins(contract, brand, dict(zip(numbers, (gtin for _, gtin in part), strict=True)))
        calls = [provenance.ClaimsOf(gtin).calldata() for _, gtin in part]
        words = view_words(opened.execution, contract, calls, final_height(opened))
        require("GTINs that the brand does not claim", 0, sum(brand not in organisations_in(word) for word in words))


def _require_there(fresh: Sequence[object], missing: Sequence[object]) -> None:
    """What was registered is asked for again, as it stands in the file. Raises NotReadBack."""
    require(f"of {len(fresh)} new records what the ledger lacks", 0, len(missing))


def _described(opened: Ledger, brand: int, code: str) -> tuple[int, int]:
    """A SKU's number and info word. Raises NotFound, InvalidInput for a code that is no text."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.view_words import view_words
    from liveledger.services.sku_numbers import sku_numbers

    if any("\ud800" <= letter <= "\udfff" for letter in code):
        raise InvalidInput("the code is no UTF-8")
    block, stock = final_height(opened), opened.manifest.address(stock_ledger.NAME)
    (number,) = sku_numbers(opened.execution, stock, brand, [code], block)
    if not number:
        raise no_sku(brand, code)
    (info,) = view_words(opened.execution, stock, [stock_ledger.SkuInfo(number).calldata()], block)
    return number, info


def _say(as_json: bool, brand: int, fresh: int, count: int, *, dry_run: bool) -> None:
    shown = {"brand": str(brand), "registered": fresh, "already_registered": count - fresh, "dry_run": dry_run}
    verb = "would be registered" if dry_run else "registered"
    Output(as_json).result(shown, f"{fresh} {verb}, {count - fresh} were there already")
