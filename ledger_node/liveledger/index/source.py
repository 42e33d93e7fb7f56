"""Reads ranges of finalised blocks, and believes only what leads to the hashes that the validators signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.encoding import header_rlp, receipt_rlp
from liveledger.chain.rpc.records import Block, Log, data_bytes, decode_block, decode_log, items
from liveledger.chain.rpc.records import field as member
from liveledger.chain.rpc.transport import Call
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import keccak
from liveledger.domain.ordered_trie import EMPTY_ROOT, ordered_root

_BLOOM_BITS = 2_047


class BrokenChain(LiveLedgerError):
    """Blocks, receipts and consensus headers that a node gave do not belong together."""

    code = "broken-chain"


@dataclass(frozen=True, slots=True)
class Range:
    """Neighbouring blocks with their events in order; ``times`` are Unix seconds by height."""

    blocks: list[Block]
    logs: list[Log]
    set_changes: frozenset[int]
    times: dict[int, int] = field(default_factory=dict)


def read_range(
    ledger: Ledger, addresses: Sequence[bytes], first: int, last: int, parent: bytes, *, sparse: bool = False
) -> Range:
    """Reads a range whose first block follows the block with the hash ``parent``.

    ``sparse``: the receipts of blocks whose header says that they hold no event of ``addresses`` are not read.

    Every header hashes to what the next consensus header carries, and all receipts of a block lead to its header's
    root: no event can be left out, changed or made up. (The newest block's own hash is signed by the next height; it
    is checked when that is read.) Raises BrokenChain when the node's answers contradict each other, RpcError,
    MalformedAnswer or NodeUnreachable when it has trouble.
    """
    calls: list[Call] = [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
    raw_blocks = ledger.execution.batch(calls)
    headers = ledger.comet.headers(first, last)
    _check_blocks(raw_blocks, headers, first, parent)
    busy = [raw for raw in raw_blocks if data_bytes(member(raw, "receiptsRoot")) != EMPTY_ROOT]
    if sparse:
        masks = [_bloom(address) for address in addresses]
        busy = [raw for raw in busy if _may_hold(int.from_bytes(data_bytes(member(raw, "logsBloom"))), masks)]
    receipts = ledger.execution.batch([("eth_getBlockReceipts", [member(raw, "number")]) for raw in busy])
    followed = frozenset(addresses)
    logs = [log for raw, part in zip(busy, receipts, strict=True) for log in _logs(raw, items(part), followed)]
    blocks = [decode_block(raw) for raw in raw_blocks]
    return Range(
        blocks=blocks,
        logs=logs,
        set_changes=frozenset(height for height, header in headers.items() if _changes_set(header)),
        times={block.number: block.time for block in blocks},
    )


def _check_blocks(raw_blocks: Sequence[Any], headers: dict[int, dict[str, Any]], first: int, parent: bytes) -> None:
    """The consensus header of height H carries the hash of execution block H − 1, the parent of block H."""
    for number, raw in enumerate(raw_blocks, first):
        block = decode_block(raw)
        if block.number != number or block.parent_hash != parent:
            raise BrokenChain(f"block {number} does not follow block {number - 1}", height=number)
        if keccak(header_rlp(raw)) != block.hash:
            raise BrokenChain(f"the header of block {number} is not that of its hash", height=number)
        app_hash = str(member(headers[number], "app_hash")).lower()
        if app_hash != parent.hex():
            raise BrokenChain(
                f"the validators signed {app_hash} as block {number - 1}, the execution engine has {parent.hex()}",
                height=number,
            )
        parent = block.hash


def _bloom(value: bytes) -> int:
    """The three bits that an address or topic sets in a block's filter (Yellow Paper, 4.3.1)."""
    digest = keccak(value)
    return sum({1 << (int.from_bytes(digest[at : at + 2]) & _BLOOM_BITS) for at in (0, 2, 4)})


def _may_hold(bloom: int, masks: Sequence[int]) -> bool:
    return any(bloom & mask == mask for mask in masks)


def _logs(raw_block: Any, receipts: Sequence[Any], followed: frozenset[bytes]) -> list[Log]:
    """Events of the followed contracts in a block, once its receipts are known to be all and unchanged."""
    number = member(raw_block, "number")
    if ordered_root([receipt_rlp(receipt) for receipt in receipts]) != data_bytes(member(raw_block, "receiptsRoot")):
        raise BrokenChain(f"the receipts of block {int(number, 16)} do not lead to its header", height=int(number, 16))
    logs: list[Log] = []
    count = 0
    for index, receipt in enumerate(receipts):
        for raw in items(member(receipt, "logs")):
            # Position and block are not under the root: they are counted here, not read.
            position = {"logIndex": hex(count), "transactionIndex": hex(index), "blockNumber": number}
            log = decode_log({**raw, **position, "blockHash": member(raw_block, "hash")})
            count += 1
            if log.address in followed:
                logs.append(log)
    return logs


def _changes_set(header: dict[str, Any]) -> bool:
    return bool(member(header, "validators_hash") != member(header, "next_validators_hash"))
