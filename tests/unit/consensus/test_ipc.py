"""geth's socket: an answer, an error, junk, silence, nobody there, and connections that are used again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from liveledger.consensus import ipc
from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable

Work = Callable[[EngineClient], Awaitable[Any]]


class Geth:
    """Answers what was read from a connection by ``answers``, in turn; None: silence. Counts connections."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while asked := await reader.read(1 << 16):
            self.asked.append(asked)
            answer = self.answers.pop(0)
            if answer is not None:
                writer.write(answer)
                if not answer.endswith(b"\n"):
                    break
        writer.close()

    def run(self, folder: Path, work: Work) -> Any:
        """What ``work`` makes of these answers."""

        async def both() -> Any:
            async with await asyncio.start_unix_server(self.serve, folder / "s"):
                client = EngineClient(folder / "s", timeout=0.3)
                result = await work(client)
                await client.close()
                return result

        return asyncio.run(both())


def ask(folder: Path, answer: bytes | None) -> Any:
    return Geth(answer).run(folder, lambda client: client.call("a_method", 1, "x"))


async def twice(client: EngineClient) -> list[Any]:
    """Two calls, one after the other; an error stands for its result."""
    found = []
    for number in range(2):
        try:
            found.append(await client.call("a_method", number))
        except EngineUnavailable:
            found.append(EngineUnavailable)
        await asyncio.sleep(0.05)
    return found


def test_a_call_and_its_result(tmp_path: Path) -> None:
    geth = Geth(b'{"jsonrpc":"2.0","id":1,"result":{"a":[1]}}\n')
    assert geth.run(tmp_path, lambda client: client.call("a_method", 1, "x")) == {"a": [1]}
    assert geth.asked == [b'{"jsonrpc":"2.0","id":1,"method":"a_method","params":[1,"x"]}']


def test_a_long_answer_is_read_whole(tmp_path: Path) -> None:
    assert ask(tmp_path, b'{"id":1,"result":"%s"}\n' % (b"a" * 3_000_000)) == "a" * 3_000_000


def test_an_error_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="not current head") as refused:
        ask(tmp_path, b'{"id":1,"error":{"code":-32000,"message":"parentHash is not current head"}}\n')
    assert refused.value.rpc_code == -32000


@pytest.mark.parametrize("error", [b'"no"', b"{}", b'{"code":"x"}', b"[1]", b"7"])
def test_an_error_of_any_form_is_a_refusal(tmp_path: Path, error: bytes) -> None:
    with pytest.raises(EngineRefused, match="a_method"):
        ask(tmp_path, b'{"id":1,"error":%s}\n' % error)


@pytest.mark.parametrize(
    "answer",
    [
        *(None, b"", b"\n", b"[1]\n", b"\xff\xfe\n", b'{"id":1}\n', b'{"id":2,"result":1}\n'),
        *(b'{"id":1,"result":', b'{"id":1,"result":1}'),
    ],
)
def test_silence_and_junk_are_no_answer(tmp_path: Path, answer: bytes | None) -> None:
    with pytest.raises(EngineUnavailable):
        ask(tmp_path, answer)


def test_an_endless_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ipc, "_ANSWER_BYTES", 1_000)
    with pytest.raises(EngineUnavailable, match="a_method"):
        ask(tmp_path, b"a" * 10_000)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        asyncio.run(EngineClient(tmp_path / "none").call("a_method"))


def test_a_connection_is_used_again(tmp_path: Path) -> None:
    geth = Geth(b'{"id":1,"result":1}\n', b'{"id":1,"result":2}\n')
    assert geth.run(tmp_path, twice) == [1, 2]
    assert len(geth.writers) == 1


def test_calls_at_once_have_a_connection_each(tmp_path: Path) -> None:
    geth = Geth(*[b'{"id":1,"result":1}\n'] * 20)
    assert geth.run(tmp_path, lambda client: asyncio.gather(*[client.call("a_method") for _ in range(20)])) == [1] * 20
    assert len(geth.writers) == 20


def test_a_late_answer_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    """The first call is given up; its answer comes afterwards, and the second one's is another."""
    geth = Geth(None, b'{"id":1,"result":"second"}\n')

    async def work(client: EngineClient) -> Any:
        with pytest.raises(EngineUnavailable):
            await client.call("a_method", timeout=0.05)
        geth.writers[0].write(b'{"id":1,"result":"first"}\n')
        return await client.call("a_method")

    assert geth.run(tmp_path, work) == "second"


def test_a_connection_that_geth_closed_meanwhile_is_not_used(tmp_path: Path) -> None:
    geth = Geth(b'{"id":1,"result":1}\n', b'{"id":1,"result":2}\n')

    async def work(client: EngineClient) -> Any:
        await client.call("a_method")
        geth.writers[0].close()
        await asyncio.sleep(0.05)
        return await client.call("a_method")

    assert geth.run(tmp_path, work) == 2
    assert len(geth.writers) == 2


def test_after_junk_the_next_call_has_another_connection(tmp_path: Path) -> None:
    geth = Geth(b'{"id":1,"result":', b'{"id":1,"result":2}\n')
    assert geth.run(tmp_path, twice) == [EngineUnavailable, 2]
    assert len(geth.writers) == 2


def test_a_batch_is_answered_whole(tmp_path: Path) -> None:
    answers = b'[{"id":1,"result":"b"},{"id":0,"result":"a"}]\n'
    assert Geth(answers).run(tmp_path, lambda client: client.batch([("x", []), ("y", [])])) == ["a", "b"]
    for short in (b'[{"id":1,"result":"b"}]\n', b'{"id":1,"error":{"message":"too large"}}\n', b"[1,2]\n"):
        with pytest.raises(EngineUnavailable):
            Geth(short).run(tmp_path, lambda client: client.batch([("x", []), ("y", [])]))
