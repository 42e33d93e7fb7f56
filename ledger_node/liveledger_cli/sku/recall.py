"""``liveledger sku recall``: a lot is recalled by its brand or an inspector; two organisations lift that."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.bindings.constants import MAX_ORGANISATION, Role
from liveledger.domain.errors import NotFound
from liveledger.verifier import layout
from liveledger_cli.common.context import field
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.signing_accounts import accounts_of
from liveledger_cli.member.member_admin import acting_for

if TYPE_CHECKING:
    from liveledger.chain.contracts.ledger import Ledger


def recall(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand", min=1, max=MAX_ORGANISATION)],
    code: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    lot: Annotated[str, typer.Argument(help="The lot's code as on the label (GS1 AI 10)")],
    lift: Annotated[bool, typer.Option("--lift", help="Say that the recall is over: it ends when two have")] = False,
) -> None:
    """Recall a lot, for its brand or an inspector, or lift that: nothing of it is reserved, sold or delivered."""
    from liveledger.bindings import stock_ledger
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.chain.outbox.opening import open_outbox
    from liveledger.chain.outbox.sender import Sender
    from liveledger.services.members import Act, Registrar

    label = here.label
    with (
        closing(open_ledger(here.home, node=here.node)) as opened,
        closing(open_outbox(opened)) as outbox,
    ):
        sender, target = Sender(opened, accounts_of(opened.home).load(label), outbox), _stock_ledger(opened)
        organisation = acting_for(sender, Role.SIGN_AGREEMENTS)
        sku, number = _numbers(opened, target, brand, code, lot)
        call = stock_ledger.SetRecall(sku, number, not lift)
        # It may be recalled and lifted time and again: the account's next number is part of the effect.
        nonce = opened.execution.nonce(sender.address, opened.execution.block_number())
        Registrar(sender).carry_out([Act(f"recall:{sku}:{number}:{lift}:{nonce}", target, call.calldata())])
        word = _asked(opened, target, stock_ledger.LotInfo(sku, number).calldata())
    recalled, lifting = layout.is_recalled(word), layout.lifted_by(word)
    require(f"who lifts the recall of lot {lot}", organisation if recalled and lift else 0, lifting)
    require(f"whether lot {lot} is recalled", recalled or not lift, recalled)
    shown = {"sku": str(sku), "lot": str(number), "recalled": recalled, "lifted_by": str(lifting) if lifting else None}
    here.output.result(shown, _sentence(code, lot, recalled=recalled, lifting=lifting))


def _sentence(code: str, lot: str, *, recalled: bool, lifting: int) -> str:
    goods = f"lot {field(lot)} of {field(code)}"
    if not recalled:
        return f"the recall of {goods} is over"
    if lifting:
        return f"{goods} is recalled until another organisation lifts it, too"
    return f"{goods} is recalled: it is held, sent back or scrapped, and nothing else"


def _numbers(opened: Ledger, target: bytes, brand: int, code: str, lot: str) -> tuple[int, int]:
    """Numbers of SKU and lot. Raises NotFound."""
    from liveledger.bindings import stock_ledger

    sku = _asked(opened, target, stock_ledger.SkuByCode(brand, code).calldata())
    if not sku:
        raise NotFound(f"brand {brand} has no SKU {code!r}", hint="`liveledger sku add` registers one", sku=code)
    number = _asked(opened, target, stock_ledger.LotByCode(sku, lot).calldata())
    if not number:
        raise NotFound(f"{code} has no lot {lot!r}", hint="`liveledger sku lots` registers one", lot=lot)
    return sku, number


def _asked(opened: Ledger, target: bytes, call: bytes) -> int:
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.view_words import view_words

    (word,) = view_words(opened.execution, target, [call], final_height(opened))
    return word


def _stock_ledger(opened: Ledger) -> bytes:
    from liveledger.bindings import stock_ledger

    return opened.manifest.target(stock_ledger.NAME)
