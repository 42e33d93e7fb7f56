"""A chain in miniature: what contracts do to storage, streams and events, block by block."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from liveledger.bindings import block_hashes
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    CREATOR_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
)
from liveledger.domain import block_hashes as hashes
from liveledger.domain.streams import (
    Leaf,
    StreamHead,
    initial_head,
    next_head,
    stream_slot,
)
from liveledger.node.genesis import system_contracts
from liveledger.prover.anchors import make_anchor
from liveledger.verifier import TrustAnchor, layout
from liveledger.verifier.anchor import ContractPin
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
class SimulatedChain:
    """Blocks, contracts, and their words and streams. ``mine`` closes a block out of what was done since the last.

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
