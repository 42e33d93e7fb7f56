"""The agreement: terms of 200 products, signed by brand and supplier, and the supplier's money in escrow."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass

from liveledger.bindings import deposit_token, settlement
from liveledger.chain.finality import final_height
from liveledger.demo.desk import Call, Desk
from liveledger.demo.prepare import Item
from liveledger.demo.settings import DemoSettings
from liveledger.demo.state import DemoState, Run
from liveledger.demo.world import World
from liveledger.domain.hashing import keccak
from liveledger.domain.money import WHOLE_BPS, Fen
from liveledger.domain.payloads import TermRow, page_hashes, terms_hash, terms_pages
from liveledger.domain.typed_data import AgreementMessage, digest, sign

VALID_SECONDS = 365 * 24 * 3600
SIGNING_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Agreement:
    """A registered agreement: its id (32 bytes) and its pages of terms."""

    id: bytes
    pages: tuple[bytes, ...]

    @property
    def page_hashes(self) -> tuple[bytes, ...]:
        """Hashes of the pages, as a session names them."""
        return page_hashes(self.pages)


def agree(
    desk: Desk, state: DemoState, settings: DemoSettings, world: World, hub: bytes, items: tuple[Item, ...]
) -> Agreement:
    """Both sign the same terms, once a home; later runs open new sessions of the same agreement."""
    pages = tuple(
        terms_pages(sorted((TermRow(world.skus[i.code], i.unit_cost) for i in items), key=lambda row: row.sku))
    )
    now = int(time.time())
    plan = state.plan(
        state.set_up, "agreement", lambda: {"valid_until": now + VALID_SECONDS, "deadline": now + SIGNING_SECONDS}
    )
    brand, supplier = world.brand, world.organisations["supplier"]
    message = AgreementMessage(
        brand, supplier, settings.brand_share, terms_hash(page_hashes(pages)), plan["valid_until"], 0, plan["deadline"]
    )
    chain_id = desk.connection.evm_chain_id
    signatures = [sign(message, desk.account(who), chain_id=chain_id, contract=hub) for who in ("brand", "supplier")]
    call = settlement.Register(settlement.Agreement(*astuple(message)), *signatures)
    desk.send("supplier", [(state.set_up.key("agreement"), hub, call)], gas=1_500_000)
    return Agreement(digest(message, chain_id=chain_id, contract=hub), pages)


def fund_escrow(
    desk: Desk,
    run: Run,
    settings: DemoSettings,
    agreement: Agreement,
    items: tuple[Item, ...],
    contracts: tuple[bytes, bytes],
) -> Fen:
    """The issuer mints what the supplier paid in, the supplier deposits it; the amount covers its share of any outcome.

    ``contracts`` are the addresses of DepositToken and Settlement. Returns the deposit in fen.
    """
    token, hub = contracts
    # The loss cannot exceed all goods ordered; the supplier's share of it is rounded up to the next fen.
    most = sum(item.ordered * item.unit_cost for item in items)
    amount = Fen(-(-most * (WHOLE_BPS - settings.brand_share) // WHOLE_BPS))
    receipt = keccak(run.key("receipt", agreement.id.hex()).encode())
    mint = deposit_token.Mint(desk.address("supplier"), amount, receipt)
    desk.do("finance", [(run.key("mint"), token, mint)], gas=400_000)
    acts: list[tuple[str, bytes, Call]] = [
        (run.key("approve"), token, deposit_token.Approve(hub, amount)),
        (run.key("deposit"), hub, settlement.Deposit(agreement.id, amount)),
    ]
    desk.do("supplier", acts, gas=400_000)
    return amount


def escrow_of(desk: Desk, hub: bytes, agreement: Agreement) -> Fen:
    """The agreement's escrow at the newest final block, in fen."""
    call = settlement.AgreementOf(agreement.id).calldata()
    answer = desk.connection.execution.call(hub, call, final_height(desk.connection))
    return Fen(settlement.decode_agreement_of(answer).escrow_fen)


def token_balance(desk: Desk, token: bytes, label: str) -> Fen:
    """Tokens of an account at the newest final block, in fen."""
    call = deposit_token.BalanceOf(desk.address(label)).calldata()
    answer = desk.connection.execution.call(token, call, final_height(desk.connection))
    return Fen(deposit_token.decode_balance_of(answer))
