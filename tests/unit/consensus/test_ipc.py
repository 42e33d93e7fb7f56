"""geth's socket: an answer, an error, junk, silence, and nobody there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from liveledger.consensus import ipc
from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.ipc import IpcClient


def ask(folder: Path, answer: bytes | None) -> tuple[Any, bytes]:
    """What the client makes of ``answer`` (None: silence), and what it sent."""
    asked: list[bytes] = []
    path = folder / "s"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1 << 16))
        if answer is None:
            await asyncio.sleep(1)
        else:
            writer.write(answer)
        writer.close()

    async def both() -> Any:
        async with await asyncio.start_unix_server(serve, path):
            return await IpcClient(path).call("a_method", [1, "x"], timeout=0.3)

    return asyncio.run(both()), asked[0]


def test_a_call_and_its_result(tmp_path: Path) -> None:
    result, asked = ask(tmp_path, b'{"jsonrpc":"2.0","id":1,"result":{"a":[1]}}\n')
    assert result == {"a": [1]}
    assert asked == b'{"jsonrpc":"2.0","id":1,"method":"a_method","params":[1,"x"]}'


def test_a_long_answer_is_read_whole(tmp_path: Path) -> None:
    assert ask(tmp_path, b'{"result":"%s"}\n' % (b"a" * 3_000_000))[0] == "a" * 3_000_000


def test_an_error_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="not current head") as refused:
        ask(tmp_path, b'{"error":{"code":-32000,"message":"parentHash is not current head"}}\n')
    assert refused.value.rpc_code == -32000


@pytest.mark.parametrize("answer", [None, b"", b"\n", b"[1]\n", b"\xff\xfe\n", b'{"result":'])
def test_silence_and_junk_are_no_answer(tmp_path: Path, answer: bytes | None) -> None:
    with pytest.raises(EngineUnavailable):
        ask(tmp_path, answer)


def test_an_endless_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ipc, "_ANSWER_BYTES", 1_000)
    with pytest.raises(EngineUnavailable, match="does not answer"):
        ask(tmp_path, b"a" * 10_000)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="does not answer"):
        asyncio.run(IpcClient(tmp_path / "none").call("a_method"))
