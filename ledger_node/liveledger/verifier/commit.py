"""Light blocks: a header, and the commit by which the validators signed it (step 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.verifier import ed25519, protobuf, shape
from liveledger.verifier.header import MAX_HEIGHT, BlockId, Header
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.times import Time
from liveledger.verifier.validators import MAX_VALIDATORS, Validator, set_hash, total_power

PRECOMMIT = 2


@dataclass(frozen=True, slots=True)
class CommitSignature:
    """One validator's precommit: its address (20 bytes), its time, its signature (64 bytes)."""

    address: bytes
    time: Time
    signature: bytes

    @classmethod
    def read(cls, value: Any, where: str) -> CommitSignature | None:
        """Reads ``{address, time, signature}``; null stands for none that counts. Raises Refusal (step 1)."""
        if value is None:
            return None
        entry = shape.fields(value, where, ("address", "time", "signature"))
        address = shape.hexadecimal(entry["address"], f"{where}.address", 20)
        return cls(address, Time.read(entry["time"], where), shape.hexadecimal(entry["signature"], where, 64))


@dataclass(frozen=True, slots=True)
class Commit:
    """What the validators signed: ``signatures`` by their position in the set, None where there is none."""

    height: int
    round: int
    block_id: BlockId
    signatures: tuple[CommitSignature | None, ...]

    @classmethod
    def read(cls, value: Any, where: str) -> Commit:
        """Reads the JSON form. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("height", "round", "block_id", "signatures"))
        signatures = shape.array(entry["signatures"], f"{where}.signatures", MAX_VALIDATORS, CommitSignature.read)
        return cls(
            shape.decimal(entry["height"], f"{where}.height", MAX_HEIGHT),
            shape.integer(entry["round"], f"{where}.round", (1 << 31) - 1),
            BlockId.read(entry["block_id"], f"{where}.block_id"),
            tuple(signatures),
        )

    def sign_bytes(self, chain_id: str, time: Time) -> bytes:
        """The length-prefixed canonical vote that a validator signed at ``time`` (cometbft: types/canonical.go)."""
        head = (
            protobuf.number(1, PRECOMMIT)
            + protobuf.fixed64(2, self.height)
            + protobuf.fixed64(3, self.round)
            + protobuf.message(4, self.block_id.encode())
        )
        body = head + protobuf.message(5, protobuf.timestamp(time)) + protobuf.data(6, chain_id.encode())
        return protobuf.varint(len(body)) + body


@dataclass(frozen=True, slots=True)
class LightBlock:
    """A header with its commit."""

    header: Header
    commit: Commit

    @classmethod
    def read(cls, value: Any, where: str) -> LightBlock:
        """Reads ``{header, commit}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("header", "commit"))
        return cls(Header.read(entry["header"], f"{where}.header"), Commit.read(entry["commit"], f"{where}.commit"))


def check_commit(block: LightBlock, trusted: Sequence[Validator], step: Step = Step.COMMIT) -> tuple[bytes, int]:
    """Checks that the set ``trusted`` signed ``block``; gives the header's hash and the signed power.

    Raises Refusal at ``step``: validators-hash, header-hash, block-id, address-mismatch, bad-signature or power.
    """
    header, commit = block.header, block.commit
    if header.hashes["validators_hash"] != set_hash(trusted):
        raise Refusal(step, Code.VALIDATORS_HASH, f"header {header.height} was not made by the trusted validators")
    if commit.height != header.height:
        raise Refusal(step, Code.HEADER_HASH, f"the commit is of height {commit.height}, the header {header.height}")
    digest = header.hash()
    if commit.block_id.digest != digest or not commit.block_id.complete:
        raise Refusal(step, Code.BLOCK_ID, f"the commit at height {header.height} is not for this header")
    signed = _signed_power(commit, header.chain_id, trusted, step)
    if signed * 3 <= total_power(trusted) * 2:
        sentence = f"power {signed} of {total_power(trusted)} signed header {header.height}: not more than two thirds"
        raise Refusal(step, Code.POWER, sentence)
    return digest, signed


def _signed_power(commit: Commit, chain_id: str, trusted: Sequence[Validator], step: Step) -> int:
    """Power of the signatures that are there; each stands at its validator's index, so power counts once."""
    if len(commit.signatures) != len(trusted):
        sentence = f"{len(commit.signatures)} signatures for {len(trusted)} validators"
        raise Refusal(step, Code.BAD_SIGNATURE, sentence)
    signed = 0
    for index, (entry, validator) in enumerate(zip(commit.signatures, trusted, strict=True)):
        if entry is None:
            continue
        if entry.address != validator.address:  # CometBFT's CSA-2026-001: a signature bound to no validator's address
            raise Refusal(step, Code.ADDRESS_MISMATCH, f"signature {index} names another validator than the set")
        if not ed25519.verify(validator.pub_key, entry.signature, commit.sign_bytes(chain_id, entry.time)):
            raise Refusal(step, Code.BAD_SIGNATURE, f"signature {index} of commit {commit.height} is not valid")
        signed += validator.power
    return signed
