"""The signer's connection: it dials CometBFT's socket, answers one request after the other, and dials again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog

from liveledger.consensus.framing import FramingError, frame, read_message
from liveledger.node.signer.service import Junk

# A request without a vote's extension has a few hundred bytes; the ledger's chains have no extensions.
MAX_REQUEST_BYTES = 64 * 1024
# CometBFT pings every 3.3 s; a connection that is silent for longer is dead.
SILENCE_SECONDS = 20.0
REDIAL_SECONDS = 0.2

Answer = Callable[[bytes], bytes]
log = structlog.get_logger("signer")


async def serve(answer: Answer, socket: str, stop: asyncio.Event) -> None:
    """Serves whoever listens at the unix socket ``socket`` until ``stop``; junk costs the connection, nothing else.

    Raises what ``answer`` raises besides Junk: then nothing may be signed any more.
    """
    stopping: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
    waiting = False
    while not stop.is_set():
        try:
            reader, writer = await asyncio.open_unix_connection(socket, limit=MAX_REQUEST_BYTES)
        except OSError as trouble:
            if not waiting:
                log.info("waiting for the node", socket=socket, reason=repr(trouble))
            waiting = True
        else:
            log.info("connected", socket=socket)
            waiting = False
            await _until(stopping, _converse(answer, reader, writer))
        await asyncio.wait({stopping}, timeout=REDIAL_SECONDS)


async def _until(stopping: asyncio.Future[Any], work: asyncio.Future[Any]) -> None:
    await asyncio.wait({stopping, work}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        return
    work.result()


def _converse(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> asyncio.Future[None]:
    async def talk() -> None:
        try:
            while True:
                message = await asyncio.wait_for(read_message(reader, MAX_REQUEST_BYTES), SILENCE_SECONDS)
                if message is None:
                    log.info("the node closed the connection")
                    return
                writer.write(frame(answer(message)))
                await writer.drain()
        except (FramingError, Junk) as trouble:
            log.error("connection dropped", reason=str(trouble))
        except (ConnectionError, TimeoutError) as trouble:
            log.warning("connection lost", reason=repr(trouble))
        finally:
            writer.close()

    return asyncio.ensure_future(talk())
