"""A ledger that is ready to trade: contracts deployed, a brand with an account, places and SKUs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.contracts.ledger import Ledger, open_ledger
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.movements import Kind, Movement
from liveledger.node.geth import ARCHIVE
from liveledger.services.deployment import ADMINISTRATOR, deploy
from liveledger.services.members import OrganisationDraft, Registrar, SkuDraft
from tests.support.network import RunningNetwork, running_network

BRAND_GLN = 6901234567892
PLACE_GLN = 6901234560000
SKUS = 40
ROLES = Role.POST_MOVEMENTS | Role.CAPTURE_EVENTS | Role.REPORT | Role.SIGN_AGREEMENTS | Role.REGISTER_SKUS


@dataclass
class Trading:
    """A running ledger with one brand; ``skus`` by code, ``places`` are numbers."""

    network: RunningNetwork
    ledger: Ledger
    outbox: Outbox
    administrator: Registrar
    account: LocalAccount
    brand: int
    places: list[int]
    skus: dict[str, int]
    place_gln: int = PLACE_GLN

    def sender(self, account: LocalAccount | None = None) -> Sender:
        """A sender on the ledger's own outbox, for the brand unless another account is given."""
        return Sender(self.ledger, account or self.account, self.outbox)

    def new_skus(self, *codes: str) -> list[int]:
        """SKUs of a test's own, where others' movements would be in its way."""
        stock = self.ledger.manifest.address("StockLedger")
        found = Registrar(self.sender()).register_skus(stock, self.brand, [SkuDraft(code) for code in codes])
        return [found[code] for code in codes]

    def new_lots(self, sku: int, *codes: str) -> list[int]:
        """Lots of a SKU that has none, without expiry dates."""
        call = stock_ledger.RegisterLots(sku, list(codes), [0] * len(codes)).calldata()
        self.sender().run(f"lots:{sku}", self.ledger.manifest.address("StockLedger"), call)
        return list(range(1, len(codes) + 1))

    def poster(self, lane: int) -> Poster:
        """A poster of the brand; tests that post take a lane of their own."""
        return Poster(self.ledger, self.sender(), lane=lane)

    def receive(self, name: str, sku: int, quantity: int) -> MovementMessage:
        """Goods from outside to the first place."""
        return message(name, Movement(sku, Kind.RECEIVE, 0, self.places[0], quantity, now()))

    def sell(self, name: str, sku: int, quantity: int) -> MovementMessage:
        """Goods sold over the counter of the first place."""
        return message(name, Movement(sku, Kind.SELL, self.places[0], 0, quantity, now()))


def message(name: str, movement: Movement) -> MovementMessage:
    """A message whose document does not matter."""
    return MovementMessage(name, movement, name.encode().ljust(32, b"\0")[:32])


def now() -> int:
    """A time of the fact that no block is behind of by more than the contracts allow."""
    return int(time.time()) - 60


@contextlib.contextmanager
def trading_ledger(folder: Path, *, validators: int = 1, profile: str = ARCHIVE) -> Iterator[Trading]:
    """Starts the nodes, deploys, registers; stops all at the end."""
    with running_network(folder, validators=validators, profile=profile) as network, trading_on(network) as trading:
        yield trading


@contextlib.contextmanager
def trading_on(network: RunningNetwork, label: str = "brand", place_gln: int = PLACE_GLN) -> Iterator[Trading]:
    """The same on nodes that run already, and go on running: a folder's tests have accounts and places of their own."""
    deploy(network.home)
    ledger = open_ledger(network.home)
    outbox = open_outbox(ledger)
    try:
        yield _registered(network, ledger, outbox, label, place_gln)
    finally:
        outbox.close()
        ledger.close()


def _registered(network: RunningNetwork, ledger: Ledger, outbox: Outbox, label: str, place_gln: int) -> Trading:
    administrator = Registrar(Sender(ledger, load_account(ledger.home, ADMINISTRATOR), outbox))
    account = load_or_create_account(ledger.home, label)
    (brand,) = administrator.register_organisations([OrganisationDraft(OrganisationKind.BRAND, BRAND_GLN, bytes(32))])
    administrator.register_accounts([(account, brand, ROLES)])
    places = administrator.register_places([(brand, place_gln + number) for number in range(3)])
    registrar = Registrar(Sender(ledger, account, outbox))
    drafts = [SkuDraft(f"SKU-{number:03}") for number in range(SKUS)]
    skus = registrar.register_skus(ledger.manifest.address("StockLedger"), brand, drafts)
    return Trading(network, ledger, outbox, administrator, account, brand, places, skus, place_gln)
