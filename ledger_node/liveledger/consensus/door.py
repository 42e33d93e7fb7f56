"""The node's JSON-RPC for wallets and programs: transactions go into the pool, all else is handed to geth."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import structlog

from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.http import MAX_HEAD_BYTES, HttpError, HttpRequest, read_request, response
from liveledger.consensus.pool.keeper import PoolKeeper
from liveledger.consensus.pool.transaction import BadTransaction
from liveledger.consensus.pool.waiting import Refused
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.transactions import MAX_TX_BYTES

SEND, COUNT = "eth_sendRawTransaction", "eth_getTransactionCount"
MAX_CONNECTIONS = 256
MAX_BATCH_CALLS = 1_000
# What one answer of geth may have; large reads belong on geth's own port.
MAX_ANSWER_BYTES = 128 * 1024 * 1024
_GETH_SECONDS = 30.0
# JSON-RPC 2.0, and geth's for what a pool or a contract refuses.
_PARSE_ERROR, _INVALID_REQUEST, _INVALID_PARAMS, _SERVER_ERROR = -32700, -32600, -32602, -32000

log = structlog.get_logger("bridge")


class Door:
    """Listens on loopback; ``geth_url`` is geth's own port. It serves whoever is on this host, as geth does."""

    def __init__(self, pool: PoolKeeper, geth_url: str) -> None:
        self._pool = pool
        self._geth_url = geth_url
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        self._http = httpx.AsyncClient(timeout=_GETH_SECONDS, trust_env=False, headers=headers)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Begins to listen. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=MAX_HEAD_BYTES)

    async def stop(self) -> None:
        """Stops listening and drops all connections."""
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MAX_CONNECTIONS:
            writer.write(response(503, b"", keeps=False))
            writer.close()
            return
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None and not isinstance(failure, ConnectionError):
            # A client's request never stops the node.
            log.error("a request failed", reason=repr(failure))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader, writer)) is not None:
                writer.write(response(200, await self._answer(request), keeps=request.keeps))
                await writer.drain()
                if not request.keeps:
                    break
        except HttpError as trouble:
            body = (trouble.message + "\n").encode()
            writer.write(response(trouble.status, body, keeps=False, content_type="text/plain"))
        finally:
            writer.close()

    async def _answer(self, request: HttpRequest) -> bytes:
        try:
            calls = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return orjson.dumps(_error(None, _PARSE_ERROR, "parse error"))
        if isinstance(calls, dict):
            mine = await self._mine(calls)
            return await self._ask(request.body) if mine is None else orjson.dumps(mine)
        if not isinstance(calls, list) or not 0 < len(calls) <= MAX_BATCH_CALLS:
            message = f"a call is an object, a batch a list of 1 to {MAX_BATCH_CALLS} calls"
            return orjson.dumps(_error(None, _INVALID_REQUEST, message))
        return await self._batch(calls, request.body)

    async def _batch(self, calls: list[Any], body: bytes) -> bytes:
        answers = [await self._mine(call) for call in calls]
        others = [call for call, answer in zip(calls, answers, strict=True) if answer is None]
        if len(others) == len(calls):
            return await self._ask(body)
        given = orjson.loads(await self._ask(orjson.dumps(others))) if others else []
        if not isinstance(given, list):
            return orjson.dumps(given)
        # A call without an id has no answer; whoever sends several finds each answer by its id.
        return orjson.dumps([answer for answer in answers if answer is not None] + given)

    async def _ask(self, body: bytes) -> bytes:
        """The answer of geth, as it is."""
        chunks, size = [], 0
        try:
            async with self._http.stream("POST", self._geth_url, content=body) as answer:
                async for chunk in answer.aiter_bytes():
                    size += len(chunk)
                    if size > MAX_ANSWER_BYTES:
                        raise HttpError(502, f"geth's answer is over {MAX_ANSWER_BYTES} bytes")
                    chunks.append(chunk)
        except httpx.HTTPError as trouble:
            raise HttpError(502, f"geth does not answer: {trouble!r}") from trouble
        return b"".join(chunks)

    async def _mine(self, call: Any) -> dict[str, Any] | None:
        """The answer to a call that is not geth's to answer; None for all others."""
        if not isinstance(call, dict):
            return None
        number, params = call.get("id"), call.get("params")
        if call.get("method") == SEND:
            await asyncio.sleep(0)  # a batch of a thousand leaves room for a vote
            return await self._send(number, params)
        if call.get("method") == COUNT and isinstance(params, list) and params[1:] == ["pending"]:
            return await self._count(number, params)
        return None

    async def _send(self, number: Any, params: Any) -> dict[str, Any]:
        if not isinstance(params, list) or len(params) != 1 or (raw := _bytes(params[0], MAX_TX_BYTES)) is None:
            return _error(number, _INVALID_PARAMS, f"one parameter: at most {MAX_TX_BYTES} bytes as 0x and hex digits")
        try:
            tx_hash = await self._pool.submit(raw)
        except BadTransaction as trouble:
            return _error(number, _SERVER_ERROR, str(trouble))
        except Refused as refusal:
            return _error(number, _SERVER_ERROR, refusal.message)
        except (EngineUnavailable, EngineRefused) as trouble:
            raise HttpError(503, trouble.message) from trouble
        return {"jsonrpc": "2.0", "id": number, "result": hex_bytes(tx_hash)}

    async def _count(self, number: Any, params: list[Any]) -> dict[str, Any] | None:
        """The account's nonce after all that waits; geth's pool, which it would count, is closed."""
        account = _bytes(params[0], 20)
        if account is None:
            return None
        body = {"jsonrpc": "2.0", "id": number, "method": COUNT, "params": [params[0], "latest"]}
        answer: dict[str, Any] = orjson.loads(await self._ask(orjson.dumps(body)))
        if "result" in answer:
            answer["result"] = hex(self._pool.next_nonce(account, int(answer["result"], 16)))
        return answer


def _bytes(text: Any, most: int) -> bytes | None:
    if not isinstance(text, str) or text[:2] not in ("0x", "0X") or len(text) > 2 + 2 * most:
        return None
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        return None


def _error(number: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
