"""Payloads of reports and of stream leaves, pages of terms and forecasts, settlement inputs (docs/formats.md).

Hashes and ids are 32 bytes, times Unix seconds, quantities base units of the SKU. Decoders accept the one canonical
encoding of a value and raise InvalidInput for anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, ClassVar, Self, TypeVar

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.domain.money import Bps, Fen

MAX_PAGE_ROWS = 128
TERM_BYTES = 12
FORECAST_BYTES = 8
INPUT_BYTES = 52

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class AbiRecord:
    """A record whose ABI encoding is a payload: TYPES are the Solidity types of its fields, in order."""

    TYPES: ClassVar[tuple[str, ...]]

    def encode(self) -> bytes:
        """The payload. Raises InvalidInput when a field is out of the range of its type."""
        return _encode(self.TYPES, astuple(self))

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The record. Raises InvalidInput when ``payload`` is not the encoding of one."""
        try:
            values = abi_decode(cls.TYPES, payload)
        except (DecodingError, OverflowError, ValueError) as problem:
            raise InvalidInput(f"{len(payload)} bytes are no {cls.__name__}: {problem}") from None
        if abi_encode(cls.TYPES, values) != payload:
            raise InvalidInput(f"{len(payload)} bytes are not the canonical form of a {cls.__name__}")
        return cls(*values)


@dataclass(frozen=True)
class ForecastPayload(AbiRecord):
    """A forecast: the session it is for and the hashes of its pages."""

    TYPES = ("bytes32", "bytes32[]")

    session_id: bytes
    forecast_pages: tuple[bytes, ...]


@dataclass(frozen=True)
class AlertPayload(AbiRecord):
    """An alert: level 1 notice, 2 warning, 3 critical; the value seen and the limit that it broke."""

    TYPES = ("uint8", "uint32", "uint16", "uint64", "uint64")

    level: int
    sku: int
    place: int
    value: int
    limit: int


@dataclass(frozen=True)
class SensorBatchPayload(AbiRecord):
    """A batch of one device's readings: Merkle root, count, time range, extremes in thousandths of the unit."""

    TYPES = ("bytes32", "bytes32", "uint32", "uint64", "uint64", "int32", "int32")

    device_id: bytes
    readings_root: bytes
    readings: int
    first_at: int
    last_at: int
    min_milli: int
    max_milli: int


@dataclass(frozen=True)
class ReportEntry(AbiRecord):
    """Payload of a leaf in a feed's stream."""

    TYPES = ("bytes32", "uint256", "bytes32", "uint256")

    config_digest: bytes
    sequence: int
    payload_hash: bytes
    observed_at: int


@dataclass(frozen=True)
class EventEntry(AbiRecord):
    """Payload of a leaf in an item's stream; ``corrects`` is the hash of the event declared in error, else zeros."""

    TYPES = ("bytes32", "bytes32")

    event_hash: bytes
    corrects: bytes


@dataclass(frozen=True)
class SettlementEntry(AbiRecord):
    """Payload of a leaf in an agreement's stream; amounts in fen."""

    TYPES = ("bytes32", "uint256", "uint256", "uint256", "uint256", "bytes32")

    session_id: bytes
    loss_fen: Fen
    brand_fen: Fen
    supplier_fen: Fen
    skus: int
    inputs_hash: bytes


@dataclass(frozen=True)
class CapitalEntry(AbiRecord):
    """Payload of a leaf in a brand's stream of StockHealth: reporting organisation, amounts in fen, share."""

    TYPES = ("uint16", "uint64", "uint64", "uint32", "uint32", "uint64", "bytes32", "uint96")

    organisation: int
    stock_value_fen: Fen
    revenue_fen: Fen
    period_from: int
    period_to: int
    at_block: int
    evidence_root: bytes
    share_bps: Bps


@dataclass(frozen=True, slots=True)
class TermRow:
    """One row of an agreement's terms."""

    sku: int
    unit_cost: Fen


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row of a settlement's inputs: what the contract read, and the overstock that it found."""

    sku: int
    unit_cost: Fen
    received: int
    forecast: int
    sold: int
    returned: int
    overstock: int


def terms_pages(rows: Sequence[TermRow]) -> list[bytes]:
    """Pages of at most 128 rows. Raises InvalidInput when SKUs do not ascend strictly, or there is none."""
    if not rows:
        raise InvalidInput("terms have at least one row")
    previous = 0
    for number, row in enumerate(rows):
        if row.sku <= previous:
            raise InvalidInput(f"row {number}: SKU {row.sku} comes after {previous}", row=number, sku=row.sku)
        previous = row.sku
    return [b"".join(_row((row.sku, row.unit_cost)) for row in page) for page in _paged(rows)]


def parse_terms_page(page: bytes) -> list[TermRow]:
    """Rows of one page of terms. Raises InvalidInput on a page that is empty, too long or not made of whole rows."""
    if not len(page) or len(page) % TERM_BYTES or len(page) > MAX_PAGE_ROWS * TERM_BYTES:
        raise InvalidInput(f"{len(page)} bytes are no page of terms")
    return [
        TermRow(int.from_bytes(page[at : at + 4]), Fen(int.from_bytes(page[at + 4 : at + TERM_BYTES])))
        for at in range(0, len(page), TERM_BYTES)
    ]


def forecast_pages(quantities: Sequence[int]) -> list[bytes]:
    """Pages of forecasts, one quantity a row of terms, in their order."""
    return [b"".join(_uint64(quantity) for quantity in page) for page in _paged(quantities)]


def page_hashes(pages: Iterable[bytes]) -> tuple[bytes, ...]:
    """Hash of each page."""
    return tuple(keccak(page) for page in pages)


def terms_hash(hashes: Sequence[bytes]) -> bytes:
    """What an agreement binds: the hash over the hashes of its pages."""
    return keccak(_encode(("bytes32[]",), (tuple(hashes),)))


def parse_inputs(inputs: bytes) -> list[InputRow]:
    """Rows of one settled page's inputs. Raises InvalidInput on bytes that are no whole rows."""
    if not inputs or len(inputs) % INPUT_BYTES:
        raise InvalidInput(f"{len(inputs)} bytes are no inputs of a settlement")
    return [_input_row(inputs[at : at + INPUT_BYTES]) for at in range(0, len(inputs), INPUT_BYTES)]


def pack_inputs(rows: Iterable[InputRow]) -> bytes:
    """The inputs of one page as the contract's event carries them."""
    return b"".join(_row(astuple(row)) for row in rows)


def inputs_hash(pages: Iterable[bytes]) -> bytes:
    """Rolling hash over the inputs of all pages of a session, in order."""
    rolling = bytes(32)
    for page in pages:
        rolling = keccak(rolling + keccak(page))
    return rolling


def id_of(organisation: int, name: bytes) -> bytes:
    """Id (32 bytes) of a feed or device of an organisation: its number, then keccak of ``name`` without two bytes."""
    return organisation.to_bytes(2) + keccak(name)[2:]


def session_id(agreement_id: bytes, feed_id: bytes, starts_at: int, ends_at: int) -> bytes:
    """Id of a session of an agreement."""
    return keccak(_encode(("bytes32", "bytes32", "uint64", "uint64"), (agreement_id, feed_id, starts_at, ends_at)))


def config_digest(
    chain_id: int, hub: bytes, feed_id: bytes, signers: Sequence[bytes], quorum: int, version: int
) -> bytes:
    """Digest of a feed's configuration; ``hub`` and ``signers`` are addresses of 20 bytes, signers ascending."""
    types = ("uint256", "address", "bytes32", "address[]", "uint8", "uint32")
    return keccak(_encode(types, (chain_id, hub, feed_id, tuple(signers), quorum, version)))


def reading_data(device_id: bytes, at: int, milli: int) -> bytes:
    """Leaf data of a sensor reading; its leaf is ``merkle.leaf_hash`` of it. ``milli``: thousandths of the unit."""
    if len(device_id) != 32:
        raise InvalidInput(f"a device id has 32 bytes, not {len(device_id)}")
    try:
        return device_id + at.to_bytes(8) + milli.to_bytes(4, signed=True)
    except OverflowError:
        raise InvalidInput(f"a reading of {milli} at {at} is out of range", time=at, value=milli) from None


def _encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    try:
        return bytes(abi_encode(types, values))
    except EncodingError as problem:
        raise InvalidInput(f"a value does not fit its type: {problem}") from None


def _paged(rows: Sequence[_Row]) -> list[Sequence[_Row]]:
    return [rows[at : at + MAX_PAGE_ROWS] for at in range(0, len(rows), MAX_PAGE_ROWS)]


def _row(values: Sequence[int]) -> bytes:
    sku, *rest = values
    if not 0 < sku < 1 << 32:
        raise InvalidInput(f"{sku} is no SKU", sku=sku)
    return sku.to_bytes(4) + b"".join(_uint64(value) for value in rest)


def _uint64(value: int) -> bytes:
    if not 0 <= value < 1 << 64:
        raise InvalidInput(f"{value} is outside 0 … 2^64 - 1", value=value)
    return value.to_bytes(8)


def _input_row(row: bytes) -> InputRow:
    received, forecast, sold, returned, overstock = (
        int.from_bytes(row[at : at + 8]) for at in range(12, INPUT_BYTES, 8)
    )
    cost = Fen(int.from_bytes(row[4:12]))
    return InputRow(int.from_bytes(row[:4]), cost, received, forecast, sold, returned, overstock)
