"""A validator whose key is not on its node: the setting, and the wait for the signer before CometBFT starts."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from liveledger.consensus._abci.tendermint.privval import types_pb2 as privval
from liveledger.consensus.framing import FramingError, frame, read_message
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.domain.private_files import open_to_others, replace
from liveledger.node import cometbft
from liveledger.node.runstate import NodeLock
from liveledger.node.settings import VALIDATOR_KEY, change_settings
from liveledger.node.signer.key import read_key
from liveledger.node.signer.protection import LastSigned
from liveledger.node.signer.state import Identity, SignerDoubt, cometbft_state, read_last

SETTING = "remote_signer"
HINT = "start `liveledger signer run`"
_SCHEME = "unix://"
# What a unix socket's path may have, and what stands in config.toml as it is.
_MOST_PATH_BYTES = 107
_PATH = re.compile(r"/[\w./@+,:=~ -]+")
_ANSWER_SECONDS = 5.0
_ANSWER_BYTES = 4096

log = structlog.get_logger("supervisor")


class WrongSigner(ConfigurationError):
    """The signer that connected does not hold this validator's key, or serves another chain."""

    code = "wrong-signer"


def parse(address: str) -> Path:
    """Path of the socket in ``unix:///path``. Raises InvalidInput for everything else."""
    if address.startswith(("tcp://", "noise://")):
        raise InvalidInput(
            f"{address}: a signer is reached by a unix socket only, since CometBFT's tcp form authenticates nobody",
            hint="listen on unix:///PATH and bring the socket to the other host through ssh (docs/keys.md)",
        )
    path = address.removeprefix(_SCHEME)
    if path == address or not _PATH.fullmatch(path):
        raise InvalidInput(f"{address!r} is no address of a signer", hint="unix:// and an absolute path")
    return Path(path)


def address_of(settings: Mapping[str, Any]) -> Path | None:
    """The signer's socket by a node's settings; None when the key is in the node's own files. Raises InvalidInput."""
    address = settings.get(SETTING)
    return parse(str(address)) if address else None


def listen_address(node: NodeHome, socket: Path) -> str:
    """How CometBFT, whose working folder is the node's run folder, names the socket. Raises ConfigurationError."""
    shortest = min((str(socket), os.path.relpath(socket, node.run)), key=len)
    if len(shortest.encode()) > _MOST_PATH_BYTES:
        raise ConfigurationError(
            f"{socket} is too long for a socket", hint=f"at most {_MOST_PATH_BYTES} bytes: choose a shorter path"
        )
    return _SCHEME + shortest


def check_folder(socket: Path) -> None:
    """Raises ConfigurationError unless the socket's folder is there and nobody else can enter it."""
    try:
        mode = socket.parent.stat().st_mode
    except FileNotFoundError:
        raise ConfigurationError(f"{socket.parent} is missing", hint=f"mkdir -m 700 {socket.parent}") from None
    if open_to_others(mode):
        # Whoever reaches the socket first is taken for the signer.
        raise ConfigurationError(f"{socket.parent} is open to others", hint=f"chmod go= {socket.parent}")


def use_remote(home: LedgerHome, index: int, address: str, public_key: bytes | None = None) -> Path:
    """Lets a stopped node get its signatures from ``address``; the key file is not used any more.

    ``public_key`` (32 bytes) is the signer's when it is not the one that the node signed with so far.

    Returns the path of the key file, which is to be moved to the signer when it is still there. Raises InvalidInput,
    ConfigurationError (the node runs, or the socket's folder does not serve).
    """
    node, socket = home.node(index), parse(address)
    with NodeLock(node):
        listen_address(node, socket)
        check_folder(socket)
        new_key = {VALIDATOR_KEY: public_key.hex()} if public_key else {}
        change_settings(node, {SETTING: address, **new_key})
    return cometbft.validator_key_file(node.cometbft)


def use_local(home: LedgerHome, index: int, signer_state: Path, identity: Identity) -> LastSigned:
    """Lets a stopped node sign by its own key file again, going on after the signer's state, which is returned.

    Raises ConfigurationError when the node runs or its key file is missing or another one, SignerDoubt when the node
    itself signed later than that state.
    """
    node = home.node(index)
    with NodeLock(node):
        key = cometbft.validator_key_file(node.cometbft)
        if not key.exists():
            raise ConfigurationError(f"{key} is missing", hint="move the key back from the signer, mode 0600")
        if read_key(key).public_key().public_bytes_raw() != identity.public_key:
            raise ConfigurationError(f"{key} is not the signer's key", hint="move the signer's own key back")
        last, own = read_last(signer_state, identity), cometbft.validator_state_file(node.cometbft)
        if own.exists() and read_last(own, identity).position > last.position:
            raise SignerDoubt(
                f"{own} is newer than {signer_state}",
                hint="give the newest state of the signer",
                code="signer-state-older",
            )
        # Never the key with a state that is older than what was signed with it: the state comes first.
        replace(own, cometbft.encode(cometbft_state(last)))
        change_settings(node, {SETTING: None})
    return last


async def await_signer(socket: Path, chain_id: str, public_key: bytes) -> None:
    """Waits until the signer of ``public_key`` (32 bytes) dials ``socket``, then frees it for CometBFT.

    CometBFT itself gives up after three seconds without a signer. Raises WrongSigner.
    """
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = privval.Message(pub_key_request=privval.PubKeyRequest(chain_id=chain_id))
            writer.write(frame(request.SerializeToString()))
            answer = await asyncio.wait_for(read_message(reader, _ANSWER_BYTES), _ANSWER_SECONDS)
            if answer is not None and not answered.done():
                answered.set_result(answer)
        except (OSError, TimeoutError, FramingError) as trouble:
            log.warning("no answer from the signer", reason=repr(trouble))
        finally:
            writer.close()

    log.warning("waiting for the remote signer", socket=str(socket), hint=HINT)
    # A killed CometBFT leaves its socket behind, and cannot listen where one is.
    socket.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(ask, socket)
    finally:
        os.umask(mask)
    try:
        _check_answer(await answered, public_key)
    finally:
        server.close()
        socket.unlink(missing_ok=True)
    log.info("the remote signer is there")


def _check_answer(answer: bytes, public_key: bytes) -> None:
    try:
        response = privval.Message.FromString(answer).pub_key_response
    except ValueError as trouble:
        raise WrongSigner(f"what connected as the signer is none: {trouble}") from None
    if response.HasField("error"):
        raise WrongSigner(
            f"the signer refuses: {response.error.description}", hint="start it with this ledger's --chain-id"
        )
    if response.pub_key.ed25519 != public_key:
        raise WrongSigner(
            f"the signer's key is {response.pub_key.ed25519.hex() or 'none'}, this validator's is {public_key.hex()}",
            hint="start the signer with the right --key",
        )
