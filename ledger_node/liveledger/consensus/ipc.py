"""Exchanges over geth's socket: one line of JSON there, one back, and connections that are used again."""

from __future__ import annotations

import asyncio
from pathlib import Path

# Above the hex of the largest block that CometBFT carries.
_ANSWER_BYTES = 1 << 27
# What is open beyond this is closed after use.
_MOST_IDLE = 8

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class IpcConnections:
    """Connections to a Unix socket that only this user may open; each carries one exchange at a time.

    A connection whose exchange failed, or was given up, is closed: its answer could come as that of the next one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[Connection] = []

    async def exchange(self, body: bytes) -> bytes:
        """The answer's line. Raises OSError, or ValueError for one that is too long or was cut short."""
        connection = self._kept() or await asyncio.open_unix_connection(self._path, limit=_ANSWER_BYTES)
        reader, writer = connection
        try:
            writer.write(body)
            await writer.drain()
            answer = await reader.readline()
            if not answer.endswith(b"\n"):
                raise ValueError(f"the answer ends after {len(answer)} bytes")
        except BaseException:
            writer.close()
            raise
        self._keep(connection)
        return answer

    def close(self) -> None:
        """Closes what is open."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    def _kept(self) -> Connection | None:
        """An open connection that nobody uses; what the other side closed meanwhile is let go."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None

    def _keep(self, connection: Connection) -> None:
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection[1].close()
