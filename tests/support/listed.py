"""A node's Directory made of words: what it lists, by name and version, at a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import cast

from liveledger.bindings import codec, directory
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.bindings.genesis import CONTRACTS
from liveledger.chain.contracts.manifest import DEPLOYED_CONTRACTS
from liveledger.chain.contracts.registry import name_word
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.nodes import CometRpc, ExecutionRpc
from liveledger.chain.rpc.records import Log
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.verifier import layout

ACTIVE, FROZEN = 1, 2


@dataclass
class ListedDirectory:
    """Implements what a survey asks of ``ExecutionRpc``; ``asked`` are the blocks whose words were read."""

    words: dict[bytes, int] = field(default_factory=dict)
    logs_kept: list[Log] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    logs_asked: int = 0
    away: bool = False

    def list_all(self, modules: Sequence[ModuleType] = DEPLOYED_CONTRACTS, block: int = 3) -> None:
        """Lists the contracts of these bindings, one in a block."""
        for number, module in enumerate(modules):
            self.enter(module.NAME, module.VERSION, module.CODE_HASH, block + number)

    def enter(self, name: str, version: int, code_hash: bytes, block: int, *, state: int = ACTIVE) -> bytes:
        """Lists a version that is active from ``block`` on, which is when it is listed; gives its address."""
        address = (name + str(version)).encode().rjust(20, b"\x01")[-20:]
        self.words[layout.versions_slot(name)] = version
        first, second = layout.entry_slots(name, version)
        self.words[first] = int.from_bytes(address) | block << 160 | state << 224
        self.words[second] = int.from_bytes(code_hash)
        indexed = (name_word(name), version.to_bytes(32), address.rjust(32, b"\0"))
        topics = (directory.ContractRegisteredEvent.TOPIC, *indexed)
        data = codec.encode(("bytes32", "uint64", "uint32"), (code_hash, block, 0))
        self.logs_kept.append(Log(DIRECTORY_ADDRESS, topics, data, block, bytes(32), bytes(32), 0, 0))
        return address

    def storage_many(self, address: bytes, slots: Sequence[bytes], block: int) -> list[int]:
        """Words of the Directory; what others hold is nothing."""
        if address != DIRECTORY_ADDRESS:
            return [0] * len(slots)
        if self.away:
            raise NodeUnreachable("away")
        self.asked.append(block)
        return [self.words.get(slot, 0) for slot in slots]

    def storage(self, _address: bytes, _slot: bytes, _block: int) -> int:
        """No StockLedger took over from another."""
        return 0

    def logs(self, first: int, last: int, _addresses: Sequence[bytes], topics: Sequence[bytes] = ()) -> list[Log]:
        """What it listed in these blocks."""
        self.logs_asked += 1
        return [log for log in self.logs_kept if first <= log.block_number <= last and log.topics[0] in topics]

    def batch(self, calls: Sequence[tuple[str, list[str]]]) -> list[str]:
        """The code of the contracts of genesis."""
        by_address = {hex_bytes(address): module for address, module in CONTRACTS.items()}
        return [hex_bytes(by_address[parameters[0]].RUNTIME_CODE) for _, parameters in calls]

    def connection(self, folder: Path) -> Connection:
        """A connection to it, of a ledger whose home is ``folder``."""
        return Connection(LedgerHome(folder), "listed", 77, cast(ExecutionRpc, self), cast(CometRpc, None))
