"""The anchor chain: from the anchor of genesis to the newest, each update signed by the set before it.

Bytes in, facts or one named refusal out, as in the verifier: no I/O, no clock (docs/trust-chain.md).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.verifier import shape
from liveledger.verifier.anchor import VALIDITY_SECONDS, TrustAnchor
from liveledger.verifier.commit import LightBlock, check_commit
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.times import Time
from liveledger.verifier.validators import Validator, read_set, set_hash

FORMAT = "liveledger-trust-chain/1"
MEDIA_TYPE = "application/vnd.liveledger.trust-chain+json"
MAX_CHAIN_BYTES = 1 << 24
MAX_UPDATES = 4_096
LEAST_BITS = 96
_BASE32 = re.compile(r"[A-Z2-7]{20,32}")
_HEX = re.compile(r"0x(?:[0-9a-f]{2}){12,20}")


@dataclass(frozen=True, slots=True)
class GenesisCode:
    """What is printed of a ledger: the first 96 bits or more of the fingerprint of its genesis anchor, as written."""

    text: str

    @classmethod
    def read(cls, text: str) -> GenesisCode:
        """Reads 20 to 32 characters of base32, or ``0x`` and 24 to 40 hex digits. Raises InvalidInput for less."""
        if not _BASE32.fullmatch(text) and not _HEX.fullmatch(text):
            raise InvalidInput(
                f"{text[:44]!r} does not hold {LEAST_BITS} bits of a fingerprint",
                hint="20 to 32 of its base32 characters, from the first on, or 0x and 24 to 40 hex digits",
            )
        return cls(text)

    def fits(self, anchor: TrustAnchor) -> bool:
        """Whether the anchor's fingerprint begins like this."""
        fingerprint = anchor.fingerprint()
        if self.text.startswith("0x"):
            return base64.b32decode(fingerprint).hex().startswith(self.text[2:])
        return fingerprint.startswith(self.text)


@dataclass(frozen=True, slots=True)
class Update:
    """A light block, and the set that its header names for the next height; None where that is the one that signed."""

    light_block: LightBlock
    validators: tuple[Validator, ...] | None

    @classmethod
    def read(cls, value: Any, where: str) -> Update:
        """Reads ``{light_block, validators}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("light_block", "validators"))
        block = LightBlock.read(entry["light_block"], f"{where}.light_block")
        given = entry["validators"]
        return cls(block, None if given is None else read_set(given, f"{where}.validators"))


@dataclass(frozen=True, slots=True)
class TrustChain:
    """A chain of good form; nothing in it is believed yet."""

    genesis: TrustAnchor
    updates: tuple[Update, ...]

    @classmethod
    def parse(cls, data: bytes) -> TrustChain:
        """Reads the bytes of a chain (any white space). Raises Refusal (step 1) that names the field."""
        entry = shape.fields(shape.parse_json(data, limit=MAX_CHAIN_BYTES), "chain", ("format", "genesis", "updates"))
        if entry["format"] != FORMAT:
            raise shape.refuse(f"this is no anchor chain of the format {FORMAT}")
        genesis = TrustAnchor.read(entry["genesis"])
        if genesis.height:
            raise shape.refuse("genesis is an anchor of another height than 0")
        return cls(genesis, tuple(shape.array(entry["updates"], "updates", MAX_UPDATES, Update.read)))


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a good chain proves: the anchors from genesis (first) to the newest (last).

    ``expired`` are the heights of those that were not valid any more at the moment of the check: each was valid when
    the next one was signed. ``set_changes`` are the heights at which the validators changed.
    """

    anchors: tuple[TrustAnchor, ...]
    expired: tuple[int, ...]
    set_changes: tuple[int, ...]

    @property
    def newest(self) -> TrustAnchor:
        """The anchor that the chain leads to."""
        return self.anchors[-1]

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        newest = self.newest
        return {
            "verdict": "proven",
            "genesis": self.anchors[0].fingerprint(),
            "chain_id": newest.chain_id,
            "updates": len(self.anchors) - 1,
            "set_changes": [str(height) for height in self.set_changes],
            "expired": [str(height) for height in self.expired],
            "newest": {
                "fingerprint": newest.fingerprint(),
                "height": str(newest.height),
                "valid_until": str(newest.valid_until.seconds),
                "expired": newest.height in self.expired,
            },
        }


def check_chain(data: bytes, *, genesis: GenesisCode, now: int) -> ChainVerdict:
    """Checks a chain from the genesis anchor on, by docs/trust-chain.md; ``now`` is Unix seconds.

    Expired anchors are no fault, for each must have been valid when the next one was signed: they are named. Raises
    Refusal with step and code.
    """
    chain = TrustChain.parse(data)  # step 1
    if not genesis.fits(chain.genesis):  # step 2
        raise Refusal(
            Step.QUESTION,
            Code.WRONG_CHAIN,
            f"the chain begins at {chain.genesis.fingerprint()}, not at {genesis.text}",
            hint="check that the chain belongs to the ledger whose code you have",
        )
    for update in chain.updates:
        if update.light_block.header.chain_id != chain.genesis.chain_id:
            named = update.light_block.header.chain_id
            raise Refusal(Step.QUESTION, Code.WRONG_CHAIN, f"an update is of the chain {named!r}")
    anchors = [chain.genesis]
    for update in chain.updates:  # step 3
        anchors.append(_next(anchors[-1], update))
    return ChainVerdict(
        tuple(anchors),
        tuple(anchor.height for anchor in anchors if Time(now) > anchor.valid_until),
        tuple(after.height for before, after in pairwise(anchors) if after.validators != before.validators),
    )


def _next(before: TrustAnchor, update: Update) -> TrustAnchor:
    """The anchor at an update's header, which the set of the anchor before has signed while that was valid."""
    header = update.light_block.header
    if header.height <= before.height or header.time < before.issued_at:
        raise _refuse(Code.SET_CHANGE, f"the update at height {header.height} is not later than the one before")
    if Time(header.time.seconds) > before.valid_until:
        sentence = f"the anchor of height {before.height} was not valid any more when header {header.height} was made"
        raise Refusal(Step.SET_CHANGES, Code.EXPIRED_ANCHOR, sentence, hint="an update between the two is missing")
    digest, _ = check_commit(update.light_block, before.validators, Step.SET_CHANGES)
    if 0 < before.height == header.height - 1 and header.last_block_id.digest != before.digest:
        raise _refuse(Code.HEADER_HASH, f"header {header.height} does not follow on the anchor before")
    return replace(
        before,
        height=header.height,
        digest=digest,
        validators=_following(before, update),
        valid_until=Time(header.time.seconds + VALIDITY_SECONDS),
        issued_at=header.time,
    )


def _following(before: TrustAnchor, update: Update) -> tuple[Validator, ...]:
    """The set that signs the next height."""
    header = update.light_block.header
    announced = header.hashes["next_validators_hash"]
    if announced == header.hashes["validators_hash"]:
        if update.validators is not None:
            raise _refuse(Code.SET_CHANGE, f"header {header.height} changes no validators")
        return before.validators
    if update.validators is None or set_hash(update.validators) != announced:
        raise _refuse(Code.SET_CHANGE, f"header {header.height} names another validator set than the one given")
    return update.validators


def _refuse(code: Code, sentence: str) -> Refusal:
    return Refusal(Step.SET_CHANGES, code, sentence)
