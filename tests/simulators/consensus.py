"""A consensus engine in miniature: real keys and signatures, headers in the form of CometBFT's RPC."""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.prover.light_blocks import parse_time
from liveledger.verifier.commit import LightBlock
from liveledger.verifier.times import Time
from liveledger.verifier.validators import Validator, set_hash

GENESIS_TIME = 1_700_000_000


@dataclass(frozen=True)
class Signer:
    """A validator with its private key."""

    key: Ed25519PrivateKey
    power: int = 1

    @classmethod
    def make(cls, seed: int, power: int = 1) -> Signer:
        return cls(Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32)), power)

    @property
    def validator(self) -> Validator:
        return Validator(self.key.public_key().public_bytes_raw(), self.power)


def rfc3339(seconds: int, nanos: int) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{nanos:09}".rstrip("0") if nanos else "") + "Z"


def _block_id(digest: bytes) -> dict[str, Any]:
    if not digest:
        return {"hash": "", "parts": {"total": 0, "hash": ""}}
    return {"hash": digest.hex().upper(), "parts": {"total": 1, "hash": digest[::-1].hex().upper()}}


class SimulatedConsensus:
    """Implements ``ConsensusPort``: signed headers of growing heights, validator sets that may change."""

    def __init__(self, chain_id: str, signers: list[Signer]) -> None:
        self.chain_id = chain_id
        self.sets: dict[int, list[Signer]] = {1: signers}
        self.commits: dict[int, dict[str, Any]] = {}
        self.changes: list[int] = []
        self.digests: dict[int, bytes] = {0: b""}
        self.round = 0
        self.absent: set[int] = set()

    def height(self) -> int:
        return max(self.commits, default=0)

    def commit(self, height: int) -> dict[str, Any]:
        return self.commits[height]

    def validators(self, height: int) -> list[dict[str, Any]]:
        return [
            {
                "address": signer.validator.address.hex().upper(),
                "pub_key": {"type": "tendermint/PubKeyEd25519", "value": _b64(signer.validator.pub_key)},
                "voting_power": str(signer.power),
            }
            for signer in self.sets[height]
        ]

    def seal(
        self, app_hash: bytes, time: int, following: list[Signer] | None = None, height: int | None = None
    ) -> None:
        """Signs the header of a height, by default the next, over ``app_hash``; ``following`` is the set after it.

        Heights that are left out are as if they had been signed by the set that was there.
        """
        height = height or self.height() + 1
        signers = self.sets.setdefault(height, self.sets[max(self.sets)])
        self.sets[height + 1] = following or signers
        if following:
            self.changes.append(height)
        fill = (height % 251).to_bytes() * 32
        header = {
            "version": {"block": "11", "app": "1"},
            "chain_id": self.chain_id,
            "height": str(height),
            "time": rfc3339(time, 5_000 * (height % 3)),
            "last_block_id": _block_id(self.digests.get(height - 1, bytes([7]) * 32)),
            "validators_hash": self._hash(signers),
            "next_validators_hash": self._hash(self.sets[height + 1]),
            "app_hash": app_hash.hex().upper(),
            "proposer_address": signers[0].validator.address.hex().upper(),
        }
        for name in ("last_commit_hash", "data_hash", "consensus_hash", "last_results_hash", "evidence_hash"):
            header[name] = fill.hex().upper()
        self.commits[height] = self._sign(header, signers, height, time)

    def _hash(self, signers: list[Signer]) -> str:
        return set_hash([signer.validator for signer in signers]).hex().upper()

    def _sign(self, header: dict[str, Any], signers: list[Signer], height: int, time: int) -> dict[str, Any]:
        votes = [(index, signer, Time(time + 1, 7 * index)) for index, signer in enumerate(signers)]
        unsigned = {"height": str(height), "round": self.round, "block_id": _block_id(b"\x01" * 32), "signatures": []}
        digest = _read(header, unsigned).header.hash()
        self.digests[height] = digest
        commit = {**unsigned, "block_id": _block_id(digest)}
        read = _read(header, commit)
        commit["signatures"] = [
            self._vote(index, signer, vote, read.commit.sign_bytes(self.chain_id, vote))
            for index, signer, vote in votes
        ]
        return {"header": header, "commit": commit}

    def _vote(self, index: int, signer: Signer, vote: Time, message: bytes) -> dict[str, Any]:
        if index in self.absent:
            return {"block_id_flag": 1, "validator_address": "", "timestamp": "0001-01-01T00:00:00Z", "signature": None}
        return {
            "block_id_flag": 2,
            "validator_address": signer.validator.address.hex().upper(),
            "timestamp": rfc3339(vote.seconds, vote.nanos),
            "signature": _b64(signer.key.sign(message)),
        }


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _read(header: dict[str, Any], commit: dict[str, Any]) -> LightBlock:
    """The JSON of the RPC in the verifier's types (the encodings themselves are checked on foreign vectors)."""

    def block_id(value: dict[str, Any]) -> dict[str, Any]:
        parts = {"total": value["parts"]["total"], "hash": "0x" + value["parts"]["hash"].lower()}
        return {"hash": "0x" + value["hash"].lower(), "parts": parts}

    plain = {name: "0x" + text.lower() for name, text in header.items() if name.endswith(("_hash", "_address"))}
    rest = {"time": parse_time(header["time"]).as_json(), "last_block_id": block_id(header["last_block_id"])}
    return LightBlock.read(
        {
            "header": {**header, **plain, **rest},
            "commit": {**commit, "block_id": block_id(commit["block_id"])},
        },
        "simulated",
    )
