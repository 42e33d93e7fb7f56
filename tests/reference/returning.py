"""A brand whose goods come back, on the development chain, beside the same world as the references see it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, returns, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, OrganisationKind, Role, Status
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.domain.returns import DISPOSITIONS, Grade, ReturnAct
from liveledger.domain.streams import poster_stream, return_stream, stream_slot
from liveledger.rules import stock_state as stock
from liveledger.rules.approvals import Approval
from liveledger.rules.returns.contract import RawEntry, ReturnCall, ReturnsState, act, units_word
from liveledger.rules.stock import post
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain

LOTS = 2
DOCUMENTS = b"documents".ljust(32, b"\0")
UNKNOWN_PLACE = 60_000


def address(account: LocalAccount) -> bytes:
    """The 20 bytes of an account's address."""
    return bytes.fromhex(account.address[2:])


@dataclass
class ReturnsDesk:
    """A brand, a warehouse that it approved, a stranger's SKU; ``goods`` and ``state`` are what the references hold."""

    chain: DevChain
    stock_ledger: bytes
    contract: bytes
    brand_account: LocalAccount
    warehouse_account: LocalAccount
    clerk: LocalAccount
    brand_places: list[int]
    warehouse_places: list[int]
    suspended_place: int
    skus: list[int]
    stranger_sku: int
    registry: stock.Registry
    goods: stock.StockState
    state: ReturnsState = field(default_factory=ReturnsState)

    def own(self, account: LocalAccount) -> list[int]:
        """The places that an account's organisation operates."""
        return self.brand_places if account is self.brand_account else self.warehouse_places

    def call(self, kind: ReturnAct, entries: Sequence[RawEntry]) -> returns.Grade | returns.Close:
        """The call of ``grade`` or ``close``."""
        given = [
            returns.GradeEntry(row.sku, row.lot, row.place, row.quantity, row.grade, row.disposition) for row in entries
        ]
        return (returns.Grade if kind is ReturnAct.GRADED else returns.Close)(given, DOCUMENTS)

    def reference(
        self, account: LocalAccount, kind: ReturnAct, entries: Sequence[RawEntry], *, number: int, time: int
    ) -> ReturnsState:
        """What the reference makes of a call. Raises ReturnsRefusal."""
        block = stock.Block(number, time, EVM_CHAIN_ID, self.contract)
        return act(self.state, self.goods, self.registry, block, ReturnCall(kind, address(account), entries, DOCUMENTS))

    def act(self, account: LocalAccount, kind: ReturnAct, entries: Sequence[RawEntry]) -> dict[str, Any]:
        """Sends a call that is fine to the chain and to the reference; returns the receipt."""
        receipt = self.chain.send(account, self.contract, self.call(kind, entries))
        number, time = int(receipt["blockNumber"], 16), int(receipt["logs"][0]["blockTimestamp"], 16)
        self.state = self.reference(account, kind, entries, number=number, time=time)
        return receipt

    def move(self, account: LocalAccount, movement: Movement) -> None:
        """Posts a movement to the chain and to the reference. Raises StockRefusal before anything is sent."""
        head = self.goods.streams.get(poster_stream(address(account), 0))
        batch = stock.Batch(address(account), 0, head.count if head else 0, DOCUMENTS, pack([movement]))
        after, _ = post(self.goods, self.registry, self._stock_block(1), batch)
        call = stock_ledger.Post(0, batch.sequence, DOCUMENTS, batch.records)
        self.chain.send(account, self.stock_ledger, call)
        self.goods = after

    def words(self) -> dict[str, int]:
        """Every storage word of Returns that a call may change, as the chain has it."""
        read = {label: self.chain.storage(self.contract, slot) for label, slot in self._slots().items()}
        return {label: word for label, word in read.items() if word}

    def expected_words(self) -> dict[str, int]:
        """The same words as the reference has them."""
        words = {f"open {owner}": units_word(units) for owner, units in self.state.open.items()}
        words |= {f"graded {sku}": units_word(units) for sku, units in self.state.graded.items()}
        words |= {f"stream {stream.hex()}": head.word() for stream, head in self.state.streams.items()}
        return {label: word for label, word in words.items() if word}

    def _stock_block(self, number: int) -> stock.Block:
        return stock.Block(number, self.chain.time(), EVM_CHAIN_ID, self.stock_ledger)

    def _slots(self) -> dict[str, bytes]:
        skus = [*self.skus, self.stranger_sku]
        places = [*self.brand_places, *self.warehouse_places, self.suspended_place]
        slots = {
            f"open {(sku, lot, place)}": mapping_slot(uint_word(sku << 32 | lot << 16 | place), 0)
            for sku in skus
            for lot in range(LOTS + 1)
            for place in places
        }
        slots |= {f"graded {sku}": mapping_slot(uint_word(sku), 1) for sku in skus}
        return slots | {f"stream {return_stream(sku).hex()}": stream_slot(return_stream(sku)) for sku in skus}


def build(chain: DevChain) -> ReturnsDesk:
    """Deploys StockLedger and Returns and admits everybody."""
    ledger = chain.deploy("StockLedger", stock_ledger.CREATION_CODE, stock_ledger.VERSION)
    contract = chain.deploy("Returns", returns.CREATION_CODE, returns.VERSION)
    brand, stranger = chain.admit(OrganisationKind.BRAND), chain.admit(OrganisationKind.BRAND)
    warehouse = chain.admit(OrganisationKind.WAREHOUSE)
    brand_account = chain.account(brand, Role.POST_MOVEMENTS | Role.REGISTER_SKUS)
    stranger_account = chain.account(stranger, Role.REGISTER_SKUS)
    warehouse_account, clerk = chain.account(warehouse, Role.POST_MOVEMENTS), chain.account(brand, 0)
    operators = [brand, brand, warehouse, brand]
    places = [chain.place(operator) for operator in operators]
    chain.send(chain.administrator, CONSORTIUM_ADDRESS, consortium.ApproveOperator(brand, warehouse, True))
    chain.send(chain.administrator, CONSORTIUM_ADDRESS, consortium.SetPlace(places[3], brand, Status.SUSPENDED))
    chain.send(brand_account, ledger, stock_ledger.RegisterSkus(["A", "B", "C"], [0] * 3, [1] * 3))
    chain.send(stranger_account, ledger, stock_ledger.RegisterSkus(["A"], [0], [1]))
    skus = [brand << 20 | serial for serial in (1, 2, 3)]
    for sku in skus:
        chain.send(brand_account, ledger, stock_ledger.RegisterLots(sku, ["L1", "L2"], [0, 0]))
    registry = stock.Registry(
        accounts={
            address(brand_account): stock.Account(brand),
            address(warehouse_account): stock.Account(warehouse),
            address(clerk): stock.Account(brand, roles=0),
        },
        places={place: stock.Place(operator) for place, operator in zip(places, operators, strict=True)}
        | {places[3]: stock.Place(brand, Status.SUSPENDED)},
        approvals={(brand, warehouse): Approval()},
        organisations=dict.fromkeys((brand, warehouse, stranger), Status.ACTIVE),
    )
    stranger_sku = stranger << 20 | 1
    state = stock.StockState(skus=dict.fromkeys(skus, LOTS) | {stranger_sku: 0})
    return ReturnsDesk(
        chain, ledger, contract, brand_account, warehouse_account, clerk,
        places[:2], places[2:3], places[3], skus, stranger_sku, registry, state,
    )  # fmt: skip


def random_entry(desk: ReturnsDesk, chance: random.Random, own: list[int], kind: ReturnAct) -> RawEntry:
    """An entry of good form, mostly for goods that are there: held ones to grade, open ones to close."""
    grade = chance.choice(list(Grade))
    owners = [owner for owner, lanes in desk.goods.balances.items() if lanes[3] and owner[2] in own]
    sku, lot, place = chance.choice(desk.skus), chance.randint(0, LOTS), chance.choice(own)
    quantity = chance.randint(1, 30)
    opened = [
        (owner, letter)
        for owner, units in desk.state.open.items()
        for letter in Grade
        if units[letter - 1] and owner[2] in own
    ]
    if kind is ReturnAct.GRADED and owners and chance.random() < 0.9:
        sku, lot, place = chance.choice(owners)
    elif opened and chance.random() < 0.9:
        (sku, lot, place), grade = chance.choice(opened)
        quantity = chance.randint(1, desk.state.open[sku, lot, place][grade - 1])
    return RawEntry(sku, lot, place, quantity, grade, DISPOSITIONS[grade])


def random_movement(desk: ReturnsDesk, chance: random.Random, own: list[int]) -> Movement:
    """A movement into, or out of, the lane of held goods."""
    kind = chance.choice([Kind.RETURN] * 4 + [Kind.RECEIVE, Kind.HOLD, Kind.RESTOCK, Kind.SCRAP, Kind.SEND_BACK])
    rule, place = stock.RULES[kind], chance.choice(own)
    source, target = (0 if rule.takes is None else place), (0 if rule.gives is None else place)
    quantity = chance.randint(20, 60) if kind is Kind.RETURN else chance.randint(1, 20)
    lot = chance.randint(0, LOTS)
    return Movement(chance.choice(desk.skus), kind, source, target, quantity, desk.chain.time(), lot)
