"""JSON-RPC over HTTP with limits: on bytes, on time, on the form of what comes back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import httpx
import orjson

from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger.domain.json_rpc import Fault, answers_by_number, result_of

MAX_RESPONSE_BYTES = 256 * 1024 * 1024
# geth takes bodies of up to 5 MiB and batches of up to 1,000 calls.
MAX_REQUEST_BYTES = 4_500_000
MAX_BATCH_CALLS = 1_000
_SERVER_ERROR = 500
_REASON_BYTES = 300
# httpx's own numbers, but an idle connection does not expire: httpcore may close one that has while another thread,
# which was just given it, begins to write ("Bad file descriptor"). One that the node has closed is noticed before.
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=None)

Call = tuple[str, Any]


class RpcError(LiveLedgerError):
    """The node answered a call with an error.

    ``rpc_code`` is the JSON-RPC code, ``data`` the revert data (empty when the call was not refused by a contract).
    """

    code: ClassVar[str] = "rpc-error"
    http_status: ClassVar[int] = 502

    def __init__(self, message: str, *, rpc_code: int, data: bytes = b"", method: str = "") -> None:
        super().__init__(f"{method}: {message}" if method else message, rpc_code=rpc_code, method=method)
        self.rpc_code = rpc_code
        self.data = data
        self.reason = message


class NodeUnreachable(Unavailable):
    """No usable answer came from the node in time. Whether it carried the call out is not known."""

    code: ClassVar[str] = "node-unreachable"


class MalformedAnswer(LiveLedgerError):
    """The node answered something that is no JSON-RPC, too large, or does not have the form of the method's result."""

    code: ClassVar[str] = "malformed-answer"
    http_status: ClassVar[int] = 502


class JsonRpc:
    """One JSON-RPC endpoint with a client that is used again. Not for several threads at once."""

    def __init__(self, url: str, *, timeout: float = 10.0, max_response_bytes: int = MAX_RESPONSE_BYTES) -> None:
        self.url = url
        self._timeout = timeout
        self._max_response_bytes = max_response_bytes
        self._ids = itertools.count(1)
        # trust_env: a proxy in the environment must not see what goes to a node on loopback.
        # identity: on loopback, packing an answer costs the node more than sending it.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        self._client = httpx.Client(timeout=timeout, trust_env=False, headers=headers, limits=_LIMITS)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def call(self, method: str, params: Any) -> Any:
        """One call. Raises RpcError, NodeUnreachable or MalformedAnswer."""
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self._post(orjson.dumps(request))
        return result_of(answer, request["id"], partial(_failure, method))

    def attempt_batch(self, calls: Sequence[Call]) -> list[Any]:
        """Results in the order of ``calls``; a call that failed has its RpcError in the list."""
        results: list[Any] = []
        for part in self._parts(calls):
            first = next(self._ids)
            ids = [first, *(next(self._ids) for _ in part[1:])]
            body = b"[" + b",".join(_request(i, text) for i, (_, text) in zip(ids, part, strict=True)) + b"]"
            by_number = answers_by_number(self._post(body), partial(_failure, "batch"))
            for i, (method, _) in zip(ids, part, strict=True):
                try:
                    results.append(result_of(by_number.get(i), i, partial(_failure, method)))
                except RpcError as error:
                    results.append(error)
        return results

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Results in the order of ``calls``. Raises the first call's RpcError that failed."""
        results = self.attempt_batch(calls)
        for result in results:
            if isinstance(result, RpcError):
                raise result
        return results

    def _parts(self, calls: Sequence[Call]) -> list[list[tuple[str, bytes]]]:
        """Encodes the calls and splits them by the node's limits on a batch."""
        parts: list[list[tuple[str, bytes]]] = []
        size = 0
        for method, params in calls:
            text = orjson.dumps({"jsonrpc": "2.0", "method": method, "params": params})
            if not parts or size + len(text) > MAX_REQUEST_BYTES or len(parts[-1]) == MAX_BATCH_CALLS:
                parts.append([])
                size = 0
            parts[-1].append((method, text))
            size += len(text) + 32
        return parts

    def _post(self, body: bytes) -> Any:
        deadline = time.monotonic() + self._timeout
        chunks: list[bytes] = []
        size = 0
        try:
            with self._client.stream("POST", self.url, content=body) as response:
                for chunk in response.iter_bytes():
                    size += len(chunk)
                    if size > self._max_response_bytes:
                        raise MalformedAnswer(f"{self.url} answers over {self._max_response_bytes} bytes")
                    if time.monotonic() > deadline:
                        raise NodeUnreachable(f"{self.url} did not finish its answer in {self._timeout} s")
                    chunks.append(chunk)
        except httpx.HTTPError as error:
            raise NodeUnreachable(
                f"{self.url} does not answer: {type(error).__name__} {error}",
                hint="is the node running? `liveledger node status`",
            ) from error
        return self._read(response.status_code, b"".join(chunks))

    def _read(self, status: int, answer: bytes) -> Any:
        if status >= _SERVER_ERROR:
            # A call that fails is answered with 200; this is trouble of the server itself. CometBFT goes on answering
            # on open connections while it ends, when its databases are closed already.
            reason = answer[:_REASON_BYTES].decode(errors="replace")
            raise NodeUnreachable(
                f"{self.url} answers with status {status}: {reason}",
                hint="is the node starting or ending? `liveledger node status`",
            )
        try:
            return orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise MalformedAnswer(f"{self.url} answers with status {status} and no JSON") from None


def _request(number: int, text: bytes) -> bytes:
    return b'{"id":%d,' % number + text[1:]


def _failure(method: str, fault: Fault) -> LiveLedgerError:
    """What a caller is told of a fault: RpcError where the node answered with an error, else MalformedAnswer."""
    if fault.code is None:
        return MalformedAnswer(f"{method}: {fault.reason}", method=method)
    message, revert = fault.reason, b""
    if isinstance(fault.data, str):
        try:
            revert = bytes.fromhex(fault.data.removeprefix("0x"))
        except ValueError:
            # CometBFT puts the reason there as text.
            message = f"{message}: {fault.data}"
    return RpcError(message, rpc_code=fault.code, data=revert, method=method)
