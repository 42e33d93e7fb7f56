"""Node cards: what an organisation's node says about itself to the others, signed by its validator key (docs/hosts.md).

A card holds nothing secret. Its signature shows that whoever made it holds the validator key; that the card is the
organisation's own is for people to check, by comparing the key over another way.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.bindings.constants import MAX_TOTAL_POWER
from liveledger.domain.documents import MAX_SAFE_INTEGER
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.node.addresses import host_address
from liveledger.node.network import Member
from liveledger.verifier import ed25519, shape
from liveledger.verifier.refusal import Refusal

FORMAT = "liveledger-node-card/2"
OLD_FORMAT = "liveledger-node-card/1"
MAX_CARD_BYTES = 4096
MAX_DEPTH = 4
MAX_POWER = min(MAX_TOTAL_POWER, MAX_SAFE_INTEGER)
LAST_PORT = 65_535
# What CometBFT signs with this key begins with the length of a protobuf message and the tag of its first field: no
# vote or proposal begins with these bytes, so that a card is never a vote.
_SIGNED = {FORMAT: b"LiveLedger node card, version 2\0", OLD_FORMAT: b"LiveLedger node card, version 1\0"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_NODE_ID = re.compile(r"[0-9a-f]{40}")
_FIELDS = ("name", "node_id", "validator_key", "host", "consensus_p2p", "power")
# What version 1 said of geth's own peers, which it has no longer: checked and left out.
_OLD_FIELDS = (*_FIELDS, "execution_key", "execution_p2p")


def write_card(member: Member, key: Ed25519PrivateKey) -> bytes:
    """The card of ``member``, signed with its validator key. Raises InvalidInput for what no card may say."""
    content = {"format": FORMAT, **member_as_json(member)}
    signature = key.sign(_SIGNED[FORMAT] + canonical_json(content))
    data = json.dumps({**content, "signature": "0x" + signature.hex()}, indent=2).encode() + b"\n"
    read_card(data)
    return data


def read_card(data: bytes) -> Member:
    """Reads and verifies a card. Raises InvalidInput (``invalid-card``) that names the field which is wrong."""
    with named("invalid-card", hint="ask the node's organisation for its card again, byte for byte"):
        value = parse(data, MAX_CARD_BYTES, MAX_DEPTH)
        old = is_format(value, OLD_FORMAT)
        if not old:
            check_format(value, FORMAT, "card")
        names = _OLD_FIELDS if old else _FIELDS
        card = shape.fields(value, "card", ("format", *names, "signature"))
        member = read_member({name: card[name] for name in names}, "card", old=old)
        signature = shape.hexadecimal(card["signature"], "card.signature", 64)
        signed = _SIGNED[card["format"]] + canonical_json({name: card[name] for name in ("format", *names)})
        if not ed25519.verify(bytes.fromhex(member.validator_key), signature, signed):
            raise shape.refuse("card.signature is not the validator key's over this card")
        return member


def member_as_json(member: Member) -> dict[str, Any]:
    """A member's node in the form that cards and packages share."""
    return {
        "name": member.name,
        "node_id": member.node_id,
        "validator_key": "0x" + member.validator_key,
        "host": member.host,
        "consensus_p2p": member.consensus_p2p,
        "power": member.power,
    }


def read_member(value: Any, where: str, *, old: bool = False) -> Member:
    """Reads what ``member_as_json`` wrote; ``old``: as version 1 had it. Raises Refusal that names the field."""
    entry = shape.fields(value, where, _OLD_FIELDS if old else _FIELDS)
    if old:
        shape.hexadecimal(entry["execution_key"], f"{where}.execution_key", 64)
        _between(1, entry["execution_p2p"], f"{where}.execution_p2p", LAST_PORT)
    return Member(
        name=_matching(_NAME, entry["name"], f"{where}.name", "1 to 63 letters, digits, dots, hyphens, underscores"),
        node_id=_matching(_NODE_ID, entry["node_id"], f"{where}.node_id", "40 lower-case hex digits"),
        validator_key=shape.hexadecimal(entry["validator_key"], f"{where}.validator_key", 32).hex(),
        power=_between(1, entry["power"], f"{where}.power", MAX_POWER),
        host=_host(entry["host"], f"{where}.host"),
        consensus_p2p=_between(1, entry["consensus_p2p"], f"{where}.consensus_p2p", LAST_PORT),
    )


def parse(data: bytes, max_bytes: int, max_depth: int) -> Any:
    """JSON from outside within limits. Raises Refusal."""
    if len(data) > max_bytes:
        raise shape.refuse(f"it has more than {max_bytes} bytes")
    shape.check_depth(data, max_depth)
    return shape.parse_json(data, limit=max_bytes)


def is_format(value: Any, wanted: str) -> bool:
    """Whether JSON data says that it has this format."""
    return isinstance(value, dict) and value.get("format") == wanted


def check_format(value: Any, wanted: str, what: str) -> None:
    """Raises Refusal for another format, InvalidInput (``newer-format``) for one that a later version writes."""
    found = value.get("format") if isinstance(value, dict) else None
    if found == wanted:
        return
    kind, _, number = wanted.partition("/")
    later = re.fullmatch(rf"{kind}/([1-9][0-9]{{0,8}})", found) if isinstance(found, str) else None
    if later and int(later[1]) > int(number):
        raise InvalidInput(
            f"the {what} has the format {found}; this version reads {wanted}",
            hint="install the newer LiveLedger that wrote it",
            code="newer-format",
        )
    raise shape.refuse(f"{what}.format is not {wanted}")


@contextlib.contextmanager
def named(code: str, *, hint: str) -> Iterator[None]:
    """Turns a reader's Refusal, and a value without RFC 8785 form, into InvalidInput with this code and hint."""
    try:
        yield
    except Refusal as refusal:
        raise InvalidInput(refusal.message, hint=hint, code=code) from None
    except ValueError as trouble:
        raise InvalidInput(f"it has no canonical form: {trouble}", hint=hint, code=code) from None


def _matching(pattern: re.Pattern[str], value: Any, where: str, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise shape.refuse(f"{where} is not made of {what}")
    return value


def _between(least: int, value: Any, where: str, most: int) -> int:
    if shape.integer(value, where, most) < least:
        raise shape.refuse(f"{where} is below {least}")
    return int(value)


def _host(value: Any, where: str) -> str:
    try:
        address = host_address(shape.text(value, where, 64))
    except InvalidInput as trouble:
        raise shape.refuse(f"{where}: {trouble.message}") from None
    if address != value:
        raise shape.refuse(f"{where} is not written as {address}")
    return address
