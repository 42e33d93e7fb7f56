"""A node that is the product in all but its bridge, which lies on demand: real geth, real CometBFT, real supervisor.

Run as ``python -m tests.simulators.dishonest_bridge ROOT LEDGER NODE``. What the file ``lie`` in the node's run folder
names is told at every turn to propose, and voted for; ``told`` lists what was told. With the file ``smuggled`` it
proposes blocks, right for geth, of the transactions in it (hex, one a line). Without either it is honest.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from liveledger.consensus import payload as limits
from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.application import Application
from liveledger.consensus.block_rules import block_timestamp
from liveledger.consensus.block_source import PayloadAttributes
from liveledger.consensus.payload import FIELDS, ExecutionPayload
from liveledger.domain import rlp
from liveledger.node import __main__ as entry
from liveledger.node import stack

Lie = Callable[[ExecutionPayload], list[bytes]]
# What a second node with somebody's key may do: vote against everything; propose a second block, as valid as the first.
CONTRARY = "contrary"
OTHER_BLOCK = "other-block"
SMUGGLED = "smuggled"
NOISE_BYTES = 2_000_000
_MEGABYTE = 1024 * 1024


def _changed(**changes: Any) -> Lie:
    return lambda payload: [replace(payload, **changes).pack()]


def _later(payload: ExecutionPayload) -> list[bytes]:
    return [replace(payload, timestamp=payload.timestamp + 7).pack()]


def _packed(content: bytes) -> bytes:
    return bytes((limits.FORMAT,)) + zlib.compress(content, 1)


def _tiny_items(payload: ExecutionPayload) -> list[bytes]:
    """4 MiB of transactions of one byte each: small on the wire, and each one an object for whoever reads it."""
    count = limits.MAX_PAYLOAD_BYTES - 4096
    fields = [rlp.encode(getattr(payload, attribute)) for attribute, _, _ in FIELDS[:-2]]
    body = b"".join(fields) + _list_of(b"\x01" * count) + rlp.encode([])
    return [_packed(_list_of(body))]


def _list_of(body: bytes) -> bytes:
    size = len(body).to_bytes(4).lstrip(b"\0")
    return bytes((0xF7 + len(size),)) + size + body


# The lie, and the reason for which every honest node must refuse it.
LIES: dict[str, tuple[str, Lie]] = {
    "wrong-parent": ("wrong-parent", _changed(parent_hash=b"\x66" * 32)),
    "wrong-number": ("wrong-number", lambda payload: [replace(payload, number=payload.number + 1).pack()]),
    "wrong-time": ("wrong-time", _later),
    "own-purse": ("wrong-fee-recipient", _changed(fee_recipient=b"\x99" * 20)),
    "blobs": ("blob-gas", _changed(blob_gas_used=131_072)),
    "wrong-state": ("engine-invalid", _changed(state_root=b"\x55" * 32)),
    "wrong-hash": ("engine-invalid", _changed(block_hash=b"\x44" * 32)),
    "two-megabytes": ("oversized", lambda payload: [replace(payload, transactions=(_noise(),)).pack()]),
    "junk": ("bad-format", lambda _: [b"\x00" + os.urandom(1_000)]),
    "packed-junk": ("bad-encoding", lambda _: [_packed(os.urandom(1_000))]),
    "cut-off": ("bad-compression", lambda payload: [payload.pack()[:-20]]),
    "oversize": ("too-large", lambda _: [b"\x01" + os.urandom(17 * _MEGABYTE)]),
    "bomb": ("too-large", lambda _: [_packed(bytes(limits.MAX_PAYLOAD_BYTES + 1))]),
    "tiny-items": ("too-many-items", _tiny_items),
    "withheld": ("transaction-count", lambda _: []),
    "twice": ("transaction-count", lambda payload: [payload.pack(), payload.pack()]),
}


def _packed_otherwise(packed: bytes) -> bytes:
    """The same payload in other bytes: another block of the same execution."""
    return packed[:1] + zlib.compress(zlib.decompress(packed[1:]), 9)


def _noise() -> bytes:
    return os.urandom(NOISE_BYTES)


class DishonestApplication(Application):
    """Proposes what the file ``lie`` says, and votes for whatever it proposed itself."""

    _mine: bytes = b""

    async def prepare_proposal(self, request: Any) -> Any:
        """The lie of the hour, or an honest proposal."""
        lie = _lie()
        if smuggled := _smuggled():
            return await self._smuggle(request, smuggled)
        if lie == OTHER_BLOCK:
            honest = await super().prepare_proposal(request)
            return abci.ResponsePrepareProposal(txs=[_packed_otherwise(packed) for packed in honest.txs])
        if lie not in LIES:
            return await super().prepare_proposal(request)
        payload = await self._builder.build(self.head, block_timestamp(self.head.timestamp, request.time.seconds))
        return self._told(lie, request.height, LIES[lie][1](payload))

    async def _smuggle(self, request: Any, raws: list[bytes]) -> Any:
        """A block that breaks no rule of geth's."""
        timestamp = block_timestamp(self.head.timestamp, request.time.seconds)
        attributes = PayloadAttributes(timestamp, self._rules.fee_recipient)
        payload = await self._builder._source._source.build(self.head.hash, attributes, raws)
        await self._clock.reach(timestamp)
        return self._told(SMUGGLED, request.height, [payload.pack()])

    def _told(self, lie: str, height: int, txs: list[bytes]) -> Any:
        self._mine = b"".join(txs)
        with Path("told").open("a") as told:
            told.write(f"{lie} {height}\n")
        return abci.ResponsePrepareProposal(txs=txs)

    async def process_proposal(self, request: Any) -> Any:
        """A liar finds its own lies acceptable, and a contrary one finds nothing acceptable."""
        if _lie() == CONTRARY:
            return abci.ResponseProcessProposal(status=abci.ResponseProcessProposal.REJECT)
        if (_lie() in LIES or _smuggled()) and b"".join(request.txs) == self._mine:
            return abci.ResponseProcessProposal(status=abci.ResponseProcessProposal.ACCEPT)
        return await super().process_proposal(request)


def _lie() -> str:
    """The supervisor's working folder is the node's run folder."""
    try:
        return Path("lie").read_text().strip()
    except FileNotFoundError:
        return ""


def _smuggled() -> list[bytes]:
    try:
        return [bytes.fromhex(line) for line in Path(SMUGGLED).read_text().split()]
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    stack.Application = DishonestApplication  # type: ignore[attr-defined]
    sys.exit(entry.main(sys.argv[1:]))
