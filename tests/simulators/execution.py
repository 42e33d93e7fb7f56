"""An execution engine in miniature: state, receipts and transactions in tries of their own, real headers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from liveledger.chain.rpc.records import AccountProof, Log, Receipt, SlotProof
from tests.simulators.tries import Trie, keccak, rlp

BLOOM = bytes(256)


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8)


@dataclass
class Contract:
    """Code and storage of one account."""

    code: bytes
    storage: dict[bytes, int] = field(default_factory=dict)

    def trie(self) -> Trie:
        return Trie({keccak(slot): rlp(number(value)) for slot, value in self.storage.items() if value})


@dataclass(frozen=True)
class Sent:
    """A transaction with its outcome."""

    raw: bytes
    logs: tuple[tuple[bytes, tuple[bytes, ...], bytes], ...] = ()
    status: int = 1

    def receipt(self) -> bytes:
        logs = [[address, list(topics), data] for address, topics, data in self.logs]
        return self.raw[:1] + rlp([number(self.status), number(21_000), BLOOM, logs])


@dataclass(frozen=True)
class Block:
    header: bytes
    state: dict[bytes, Contract]
    sent: tuple[Sent, ...]


class SimulatedExecution:
    """Implements ``ExecutionPort``."""

    def __init__(self) -> None:
        self.state: dict[bytes, Contract] = {}
        self.blocks: list[Block | None] = []
        self._tries: dict[tuple[int, bytes], Trie] = {}

    def _known(self, block: int, address: bytes) -> Trie:
        """Trie of a contract's storage at a block, of all accounts for no address; built once."""
        if (block, address) not in self._tries:
            state = self.at(block).state
            self._tries[block, address] = state[address].trie() if address else self._accounts(state)
        return self._tries[block, address]

    def seal(self, sent: Sequence[Sent], time: int) -> bytes:
        """Closes the next block; gives its hash."""
        receipts = _entries([entry.receipt() for entry in sent]).root()
        fields: list[Any] = [keccak(b"parent"), keccak(b"uncles"), bytes(20), self._accounts(self.state).root()]
        fields += [_entries([entry.raw for entry in sent]).root(), receipts, BLOOM, b""]
        fields += [number(len(self.blocks)), number(400_000_000), number(21_000), number(time), b"liveledger"]
        fields += [bytes(32), bytes(8), number(7), Trie({}).root(), b"", b"", bytes(32), keccak(b"requests")]
        made = Block(rlp(fields), copy.deepcopy(self.state), tuple(sent))
        self.blocks.append(made)
        return keccak(made.header)

    @staticmethod
    def _accounts(state: dict[bytes, Contract]) -> Trie:
        return Trie(
            {
                keccak(address): rlp([number(1), b"", contract.trie().root(), keccak(contract.code)])
                for address, contract in state.items()
            }
        )

    def leap(self, number: int) -> None:
        """Makes ``number`` the next block's number, as if those between had been made; nobody may ask for them."""
        self.blocks += [None] * (number - len(self.blocks))

    def at(self, number: int) -> Block:
        """A block that was made."""
        found = self.blocks[number]
        assert found is not None, f"block {number} was leapt over"
        return found

    def block_number(self) -> int:
        return len(self.blocks) - 1

    def header_rlp(self, number: int) -> bytes:
        return self.at(number).header

    def raw_receipts(self, number: int) -> list[bytes]:
        return [entry.receipt() for entry in self.at(number).sent]

    def raw_transactions(self, number: int) -> list[bytes]:
        return [entry.raw for entry in self.at(number).sent]

    def code(self, address: bytes, block: int) -> bytes:
        contract = self.at(block).state.get(address)
        return contract.code if contract else b""

    def storage(self, address: bytes, slot: bytes, block: int) -> int:
        contract = self.at(block).state.get(address)
        return contract.storage.get(slot, 0) if contract else 0

    def proof(self, address: bytes, slots: Sequence[bytes], block: int) -> AccountProof:
        state = self.at(block).state
        contract = state.get(address, Contract(b""))
        trie = self._known(block, address) if address in state else Trie({})
        found = [
            SlotProof(slot, contract.storage.get(slot, 0), trie.prove(keccak(slot)) if address in state else [])
            for slot in slots
        ]
        nodes = self._known(block, b"").prove(keccak(address))
        return AccountProof(address, 0, 1, keccak(contract.code), trie.root(), nodes, found)

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        made = [(number, block) for number, block in enumerate(self.blocks) if block is not None]
        for block_number, block in made:
            for index, entry in enumerate(block.sent):
                if keccak(entry.raw) == tx_hash:
                    digest = keccak(block.header)
                    return Receipt(tx_hash, index, block_number, digest, bytes(20), entry.status, 21_000, None, ())
        return None

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[Log]:
        found = []
        for block_number in range(first, min(last, self.block_number()) + 1):
            block = self.at(block_number)
            for tx_index, entry in enumerate(block.sent):
                for log_index, (address, topics, data) in enumerate(entry.logs):
                    if address in addresses and entry.status:
                        place = (block_number, keccak(block.header), keccak(entry.raw), tx_index, log_index)
                        found.append(Log(address, topics, data, *place))
        return found


def _entries(values: list[bytes]) -> Trie:
    return Trie({rlp(number(index)): value for index, value in enumerate(values)})
