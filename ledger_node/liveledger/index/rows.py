"""What queries of the index give: plain records, numbers as integers, hashes and addresses as bytes."""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.domain.movements import Movement


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A registered SKU. ``code`` is the brand's own code, ``gtin`` is 0 when there is none."""

    sku: int
    brand: int
    code: str
    gtin: int
    unit: int
    block: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """A registered lot. ``code`` is what its label says, ``expiry`` a date as YYYYMMDD, 0 when there is none."""

    sku: int
    lot: int
    code: str
    expiry: int
    block: int


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A member organisation."""

    number: int
    kind: int
    status: int
    gln: int
    name_commitment: bytes
    block: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of an organisation; ``roles`` is a bit mask."""

    address: bytes
    organisation: int
    status: int
    roles: int
    block: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place and who operates it."""

    number: int
    operator: int
    status: int
    gln: int
    block: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Stock of a SKU at a place, in base units."""

    available: int = 0
    reserved: int = 0
    in_transit: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Counters:
    """A SKU's counters since ever, in base units; ``adjusted`` may be negative."""

    received: int = 0
    sold: int = 0
    returned: int = 0
    adjusted: int = 0


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement of a SKU: ``index`` is its number in the SKU's stream."""

    index: int
    movement: Movement
    block: int
    block_time: int
    poster: bytes


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One leaf of a stream with the head (24 bytes) before it."""

    first_index: int
    n: int
    block_number: int
    block_time: int
    tx_index: int
    log_index: int
    poster: bytes
    payload: bytes
    leaf_hash: bytes
    head_before: bytes


@dataclass(frozen=True, slots=True)
class StreamRow:
    """Head (24 bytes) and count of a stream as far as the index is."""

    head: bytes
    count: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A posted batch; ``records`` are its packed movements."""

    poster: bytes
    lane: int
    sequence: int
    block: int
    tx_index: int
    log_index: int
    tx_hash: bytes
    movements: int
    movements_root: bytes
    documents_root: bytes
    records: bytes


@dataclass(frozen=True, slots=True)
class EventRow:
    """An anchored EPCIS event; ``corrects`` is the hash of the event that it declares in error, if any."""

    event_hash: bytes
    corrects: bytes | None
    poster: bytes
    block: int
    block_time: int
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed of reports with the configuration in force; ``signers`` are 20 bytes each."""

    feed_id: bytes
    kind: int
    owner: int
    cutoff: int
    version: int
    quorum: int
    signers: bytes
    config_digest: bytes
    block: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report of a feed."""

    feed_id: bytes
    sequence: int
    poster: bytes
    config_digest: bytes
    payload_hash: bytes
    observed_at: int
    payload: bytes
    block: int
    block_time: int
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement between a brand and a supplier, and what stands in its escrow (fen)."""

    agreement_id: bytes
    brand: int
    supplier: int
    forecaster: int
    brand_bps: int
    terms_hash: bytes
    valid_until: int
    brand_account: bytes
    supplier_account: bytes
    escrow_fen: int
    block: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A settlement session and what came of it (fen)."""

    session_id: bytes
    agreement_id: bytes
    feed_id: bytes
    starts_at: int
    ends_at: int
    status: int
    snapshot_pages: int
    settled_pages: int
    skus: int
    inputs_hash: bytes
    loss_fen: int
    brand_fen: int
    supplier_fen: int
    due_fen: int
    opened_block: int
    closed_block: int | None


@dataclass(frozen=True, slots=True)
class SettlementInput:
    """The inputs of one SKU of a settlement, and the units of overstock that follow from them."""

    sku: int
    unit_cost_fen: int
    received: int
    forecast: int
    sold: int
    returned: int
    overstock: int


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block; ``set_change``: its header names another validator set for the next height."""

    height: int
    hash: bytes
    time: int
    transactions: int
    set_change: bool
