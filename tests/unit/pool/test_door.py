"""The node's JSON-RPC: transactions to the pool, all else to geth, and nothing from a browser's page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.consensus import door as module
from liveledger.consensus.door import Door
from liveledger.consensus.http import MAX_BODY_BYTES
from liveledger.domain.hashing import hex_bytes
from tests.unit.consensus.engine import GENESIS
from tests.unit.pool.making import address, made, signed
from tests.unit.pool.test_keeper import Desk, settled

HEAD = "Host: 127.0.0.1:1\r\nContent-Type: application/json\r\n"


class Written:
    """A StreamWriter that keeps what is written."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: bytes) -> None:
        self.content += data

    async def drain(self) -> None:
        return None

    def close(self) -> None:
        return None


def geth(request: httpx.Request) -> httpx.Response:
    """Answers each call with its method; the account's nonce is 7."""

    def one(call: Any) -> dict[str, Any]:
        result = "0x7" if call["method"] == "eth_getTransactionCount" else f"geth: {call['method']}"
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}

    calls = json.loads(request.content)
    return httpx.Response(200, json=[one(call) for call in calls] if isinstance(calls, list) else one(calls))


def converse(sent: bytes, upstream: Any = geth) -> bytes:
    """All that the door answers to these bytes."""

    async def work() -> bytes:
        desk = Desk()
        desk.keeper.follow(GENESIS)
        await settled()
        door = Door(desk.keeper, "http://geth")
        door._http = httpx.AsyncClient(transport=httpx.MockTransport(upstream))
        reader, writer = asyncio.StreamReader(limit=module.MAX_HEAD_BYTES), Written()
        reader.feed_data(sent)
        reader.feed_eof()
        await door._serve(reader, writer)  # type: ignore[arg-type]
        await door.stop()
        return writer.content

    return asyncio.run(work())


def post(body: bytes, head: str = HEAD, line: str = "POST / HTTP/1.1") -> bytes:
    return f"{line}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def call(method: str, *params: Any, number: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def ask(value: Any, upstream: Any = geth) -> Any:
    answer = converse(post(json.dumps(value).encode()), upstream)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def send(raw: bytes, number: int = 1) -> dict[str, Any]:
    return call("eth_sendRawTransaction", hex_bytes(raw), number=number)


def test_a_transaction_goes_into_the_pool() -> None:
    assert ask(send(signed())) == {"jsonrpc": "2.0", "id": 1, "result": hex_bytes(made().hash)}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (signed(3), "no active account"),
        (signed(to=b"\x01" * 20), "no contract that the Directory lists"),
        (b"\x02\x01", "malformed"),
        (signed(gas=21_000, data=b"\x01"), "intrinsic gas too low"),
    ],
)
def test_a_refusal_says_why(raw: bytes, words: str) -> None:
    error = ask(send(raw))["error"]
    assert error["code"] == -32000
    assert words in error["message"]


BAD_PARAMETERS = [[], ["0x"], ["0x02", 1], [7], ["02"], ["0x0"], ["0xzz"], ["0x" + "00" * 131_073], {}]


@pytest.mark.parametrize("params", BAD_PARAMETERS)
def test_bad_parameters_are_said(params: Any) -> None:
    answer = ask({"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": params})
    assert answer["error"]["code"] in (-32602, -32000)


def test_all_else_is_geths() -> None:
    assert ask(call("eth_blockNumber"))["result"] == "geth: eth_blockNumber"
    assert ask([call("eth_call", number=4), call("eth_chainId", number=5)])[1]["result"] == "geth: eth_chainId"


def test_a_mixed_batch_is_answered_by_id() -> None:
    answers = ask([call("eth_chainId", number=1), send(signed(), 2), call("net_version", number=3), send(b"", 4)])
    by_id = {answer["id"]: answer for answer in answers}
    assert by_id[1]["result"] == "geth: eth_chainId"
    assert by_id[2]["result"] == hex_bytes(made().hash)
    assert by_id[3]["result"] == "geth: net_version"
    assert "error" in by_id[4]


def test_pending_counts_what_waits() -> None:
    count = call("eth_getTransactionCount", hex_bytes(address(1)), "pending", number=9)
    assert ask(count)["result"] == "0x7"
    waiting = [send(signed(1, nonce), number=nonce) for nonce in (7, 8)]
    assert ask([*waiting, count])[-1] == {"jsonrpc": "2.0", "id": 9, "result": "0x9"}
    latest = call("eth_getTransactionCount", hex_bytes(address(1)), "latest", number=9)
    assert ask([*waiting, latest])[-1]["result"] == "0x7"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (post(b"{}", line="GET / HTTP/1.1"), 405),
        (post(b"{}", line="OPTIONS / HTTP/1.1"), 405),
        (post(b"{}", line="nonsense"), 400),
        (post(b"{}", head="Content-Type: application/json\r\nHost: evil.example\r\n"), 403),
        (post(b"{}", head="Content-Type: application/json\r\n"), 403),
        (post(b"{}", head="Host: localhost\r\nContent-Type: text/plain\r\n"), 415),
        (post(b"{}", head=HEAD + "no colon\r\n"), 400),
        (post(b"{}", head=HEAD + "Transfer-Encoding: chunked\r\n"), 411),
        (f"POST / HTTP/1.1\r\n{HEAD}\r\n".encode(), 411),
        (f"POST / HTTP/1.1\r\n{HEAD}Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode(), 413),
        (f"POST / HTTP/1.1\r\n{HEAD}Content-Length: -1\r\n\r\n".encode(), 411),
        (f"POST / HTTP/1.1\r\n{HEAD}X: {'a' * 20_000}\r\n\r\n".encode(), 431),
    ],
)
def test_what_is_no_call_of_a_program_is_refused(sent: bytes, status: int) -> None:
    answer = converse(sent)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in answer


@pytest.mark.parametrize("body", [b"", b"{", b"7", b"[]", b"[" * 5_000, b'"x"', b"[1" + b",1" * 1_000 + b"]"])
def test_what_is_no_json_rpc_is_an_error(body: bytes) -> None:
    answer = converse(post(body))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] in (-32700, -32600)


def test_a_connection_serves_several_requests_and_is_cut_off_quietly() -> None:
    body = json.dumps(call("eth_chainId")).encode()
    assert converse(post(body) + post(body) + post(body)[:-4]).count(b"200 OK") == 2
    assert converse(post(body, head=HEAD + "Connection: close\r\n") + post(body)).count(b"200 OK") == 1
    assert converse(b"") == b""


def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    answer = converse(post(json.dumps(call("eth_chainId")).encode(), head=HEAD + "Expect: 100-continue\r\n"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_a_geth_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    body = post(json.dumps(call("eth_chainId")).encode())
    assert converse(body, away).startswith(b"HTTP/1.1 502 ")
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    assert converse(body).startswith(b"HTTP/1.1 502 ")


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_junk_ends_in_an_answer_or_in_silence(sent: bytes) -> None:
    answer = converse(sent)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
