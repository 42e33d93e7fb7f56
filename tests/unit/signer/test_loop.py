"""The signer's connection: junk costs it, a lost node is dialled again, a doubt ends the process."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.consensus._abci.tendermint.privval import types_pb2 as privval
from liveledger.consensus.framing import frame, read_message
from liveledger.node.remote_signer import WrongSigner, await_signer
from liveledger.node.signer import loop
from liveledger.node.signer.loop import MAX_REQUEST_BYTES, serve
from liveledger.node.signer.state import SignerDoubt
from tests.unit.signer.requests import CHAIN, Bench

PING = frame(privval.Message(ping_request=privval.PingRequest()).SerializeToString())
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 30.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "REDIAL_SECONDS", 0.001)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def meet(bench: Bench, talks: list[Talk]) -> None:
    """Stands for the node: each connection of the signer gets the next talk; ends after the last."""
    socket, stop, waiting = str(bench.state.with_name("s")), asyncio.Event(), list(talks)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if waiting:
            talk = waiting.pop(0)
            try:
                await talk(reader, writer)
            except ConnectionError:
                stop.set() if not waiting else None
            writer.close()
        if not waiting:
            stop.set()

    signer = bench.open()
    server = await asyncio.start_unix_server(connected, socket)
    try:
        await asyncio.wait_for(serve(signer.answer, socket, stop), PATIENCE)
    finally:
        server.close()
        bench.close()


async def ping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(PING)
    answer = await asyncio.wait_for(read_message(reader), PATIENCE)
    assert answer is not None
    assert privval.Message.FromString(answer).WhichOneof("sum") == "ping_response"


def sending(content: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        writer.write_eof()
        while await reader.read(4096):
            pass

    return talk


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 20,
        frame(b"\xff\xff\xff"),
        frame(b""),
        frame(b"x" * 10)[:5],
        frame(b"x" * (MAX_REQUEST_BYTES + 1)),
        PING + b"\x80",
        frame(privval.Message(ping_response=privval.PingResponse()).SerializeToString()),
    ],
)
def test_junk_costs_the_connection_and_nothing_else(folder: Path, content: bytes) -> None:
    bench = Bench(folder).begin()
    before = bench.state.read_bytes()
    asyncio.run(meet(bench, [ping, sending(content), ping]))
    assert bench.state.read_bytes() == before


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_any_bytes_are_survived(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(meet(Bench(Path(name)).begin(), [sending(content), ping]))


def test_a_doubt_ends_the_signer(folder: Path) -> None:
    def doubt(_: bytes) -> bytes:
        raise SignerDoubt("changed")

    async def run() -> None:
        socket = str(folder / "s")
        server = await asyncio.start_unix_server(sending(PING), socket)
        with pytest.raises(SignerDoubt):
            await asyncio.wait_for(serve(doubt, socket, asyncio.Event()), PATIENCE)
        server.close()

    asyncio.run(run())


async def waiting_node(bench: Bench, chain: str, key: bytes, beginning: bytes | None = None) -> None:
    """A node that waits for its signer, and a signer that dials as soon as it can."""
    socket, stop = bench.state.with_name("s"), asyncio.Event()
    if beginning is not None:
        socket.write_bytes(beginning)
    signing = asyncio.ensure_future(serve(bench.open().answer, str(socket), stop))
    try:
        await asyncio.wait_for(await_signer(socket, chain, key), PATIENCE)
        assert not socket.exists()
    finally:
        stop.set()
        await signing
        bench.close()


def test_a_node_waits_for_its_signer_and_frees_the_socket(folder: Path) -> None:
    bench = Bench(folder).begin()
    # Stands for the socket that a killed CometBFT left behind.
    asyncio.run(waiting_node(bench, CHAIN, bench.identity.public_key, beginning=b""))


def test_a_node_does_not_start_with_another_signer(folder: Path) -> None:
    bench = Bench(folder).begin()
    with pytest.raises(WrongSigner, match="this validator's is 0000"):
        asyncio.run(waiting_node(bench, CHAIN, bytes(32)))
    with pytest.raises(WrongSigner, match="serves liveledger-test-1"):
        asyncio.run(waiting_node(bench, "other", bench.identity.public_key))


def test_who_dials_and_says_nothing_is_waited_past(folder: Path) -> None:
    bench = Bench(folder).begin()

    async def run() -> None:
        socket = folder / "s"
        node = asyncio.ensure_future(await_signer(socket, CHAIN, bench.identity.public_key))
        while not socket.exists():
            await asyncio.sleep(0.001)
        for content in (b"", b"\xff" * 9):
            _, writer = await asyncio.open_unix_connection(socket)
            writer.write(content)
            writer.close()
        stop = asyncio.Event()
        signing = asyncio.ensure_future(serve(bench.open().answer, str(socket), stop))
        await asyncio.wait_for(node, PATIENCE)
        stop.set()
        await signing

    asyncio.run(run())
    bench.close()
    assert not os.path.lexists(folder / "s")
