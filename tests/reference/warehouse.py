"""A small trading world on the development chain, beside the same world as the reference sees it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, OrganisationKind, Role, Status
from liveledger.bindings.stock_ledger import PostAgreed
from liveledger.domain.hashing import keccak, mapping_slot, uint_word
from liveledger.domain.movements import Kind, Movement, pack, sort
from liveledger.domain.streams import poster_stream, sku_stream, stream_slot
from liveledger.domain.typed_data import AgreedBatchMessage, sign
from liveledger.rules import cuts, stock, stock_state
from liveledger.rules.approvals import Approval
from tests.support.dev_chain import EVM_CHAIN_ID, DevChain

UNKNOWN_PLACE = 60_000
NO_DOCUMENTS = bytes(32)
FULL_POSTER = Role.POST_MOVEMENTS | Role.REGISTER_SKUS | Role.SIGN_AGREEMENTS
LOTS = 2


@dataclass
class Warehouse:
    """Two brands and a platform that only the first brand approved; `state` is what the reference holds."""

    chain: DevChain
    contract: bytes
    brand: int
    stranger_brand: int
    platform: int
    brand_account: LocalAccount
    platform_account: LocalAccount
    brand_places: list[int]
    platform_places: list[int]
    suspended_place: int
    skus: list[int]
    stranger_skus: list[int]
    registry: stock_state.Registry
    state: stock_state.StockState = field(default_factory=stock_state.StockState)

    def call(self, sequence: int, records: bytes, lane: int = 0) -> stock_ledger.Post:
        """The call of `post`."""
        return stock_ledger.Post(lane, sequence, NO_DOCUMENTS, records)

    def sequence(self, account: LocalAccount, lane: int = 0) -> int:
        """The next sequence number of the account, from the reference's state."""
        head = self.state.streams.get(poster_stream(address(account), lane))
        return head.count if head else 0

    def agreed(self, account: LocalAccount, signer: LocalAccount, sequence: int, records: bytes) -> PostAgreed:
        """The call of `postAgreed` with the other party's signature."""
        deadline = self.chain.time() + 3600
        message = AgreedBatchMessage(address(account), 0, sequence, NO_DOCUMENTS, keccak(records), deadline)
        signature = sign(message, signer, chain_id=EVM_CHAIN_ID, contract=self.contract)
        return PostAgreed(0, sequence, NO_DOCUMENTS, records, deadline, signature)

    def reference(
        self,
        account: LocalAccount,
        sequence: int,
        records: bytes,
        *,
        number: int,
        time: int,
        lane: int = 0,
        signer: LocalAccount | None = None,
    ) -> tuple[stock_state.StockState, bytes]:
        """What the reference makes of a batch. Raises StockRefusal."""
        block = stock_state.Block(number, time, EVM_CHAIN_ID, self.contract)
        second = None if signer is None else address(signer)
        batch = stock_state.Batch(address(account), lane, sequence, NO_DOCUMENTS, records, second)
        return stock.post(self.state, self.registry, block, batch)

    def post(self, account: LocalAccount, movements: Sequence[Movement], signer: LocalAccount | None = None) -> bytes:
        """Posts movements that are fine to the chain and to the reference; returns the Merkle root of the event."""
        records = pack(sort(movements))
        sequence = self.sequence(account)
        call = self.agreed(account, signer, sequence, records) if signer else self.call(sequence, records)
        receipt = self.chain.send(account, self.contract, call)
        log = receipt["logs"][0]
        number, time = int(receipt["blockNumber"], 16), int(log["blockTimestamp"], 16)
        self.state, movements_root = self.reference(account, sequence, records, number=number, time=time, signer=signer)
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        event = stock_ledger.BatchPostedEvent.decode(topics, bytes.fromhex(log["data"][2:]))
        assert (event.records, event.movements_root, event.movements) == (records, movements_root, len(movements))
        return event.movements_root

    def words(self) -> dict[str, int]:
        """Every storage word that stock may change, as the chain has it."""
        read = {label: self.chain.storage(self.contract, slot) for label, slot in self.slots().items()}
        return {label: word for label, word in read.items() if word}

    def expected_words(self) -> dict[str, int]:
        """The same words as the reference has them."""
        words = {f"balance {key}": stock_state.balance_word(lanes) for key, lanes in self.state.balances.items()}
        counted = {sku for sku, _ in self.state.cuts} | self.state.counters.keys()
        words |= {f"counters {sku}": self._counters_word(sku) for sku in counted}
        alone = sorted(self.state.adjusted_alone.items(), key=lambda entry: entry[0][2])
        words |= {f"alone {(sku, party)}": day << 64 | units for (sku, party, day), units in alone}
        words |= {f"stream {stream.hex()}": head.word() for stream, head in self.state.streams.items()}
        return {label: word for label, word in words.items() if word}

    def _counters_word(self, sku: int) -> int:
        counters = self.state.counters.get(sku, stock_state.Counters())
        return counters.word(cuts.next_moment(self.state, sku))

    def slots(self) -> dict[str, bytes]:
        """Where those words stand, by their labels."""
        skus = self.skus + self.stranger_skus
        places = [*self.brand_places, *self.platform_places, self.suspended_place]
        streams = [sku_stream(sku) for sku in skus]
        streams += [poster_stream(address(account), 0) for account in (self.brand_account, self.platform_account)]
        slots = {
            f"balance {(sku, lot, place)}": mapping_slot(uint_word((sku << 16 | lot) << 16 | place), 0)
            for sku in skus
            for lot in range(LOTS + 1)
            for place in places
        }
        slots |= {
            f"alone {(sku, party)}": mapping_slot(uint_word(sku << 16 | party), 7)
            for sku in skus
            for party in (self.brand, self.platform)
        }
        slots |= {f"counters {sku}": mapping_slot(uint_word(sku), 1) for sku in skus}
        return slots | {f"stream {stream.hex()}": stream_slot(stream) for stream in streams}


def address(account: LocalAccount) -> bytes:
    """The 20 bytes of an account's address."""
    return bytes.fromhex(account.address[2:])


def build(chain: DevChain) -> Warehouse:
    """Deploys a StockLedger and admits everybody."""
    contract = chain.deploy("StockLedger", stock_ledger.CREATION_CODE, stock_ledger.VERSION)
    brand, stranger = chain.admit(OrganisationKind.BRAND), chain.admit(OrganisationKind.BRAND)
    platform = chain.admit(OrganisationKind.PLATFORM)
    accounts = [chain.account(organisation, FULL_POSTER) for organisation in (brand, stranger, platform)]
    places = [chain.place(operator) for operator in (brand, brand, platform, platform, brand)]
    administrator = chain.administrator
    chain.send(administrator, CONSORTIUM_ADDRESS, consortium.ApproveOperator(brand, platform, True))
    chain.send(administrator, CONSORTIUM_ADDRESS, consortium.SetPlace(places[4], brand, Status.SUSPENDED))
    chain.send(accounts[0], contract, stock_ledger.RegisterSkus(["A", "B", "C", "D"], [0] * 4, [1] * 4))
    chain.send(accounts[1], contract, stock_ledger.RegisterSkus(["A"], [0], [1]))
    skus = [brand << 20 | serial for serial in (1, 2, 3, 4)]
    for sku in skus:
        chain.send(accounts[0], contract, stock_ledger.RegisterLots(sku, ["L-1", "L-2"], [20270131, 0]))
    stranger_skus = [stranger << 20 | 1]
    operators = [brand, brand, platform, platform, brand]
    registry = stock_state.Registry(
        accounts={
            address(account): stock_state.Account(org, roles=FULL_POSTER)
            for account, org in zip(accounts, (brand, stranger, platform), strict=True)
        },
        places={place: stock_state.Place(operator) for place, operator in zip(places, operators, strict=True)}
        | {places[4]: stock_state.Place(brand, Status.SUSPENDED)},
        approvals={(brand, platform): Approval()},
        organisations=dict.fromkeys((brand, stranger, platform), Status.ACTIVE),
    )
    return Warehouse(
        chain, contract, brand, stranger, platform, accounts[0], accounts[2], places[:2], places[2:4], places[4],
        skus, stranger_skus, registry, stock_state.StockState(skus={**dict.fromkeys(skus, LOTS), stranger_skus[0]: 0}),
    )  # fmt: skip


def random_movement(warehouse: Warehouse, chance: random.Random, own: list[int], time: int) -> Movement:
    """A movement that fits its kind; whether the goods are there is another matter."""
    kind = chance.choice(list(Kind) + [Kind.RECEIVE] * 4)
    rule = stock_state.RULES[kind]
    everywhere = warehouse.brand_places + warehouse.platform_places
    source = 0 if rule.takes is None else chance.choice(own)
    target = 0 if rule.gives is None else source if rule.same_place else chance.choice(everywhere if source else own)
    if rule.both_operated:
        target = next(place for place in own if place != source)
    # Now and then an arrival at a place that the poster does not operate: that must be refused.
    if rule.to_operated and chance.random() < 0.75:
        target = chance.choice(own)
    quantity = chance.randint(40, 90) if kind == Kind.RECEIVE else chance.randint(1, 25)
    lot = chance.choice([0, 0, 1, 2])
    return Movement(chance.choice(warehouse.skus), kind, source, target, quantity, time - chance.randint(0, 1000), lot)
