"""The first entry of an archive: what is in it, of which chain, made by which versions (docs/node-life.md)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from liveledger.domain.errors import LiveLedgerError
from liveledger.maintenance.errors import ArchiveRefused
from liveledger.node.geth import PROFILES
from liveledger.verifier import shape

FORMAT = "liveledger-archive/2"
# Version 1 had a network key of geth's beside the others.
_READ = ("liveledger-archive/1", FORMAT)
NAME = "manifest.json"
BACKUP = "backup"
SNAPSHOT = "snapshot"
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
MAX_FILES = 100_000
# What a plain tar header has room for.
MAX_NAME = 99
_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_NAME = re.compile(rf"(?:ledger|node)(?:/{_PART}){{1,12}}")
_TEXTS = {"ledger": 50, "chain_id": 50, "genesis_hash": 66, "member": 100, "app_hash": 66, "validator_key": 64}
_NUMBERS = ("evm_chain_id", "node", "height", "block_time", "created_at")
_FIELDS = ("format", "kind", "profile", "with_keys", "handover", "versions", "files", *_TEXTS, *_NUMBERS)
_VERSIONS = ("rules", "cometbft", "geth", "liveledger")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: its name in the archive, size in bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str

    @classmethod
    def read(cls, value: Any, where: str) -> FileEntry:
        """Reads ``{name, size, sha256}``. Raises Refusal."""
        entry = shape.fields(value, where, ("name", "size", "sha256"))
        name = shape.text(entry["name"], f"{where}.name", MAX_NAME)
        if not _NAME.fullmatch(name):
            raise shape.refuse(f"{where}: {name!r} is no name of a file in an archive")
        digest = shape.text(entry["sha256"], f"{where}.sha256", 64)
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise shape.refuse(f"{where}.sha256 is no hash")
        return cls(name, shape.integer(entry["size"], f"{where}.size"), digest)


@dataclass(frozen=True, slots=True)
class Manifest:
    """``height``, ``app_hash`` and ``block_time`` (Unix seconds) are of the newest execution block in the archive.

    ``node`` is the node's number on its host, ``member`` its name, ``validator_key`` its public key in hex.
    ``handover`` is empty unless the node was retired where it ran when the archive was made.
    """

    kind: str
    ledger: str
    chain_id: str
    evm_chain_id: int
    genesis_hash: str
    node: int
    member: str
    validator_key: str
    profile: str
    height: int
    app_hash: str
    block_time: int
    created_at: int
    with_keys: bool
    handover: str
    versions: dict[str, str]
    files: tuple[FileEntry, ...]

    @property
    def total_bytes(self) -> int:
        """Sum of the files' sizes."""
        return sum(entry.size for entry in self.files)

    def emit(self) -> bytes:
        """The JSON form."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Reads the JSON form. Raises ArchiveRefused, naming what is wrong."""
        try:
            return cls._read(shape.parse_json(data, limit=MAX_MANIFEST_BYTES))
        except LiveLedgerError as reason:
            raise ArchiveRefused(f"the archive's manifest: {reason.message}", hint="take another copy of it") from None

    @classmethod
    def _read(cls, value: Any) -> Manifest:
        if not isinstance(value, dict) or value.get("format") not in _READ:
            raise shape.refuse(f"it is of none of the formats {', '.join(_READ)}")
        entry = shape.fields(value, "manifest", _FIELDS)
        if entry["kind"] not in (BACKUP, SNAPSHOT) or entry["profile"] not in PROFILES:
            raise shape.refuse("its kind or its state profile is none that is known")
        if type(entry["with_keys"]) is not bool or not isinstance(entry["handover"], str):
            raise shape.refuse("with_keys or handover is malformed")
        versions = shape.fields(entry["versions"], "versions", _VERSIONS)
        files = tuple(shape.array(entry["files"], "files", MAX_FILES, FileEntry.read))
        if len({file.name for file in files}) != len(files):
            raise shape.refuse("a file stands twice in it")
        rest: dict[str, Any] = {name: shape.text(entry[name], name, limit) for name, limit in _TEXTS.items()}
        rest |= {name: shape.integer(entry[name], name) for name in _NUMBERS}
        return cls(
            kind=entry["kind"],
            profile=entry["profile"],
            with_keys=entry["with_keys"],
            handover=entry["handover"],
            versions={name: shape.text(text, name, 40) for name, text in versions.items()},
            files=files,
            **rest,
        )
