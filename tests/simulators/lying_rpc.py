"""A proxy that stands between a client and one JSON-RPC port of a real node, and lies about what was answered.

with LyingProxy(url) as proxy:
    proxy.lies["eth_getTransactionReceipt"] = lambda receipt: receipt and receipt | {"blockHash": …}
    proxy.errors_after.add("eth_sendRawTransaction")   # carried out, then answered with an error
    proxy.silent_after.add("…")                        # carried out, then the connection is cut
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import httpx

Lie = Callable[[Any], Any]
_ERROR = {"code": -32000, "message": "internal error"}


class LyingProxy:
    """Forwards every call; ``told`` counts the lies."""

    def __init__(self, target: str) -> None:
        self.lies: dict[str, Lie] = {}
        self.errors_after: set[str] = set()
        self.silent_after: set[str] = set()
        self.told = 0
        self._http = httpx.Client(base_url=target, timeout=20, trust_env=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        """Where the client connects."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def honest(self) -> None:
        """Takes all lies back."""
        self.lies.clear()
        self.errors_after.clear()
        self.silent_after.clear()

    def __enter__(self) -> LyingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._http.close()

    def answer(self, body: bytes) -> bytes | None:
        """What the client gets for a request; None cuts its connection."""
        request = json.loads(body)
        calls = request if isinstance(request, list) else [request]
        reply = self._http.post("/", content=body, headers={"content-type": "application/json"}).json()
        if self.silent_after & {call["method"] for call in calls}:
            self.told += 1
            return None
        if isinstance(reply, list):
            methods = {call["id"]: call["method"] for call in calls}
            return json.dumps([self._tell(methods[entry["id"]], entry) for entry in reply]).encode()
        return json.dumps(self._tell(calls[0]["method"], reply)).encode()

    def _tell(self, method: str, entry: dict[str, Any]) -> dict[str, Any]:
        if method in self.errors_after:
            self.told += 1
            return {"jsonrpc": "2.0", "id": entry["id"], "error": _ERROR}
        if method in self.lies and "result" in entry:
            self.told += 1
            return entry | {"result": self.lies[method](entry["result"])}
        return entry

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = proxy.answer(self.rfile.read(int(self.headers["content-length"])))
                if body is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: a test's output is its own."""

        return Handler
