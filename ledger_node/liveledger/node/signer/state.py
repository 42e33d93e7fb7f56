"""What a signer signed last, on disk before a signature leaves; a file that is missing or older is refused.

Two files hold it: the state, and beside the key a mark of the newest place. Whoever restores one of them from a back-up
is found out at the next start. Restoring both, with the key, at once is not: that is why neither is ever restored.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.private_files import read_private, replace, write_new
from liveledger.node.signer.protection import (
    MOST_HEIGHT,
    MOST_ROUND,
    PRECOMMIT,
    STEPS,
    LastSigned,
    Position,
    canonical_of,
)

FORMAT = "liveledger-signer/1"
NOTHING = LastSigned(Position(0, 0, 0))


class SignerDoubt(ConfigurationError):
    """The signer cannot be sure what it signed last: it signs nothing. ``code`` says why."""

    code = "signer-doubt"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose signatures a state is about: the chain, and the validator's public key (32 bytes)."""

    chain_id: str
    public_key: bytes


def above(height: int) -> LastSigned:
    """The state of a signer that must sign nothing at or below ``height``."""
    return LastSigned(Position(height, MOST_ROUND, PRECOMMIT))


def mark_path(key: Path) -> Path:
    """File beside a key that holds the newest place signed with it."""
    return key.with_name(f"{key.name}.signed")


def initialise(state: Path, key: Path, identity: Identity, last: LastSigned) -> None:
    """Begins a state. Raises SignerDoubt when there is one, or the key signed later than ``last`` already."""
    if state.exists():
        raise SignerDoubt(f"{state} is there already", hint="a state is never begun twice", code="signer-state-exists")
    mark = mark_path(key)
    if mark.exists() and (newest := _read(mark, identity).position) > last.position:
        raise SignerDoubt(
            f"{mark} says that this key signed at {newest}",
            hint=f"give --continue with the newest state, or --above {newest.height} or higher",
            code="signer-state-older",
        )
    replace(mark, _encode(identity, LastSigned(last.position)))
    write_new(state, _encode(identity, last))


class StateFile:
    """The state of a running signer: locked, so that no second signer uses it, and written through to the disk."""

    _lock_suffix: ClassVar[str] = ".lock"

    def __init__(self, state: Path, key: Path, identity: Identity) -> None:
        """Opens a state. Raises SignerDoubt when it is missing, damaged, older than the key's mark, or in use."""
        self._path, self._mark, self._identity = state, mark_path(key), identity
        self._lock = _lock(state.with_name(state.name + self._lock_suffix))
        try:
            self.last = self._load()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the lock."""
        os.close(self._lock)

    def _load(self) -> LastSigned:
        for path in (self._path, self._mark):
            if not path.exists():
                raise SignerDoubt(
                    f"{path} is missing: what this key signed last is not known",
                    hint="begin a state with `liveledger signer init`; docs/keys.md says which option is safe",
                    code="signer-state-missing",
                )
        self._seen = _stamp(self._path)
        last, newest = _read(self._path, self._identity), _read(self._mark, self._identity)
        if last.position < newest.position:
            raise SignerDoubt(
                f"{self._path} ends at {last.position}, but this key signed at {newest.position}",
                hint="bring back the newest state, or begin one with `liveledger signer init --above HEIGHT`",
                code="signer-state-older",
            )
        return last

    def save(self, last: LastSigned) -> None:
        """Puts what is about to be signed on disk; only then may the signature leave.

        Raises SignerDoubt when somebody else changed the file, OSError when it cannot be written.
        """
        if _stamp(self._path) != self._seen:
            raise SignerDoubt(
                f"{self._path} was changed by somebody else", hint="find out who did", code="signer-state-changed"
            )
        replace(self._path, _encode(self._identity, last))
        self._seen = _stamp(self._path)
        replace(self._mark, _encode(self._identity, LastSigned(last.position)))
        self.last = last


def read_last(path: Path, identity: Identity) -> LastSigned:
    """What a signer's state or CometBFT's ``priv_validator_state.json`` says was signed last. Raises SignerDoubt."""
    return _read(path, identity)


def cometbft_state(last: LastSigned) -> dict[str, Any]:
    """The content of ``priv_validator_state.json`` that goes on where a signer stopped."""
    position = last.position
    content = {"height": str(position.height), "round": position.round, "step": position.step}
    if not last.sign_bytes:
        return content
    signature = base64.b64encode(last.signature).decode()
    return content | {"signature": signature, "signbytes": last.sign_bytes.hex().upper()}


def _lock(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SignerDoubt(
            "another signer uses this state", hint="one state, one signer: stop the other", code="signer-running"
        ) from None
    return handle


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _encode(identity: Identity, last: LastSigned) -> bytes:
    content = {
        "format": FORMAT,
        "chain_id": identity.chain_id,
        "public_key": identity.public_key.hex(),
        "height": last.position.height,
        "round": last.position.round,
        "step": last.position.step,
        "sign_bytes": last.sign_bytes.hex(),
        "signature": last.signature.hex(),
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def _read(path: Path, identity: Identity) -> LastSigned:
    try:
        content = json.loads(read_private(path))
        if not isinstance(content, dict):
            raise TypeError("no object")
        last = _own(content, identity) if "format" in content else _of_cometbft(content)
        _check(last, identity)
    except (KeyError, TypeError, ValueError, RecursionError) as trouble:
        raise SignerDoubt(
            f"{path} cannot be used: {trouble}",
            hint="bring back the newest state, or begin one with `liveledger signer init --above HEIGHT`",
            code="signer-state-damaged",
        ) from None
    return last


def _own(content: dict[str, Any], identity: Identity) -> LastSigned:
    if content["format"] != FORMAT:
        raise ValueError("it is of another format")
    if (content["chain_id"], content["public_key"]) != (identity.chain_id, identity.public_key.hex()):
        raise ValueError("it is about another chain or another key")
    place = Position(*(_integer(content[name]) for name in ("height", "round", "step")))
    return LastSigned(place, bytes.fromhex(content["sign_bytes"]), bytes.fromhex(content["signature"]))


def _of_cometbft(content: dict[str, Any]) -> LastSigned:
    place = Position(int(content["height"]), _integer(content["round"]), _integer(content["step"]))
    signature = base64.b64decode(content.get("signature") or "", validate=True)
    return LastSigned(place, bytes.fromhex(content.get("signbytes") or ""), signature)


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("a place that is no number")
    return value


def _check(last: LastSigned, identity: Identity) -> None:
    place = last.position
    if not (0 <= place.height <= MOST_HEIGHT and 0 <= place.round <= MOST_ROUND and place.step in (0, *STEPS)):
        raise ValueError("a place out of range")
    if bool(last.sign_bytes) != bool(last.signature):
        raise ValueError("a signature without what it signs")
    if last.sign_bytes:
        signed = canonical_of(last.sign_bytes, place.step)
        if (signed.height, signed.round, signed.chain_id) != (place.height, place.round, identity.chain_id):
            raise ValueError("what was signed is not of its place or chain")
