"""CometBFT's block header: its 14 fields and the hash over them (cometbft: types/block.go, Header.Hash)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.verifier import merkle_sha256, protobuf, shape
from liveledger.verifier.times import Time

MAX_HEIGHT = (1 << 63) - 1
HASHES_BEFORE = ("last_commit_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash")
HASHES_AFTER = ("app_hash", "last_results_hash", "evidence_hash")
HASH_FIELDS = HASHES_BEFORE + HASHES_AFTER
FIELDS = ("version", "chain_id", "height", "time", "last_block_id", *HASH_FIELDS, "proposer_address")


@dataclass(frozen=True, slots=True)
class BlockId:
    """Hash of a header (32 bytes, or none before block 1) and the parts that carried the block."""

    digest: bytes
    total: int
    parts_digest: bytes

    @classmethod
    def read(cls, value: Any, where: str) -> BlockId:
        """Reads ``{hash, parts: {total, hash}}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("hash", "parts"))
        parts = shape.fields(entry["parts"], where, ("total", "hash"))
        total = shape.integer(parts["total"], f"{where}.parts.total", (1 << 32) - 1)
        digest = shape.hexadecimal(entry["hash"], f"{where}.hash", 0, 32)
        return cls(digest, total, shape.hexadecimal(parts["hash"], f"{where}.parts.hash", 0, 32))

    def encode(self) -> bytes:
        """Protobuf body, plain and canonical form alike."""
        return protobuf.block_id(self.digest, self.total, self.parts_digest)

    @property
    def complete(self) -> bool:
        """Whether it names a block."""
        return bool(self.digest and self.total and self.parts_digest)


@dataclass(frozen=True, slots=True)
class Header:
    """A header; ``hashes`` are its eight hash fields by name (32 bytes or none)."""

    version: tuple[int, int]
    chain_id: str
    height: int
    time: Time
    last_block_id: BlockId
    hashes: dict[str, bytes]
    proposer: bytes

    @classmethod
    def read(cls, value: Any, where: str) -> Header:
        """Reads the JSON form. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, FIELDS)
        version = shape.fields(entry["version"], f"{where}.version", ("block", "app"))
        return cls(
            version=(shape.decimal(version["block"], where), shape.decimal(version["app"], where)),
            chain_id=shape.text(entry["chain_id"], f"{where}.chain_id", 50),
            height=shape.decimal(entry["height"], f"{where}.height", MAX_HEIGHT),
            time=Time.read(entry["time"], f"{where}.time"),
            last_block_id=BlockId.read(entry["last_block_id"], f"{where}.last_block_id"),
            hashes={name: shape.hexadecimal(entry[name], f"{where}.{name}", 0, 32) for name in HASH_FIELDS},
            proposer=shape.hexadecimal(entry["proposer_address"], f"{where}.proposer_address", 20),
        )

    def hash(self) -> bytes:
        """SHA-256 Merkle root (32 bytes) over the 14 encoded fields."""
        return merkle_sha256.root(
            [
                protobuf.number(1, self.version[0]) + protobuf.number(2, self.version[1]),
                protobuf.data(1, self.chain_id.encode()),
                protobuf.number(1, self.height),
                protobuf.timestamp(self.time),
                self.last_block_id.encode(),
                *(protobuf.data(1, self.hashes[name]) for name in HASH_FIELDS),
                protobuf.data(1, self.proposer),
            ]
        )
