"""Answers of a node are bounded, belong to their call, and have the form of their method; junk is refused by name."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.rpc import records
from liveledger.chain.rpc.encoding import header_rlp, receipt_rlp
from liveledger.chain.rpc.transport import JsonRpc, MalformedAnswer, NodeUnreachable, RpcError

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["0x", "0x1", "0xzz", "0x00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


def answering(content: bytes | Exception, status: int = 200, **options: Any) -> JsonRpc:
    """An endpoint that always answers the same."""

    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(content, Exception):
            raise content
        return httpx.Response(status, content=content)

    rpc = JsonRpc("http://node", **options)
    rpc._client = httpx.Client(transport=httpx.MockTransport(handle))
    return rpc


def test_result() -> None:
    assert answering(b'{"jsonrpc":"2.0","id":1,"result":"0x7"}').call("m", []) == "0x7"


def test_an_error_keeps_revert_data() -> None:
    body = b'{"id":1,"error":{"code":3,"message":"execution reverted","data":"0x0bd173a2"}}'
    with pytest.raises(RpcError) as caught:
        answering(body).call("eth_call", [])
    assert (caught.value.rpc_code, caught.value.data) == (3, bytes.fromhex("0bd173a2"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"7",
        b'{"id":2,"result":1}',
        b'{"id":1}',
        b'{"result":1}',
        b'{"id":1,"result":"0x7"',
    ],
)
def test_answers_that_are_none(body: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        answering(body).call("m", [])


@pytest.mark.parametrize("body", [b'[{"id":1,"result":1}]', b"[]", b"7", b'[{"id":7,"result":1},null,3]'])
def test_batches_must_be_whole(body: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        answering(body).batch([("a", []), ("b", [])])


def test_a_batch_is_put_in_order_and_keeps_errors() -> None:
    body = b'[{"id":2,"error":{"code":-5,"message":"no"}},{"id":1,"result":"one"}]'
    first, second = answering(body).attempt_batch([("a", []), ("b", [])])
    assert first == "one"
    assert isinstance(second, RpcError)
    with pytest.raises(RpcError, match="no"):
        answering(body).batch([("a", []), ("b", [])])


def test_too_much_is_cut_off() -> None:
    with pytest.raises(MalformedAnswer, match="over 10 bytes"):
        answering(b'{"id":1,"result":"' + b"a" * 100, max_response_bytes=10).call("m", [])


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")])
def test_transport_trouble(trouble: Exception) -> None:
    with pytest.raises(NodeUnreachable):
        answering(trouble).call("m", [])


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_in_trouble_is_away(status: int) -> None:
    body = b'{"jsonrpc":"2.0","id":-1,"error":{"code":-32603,"message":"Internal error","data":"leveldb: closed"}}'
    with pytest.raises(NodeUnreachable, match=f"status {status}.*leveldb: closed"):
        answering(body, status).call("status", {})


def test_large_batches_are_split() -> None:
    sizes: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls = orjson.loads(request.content)
        sizes.append(len(request.content))
        return httpx.Response(
            200, content=orjson.dumps([{"id": call["id"], "result": call["params"]} for call in calls])
        )

    rpc = JsonRpc("http://node")
    rpc._client = httpx.Client(transport=httpx.MockTransport(handle))
    calls = [("m", [number, "a" * 100_000]) for number in range(100)]
    assert rpc.batch(calls) == [params for _, params in calls]
    assert len(sizes) > 1
    assert max(sizes) <= 5 * 1024 * 1024


@given(JUNK)
def test_junk_is_refused_by_every_decoder(junk: Any) -> None:
    for decode in (
        records.decode_log,
        records.decode_receipt,
        records.decode_block,
        records.decode_account_proof,
        records.data_bytes,
        records.quantity,
        header_rlp,
        receipt_rlp,
    ):
        try:
            decode(junk)
        except MalformedAnswer:
            continue
        assert decode in (records.data_bytes, records.quantity)
