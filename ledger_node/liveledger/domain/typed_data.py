"""EIP-712 typed data of the ledger: what members sign, its digest and its signature (docs/formats.md).

Every domain has version ``1``, the chain's id and the contract's own address; addresses are 20 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from liveledger.domain.hashing import hex_bytes, keccak

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage
    from eth_account.signers.local import LocalAccount

DOMAIN_VERSION = "1"
SIGNATURE_BYTES = 65


class TypedMessage(Protocol):
    """A struct that members sign: the domain's name, the struct's name and fields, and the values by field."""

    DOMAIN_NAME: ClassVar[str]
    STRUCT_NAME: ClassVar[str]
    FIELDS: ClassVar[tuple[tuple[str, str], ...]]

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""


@dataclass(frozen=True, slots=True)
class AgreementMessage:
    """An agreement between a brand and a supplier; its digest in the domain of Settlement is its id.

    ``forecaster`` is the organisation whose feeds carry the forecasts, ``brand_bps`` the brand's share in basis points,
    ``terms_hash`` 32 bytes, times are Unix seconds, ``nonce`` counts agreements that the two registered before.
    """

    DOMAIN_NAME: ClassVar[str] = "LiveLedger Settlement"
    STRUCT_NAME: ClassVar[str] = "Agreement"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("brand", "uint16"),
        ("supplier", "uint16"),
        ("forecaster", "uint16"),
        ("brandBps", "uint16"),
        ("termsHash", "bytes32"),
        ("validUntil", "uint64"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    )

    brand: int
    supplier: int
    forecaster: int
    brand_bps: int
    terms_hash: bytes
    valid_until: int
    nonce: int
    deadline: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {
            "brand": self.brand,
            "supplier": self.supplier,
            "forecaster": self.forecaster,
            "brandBps": self.brand_bps,
            "termsHash": self.terms_hash,
            "validUntil": self.valid_until,
            "nonce": self.nonce,
            "deadline": self.deadline,
        }


@dataclass(frozen=True, slots=True)
class SessionMessage:
    """A live session, as the party that does not open it consents to it, in the domain of Settlement.

    ``agreement_id`` and ``feed_id`` are 32 bytes; the period is in Unix seconds.
    """

    DOMAIN_NAME: ClassVar[str] = "LiveLedger Settlement"
    STRUCT_NAME: ClassVar[str] = "Session"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("agreementId", "bytes32"),
        ("feedId", "bytes32"),
        ("startsAt", "uint64"),
        ("endsAt", "uint64"),
    )

    agreement_id: bytes
    feed_id: bytes
    starts_at: int
    ends_at: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {
            "agreementId": self.agreement_id,
            "feedId": self.feed_id,
            "startsAt": self.starts_at,
            "endsAt": self.ends_at,
        }


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """A report of an oracle; its digest is in the domain of ReportHub. Hashes are 32 bytes, times Unix seconds."""

    DOMAIN_NAME: ClassVar[str] = "LiveLedger ReportHub"
    STRUCT_NAME: ClassVar[str] = "Report"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("configDigest", "bytes32"),
        ("feedId", "bytes32"),
        ("sequence", "uint256"),
        ("payloadHash", "bytes32"),
        ("observedAt", "uint256"),
        ("deadline", "uint256"),
    )

    config_digest: bytes
    feed_id: bytes
    sequence: int
    payload_hash: bytes
    observed_at: int
    deadline: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {
            "configDigest": self.config_digest,
            "feedId": self.feed_id,
            "sequence": self.sequence,
            "payloadHash": self.payload_hash,
            "observedAt": self.observed_at,
            "deadline": self.deadline,
        }


@dataclass(frozen=True, slots=True)
class PossessionMessage:
    """An account's proof that it has its key, for its registration at the Consortium. ``account`` is 20 bytes."""

    DOMAIN_NAME: ClassVar[str] = "LiveLedger Consortium"
    STRUCT_NAME: ClassVar[str] = "AccountPossession"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("account", "address"),
        ("organisation", "uint16"),
        ("deadline", "uint256"),
    )

    account: bytes
    organisation: int
    deadline: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {"account": self.account, "organisation": self.organisation, "deadline": self.deadline}


@dataclass(frozen=True, slots=True)
class RecoveryMessage(PossessionMessage):
    """A new account's proof that it has its key, for the recovery of an organisation. ``account`` is 20 bytes."""

    DOMAIN_NAME: ClassVar[str] = "LiveLedger Recovery"
    STRUCT_NAME: ClassVar[str] = "Recovery"


@dataclass(frozen=True, slots=True)
class AdmissionMessage:
    """An account's consent to hold one of the three powers of an organisation that asks to join.

    ``account`` is 20 bytes, ``gln`` the organisation's number of 13 digits, ``role`` one flag of ``Role``, ``deadline``
    Unix seconds.
    """

    DOMAIN_NAME: ClassVar[str] = "LiveLedger Consortium"
    STRUCT_NAME: ClassVar[str] = "Admission"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("account", "address"),
        ("gln", "uint64"),
        ("role", "uint32"),
        ("deadline", "uint256"),
    )

    account: bytes
    gln: int
    role: int
    deadline: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {"account": self.account, "gln": self.gln, "role": self.role, "deadline": self.deadline}


@dataclass(frozen=True, slots=True)
class AgreedBatchMessage:
    """A second organisation's consent to a batch of movements: corrections, or what undoes earlier movements.

    ``poster`` is 20 bytes, ``documents_root`` and ``records_hash`` (Keccak of the packed records) are 32, ``deadline``
    is in Unix seconds. The poster's next ``sequence`` on ``lane`` makes it good for once.
    """

    DOMAIN_NAME: ClassVar[str] = "LiveLedger StockLedger"
    STRUCT_NAME: ClassVar[str] = "AgreedBatch"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("poster", "address"),
        ("lane", "uint32"),
        ("sequence", "uint64"),
        ("documentsRoot", "bytes32"),
        ("recordsHash", "bytes32"),
        ("deadline", "uint256"),
    )

    poster: bytes
    lane: int
    sequence: int
    documents_root: bytes
    records_hash: bytes
    deadline: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {
            "poster": self.poster,
            "lane": self.lane,
            "sequence": self.sequence,
            "documentsRoot": self.documents_root,
            "recordsHash": self.records_hash,
            "deadline": self.deadline,
        }


@dataclass(frozen=True, slots=True)
class LoginMessage:
    """A login of an account (20 bytes) at one API, in the domain of ``LiveLedger API`` on the Consortium's address.

    ``origin`` is the API's address as scheme, host and port; ``nonce`` (32 bytes) and the times (Unix seconds) are the
    server's. It gives nobody a right on the chain: no contract takes a signature of this domain.
    """

    DOMAIN_NAME: ClassVar[str] = "LiveLedger API"
    STRUCT_NAME: ClassVar[str] = "Login"
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("account", "address"),
        ("origin", "string"),
        ("nonce", "bytes32"),
        ("issuedAt", "uint64"),
        ("expiresAt", "uint64"),
    )

    account: bytes
    origin: str
    nonce: bytes
    issued_at: int
    expires_at: int

    def values(self) -> dict[str, Any]:
        """The values, by the field's name in the struct."""
        return {
            "account": self.account,
            "origin": self.origin,
            "nonce": self.nonce,
            "issuedAt": self.issued_at,
            "expiresAt": self.expires_at,
        }


def digest(message: TypedMessage, *, chain_id: int, contract: bytes) -> bytes:
    """The EIP-712 digest (32 bytes) of ``message`` for ``contract`` on the chain ``chain_id``."""
    signable = _signable(message, chain_id, contract)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def sign(message: TypedMessage, account: LocalAccount, *, chain_id: int, contract: bytes) -> bytes:
    """The account's signature (65 bytes: r, s, v; low s) of ``message``."""
    return bytes(account.sign_message(_signable(message, chain_id, contract)).signature)


def signer(signed: bytes, signature: bytes) -> bytes | None:
    """The account (20 bytes) whose signature (65 bytes) of the digest ``signed`` this is; None when it is nobody's."""
    if len(signature) != SIGNATURE_BYTES or signature[64] not in (27, 28):
        return None
    try:
        key = Signature(signature[:64] + bytes((signature[64] - 27,))).recover_public_key_from_msg_hash(signed)
    except (BadSignature, ValidationError, ValueError):
        return None
    return bytes(key.to_canonical_address())


def as_json(message: TypedMessage, *, chain_id: int, contract: bytes) -> dict[str, Any]:
    """``message`` as wallets take it (``eth_signTypedData_v4``): numbers as decimal strings, bytes in hex."""
    domain = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
    kinds = {"EIP712Domain": domain, message.STRUCT_NAME: message.FIELDS}
    return {
        "types": {name: [{"name": field, "type": kind} for field, kind in fields] for name, fields in kinds.items()},
        "primaryType": message.STRUCT_NAME,
        "domain": {
            "name": message.DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": str(chain_id),
            "verifyingContract": hex_bytes(contract),
        },
        "message": {name: _plain(value) for name, value in message.values().items()},
    }


def _plain(value: Any) -> str:
    return hex_bytes(value) if isinstance(value, bytes) else str(value)


def _signable(message: TypedMessage, chain_id: int, contract: bytes) -> SignableMessage:
    domain = {
        "name": message.DOMAIN_NAME,
        "version": DOMAIN_VERSION,
        "chainId": chain_id,
        "verifyingContract": contract,
    }
    fields = [{"name": name, "type": kind} for name, kind in message.FIELDS]
    from eth_account.messages import encode_typed_data  # slow to load, and most commands sign nothing

    return encode_typed_data(domain, {message.STRUCT_NAME: fields}, message.values())
