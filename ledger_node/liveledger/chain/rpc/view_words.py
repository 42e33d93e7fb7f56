"""View functions, many asked at once."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.chain.rpc.records import data_bytes
from liveledger.domain.hashing import hex_bytes


def view_words(execution: ExecutionRpc, to: bytes, calls: Sequence[bytes], block: int) -> list[int]:
    """Results of calls that return one word, as numbers; see `view_answers`."""
    return [int.from_bytes(answer) for answer in view_answers(execution, to, calls, block)]


def view_answers(execution: ExecutionRpc, to: bytes, calls: Sequence[bytes], block: int) -> list[bytes]:
    """Results of calls (calldata) of the contract ``to`` after ``block``; no call, no question."""
    if not calls:
        return []
    batch = [("eth_call", [{"to": hex_bytes(to), "data": hex_bytes(call)}, hex(block)]) for call in calls]
    return [data_bytes(answer) for answer in execution.batch(batch)]
