"""Light blocks in the bundle's JSON form, from CometBFT's RPC."""

from __future__ import annotations

import base64
import datetime
import re
from typing import Any

from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain.hashing import hex_bytes
from liveledger.verifier import ed25519
from liveledger.verifier.commit import LightBlock
from liveledger.verifier.header import HASH_FIELDS
from liveledger.verifier.times import Time
from liveledger.verifier.validators import Validator

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")
_FOR_BLOCK = 2


def parse_time(text: str) -> Time:
    """RFC 3339 in UTC with up to nine digits behind the point. Raises MalformedAnswer."""
    found = _TIME.fullmatch(text)
    if not found:
        raise MalformedAnswer(f"{text[:40]!r} is no time")
    moment = datetime.datetime.fromisoformat(found[1] + "+00:00")
    return Time(int(moment.timestamp()), int((found[2] or "0").ljust(9, "0")))


def read_validators(entries: list[dict[str, Any]]) -> tuple[Validator, ...]:
    """CometBFT's validators, in its order. Raises MalformedAnswer for keys that are not Ed25519."""
    try:
        return tuple(
            Validator(base64.b64decode(entry["pub_key"]["value"], validate=True), int(entry["voting_power"]))
            for entry in entries
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedAnswer(f"these are no validators: {error!r}") from None


def light_block(signed_header: dict[str, Any], validators: tuple[Validator, ...]) -> dict[str, Any]:
    """The light block; signatures that are absent, for nil, or outside the strict rule become null."""
    try:
        header, commit = signed_header["header"], signed_header["commit"]
        block = {
            "header": _header(header),
            "commit": {
                "height": commit["height"],
                "round": commit["round"],
                "block_id": _block_id(commit["block_id"]),
                "signatures": [_signature(entry) for entry in commit["signatures"]],
            },
        }
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedAnswer(f"this is no signed header: {error!r}") from None
    return _without_loose_signatures(block, validators)


def _without_loose_signatures(block: dict[str, Any], validators: tuple[Validator, ...]) -> dict[str, Any]:
    """Marks signatures that the strict rule does not accept as absent: one such must not spoil the whole commit."""
    read = LightBlock.read(block, "light_block")
    for index, (entry, validator) in enumerate(zip(read.commit.signatures, validators, strict=False)):
        if entry is None:
            continue
        message = read.commit.sign_bytes(read.header.chain_id, entry.time)
        if not ed25519.verify(validator.pub_key, entry.signature, message):
            block["commit"]["signatures"][index] = None
    return block


def _header(header: dict[str, Any]) -> dict[str, Any]:
    version = header["version"]
    return {
        "version": {"block": str(version["block"]), "app": str(version.get("app", "0"))},
        "chain_id": header["chain_id"],
        "height": header["height"],
        "time": parse_time(header["time"]).as_json(),
        "last_block_id": _block_id(header["last_block_id"]),
        **{name: "0x" + header[name].lower() for name in HASH_FIELDS},
        "proposer_address": "0x" + header["proposer_address"].lower(),
    }


def _block_id(value: dict[str, Any]) -> dict[str, Any]:
    parts = value["parts"]
    return {
        "hash": "0x" + value["hash"].lower(),
        "parts": {"total": parts["total"], "hash": "0x" + parts["hash"].lower()},
    }


def _signature(entry: dict[str, Any]) -> dict[str, Any] | None:
    if entry["block_id_flag"] != _FOR_BLOCK:
        return None
    return {
        "address": "0x" + entry["validator_address"].lower(),
        "time": parse_time(entry["timestamp"]).as_json(),
        "signature": hex_bytes(base64.b64decode(entry["signature"], validate=True)),
    }
