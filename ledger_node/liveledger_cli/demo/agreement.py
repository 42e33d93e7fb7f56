"""The agreement: terms of 200 products, signed by brand and supplier, and the supplier's money in escrow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from liveledger.bindings import deposit_token, settlement
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import keccak
from liveledger.domain.money import WHOLE_BPS, Fen
from liveledger.domain.payloads import TermRow, page_hashes, terms_hash, terms_pages
from liveledger.domain.typed_data import AgreementMessage, digest, sign
from liveledger_cli.demo.desk import Call, Desk
from liveledger_cli.demo.prepare import Item
from liveledger_cli.demo.settings import DemoSettings
from liveledger_cli.demo.state import DemoState, Run
from liveledger_cli.demo.world import MINTERS, World

VALID_SECONDS = 365 * 24 * 3600
SIGNING_SECONDS = 30 * 24 * 3600
REGISTER_GAS = 1_500_000
TOKEN_GAS = 400_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """A registered agreement: its id (32 bytes), its pages of terms, the organisation that forecasts."""

    id: bytes
    pages: tuple[bytes, ...]
    forecaster: int

    @property
    def page_hashes(self) -> tuple[bytes, ...]:
        """Hashes of the pages, as a session names them."""
        return page_hashes(self.pages)


class Parties:
    """Brand, supplier and the issuer of deposits: what they sign and pay in one run."""

    def __init__(self, desk: Desk, state: DemoState, settings: DemoSettings, contracts: tuple[bytes, bytes]) -> None:
        """``contracts`` are the addresses of DepositToken and Settlement."""
        self._desk, self._state, self._settings = desk, state, settings
        self._token, self._hub = contracts

    def agree(self, run: Run, world: World, items: Sequence[Item]) -> Agreement:
        """Both sign the run's terms; each run has an agreement of its own, so that its settlement stands alone."""
        rows = sorted((TermRow(world.skus[item.code], item.unit_cost) for item in items), key=lambda row: row.sku)
        pages = tuple(terms_pages(rows))
        brand, supplier = world.brand, world.organisations["supplier"]
        plan = self._state.plan(run, "agreement", lambda: self._new_plan(brand, supplier))
        # The inspector forecasts: it owns the feed that the demo's oracle opens.
        parties = brand, supplier, world.organisations["inspector"]
        message = AgreementMessage(*parties, self._settings.brand_share, terms_hash(page_hashes(pages)), **plan)
        chain_id = self._desk.connection.evm_chain_id
        signatures = [
            sign(message, self._desk.account(who), chain_id=chain_id, contract=self._hub)
            for who in ("brand", "supplier")
        ]
        call = settlement.Register(settlement.Agreement(*astuple(message)), *signatures)
        self._desk.send("supplier", [(run.key("agreement"), self._hub, call)], gas=REGISTER_GAS)
        return Agreement(digest(message, chain_id=chain_id, contract=self._hub), pages, message.forecaster)

    def fund(self, run: Run, agreement: Agreement, items: Sequence[Item]) -> None:
        """The issuer mints what the supplier paid in, the supplier deposits it: its share of any possible outcome."""
        # The loss cannot exceed all goods ordered; the supplier's share of it is rounded up to the next fen.
        most = sum(item.ordered * item.unit_cost for item in items)
        amount = -(-most * (WHOLE_BPS - self._settings.brand_share) // WHOLE_BPS)
        receipt = keccak(run.key("receipt", agreement.id.hex()).encode())
        mint = deposit_token.Mint(self._desk.address("supplier"), amount, receipt)
        for label in MINTERS:
            self._desk.do(label, [(run.key("mint", label), self._token, mint)], gas=TOKEN_GAS)
        acts: list[tuple[str, bytes, Call]] = [
            (run.key("approve"), self._token, deposit_token.Approve(self._hub, amount)),
            (run.key("deposit"), self._hub, settlement.Deposit(agreement.id, amount)),
        ]
        self._desk.outcomes("supplier", [run.key("agreement"), *self._desk.send("supplier", acts, gas=TOKEN_GAS)])

    def withdraw(self, run: Run, agreement: Agreement) -> Fen:
        """After the settlement the supplier takes back what it did not owe. Returns it in fen."""
        rest = int(self._state.plan(run, "withdraw", lambda: {"fen": self.escrow(agreement)})["fen"])
        if rest:
            call = settlement.Withdraw(agreement.id, rest)
            self._desk.do("supplier", [(run.key("withdraw"), self._hub, call)], gas=TOKEN_GAS)
        return Fen(rest)

    def escrow(self, agreement: Agreement) -> Fen:
        """The agreement's escrow at the newest final block, in fen."""
        answer = self._read(self._hub, settlement.AgreementOf(agreement.id))
        return Fen(settlement.decode_agreement_of(answer).escrow_fen)

    def balance(self, label: str) -> Fen:
        """Tokens of an account at the newest final block, in fen."""
        answer = self._read(self._token, deposit_token.BalanceOf(self._desk.address(label)))
        return Fen(deposit_token.decode_balance_of(answer))

    def _new_plan(self, brand: int, supplier: int) -> dict[str, Any]:
        now = int(time.time())
        nonce = settlement.decode_nonce_of(self._read(self._hub, settlement.NonceOf(brand, supplier)))
        return {"valid_until": now + VALID_SECONDS, "nonce": nonce, "deadline": now + SIGNING_SECONDS}

    def _read(self, contract: bytes, call: Call) -> bytes:
        connection = self._desk.connection
        return connection.execution.call(contract, call.calldata(), final_height(connection))
