"""Requests to recover an organisation whose keys were lost: a signed file without secrets (docs/governance.md).

Members look at it, make sure over another way that it is the organisation that asks, and propose it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liveledger.bindings import recovery
from liveledger.bindings.constants import RECOVERY_ADDRESS
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.typed_data import SIGNATURE_BYTES, RecoveryMessage, digest, sign, signer
from liveledger.node.descriptors import check_format, named, parse
from liveledger.verifier import shape

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

FORMAT = "liveledger-recovery/1"
MAX_RECOVERY_BYTES = 4096
_MAX_DEPTH = 2
_FIELDS = ("format", "evm_chain_id", "gln", "organisation", "account", "deadline", "signature")


@dataclass(frozen=True, slots=True)
class RecoveryRequest:
    """A checked request: GLN and number of the organisation, its new account (20 bytes) and that account's consent.

    ``deadline`` is in Unix seconds: until then the request can be voted on.
    """

    gln: int
    organisation: int
    account: bytes
    deadline: int
    signature: bytes

    def call(self) -> recovery.Begin:
        """The call of a proposal that begins the recovery."""
        return recovery.Begin(self.organisation, self.account, self.deadline, self.signature)


def write_recovery(gln: int, organisation: int, account: LocalAccount, *, evm_chain_id: int, deadline: int) -> bytes:
    """A request's file, signed by the new account."""
    message = RecoveryMessage(address_of(account), organisation, deadline)
    content = {
        "format": FORMAT,
        "evm_chain_id": str(evm_chain_id),
        "gln": gs1.gln_text(gln),
        "organisation": str(organisation),
        "account": account.address.lower(),
        "deadline": str(deadline),
        "signature": hex_bytes(sign(message, account, chain_id=evm_chain_id, contract=RECOVERY_ADDRESS)),
    }
    data = json.dumps(content, indent=2).encode() + b"\n"
    read_recovery(data, evm_chain_id=evm_chain_id, now=0)
    return data


def read_recovery(data: bytes, *, evm_chain_id: int, now: int) -> RecoveryRequest:
    """Reads and checks a request. Raises InvalidInput (``invalid-recovery``) that names what is wrong."""
    with named("invalid-recovery", hint="ask the organisation for its request again, byte for byte"):
        value = parse(data, MAX_RECOVERY_BYTES, _MAX_DEPTH)
        check_format(value, FORMAT, "request")
        entry = shape.fields(value, "request", _FIELDS)
        if shape.decimal(entry["evm_chain_id"], "request.evm_chain_id") != evm_chain_id:
            raise shape.refuse(f"request.evm_chain_id is not {evm_chain_id}: it was made for another ledger")
        request = _request(entry)
        if request.deadline <= now:
            raise shape.refuse("request.deadline has passed")
        message = RecoveryMessage(request.account, request.organisation, request.deadline)
        signed = digest(message, chain_id=evm_chain_id, contract=RECOVERY_ADDRESS)
        if signer(signed, request.signature) != request.account:
            raise shape.refuse("request.signature is not the new account's over this request")
        return request


def _request(entry: dict[str, Any]) -> RecoveryRequest:
    organisation = shape.decimal(entry["organisation"], "request.organisation")
    if organisation >> 16:
        raise shape.refuse("request.organisation is no organisation's number")
    try:
        gln = gs1.gln(shape.text(entry["gln"], "request.gln", 13))
    except InvalidInput as trouble:
        raise shape.refuse(f"request.gln: {trouble.message}") from None
    return RecoveryRequest(
        gln=gln,
        organisation=organisation,
        account=shape.hexadecimal(entry["account"], "request.account", 20),
        deadline=shape.decimal(entry["deadline"], "request.deadline"),
        signature=shape.hexadecimal(entry["signature"], "request.signature", SIGNATURE_BYTES),
    )
