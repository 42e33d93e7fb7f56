"""StockLedgers that took over from one another: which there are, and what counts as a word (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.verifier import layout

_ADDRESS_MASK = (1 << 160) - 1


@dataclass(frozen=True, slots=True)
class StockLine:
    """A ledger's StockLedgers by address (20 bytes): the active one first, behind each the one that it replaced."""

    addresses: tuple[bytes, ...]

    def words(self, execution: ExecutionRpc, slots: Sequence[bytes], block: int) -> list[int]:
        """Words at storage slots (32 bytes each) as they count after ``block``: the newest version's that wrote one."""
        found, left = [0] * len(slots), list(range(len(slots)))
        for address in self.addresses:
            if not left:
                break
            words = execution.storage_many(address, [slots[at] for at in left], block)
            for at, word in zip(left, words, strict=True):
                found[at] = 0 if word == layout.EMPTY_WORD else word
            left = [at for at, word in zip(left, words, strict=True) if not word]
        return found


def read_line(connection: Connection, newest: bytes, block: int) -> StockLine:
    """The StockLedger at the address ``newest``, and those that it took over from. Raises NodeUnreachable."""
    addresses = [newest]
    while word := connection.execution.storage(addresses[-1], layout.predecessor_slot(), block):
        addresses.append((word & _ADDRESS_MASK).to_bytes(20))
    return StockLine(tuple(addresses))
