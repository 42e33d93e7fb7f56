"""An execution engine that answers what a test tells it to: late, wrong, or not at all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from liveledger.bindings import codec, consortium, directory, validators
from liveledger.bindings.constants import (
    ALLOWANCES_ADDRESS,
    CONSORTIUM_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
    VALIDATORS_ADDRESS,
)
from liveledger.bindings.genesis import CONTRACTS, listing
from liveledger.consensus.application import Application
from liveledger.consensus.block_rules import EXTRA_DATA, GAS_LIMIT, Head
from liveledger.consensus.block_source import PayloadAttributes
from liveledger.consensus.chain_rules import ChainRules
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineUnavailable, PayloadStatus
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.payload import ExecutionPayload
from liveledger.consensus.peers import Peer, PeerBook, PeerGate
from liveledger.consensus.pool.book import Book, Senders
from liveledger.consensus.pool.judging import ProposalJudge
from liveledger.consensus.pool.keeper import PoolKeeper
from liveledger.consensus.pool.state import StateReader
from liveledger.consensus.validators import ValidatorRegistry
from liveledger.consensus.verdicts import Verdicts
from liveledger.domain.hashing import address_word, mapping_slot, uint_word
from tests.unit.consensus.test_payload import example

T = TypeVar("T")
GENESIS = Head(0, b"\xaa" * 32, 1_000)
KEY = b"\x01" * 32
OTHER_KEY = b"\x02" * 32
PEER = "ab" * 20
RULES = ChainRules("liveledger-test", 77, GENESIS.hash, CONSORTIUM_ADDRESS, ((KEY, 10), (OTHER_KEY, 10)))


class SetClock(Clock):
    """A clock that stands until it is waited for."""

    def __init__(self, now: float) -> None:
        self.time = now
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    async def reach(self, timestamp: int, limit: float = 2.0) -> float:
        wait = min(max(0.0, timestamp - self.time), limit)
        self.waits.append(wait)
        self.time += wait
        return wait


class ScriptedEngine:
    """Holds a chain of heads. `statuses` are the next answers to newPayload and forkchoice; VALID when empty."""

    def __init__(self) -> None:
        self.chain = [GENESIS]
        self.known: dict[bytes, Head] = {GENESIS.hash: GENESIS}
        self.statuses: deque[PayloadStatus | Exception] = deque()
        self.words: dict[bytes, int] = {}
        self.validators = VALIDATORS_ADDRESS
        rows = listing(validators.NAME, 1, VALIDATORS_ADDRESS, validators.CODE_HASH)
        self.directory = {slot: int.from_bytes(word) for slot, word in rows.items()}
        self.consortium: dict[bytes, int] = {}
        self.governance: dict[bytes, int] = {}
        self.nodes: list[tuple[bytes, validators.Node]] = []
        self.inactive: set[int] = set()
        self.nonces: dict[bytes, int] = {}
        self.balances: dict[bytes, int] = {}
        # What was ever listed besides the contracts of genesis, and what of all that was retired.
        self.listed: list[bytes] = []
        self.retired: set[bytes] = set()
        self.away = False
        self.stuck_head = False
        self.calls: list[str] = []
        self.set_validators({KEY: 10, OTHER_KEY: 10})

    def set_validators(self, powers: dict[bytes, int]) -> None:
        self.words[uint_word(0)] = len(powers) | sum(powers.values()) << 16
        self.words |= {mapping_slot(key, 1): power for key, power in powers.items()}

    def member(self, account: bytes, organisation: int, status: int = 1, organisation_status: int = 1) -> None:
        """Makes ``account`` one of an organisation's, with money for gas."""
        self.consortium[mapping_slot(address_word(account), 3)] = organisation | status << 16
        self.consortium[mapping_slot(uint_word(organisation), 2)] = 1 | organisation_status << 8
        self.balances.setdefault(account, 10**12)

    def journal(self, height: int, key: bytes, power: int, replaced: bytes = bytes(32)) -> None:
        slot = mapping_slot(uint_word(height), 2)
        self.words[slot] = int.from_bytes(key)
        self.words[uint_word(int.from_bytes(slot) + 1)] = 1 << 255 | power
        self.words[uint_word(int.from_bytes(slot) + 2)] = int.from_bytes(replaced)

    def _answer(self, call: str) -> None:
        self.calls.append(call)
        if self.away:
            raise EngineUnavailable(f"{call}: away")

    def _status(self) -> PayloadStatus:
        answer = self.statuses.popleft() if self.statuses else PayloadStatus("VALID")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def head(self) -> Head:
        self._answer("head")
        return self.chain[-1]

    async def block(self, number: int) -> Head:
        self._answer("block")
        return self.chain[number]

    async def storage(self, address: bytes, slot: bytes, block_hash: bytes) -> int:
        self._answer("storage")
        assert block_hash in self.known
        if address == DIRECTORY_ADDRESS:
            return self.directory.get(slot, 0)
        assert address == self.validators
        return self.words.get(slot, 0)

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """What the pool reads. It is not noted in ``calls``: it happens in the background."""
        if self.away:
            raise EngineUnavailable("batch: away")
        return [self._one(method, params) for method, params in calls]

    def _one(self, method: str, params: Sequence[Any]) -> Any:
        if method == "eth_getBlockByHash":
            assert bytes.fromhex(params[0][2:]) in self.known
            return {"baseFeePerGas": "0x7", "gasUsed": "0x0"}
        if method == "eth_getLogs":
            return self._events()
        if method == "eth_getStorageAt" and bytes.fromhex(params[0][2:]) == DIRECTORY_ADDRESS:
            targets = {*CONTRACTS, *self.listed} - self.retired
            slots = {"0x" + mapping_slot(address_word(target), 3).hex() for target in targets}
            return "0x101" if params[1] in slots else "0x0"
        if method == "eth_getStorageAt":
            words = self.governance if bytes.fromhex(params[0][2:]) == GOVERNANCE_ADDRESS else self.consortium
            return hex(words.get(bytes.fromhex(params[1][2:]), 0))
        account = bytes.fromhex(params[0][2:])
        return hex({"eth_getTransactionCount": self.nonces, "eth_getBalance": self.balances}[method].get(account, 0))

    def _events(self) -> list[dict[str, list[str]]]:
        """As the Directory emits them; a retirement has other topics, its address is not among them."""
        registered = "0x" + directory.ContractRegisteredEvent.TOPIC.hex()
        changed = "0x" + directory.ContractStateChangedEvent.TOPIC.hex()
        made = [[registered, "0x", "0x", "0x" + address_word(target).hex()] for target in self.listed]
        return [{"topics": topics} for topics in (*made, *([[changed, "0x", "0x"]] if self.retired else []))]

    async def view(self, address: bytes, data: bytes, block_hash: bytes) -> bytes:
        self._answer("view")
        assert block_hash in self.known
        if address == CONSORTIUM_ADDRESS and data[:4] == consortium.IsActive.SELECTOR:
            return codec.encode(("bool",), (int.from_bytes(data[4:]) not in self.inactive,))
        assert (address, data) == (self.validators, validators.Nodes().calldata())
        types = ("bytes20[]", "(uint16,uint16,bytes16)[]")
        listed = [(node_id, node) for node_id, node in self.nodes if node.organisation not in self.inactive]
        return codec.encode(types, ([node_id for node_id, _ in listed], [node.abi_tuple() for _, node in listed]))

    async def set_head(self, block_hash: bytes) -> PayloadStatus:
        self._answer("set_head")
        status = self._status()
        if status.status == "VALID" and not self.stuck_head and self.known[block_hash].number == len(self.chain):
            self.chain.append(self.known[block_hash])
        return status

    async def build(self, parent: Head, attributes: PayloadAttributes) -> ExecutionPayload:
        self._answer("build")
        assert parent.hash == self.chain[-1].hash
        return self.next_payload(timestamp=attributes.timestamp, fee_recipient=attributes.fee_recipient)

    async def new_payload(self, payload: ExecutionPayload, *, timeout: float) -> PayloadStatus:
        self._answer("new_payload")
        status = self._status()
        if status.status == "VALID":
            self.known[payload.block_hash] = Head(payload.number, payload.block_hash, payload.timestamp)
        return status

    def next_payload(self, **changes: Any) -> ExecutionPayload:
        """The payload that would be right on the head."""
        parent = self.chain[-1]
        good = {
            "parent_hash": parent.hash,
            "number": parent.number + 1,
            "timestamp": parent.timestamp + 1,
            "fee_recipient": ALLOWANCES_ADDRESS,
            "gas_limit": GAS_LIMIT,
            "extra_data": EXTRA_DATA,
            "block_hash": (parent.number + 1).to_bytes(32),
        }
        return example(**good | changes)


def application(engine: Any, clock: Clock, folder: Path, suspects: set[bytes] | None = None) -> Application:
    """An application on a scripted engine; ``folder`` stands for the node's run folder."""
    founder = Peer(PEER, "127.0.0.1", 4001, KEY)
    gate = PeerGate(PeerBook(engine, ValidatorRegistry(engine), clock, [founder]))
    known = set() if suspects is None else suspects
    metrics = BridgeMetrics()
    book, senders = Book(StateReader(engine, CONSORTIUM_ADDRESS)), Senders(RULES.evm_chain_id)
    return Application(
        RULES,
        engine,
        engine,
        pool=PoolKeeper(book, senders, clock, metrics),
        judge=ProposalJudge(book, senders, metrics),
        clock=clock,
        metrics=metrics,
        peers=gate,
        address=b"\x05" * 20,
        suspects=known,
        verdicts=Verdicts(folder / "verdicts.json"),
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Carries it out, for 20 seconds at most."""
    return asyncio.run(asyncio.wait_for(work, 20))
