"""Join requests: what an organisation that wants to become a member hands to one that is (docs/governance.md).

A request is a signed file without secrets: who asks, the first account of each of its three powers with their consent,
what the node's card says, and the proof that who asks has the node's keys. Members look at it, compare the keys over
another way, and propose the admission.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_typing import Hash32

from liveledger.bindings import consortium, validators
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, OrganisationKind, Role
from liveledger.chain.accounts.accounts import address_of
from liveledger.consensus.peers import host_bytes
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json, hex_bytes, keccak
from liveledger.domain.typed_data import SIGNATURE_BYTES, AdmissionMessage, digest, sign, signer
from liveledger.node.descriptors import check_format, member_as_json, named, parse, read_member
from liveledger.node.network import Member
from liveledger.node.possession import Claim, NodeKeys, check, prove
from liveledger.verifier import shape

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

FORMAT = "liveledger-join/3"
# Neither proves that who asks has the keys of the node.
UNPROVEN = ("liveledger-join/1", "liveledger-join/2")
MAX_REQUEST_BYTES = 16 * 1024
MAX_DEPTH = 4
POWERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
SALT_BYTES = 16
_SIGNED = b"LiveLedger join request, version 3\0"
_FIELDS = (
    "format",
    "evm_chain_id",
    "kind",
    "gln",
    "name_commitment",
    "deadline",
    "administrators",
    "node",
    "possession",
)


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A checked request: the application as the contract takes it, and the node's card."""

    application: consortium.Application
    node: Member

    def calls(self) -> tuple[consortium.Admit, validators.ListNode]:
        """The calls of a proposal that admits the organisation with its node, in their order."""
        node_id, node = bytes.fromhex(self.node.node_id), listed_node(self.node)
        return consortium.Admit(self.application), validators.ListNode(self.application.gln, node_id, node)


def listed_node(member: Member, organisation: int = 0) -> validators.Node:
    """A node as Validators lists it."""
    return validators.Node(organisation, member.consensus_p2p, host_bytes(member.host))


def commit_name(name: str) -> tuple[bytes, bytes]:
    """A fresh salt (16 bytes) and the salted commitment (32 bytes) to an organisation's name; the salt stays here."""
    salt = secrets.token_bytes(SALT_BYTES)
    return salt, keccak(salt + name.encode())


def write_request(
    kind: OrganisationKind,
    gln: int,
    name_commitment: bytes,
    accounts: Sequence[LocalAccount],
    node: Member,
    keys: NodeKeys,
    *,
    evm_chain_id: int,
    deadline: int,
) -> bytes:
    """A request's file. ``accounts``: system, security and audit administrator; ``deadline`` in Unix seconds.

    Raises InvalidInput, also where ``keys`` are not the node's.
    """
    content = {
        "format": FORMAT,
        "evm_chain_id": str(evm_chain_id),
        "kind": kind.name.lower(),
        "gln": f"{gln:013}",
        "name_commitment": hex_bytes(name_commitment),
        "deadline": str(deadline),
        "administrators": [
            {
                "address": account.address.lower(),
                "signature": hex_bytes(
                    sign(
                        AdmissionMessage(address_of(account), gln, int(role), deadline),
                        account,
                        chain_id=evm_chain_id,
                        contract=CONSORTIUM_ADDRESS,
                    )
                ),
            }
            for account, role in zip(accounts, POWERS, strict=True)
        ],
        "node": member_as_json(node),
        "possession": prove(keys, Claim(evm_chain_id, gln, address_of(accounts[0]))),
    }
    signature = bytes(accounts[0].unsafe_sign_hash(Hash32(_digest(content))).signature)
    data = json.dumps({**content, "signature": hex_bytes(signature)}, indent=2).encode() + b"\n"
    read_request(data, evm_chain_id=evm_chain_id, now=0)
    return data


def read_request(data: bytes, *, evm_chain_id: int, now: int) -> JoinRequest:
    """Reads and checks a request. Raises InvalidInput (``invalid-request``) that names what is wrong."""
    with named("invalid-request", hint="ask the organisation for its request again, byte for byte"):
        value = parse(data, MAX_REQUEST_BYTES, MAX_DEPTH)
        _refuse_unproven(value)
        check_format(value, FORMAT, "request")
        entry = shape.fields(value, "request", (*_FIELDS, "signature"))
        application = _application(entry, evm_chain_id, now)
        node = read_member(entry["node"], "request.node")
        claim = Claim(evm_chain_id, application.gln, application.administrators[0])
        where = "request.possession"
        check(entry["possession"], where, claim, node_id=node.node_id, validator_key=node.validator_key)
        signed = _digest({name: entry[name] for name in _FIELDS})
        signature = shape.hexadecimal(entry["signature"], "request.signature", SIGNATURE_BYTES)
        if signer(signed, signature) != application.administrators[0]:
            raise shape.refuse("request.signature is not the system administrator's over this request")
        return JoinRequest(application, node)


def _refuse_unproven(value: Any) -> None:
    found = value.get("format") if isinstance(value, dict) else None
    if found in UNPROVEN:
        raise InvalidInput(
            f"a request of the format {found} does not prove that who asks has its node's keys",
            hint="the organisation makes it again with a release that proves it: `liveledger member request`",
            code="unproven-request",
        )


def _digest(content: dict[str, Any]) -> bytes:
    """What the system administrator signs: no typed data and no transaction begins as this does."""
    return keccak(_SIGNED + canonical_json(content))


def _application(entry: dict[str, Any], evm_chain_id: int, now: int) -> consortium.Application:
    if shape.decimal(entry["evm_chain_id"], "request.evm_chain_id") != evm_chain_id:
        raise shape.refuse(f"request.evm_chain_id is not {evm_chain_id}: it was made for another ledger")
    gln = _gln(entry["gln"])
    deadline = shape.decimal(entry["deadline"], "request.deadline")
    if deadline <= now:
        raise shape.refuse("request.deadline has passed")
    rows = entry["administrators"]
    if not isinstance(rows, list) or len(rows) != len(POWERS):
        raise shape.refuse("request.administrators are not three")
    found = [
        _administrator(row, f"request.administrators[{index}]", gln, role, deadline, evm_chain_id)
        for index, (row, role) in enumerate(zip(rows, POWERS, strict=True))
    ]
    if len({address for address, _ in found}) != len(POWERS):
        raise shape.refuse("request.administrators share an account: the three powers are to be apart")
    return consortium.Application(
        kind=_kind(entry["kind"]),
        gln=gln,
        name_commitment=shape.hexadecimal(entry["name_commitment"], "request.name_commitment", 32),
        administrators=[address for address, _ in found],
        deadline=deadline,
        signatures=[signature for _, signature in found],
    )


def _administrator(row: Any, where: str, gln: int, role: Role, deadline: int, evm_chain_id: int) -> tuple[bytes, bytes]:
    entry = shape.fields(row, where, ("address", "signature"))
    address = shape.hexadecimal(entry["address"], f"{where}.address", 20)
    signature = shape.hexadecimal(entry["signature"], f"{where}.signature", SIGNATURE_BYTES)
    message = AdmissionMessage(address, gln, int(role), deadline)
    signed = digest(message, chain_id=evm_chain_id, contract=CONSORTIUM_ADDRESS)
    if signer(signed, signature) != address:
        raise shape.refuse(f"{where}.signature is not the account's for this organisation and power")
    return address, signature


def _gln(value: Any) -> int:
    try:
        return gs1.gln(shape.text(value, "request.gln", 13))
    except InvalidInput as trouble:
        raise shape.refuse(f"request.gln: {trouble.message}") from None


def _kind(value: Any) -> int:
    name = shape.text(value, "request.kind", 16)
    if name.upper() not in OrganisationKind.__members__ or name != name.lower():
        raise shape.refuse(f"request.kind {name!r} is no kind of organisation")
    return int(OrganisationKind[name.upper()])
