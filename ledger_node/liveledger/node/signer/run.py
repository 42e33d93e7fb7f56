"""A signer as a process: opens key and state, serves until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import structlog

from liveledger.domain.errors import ConfigurationError
from liveledger.node.signer.key import read_key
from liveledger.node.signer.loop import serve
from liveledger.node.signer.protection import LastSigned
from liveledger.node.signer.service import Signer
from liveledger.node.signer.state import Identity, StateFile, initialise

log = structlog.get_logger("signer")


@dataclass(frozen=True, slots=True)
class SignerFiles:
    """Where a signer keeps its key and its state, and the chain that it serves."""

    key: Path
    state: Path
    chain_id: str

    def identity(self) -> Identity:
        """Chain and public key. Raises what reading the key raises."""
        return Identity(self.chain_id, read_key(self.key).public_key().public_bytes_raw())


def begin(files: SignerFiles, last: LastSigned) -> None:
    """Begins the state of a signer that signed up to ``last``. Raises SignerDoubt."""
    initialise(files.state.absolute(), files.key.absolute(), files.identity(), last)


def run_signer(files: SignerFiles, socket: Path) -> None:
    """Serves the node that listens at ``socket`` until SIGTERM or SIGINT.

    Raises SignerDoubt when it is not sure what was signed last, OSError when that cannot be written.
    """
    key, state_path = files.key.absolute(), files.state.absolute()
    state = StateFile(state_path, key, files.identity())
    try:
        signer = Signer(read_key(key), files.chain_id, state)
        log.info("signer starts", chain_id=files.chain_id, last=str(state.last.position))
        try:
            # The path of a unix socket may have no more than 107 bytes: it is named relative to its folder.
            os.chdir(socket.parent)
        except OSError as trouble:
            raise ConfigurationError(f"{socket.parent} cannot be entered: {trouble.strerror}") from None
        asyncio.run(_serve(signer, socket.name))
    finally:
        state.close()


async def _serve(signer: Signer, socket: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(signer.answer, socket, stop)
    log.info("signer stops")
