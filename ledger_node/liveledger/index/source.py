"""Reads ranges of finalised blocks and checks that they hang together before anything is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from liveledger.chain.ledger import Ledger
from liveledger.chain.records import Block, Log, decode_block, decode_log, items
from liveledger.chain.records import field as member
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes


class BrokenChain(LiveLedgerError):
    """Blocks, consensus headers and events that a node gave do not belong together."""

    code = "broken-chain"


@dataclass(frozen=True, slots=True)
class Range:
    """Blocks ``first`` … ``last`` with their events in order; ``times`` are Unix seconds by height."""

    blocks: list[Block]
    logs: list[Log]
    set_changes: frozenset[int]
    times: dict[int, int] = field(default_factory=dict)


def read_range(ledger: Ledger, addresses: Sequence[bytes], first: int, last: int, parent: bytes) -> Range:
    """Reads a range whose first block follows the block with the hash ``parent``.

    Raises BrokenChain when the node's answers contradict each other, RpcError or NodeUnreachable when it has trouble.
    """
    query = {
        "fromBlock": hex(first),
        "toBlock": hex(last),
        "address": [hex_bytes(address) for address in addresses],
    }
    calls: list[tuple[str, list[Any]]] = [("eth_getLogs", [query])]
    calls += [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
    logs, *heads = ledger.execution.batch(calls)
    blocks = [decode_block(head) for head in heads]
    headers = ledger.comet.headers(first, last)
    _check_blocks(blocks, headers, first, parent)
    decoded = [decode_log(log) for log in items(logs)]
    _check_logs(decoded, {block.number: block.hash for block in blocks}, frozenset(addresses))
    return Range(
        blocks=blocks,
        logs=decoded,
        set_changes=frozenset(height for height, header in headers.items() if _changes_set(header)),
        times={block.number: block.time for block in blocks},
    )


def _check_blocks(blocks: Sequence[Block], headers: dict[int, dict[str, Any]], first: int, parent: bytes) -> None:
    """The consensus header of height H carries the hash of execution block H − 1, the parent of block H."""
    for number, block in enumerate(blocks, first):
        if block.number != number or block.parent_hash != parent:
            raise BrokenChain(f"block {number} does not follow block {number - 1}", height=number)
        app_hash = str(member(headers[number], "app_hash")).lower()
        if app_hash != parent.hex():
            raise BrokenChain(
                f"the validators signed {app_hash} as block {number - 1}, the execution engine has {parent.hex()}",
                height=number,
            )
        parent = block.hash


def _check_logs(logs: Sequence[Log], hashes: dict[int, bytes], addresses: frozenset[bytes]) -> None:
    previous = (-1, -1)
    for log in logs:
        position = (log.block_number, log.log_index)
        if hashes.get(log.block_number) != log.block_hash or log.address not in addresses or position <= previous:
            raise BrokenChain(
                f"an event of block {log.block_number} is not of its block or out of order", position=position
            )
        previous = position


def _changes_set(header: dict[str, Any]) -> bool:
    return bool(member(header, "validators_hash") != member(header, "next_validators_hash"))
