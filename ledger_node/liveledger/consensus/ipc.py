"""geth's own socket: what only the node itself may ask, such as building a block."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable

# Above the hex of the largest block that CometBFT carries.
_ANSWER_BYTES = 1 << 27


class IpcClient:
    """Calls over a Unix socket that only this user may open; each on a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def call(self, method: str, params: Sequence[Any] = (), *, timeout: float = 10.0) -> Any:
        """One JSON-RPC call. Raises EngineUnavailable (no answer in time) or EngineRefused (an error as answer)."""
        body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        try:
            async with asyncio.timeout(timeout):
                answer = orjson.loads(await self._exchange(body))
        except (OSError, TimeoutError, ValueError) as trouble:
            raise EngineUnavailable(f"geth's socket does not answer {method}: {trouble!r}") from trouble
        if not isinstance(answer, dict):
            raise EngineUnavailable(f"geth's socket answers {method} with {answer!r}")
        if error := answer.get("error"):
            raise EngineRefused(f"{method}: {error.get('message')}", int(error.get("code", 0)))
        return answer.get("result")

    async def _exchange(self, body: bytes) -> bytes:
        """Raises ValueError for an answer that is too long."""
        reader, writer = await asyncio.open_unix_connection(self._path, limit=_ANSWER_BYTES)
        try:
            writer.write(body)
            await writer.drain()
            return await reader.readline()
        finally:
            writer.close()
