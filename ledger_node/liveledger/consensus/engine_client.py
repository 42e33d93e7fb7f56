"""geth's JSON-RPC as the ABCI application uses it: over its socket, hex decoded here and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from liveledger.consensus.block_rules import ZERO_HASH, Head
from liveledger.consensus.ipc import IpcConnections
from liveledger.consensus.payload import ExecutionPayload
from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.json_rpc import Fault, answers_by_number, result_of

VALID = "VALID"
INVALID = "INVALID"
_BATCH_CALLS = 1_000


class EngineUnavailable(Unavailable):
    """The engine did not answer; the same call may work later."""

    code = "engine-unavailable"


class EngineRefused(LiveLedgerError):
    """The engine answered with a JSON-RPC error; ``rpc_code`` is its number."""

    code = "engine-refused"

    def __init__(self, message: str, rpc_code: int) -> None:
        super().__init__(message)
        self.rpc_code = rpc_code


@dataclass(frozen=True, slots=True)
class PayloadStatus:
    """What the engine says of a block: VALID, INVALID, SYNCING or ACCEPTED, and why."""

    status: str
    error: str = ""


class EngineClient:
    """Calls to one execution engine, over the socket ``path``; each answer is awaited ``timeout`` seconds."""

    def __init__(self, path: Path, *, timeout: float = 5.0) -> None:
        self._timeout = timeout
        self._connections = IpcConnections(path)

    async def close(self) -> None:
        """Closes the connections."""
        self._connections.close()

    async def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """One JSON-RPC call. Raises EngineUnavailable (no answer) or EngineRefused (an error as answer)."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = await self._ask(body, method, timeout or self._timeout)
        return result_of(answer, 1, partial(_failure, method))

    async def _ask(self, body: Any, method: str, timeout: float) -> Any:
        try:
            async with asyncio.timeout(timeout):
                return orjson.loads(await self._connections.exchange(orjson.dumps(body)))
        except (OSError, TimeoutError, ValueError) as trouble:
            raise EngineUnavailable(f"{method}: {trouble!r}") from trouble

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Several calls, their results in order. Raises as ``call`` does, for the first call that was refused."""
        results: list[Any] = []
        for first in range(0, len(calls), _BATCH_CALLS):
            results += await self._batch(calls[first : first + _BATCH_CALLS])
        return results

    async def _batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(calls)
        ]
        answers = await self._ask(body, "batch", self._timeout)
        found = answers_by_number(answers, _no_batch)
        failures = [partial(_failure, method) for method, _ in calls]
        return [result_of(found.get(number), number, failed) for number, failed in enumerate(failures)]

    async def head(self) -> Head:
        """The engine's newest canonical block."""
        return await self._head_at("latest")

    async def block(self, number: int) -> Head:
        """The canonical block ``number``. Raises EngineUnavailable when the engine does not have it."""
        return await self._head_at(hex(number))

    async def _head_at(self, tag: str) -> Head:
        found = await self.call("eth_getBlockByNumber", tag, False)
        if found is None:
            raise EngineUnavailable(f"the engine has no block {tag}")
        return Head(int(found["number"], 16), bytes.fromhex(found["hash"][2:]), int(found["timestamp"], 16))

    async def storage(self, address: bytes, slot: bytes, block_hash: bytes) -> int:
        """One storage word at the end of the block with that hash."""
        word = await self.call(
            "eth_getStorageAt", hex_bytes(address), hex_bytes(slot), {"blockHash": hex_bytes(block_hash)}
        )
        return int(word, 16)

    async def view(self, address: bytes, data: bytes, block_hash: bytes) -> bytes:
        """The answer of a view function after the block with that hash."""
        call = {"to": hex_bytes(address), "data": hex_bytes(data)}
        answer = await self.call("eth_call", call, {"blockHash": hex_bytes(block_hash)})
        return bytes.fromhex(str(answer)[2:])

    async def set_head(self, block_hash: bytes) -> PayloadStatus:
        """``forkchoiceUpdatedV3``: the block is head, safe and finalised."""
        state = dict.fromkeys(("headBlockHash", "safeBlockHash", "finalizedBlockHash"), hex_bytes(block_hash))
        answer = await self.call("engine_forkchoiceUpdatedV3", state, None)
        if not isinstance(answer, dict):
            raise EngineUnavailable(f"engine_forkchoiceUpdatedV3: no answer but {answer!r}")
        return _status(answer.get("payloadStatus"))

    async def new_payload(self, payload: ExecutionPayload, *, timeout: float) -> PayloadStatus:
        """``newPayloadV4``: executes the block. A refusal of its parameters is INVALID."""
        params: tuple[Any, ...] = (payload.to_json(), [], hex_bytes(ZERO_HASH), payload.requests_json())
        try:
            return _status(await self.call("engine_newPayloadV4", *params, timeout=timeout))
        except EngineRefused as refused:
            if refused.rpc_code == _INVALID_PARAMS:
                return PayloadStatus(INVALID, refused.message)
            raise


# JSON-RPC 2.0: the engine could read the request and found its parameters wrong.
_INVALID_PARAMS = -32602


def _no_batch(fault: Fault) -> EngineUnavailable:
    return EngineUnavailable(f"batch: {fault.reason}")


def _failure(method: str, fault: Fault) -> LiveLedgerError:
    """What the ABCI application is told of a fault: what is no answer may be one later."""
    if fault.code is None:
        return EngineUnavailable(f"{method}: {fault.reason}")
    return EngineRefused(f"{method}: {fault.reason} {'' if fault.data is None else fault.data}", fault.code)


def _status(answer: dict[str, Any] | None) -> PayloadStatus:
    if not answer or not answer.get("status"):
        raise EngineUnavailable(f"the engine gives no status but {answer!r}")
    return PayloadStatus(answer["status"], answer.get("validationError") or "")
