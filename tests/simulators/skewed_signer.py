"""A remote signer whose clock is off: CometBFT asks it for every signature, and it dates votes SECONDS away.

Run as ``python -m tests.simulators.skewed_signer SOCKET KEY_FILE SECONDS``. It speaks CometBFT's protocol for remote
signers (proto/tendermint/privval): length-prefixed protobuf, over the unix socket that CometBFT listens on. It refuses
to sign a step twice unless the bytes are the same.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import sys
import time
from io import BufferedReader
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.verifier import protobuf

Fields = dict[int, bytes | int]
PUB_KEY, VOTE, PROPOSAL, PING = 1, 3, 5, 7
_NANOS = 10**9
# Where the time, the chain id and the signature stand in a vote and in a proposal, and the step of each type.
_TIME = {VOTE: 5, PROPOSAL: 6}
_SIGNATURE = {VOTE: 8, PROPOSAL: 7}
_STEP = {32: 1, 1: 2, 2: 3}


def fields(body: bytes) -> Fields:
    """A message's fields: varints as numbers, the rest as bytes."""
    found: Fields = {}
    place = 0
    while place < len(body):
        tag, place = _varint(body, place)
        if tag & 7 == 0:
            found[tag >> 3], place = _varint(body, place)
        else:
            size, place = _varint(body, place)
            found[tag >> 3] = body[place : place + size]
            place += size
    return found


def _varint(body: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


class Signer:
    """One validator's key; ``skew`` is in seconds."""

    def __init__(self, key: Ed25519PrivateKey, skew: float) -> None:
        self._key = key
        self._skew = skew
        self._last: tuple[tuple[int, int, int], bytes, bytes] = ((0, 0, 0), b"", b"")

    def answer(self, message: bytes) -> bytes:
        """The response to a request (both are the oneof ``Message``)."""
        (kind, body), *_ = fields(message).items()
        assert isinstance(body, bytes)
        if kind == PUB_KEY:
            key = protobuf.data(1, self._key.public_key().public_bytes_raw())
            return protobuf.message(kind + 1, protobuf.message(1, key))
        if kind == PING:
            return protobuf.message(kind + 1, b"")
        request = fields(body)
        chain_id, subject = request[2], request[1]
        assert isinstance(chain_id, bytes)
        assert isinstance(subject, bytes)
        return protobuf.message(kind + 1, protobuf.message(1, self._signed(kind, fields(subject), chain_id)))

    def _signed(self, kind: int, subject: Fields, chain_id: bytes) -> bytes:
        """The vote or proposal with our time and signature; what was signed for this step before is given again."""
        step = int(subject.get(2, 0)), int(subject.get(3, 0)), _STEP[int(subject[1])]
        untimed = _canonical(kind, subject, b"", chain_id)
        known, said, answer = self._last
        if step == known and said == untimed:
            return answer
        if step <= known:
            raise SystemExit(f"asked to sign {step} after {known}")
        # CometBFT takes the time of a vote from the answer, that of a proposal not: it is the round's, not the block's.
        given = subject[_TIME[PROPOSAL]] if kind == PROPOSAL else b""
        stamp = given if isinstance(given, bytes) and given else _stamp(time.time() + self._skew)
        signature = self._key.sign(_canonical(kind, subject, stamp, chain_id))
        answer = _encode(subject | {_TIME[kind]: stamp, _SIGNATURE[kind]: signature})
        self._last = (step, untimed, answer)
        return answer


def _stamp(moment: float) -> bytes:
    nanos = int(moment * _NANOS)
    return protobuf.number(1, nanos // _NANOS) + protobuf.number(2, nanos % _NANOS)


def _encode(subject: Fields) -> bytes:
    parts = []
    for field, value in sorted(subject.items()):
        parts.append(protobuf.number(field, value) if isinstance(value, int) else protobuf.message(field, value))
    return b"".join(parts)


def _canonical(kind: int, subject: Fields, stamp: bytes, chain_id: bytes) -> bytes:
    """What is signed (cometbft: types/canonical.go), with its length before it. A vote for nothing names no block."""
    time_field = _TIME[kind]
    block = subject[time_field - 1]
    assert isinstance(block, bytes)
    head = protobuf.number(1, int(subject[1])) + protobuf.fixed64(2, int(subject.get(2, 0)))
    head += protobuf.fixed64(3, int(subject.get(3, 0)))
    if kind == PROPOSAL:
        head += protobuf.number(4, int(subject.get(4, 0)))
    if 1 in fields(block):
        head += protobuf.message(time_field - 1, block)
    body = head + protobuf.message(time_field, stamp) + protobuf.data(time_field + 1, chain_id)
    return protobuf.varint(len(body)) + body


def serve(path: Path, signer: Signer) -> None:
    """Dials CometBFT again and again, and answers it for as long as it listens."""
    while True:
        with contextlib.suppress(OSError, EOFError), socket.socket(socket.AF_UNIX) as line:
            line.connect(str(path))
            stream = line.makefile("rb")
            while True:
                reply = signer.answer(stream.read(_size(stream)))
                line.sendall(protobuf.varint(len(reply)) + reply)
        time.sleep(0.1)


def _size(stream: BufferedReader) -> int:
    head = b""
    while not head or head[-1] >= 0x80:
        byte = stream.read(1)
        if not byte:
            raise EOFError
        head += byte
    return _varint(head, 0)[0]


def load(path: Path) -> Ed25519PrivateKey:
    """The key in CometBFT's ``priv_validator_key.json``."""
    value = base64.b64decode(json.loads(path.read_text())["priv_key"]["value"])
    return Ed25519PrivateKey.from_private_bytes(value[:32])


if __name__ == "__main__":
    place, key_file, seconds = sys.argv[1:]
    serve(Path(place), Signer(load(Path(key_file)), float(seconds)))
