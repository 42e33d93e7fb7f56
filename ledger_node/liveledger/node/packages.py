"""Founding packages: one file with all that a host needs to join a ledger, and nothing secret (docs/hosts.md).

A reader believes none of it: it builds both genesis files anew from the list of founders and compares.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from liveledger.consensus.block_rules import RULES_VERSION
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.domain.home import LEDGER_NAME
from liveledger.node.descriptors import check_format, is_format, member_as_json, named, parse, read_member
from liveledger.node.geth import ARCHIVE
from liveledger.node.network import MAX_VALIDATORS, Member, Network, evm_chain_id
from liveledger.verifier import shape

FORMAT = "liveledger-package/2"
OLD_FORMAT = "liveledger-package/1"
MAX_PACKAGE_BYTES = 4 << 20
MAX_DEPTH = 16
# The last second that a date of four-digit years can name.
_LAST_SECOND = 253_402_300_799
_CHAIN_ID = re.compile(r"[a-z0-9-]{1,50}")
_PARTS = ("network", "execution_genesis", "consensus_genesis")
_NETWORK = ("ledger", "chain_id", "evm_chain_id", "genesis_hash", "administrator", "nodes")
_HINT = "get the package again from a founder, and compare its fingerprint over another way"


@dataclass(frozen=True, slots=True)
class Package:
    """A ledger as a host that joins it needs it. ``network`` names the founders only, and no node of this host."""

    network: Network
    created: int

    def as_json(self) -> dict[str, Any]:
        """The package as JSON data."""
        network = self.network
        parts = {
            "network": {name: getattr(network, name) for name in _NETWORK[:-1]}
            | {"nodes": [member_as_json(member) for member in network.nodes]},
            "execution_genesis": network.execution_genesis(self.created),
            "consensus_genesis": network.consensus_genesis(self.created),
        }
        hashes = {name: digest(part).hex() for name, part in parts.items()}
        return {"format": FORMAT, "rules_version": RULES_VERSION, **parts, "hashes": hashes}

    def write(self) -> bytes:
        """The bytes of the file."""
        return json.dumps(self.as_json(), indent=2).encode() + b"\n"

    def fingerprint(self) -> str:
        """32 base32 characters of SHA-256 over the RFC 8785 form: the same on every host of the ledger."""
        return base64.b32encode(digest(self.as_json())[:20]).decode()


def read_package(data: bytes) -> Package:
    """Reads a package and checks it as a whole.

    Raises InvalidInput that names the field: ``invalid-package``, ``newer-format``, ``other-rules`` for blocks that
    this version checks by other rules, ``other-genesis`` for a genesis that does not follow from the founders.
    """
    with named("invalid-package", hint=_HINT):
        value = parse(data, MAX_PACKAGE_BYTES, MAX_DEPTH)
        if is_format(value, OLD_FORMAT):
            raise InvalidInput(
                f"the package is a {OLD_FORMAT}: its genesis is of other contracts",
                hint="join that ledger with the version of its members",
                code="other-genesis",
            )
        check_format(value, FORMAT, "package")
        content = shape.fields(value, "package", ("format", "rules_version", *_PARTS, "hashes"))
        _check_rules(shape.integer(content["rules_version"], "package.rules_version"))
        hashes = shape.fields(content["hashes"], "package.hashes", _PARTS)
        for name in _PARTS:
            if hashes[name] != digest(content[name]).hex():
                raise shape.refuse(f"package.hashes.{name} is not the hash of package.{name}")
        package = Package(_read_network(content["network"]), _read_created(content["execution_genesis"]))
    _check_genesis(package, content)
    return package


def check_distinct(members: tuple[Member, ...]) -> None:
    """Raises InvalidInput (``duplicate-founder``) when two founders share a name, key, node id or address."""
    seen: dict[tuple[str, str], str] = {}
    for member in members:
        facts = [(name, getattr(member, name)) for name in ("name", "node_id", "validator_key")]
        facts.append(("address", f"{member.host} port {member.consensus_p2p}"))
        for fact in facts:
            if fact in seen:
                kind, value = fact
                raise InvalidInput(
                    f"{seen[fact]} and {member.name} have the same {kind.replace('_', ' ')} {value}",
                    hint="every founder's node needs a card of its own",
                    code="duplicate-founder",
                )
            seen[fact] = member.name


def _check_rules(version: int) -> None:
    if version == RULES_VERSION:
        return
    newer = version > RULES_VERSION
    raise InvalidInput(
        f"the ledger keeps rules version {version}; this version of LiveLedger keeps {RULES_VERSION}",
        hint="install the newer LiveLedger of the ledger's members" if newer else "install the version of its members",
        code="other-rules",
    )


def _read_network(value: Any) -> Network:
    where = "package.network"
    entry = shape.fields(value, where, _NETWORK)
    chain_id = shape.text(entry["chain_id"], f"{where}.chain_id", 50)
    ledger = shape.text(entry["ledger"], f"{where}.ledger", 31)
    if not _CHAIN_ID.fullmatch(chain_id):
        raise shape.refuse(f"{where}.chain_id is not made of lower-case letters, digits and hyphens")
    if not LEDGER_NAME.fullmatch(ledger):
        raise shape.refuse(f"{where}.ledger is no name of a ledger")
    if entry["evm_chain_id"] != evm_chain_id(chain_id):
        raise shape.refuse(f"{where}.evm_chain_id does not belong to {chain_id}")
    rows = shape.array(entry["nodes"], f"{where}.nodes", MAX_VALIDATORS, lambda node, _: node)
    if not rows:
        raise shape.refuse(f"{where}.nodes is empty")
    nodes = tuple(read_member(row, f"{where}.nodes[{index}]") for index, row in enumerate(rows))
    check_distinct(nodes)
    return Network(
        ledger=ledger,
        chain_id=chain_id,
        evm_chain_id=evm_chain_id(chain_id),
        genesis_hash="0x" + shape.hexadecimal(entry["genesis_hash"], f"{where}.genesis_hash", 32).hex(),
        administrator="0x" + shape.hexadecimal(entry["administrator"], f"{where}.administrator", 20).hex(),
        profile=ARCHIVE,
        nodes=nodes,
    )


def _read_created(genesis: Any) -> int:
    text = genesis.get("timestamp") if isinstance(genesis, dict) else None
    if not isinstance(text, str) or not re.fullmatch(r"0x(0|[1-9a-f][0-9a-f]{0,9})", text):
        raise shape.refuse("package.execution_genesis.timestamp is no time in 0x and hex")
    created = int(text, 16)
    if created > _LAST_SECOND:
        raise shape.refuse("package.execution_genesis.timestamp is too late")
    return created


def _check_genesis(package: Package, content: dict[str, Any]) -> None:
    expected = package.as_json()
    for name in _PARTS:
        if (path := difference(expected[name], content[name], f"package.{name}")) is not None:
            raise InvalidInput(
                f"the genesis differs from what its founders and these contracts make: {path}",
                hint=f"{_HINT}; it may also be of a version with other contracts",
                code="other-genesis",
            )


def difference(one: Any, other: Any, path: str) -> str | None:
    """Path of the first place at which two JSON values differ; None when they are the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        if odd := sorted(one.keys() ^ other.keys()):
            return f"{path}.{odd[0][:80]}"
        pairs = [(one[key], other[key], f"{path}.{key}") for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(a, b, f"{path}[{index}]") for index, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return None if type(one) is type(other) and one == other else path
    return next((found for a, b, place in pairs if (found := difference(a, b, place)) is not None), None)


def digest(value: Any) -> bytes:
    """SHA-256 over the RFC 8785 form. Raises ValueError for what has none."""
    return hashlib.sha256(canonical_json(value)).digest()
