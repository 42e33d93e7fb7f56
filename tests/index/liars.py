"""Nodes that tell an index what is not so."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, cast

from liveledger.chain.contracts.ledger import Ledger, final_height
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.chain.rpc.transport import Call, JsonRpc, RpcError
from liveledger.domain.ordered_trie import EMPTY_ROOT


class Liar:
    """A node in between that changes answers on their way."""

    def __init__(self, real: ExecutionRpc, method: str, lie: Callable[[Any], Any]) -> None:
        self._real, self._method, self._lie = real._rpc, method, lie

    def call(self, method: str, params: Any) -> Any:
        return self._tell(method, self._real.call(method, params))

    def batch(self, calls: list[Call]) -> list[Any]:
        return [self._tell(method, result) for (method, _), result in zip(calls, self._real.batch(calls), strict=True)]

    def _tell(self, method: str, result: Any) -> Any:
        return self._lie(result) if method == self._method else result


def lied_to(ledger: Ledger, method: str, lie: Callable[[Any], Any]) -> Ledger:
    """The ledger through a node that lies about one method."""
    execution = ExecutionRpc(ledger.execution.url)
    execution._rpc = cast(JsonRpc, Liar(ledger.execution, method, lie))
    return dataclasses.replace(ledger, execution=execution)


def _drop_last_event(receipts: list[Any]) -> list[Any]:
    return [*receipts[:-1], receipts[-1] | {"logs": receipts[-1]["logs"][:-1]}]


def _drop_a_receipt(receipts: list[Any]) -> list[Any]:
    return receipts[:-1]


def _drop_all(_: list[Any]) -> list[Any]:
    return []


def _repeat(receipts: list[Any]) -> list[Any]:
    return receipts + receipts[-1:]


def _change_data(receipts: list[Any]) -> list[Any]:
    logs = [log | {"data": log["data"][:-2] + "99"} for log in receipts[0]["logs"]]
    return [receipts[0] | {"logs": logs}, *receipts[1:]]


def _change_status(receipts: list[Any]) -> list[Any]:
    return [receipts[0] | {"status": "0x0"}, *receipts[1:]]


def _other_time(block: dict[str, Any]) -> dict[str, Any]:
    return block | {"timestamp": hex(int(block["timestamp"], 16) + 1)}


def _other_hash(block: dict[str, Any]) -> dict[str, Any]:
    return block | {"hash": "0x" + "44" * 32}


def _no_receipts(block: dict[str, Any]) -> dict[str, Any]:
    return block | {"receiptsRoot": "0x" + EMPTY_ROOT.hex()}


LIES = [
    *(("eth_getBlockReceipts", lie) for lie in (_drop_last_event, _drop_a_receipt, _drop_all, _repeat)),
    *(("eth_getBlockReceipts", lie) for lie in (_change_data, _change_status)),
    *(("eth_getBlockByNumber", lie) for lie in (_other_time, _other_hash, _no_receipts)),
]


class Forgetful(Liar):
    """A compact node that has forgotten the states of all but the newest blocks."""

    def __init__(self, ledger: Ledger, kept: int) -> None:
        super().__init__(ledger.execution, "", lambda result: result)
        self._ledger, self._kept = ledger, kept

    def call(self, method: str, params: Any) -> Any:
        if method == "eth_call" and int(params[1], 16) <= final_height(self._ledger) - self._kept:
            raise RpcError("missing trie node", rpc_code=-32000)
        return super().call(method, params)
