"""A whole ledger in miniature: what the contracts do to storage and events, block by block, with an index beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from liveledger.bindings import block_hashes
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    CREATOR_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
)
from liveledger.domain import block_hashes as hashes
from liveledger.domain import merkle
from liveledger.domain.event_fields import event_hash
from liveledger.domain.hashing import address_word, canonical_json, mapping_slot, uint_word
from liveledger.domain.item_keys import ItemKey
from liveledger.domain.movements import Movement, count, groups, merkle_leaves, pack
from liveledger.domain.streams import (
    Leaf,
    StreamHead,
    brand_stream,
    initial_head,
    item_stream,
    next_head,
    place_stream,
    poster_stream,
    sku_stream,
    stream_slot,
)
from liveledger.node.genesis import system_contracts
from liveledger.prover.anchors import make_anchor
from liveledger.prover.extras import PAGE_SETTLED, REPORT_SUBMITTED
from liveledger.prover.ports import BatchPlace
from liveledger.prover.prover import Prover
from liveledger.rules.accuracy import contract as accuracy
from liveledger.rules.accuracy import facts, formula, formula_2
from liveledger.verifier import TrustAnchor, layout
from liveledger.verifier.anchor import ContractPin
from liveledger.verifier.views.movement import BATCH_POSTED
from tests.simulators.consensus import GENESIS_TIME, Signer, SimulatedConsensus
from tests.simulators.execution import Contract, Sent, SimulatedExecution
from tests.simulators.tries import keccak

CHAIN_ID, EVM_CHAIN_ID = "simulated-1", 4_242
POSTER = bytes.fromhex("aa" * 20)
HISTORY_CODE = bytes.fromhex(
    next(entry["code"][2:] for address, entry in system_contracts().items() if address.endswith("2935"))
)
ADDRESSES = {name: keccak(name.encode())[12:] for name in layout.LISTED}
GENESIS = {
    layout.DIRECTORY: DIRECTORY_ADDRESS,
    layout.CONSORTIUM: CONSORTIUM_ADDRESS,
    layout.GOVERNANCE: GOVERNANCE_ADDRESS,
    layout.CREATOR: CREATOR_ADDRESS,
}
BRAND, PLACE_GLN, PLACE = 7, 6912345000015, 3
SKU = BRAND << 20 | 1
CODE = "85123A"


@dataclass
class Row:
    """A leaf with where it stands in its stream."""

    leaf: Leaf
    digest: bytes
    head_before: bytes


def address_of(name: str) -> bytes:
    """Where a contract stands."""
    return GENESIS.get(name) or ADDRESSES[name]


@dataclass
class SimulatedLedger:
    """Implements ``IndexPort`` and ``OffChain`` too. ``mine`` closes a block out of what was done since the last.

    ``filled``: whether tries hold things that nobody asks for, as those of a real ledger do; without, proofs are short.
    ``only``: the contracts that stand on the chain, all where it is None; what others do leaves no trace.
    ``ahead``: seconds by which the time was put forward.
    ``form``: of the trust anchor, and with it of the Directory: 1 is how ledgers of the first genesis keep it.
    """

    signers: list[Signer] = field(default_factory=lambda: [Signer.make(seed) for seed in range(1, 5)])
    filled: bool = True
    only: frozenset[str] | None = None
    ahead: int = 0
    form: int = 2

    def __post_init__(self) -> None:
        self.execution = SimulatedExecution()
        self.consensus = SimulatedConsensus(CHAIN_ID, self.signers)
        self.rows: dict[tuple[str, bytes], list[Row]] = {}
        self.places: dict[tuple[bytes, int, int], BatchPlace] = {}
        self.stored: dict[bytes, tuple[bytes, dict[str, Any]]] = {}
        self.batches: dict[bytes, list[tuple[int, int]]] = {}
        self.shown_members: frozenset[str] | None = None
        self.pending: list[Sent] = []
        self.absent: dict[bytes, Contract] = {}
        self.versions: dict[str, int] = {}
        # Where a StockLedger stands that replaced another one, and those before it, the newest first.
        self.stock: list[bytes] = [ADDRESSES[layout.STOCK_LEDGER]]
        state = self.execution.state
        state[DIRECTORY_ADDRESS], state[CONSORTIUM_ADDRESS] = Contract(b"directory"), Contract(b"consortium")
        state[GOVERNANCE_ADDRESS] = Contract(b"governance")
        if self.form == 2:
            state[CREATOR_ADDRESS] = Contract(b"creator")
            for name, address in GENESIS.items():
                self._list(name, 1, address)
        for address in state:
            state[address].storage.update({keccak(b"first %d" % filler): 1 + filler for filler in self._fillers(12)})
        for filler in self._fillers(14):
            state[keccak(b"member %d" % filler)[12:]] = Contract(b"")
        self.mine()

    def _fillers(self, count: int) -> range:
        return range(count if self.filled else 0)

    # --- blocks

    @property
    def now(self) -> int:
        """Time of the block that is being made."""
        return GENESIS_TIME + len(self.execution.blocks) + self.ahead

    @property
    def number(self) -> int:
        """Number of the block that is being made."""
        return len(self.execution.blocks)

    def mine(self, following: list[Signer] | None = None) -> None:
        """Closes the block, and signs the header above it."""
        time = self.now
        digest = self.execution.seal(self.pending, time)
        self.pending = []
        self.consensus.seal(digest, time + 1, following, len(self.execution.blocks))

    def leap(self, number: int) -> None:
        """The next block is ``number``, as if those between had been made, a second each."""
        self.execution.leap(number)

    def hash_of(self, number: int) -> bytes:
        """Hash of a block; of one that was leapt over, some hash."""
        made = self.execution.blocks[number] if number < len(self.execution.blocks) else None
        return keccak(made.header) if made else keccak(b"leapt %d" % number)

    def keep_hashes(self, *numbers: int) -> None:
        """EIP-2935's contract holds the hashes of these blocks, as the engine writes them."""
        kept = self.execution.state.setdefault(hashes.HISTORY_ADDRESS, Contract(HISTORY_CODE))
        kept.storage.update({hashes.history_slot(one): int.from_bytes(self.hash_of(one)) for one in numbers})

    def archive_hashes(self, *batches: int) -> None:
        """BlockHashes holds the roots of these batches."""
        contract = self.execution.state.setdefault(hashes.BLOCK_HASHES_ADDRESS, Contract(block_hashes.RUNTIME_CODE))
        for batch in batches:
            first = hashes.first_of(batch)
            made = [self.hash_of(number) for number in range(first, first + hashes.HASHES_A_BATCH)]
            contract.storage[hashes.root_slot(batch)] = int.from_bytes(hashes.batch_root(made))

    def anchor(self, height: int | None = None) -> TrustAnchor:
        made = make_anchor(self.execution, self.consensus, EVM_CHAIN_ID, height)
        if self.form == 2:
            return made
        return replace(made, form=1, contracts=self._pins(max(0, made.height - 1)))

    def _pins(self, block: int) -> dict[str, ContractPin]:
        """The pins of an anchor of form 1: contracts of genesis, and what the Directory lists after ``block``."""
        found = {
            name: ContractPin(GENESIS[name], keccak(self.execution.code(GENESIS[name], 0)), 1)
            for name in (layout.CONSORTIUM, layout.GOVERNANCE)
        }
        for name in layout.LISTED if block else ():
            first, second = layout.directory_slots(name)
            word = self.execution.storage(DIRECTORY_ADDRESS, first, block)
            if word:
                code_hash = self.execution.storage(DIRECTORY_ADDRESS, second, block).to_bytes(32)
                found[name] = ContractPin((word & (1 << 160) - 1).to_bytes(20), code_hash, word >> 160)
        return found

    def prover(self, anchor: TrustAnchor | None = None) -> Prover:
        return Prover.over(self.execution, self.consensus, self, anchor or self.anchor(0), self)

    # --- contracts

    def deploy(
        self,
        name: str,
        version: int = 1,
        code: bytes | None = None,
        address: bytes | None = None,
        since: int = 0,
    ) -> None:
        """Puts a contract on the chain and lists it: active at once, or from block ``since`` on."""
        target = address or ADDRESSES[name]
        contract = Contract(code or name.encode())
        self.versions[name] = version
        if self.only is not None and name not in self.only:
            self.absent[target] = contract
            return
        self.execution.state[target] = contract
        for filler in self._fillers(20):
            contract.storage[keccak(b"slot %d" % filler)] = filler + 1
        self._list(name, version, target, since)

    def succeed(self, version: int, address: bytes) -> None:
        """The StockLedger is replaced by one that has not touched a word yet (an anchor of form 2)."""
        before = self.execution.state[DIRECTORY_ADDRESS].storage[layout.versions_slot(layout.STOCK_LEDGER)]
        self.deploy(layout.STOCK_LEDGER, version, b"next", address)
        word = int.from_bytes(self.stock[0]) | before << 160
        self.execution.state[address].storage[layout.predecessor_slot()] = word
        self.stock.insert(0, address)

    def _address(self, name: str) -> bytes:
        return self.stock[0] if name == layout.STOCK_LEDGER else address_of(name)

    def _inherited(self, name: str, slot: bytes) -> int:
        """The word that stands at a slot, in this contract or the ones before it."""
        if name != layout.STOCK_LEDGER or len(self.stock) == 1:
            return self.storage(name).get(slot, 0)
        words = (self.execution.state[address].storage.get(slot, 0) for address in self.stock)
        return next((word for word in words if word), 0)

    def _list(self, name: str, version: int, target: bytes, since: int = 0) -> None:
        """The words of a contract in the Directory: the active one from block ``since`` on, 0: at once."""
        directory = self.execution.state[DIRECTORY_ADDRESS].storage
        code_hash = int.from_bytes(keccak(self.execution.state[target].code))
        if self.form == 1:
            first, second = layout.directory_slots(name)
            directory.update({first: int.from_bytes(target) | version << 160, second: code_hash})
            return
        first, second = layout.entry_slots(name, version)
        directory.update({first: int.from_bytes(target) | since << 160 | 1 << 224, second: code_hash})
        active = directory.get(layout.versions_slot(name), 0) & (1 << 64) - 1
        directory[layout.versions_slot(name)] = active | version << 64 | since << 128 if since else version

    def storage(self, name: str) -> dict[bytes, int]:
        address = self._address(name)
        return (self.absent.get(address) or self.execution.state[address]).storage

    def register_place(self, gln: int = PLACE_GLN, place: int = PLACE) -> None:
        self.storage(layout.CONSORTIUM)[mapping_slot(uint_word(gln), 5)] = place

    def register_sku(self, code: str = CODE, sku: int = SKU) -> None:
        key = keccak(uint_word(sku >> 20) + uint_word(64) + uint_word(len(code)) + code.encode().ljust(32, b"\x00"))
        self.storage(layout.STOCK_LEDGER)[mapping_slot(key, 2)] = sku
        self.storage(layout.STOCK_LEDGER)[mapping_slot(uint_word(sku), 3)] = 1 << 255

    def register_lot(self, code: str, lot: int, sku: int = SKU) -> None:
        key = keccak(uint_word(sku) + uint_word(64) + uint_word(len(code)) + code.encode().ljust(32, b"\x00"))
        storage = self.storage(layout.STOCK_LEDGER)
        storage[mapping_slot(key, 6)] = lot
        storage[mapping_slot(uint_word(sku), 3)] = 1 << 255 | lot << 72

    def set_balance(self, lanes: Sequence[int], sku: int = SKU, place: int = PLACE, lot: int = 0) -> None:
        word = sum(value << 64 * lane for lane, value in enumerate(lanes))
        if not word and len(self.stock) > 1:
            word = layout.EMPTY_WORD
        self.storage(layout.STOCK_LEDGER)[mapping_slot(uint_word((sku << 16 | lot) << 16 | place), 0)] = word

    def append(self, name: str, stream_id: bytes, n: int, payload: bytes) -> int:
        """Appends a leaf; gives its first index."""
        rows = self.rows.setdefault((name, stream_id), [])
        storage, slot = self.storage(name), stream_slot(stream_id)
        word = StreamHead.from_word(self._inherited(name, slot))
        before = word or StreamHead(initial_head(EVM_CHAIN_ID, self._address(name), stream_id), 0)
        leaf = Leaf(before.count, n, self.number, self.now, POSTER, payload)
        rows.append(Row(leaf, leaf.hash(stream_id), before.head))
        storage[slot] = StreamHead(next_head(before.head, rows[-1].digest), before.count + n).word()
        return before.count

    def rewind(self, name: str, stream_id: bytes) -> None:
        """Sets a stream's word to what its rows lead to, where rows were taken away."""
        rows, slot = self.rows.get((name, stream_id), []), stream_slot(stream_id)
        head = StreamHead(next_head(rows[-1].head_before, rows[-1].digest), rows[-1].leaf.first_index + rows[-1].leaf.n)
        self.storage(name)[slot] = head.word()

    def send(self, *logs: tuple[bytes, tuple[bytes, ...], bytes], status: int = 1) -> bytes:
        """A transaction of type 2 with these logs; gives its hash."""
        raw = b"\x02" + keccak(b"%d %d" % (self.number, len(self.pending)))
        self.pending.append(Sent(raw, logs, status))
        return keccak(raw)

    def post(self, movements: Sequence[Movement], lane: int = 0) -> bytes:
        """A batch, as StockLedger.post does it; gives the transaction's hash."""
        records, stream = pack(movements), poster_stream(POSTER, lane)
        root = merkle.root([merkle.leaf_hash(data) for data in merkle_leaves(records)])
        documents = keccak(b"documents")
        for sku, payload in groups(records):
            self.append(layout.STOCK_LEDGER, sku_stream(sku), count(payload), payload)
        payload = documents + root + uint_word(len(movements)) + keccak(records)
        sequence = self.append(layout.STOCK_LEDGER, stream, 1, payload)
        self.places[POSTER, lane, sequence] = BatchPlace(self.number, len(self.pending))
        topics = (BATCH_POSTED, address_word(POSTER), uint_word(lane), uint_word(sequence))
        data = uint_word(len(movements)) + root + documents + uint_word(128) + _bytes(records)
        return self.send((self.stock[0], topics, data))

    def capture(self, item: str, event: dict[str, Any], corrects: bytes = bytes(32), keep: bool = True) -> bytes:
        """An event of one item, as Provenance.anchor does it; gives the event's hash."""
        salt = keccak(b"salt" + self.number.to_bytes(8) + item.encode())[:16]
        digest = keccak(salt + canonical_json(event))
        self.append(layout.PROVENANCE, item_stream(item), 1, digest + corrects)
        if keep:
            self.stored[digest] = (salt, event)
        self.send()
        return digest

    def claim(self, gtin: int, *brands: int) -> None:
        """Brands that claim a GTIN, as Provenance keeps them from version 2 on."""
        word = sum(brand << 16 * place for place, brand in enumerate(brands))
        self.storage(layout.PROVENANCE)[mapping_slot(uint_word(gtin), 2)] = word

    def capture_by(
        self,
        organisation: int,
        item: str,
        event: dict[str, Any],
        *,
        owner: int | None = None,
        standing: int = 0,
        kind: int = 4,
        corrects: bytes = bytes(32),
        keep: bool = True,
    ) -> bytes:
        """An event of an item in its one form, as version 2 of Provenance lists it; gives the event's hash.

        It goes into the list of ``owner`` for the reason ``standing``, by default into the organisation's own for none.
        """
        salt = keccak(b"salt" + self.number.to_bytes(8) + organisation.to_bytes(2) + item.encode())[:16]
        digest = event_hash(salt, event)
        whose = owner or organisation
        stream_id = ItemKey.of(item).stream(whose)
        if standing == 0 and not self.rows.get((layout.PROVENANCE, stream_id)):
            self._list_other(ItemKey.of(item).digest, organisation)
        word = organisation | kind << 16 | whose << 24 | standing << 40
        self.append(layout.PROVENANCE, stream_id, 1, digest + corrects + uint_word(word))
        if keep:
            self.stored[digest] = (salt, event)
        self.send()
        return digest

    def _list_other(self, item: bytes, organisation: int) -> None:
        storage, index = self.storage(layout.PROVENANCE), 0
        while True:
            slot = mapping_slot(uint_word(index), mapping_slot(item, 3))
            word = storage.get(slot, 0)
            for place in range(16):
                if not word >> 16 * place & 0xFFFF:
                    storage[slot] = word | organisation << 16 * place
                    return
            index += 1

    def report(self, feed: bytes, payload: bytes) -> int:
        """A report, as ReportHub.submit does it; gives its sequence number."""
        rows = self.rows.get((layout.REPORT_HUB, feed), [])
        config, digest = keccak(b"config"), keccak(payload)
        sequence = len(rows)
        leaf = config + uint_word(sequence) + digest + uint_word(self.now - 5)
        self.append(layout.REPORT_HUB, feed, 1, leaf)
        topics = (REPORT_SUBMITTED, feed, uint_word(sequence), address_word(POSTER))
        data = config + digest + uint_word(self.now - 5) + uint_word(128) + _bytes(payload)
        self.send((ADDRESSES[layout.REPORT_HUB], topics, data))
        return sequence

    def agree(self, agreement: bytes, brand_bps: int, terms_hash: bytes) -> None:
        first, second = layout.agreement_slots(agreement)
        storage = self.storage(layout.SETTLEMENT)
        storage[first] = BRAND | 9 << 16 | 11 << 32 | brand_bps << 48 | (self.now + 10_000) << 64
        storage[second] = int.from_bytes(terms_hash)

    def report_capital(self, words: Sequence[int], payload: bytes, n: int = 1) -> None:
        """A report on the brand's capital, as StockHealth.report does it: its words, three or four, and its leaf."""
        slots = (*layout.capital_slots(BRAND), layout.capital_sides_slot(BRAND))
        self.storage(layout.STOCK_HEALTH).update(zip(slots, words, strict=False))
        self.append(layout.STOCK_HEALTH, brand_stream(BRAND), n, payload)

    def compare(self, bps: int, *, audited: bool = False, ago: int = 10, goods: tuple[int, int] = (40, 10_000)) -> None:
        """A comparison of the place with this deviation, taken ``ago`` seconds before, as Accuracy.record does it.

        ``goods``: SKUs compared, one of which differs, and units that the ledger had.
        """
        storage, (skus, units) = self.storage(layout.ACCURACY), goods
        slot, finding_slot = layout.place_accuracy_slot(PLACE), layout.place_finding_slot(PLACE)
        before = facts.PlaceAccuracy.from_word(storage.get(slot, 0))
        finding = formula.Finding.from_word(storage.get(finding_slot, 0))
        differing, root = units * bps // 10_000, bytes([before.count % 256]) * 32
        figures = (skus, skus - 1, units, units + differing, differing)
        found = facts.Comparison(PLACE, self.now - ago, self.number - 1, *figures, root)
        version = self.versions.get(layout.ACCURACY, 1)
        flag_of = formula.flag_of if version >= 3 else formula_2.flag_of
        after, raised = accuracy.next_place(
            before,
            finding,
            found,
            audited=audited,
            block_time=self.now,
            flag_of=flag_of,
        )
        words = found.encode() + uint_word(9) + uint_word(audited) + uint_word(after.word())
        if version >= 2:
            words += uint_word(raised.word())
            storage[finding_slot] = raised.word()
        self.append(layout.ACCURACY, place_stream(PLACE), 1, words)
        storage[slot] = after.word()

    def settle_page(self, session: bytes, page: int, inputs: bytes) -> None:
        topics = (PAGE_SETTLED, session, uint_word(page))
        self.send((ADDRESSES[layout.SETTLEMENT], topics, uint_word(32) + _bytes(inputs)))

    # --- the index and what is kept beside the ledger

    def height(self) -> int:
        return self.execution.block_number()

    def leaves(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[Leaf]:
        leaves = [row.leaf for row in self.rows.get((contract, stream_id), [])]
        return [leaf for leaf in leaves if leaf.first_index + leaf.n > first and leaf.first_index < last]

    def leaf_hashes(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[bytes]:
        rows = self.rows.get((contract, stream_id), [])
        return [row.digest for row in rows if first <= row.leaf.first_index < last]

    def leaf_block(self, contract: str, stream_id: bytes, first: int, offset: int) -> int | None:
        rows = [row.leaf for row in self.rows.get((contract, stream_id), []) if row.leaf.first_index >= first]
        return rows[offset].block_number if offset < len(rows) else None

    def head_before(self, contract: str, stream_id: bytes, first: int) -> bytes:
        return next(row.head_before for row in self.rows[contract, stream_id] if row.leaf.first_index == first)

    def block_hashes(self, first: int, end: int) -> Sequence[bytes]:
        return [self.hash_of(number) for number in range(max(1, first), end)]

    def set_changes(self, after: int, before: int) -> Sequence[int]:
        return [height for height in self.consensus.changes if after < height < before]

    def batch(self, poster: bytes, lane: int, sequence: int) -> BatchPlace | None:
        return self.places.get((poster, lane, sequence))

    def document(self, event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        return self.stored.get(event_hash)

    def disclosed(self, event_hash: bytes) -> tuple[bytes, dict[str, Any], frozenset[str] | None] | None:
        found = self.document(event_hash)
        return None if found is None else (*found, self.shown_members)

    def readings(self, readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        return self.batches.get(readings_root)


def _bytes(data: bytes) -> bytes:
    """The tail of an ABI-encoded ``bytes``."""
    return uint_word(len(data)) + data + bytes(-len(data) % 32)
