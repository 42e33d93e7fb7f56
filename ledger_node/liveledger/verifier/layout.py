"""Where the contracts keep what proofs need (docs/formats.md)."""

from __future__ import annotations

from liveledger.domain.hashing import keccak, mapping_slot, uint_word
from liveledger.verifier.abi import encode_string_pair

DIRECTORY = "Directory"
CONSORTIUM = "Consortium"
GOVERNANCE = "Governance"
CREATOR = "Creator"
STOCK_LEDGER = "StockLedger"
PROVENANCE = "Provenance"
REPORT_HUB = "ReportHub"
SETTLEMENT = "Settlement"
DEPOSIT_TOKEN = "DepositToken"  # noqa: S105 -- a contract's name
RETURNS = "Returns"
STOCK_HEALTH = "StockHealth"
ACCURACY = "Accuracy"
REPLENISHMENT = "Replenishment"
LISTED = (
    STOCK_LEDGER,
    PROVENANCE,
    REPORT_HUB,
    SETTLEMENT,
    DEPOSIT_TOKEN,
    RETURNS,
    STOCK_HEALTH,
    ACCURACY,
    REPLENISHMENT,
)
# Those that anchors of form 1 pin, beside Directory; and those that keep a stream of acts.
GENESIS = frozenset({CONSORTIUM, GOVERNANCE})
ACTING = GENESIS | {DIRECTORY, CREATOR}
# What is kept in the first version for good, whatever version is active: who the members are, places, the acts.
KEPT_IN_THE_FIRST = frozenset({CONSORTIUM})
# Versions of StockLedger: before lots, with them, and where both keep it alike.
WITHOUT_LOTS, WITH_LOTS, ANY_STOCK = (1,), (2,), (1, 2)
# The versions of Accuracy that keep findings, without and with audits that the operator does not answer; the version of
# StockHealth that keeps three sides apart.
WITH_FINDINGS, AUDITS_BIND, WITH_SIDES = (2,), (3,), (2,)
# The version of Provenance that lists events by organisation and item.
BY_ORGANISATION = (2,)
# Those that stand in one line: a later one takes over the words of the one before it, where it has none of its own.
STOCK_LINE = (2, 3)
# A word of a later version that became 0 there, so that it is not taken for one that was never written.
EMPTY_WORD = (1 << 256) - 1

_DIRECTORY_ENTRIES = 1
_VERSIONS, _ENTRIES = 1, 2
_PLACE_OF_GLN = 5
_BALANCES, _SKU_OF_KEY, _SKU_INFO, _LOT_OF_KEY, _PREDECESSOR = 0, 2, 3, 6, 9
_AGREEMENTS = 3
_CLAIMS, _OTHERS = 2, 3
_GRADED = 1
_CAPITAL = 0
_PLACES_COMPARED, _FINDINGS = 0, 1


def directory_slots(name: str) -> tuple[bytes, bytes]:
    """Layout 1: both slots of a contract's entry in Directory: address and version, code hash."""
    first = mapping_slot(_name_word(name), _DIRECTORY_ENTRIES)
    return first, _after(first)


def versions_slot(name: str) -> bytes:
    """Layout 2: Directory's slot of the versions of a name: the active one, the next, and from which block that is."""
    return mapping_slot(_name_word(name), _VERSIONS)


def entry_slots(name: str, version: int) -> tuple[bytes, bytes]:
    """Layout 2: both slots of a version's entry in Directory: address, block and state; code hash."""
    first = mapping_slot(keccak(_name_word(name) + uint_word(version)), _ENTRIES)
    return first, _after(first)


def place_slot(gln: int) -> bytes:
    """Consortium: slot of the place number that has this GLN."""
    return mapping_slot(uint_word(gln), _PLACE_OF_GLN)


def sku_slot(brand: int, code: str) -> bytes:
    """StockLedger: slot of the SKU number of a brand's SKU code."""
    return mapping_slot(keccak(encode_string_pair(brand, code)), _SKU_OF_KEY)


def balance_slot(sku: int, place: int, lot: int | None = None) -> bytes:
    """StockLedger: slot of the balance of a SKU's lot at a place; without a lot, of a SKU in version 1."""
    owner = sku if lot is None else sku << 16 | lot
    return mapping_slot(uint_word(owner << 16 | place), _BALANCES)


def lot_slot(sku: int, code: str) -> bytes:
    """StockLedger: slot of the number of a SKU's lot."""
    return mapping_slot(keccak(encode_string_pair(sku, code)), _LOT_OF_KEY)


def sku_info_slot(sku: int) -> bytes:
    """StockLedger: slot of a SKU's info word."""
    return mapping_slot(uint_word(sku), _SKU_INFO)


def predecessor_slot() -> bytes:
    """StockLedger: slot of the version before it: address, version at bit 160; absent in the first of a ledger."""
    return uint_word(_PREDECESSOR)


def unit_of(info: int) -> int:
    """Code of a SKU's unit, by its info word."""
    return info & 0xFF


def gtin_of(info: int) -> int:
    """A SKU's GTIN, by its info word; 0 when it has none."""
    return info >> 8 & (1 << 64) - 1


def lots_of(info: int) -> int:
    """How many lots a SKU has, by its info word."""
    return info >> 72 & 0xFFFF


def claims_slot(gtin: int) -> bytes:
    """Provenance: slot of the brands that claim a GTIN."""
    return mapping_slot(uint_word(gtin), _CLAIMS)


def others_slot(item: bytes, index: int) -> bytes:
    """Provenance: slot of a word of the organisations that listed events of an item (32 bytes) without standing."""
    return mapping_slot(uint_word(index), mapping_slot(item, _OTHERS))


def is_recalled(lot: int) -> bool:
    """Whether a lot is recalled, by its word."""
    return bool(lot >> 32 & 1)


def lifted_by(lot: int) -> int:
    """The organisation that would lift a lot's recall and waits for a second one, by its word; 0 = none."""
    return lot >> 40 & 0xFFFF


def lot_expiry_of(lot: int) -> int:
    """Expiry of a lot as YYYYMMDD, 0 = none, by its word."""
    return lot & (1 << 32) - 1


def lot_registrar_of(lot: int) -> int:
    """The organisation that registered a lot, or the brand that corrected it, by its word; 0 = not known."""
    return lot >> 56 & 0xFFFF


def agreement_slots(agreement_id: bytes) -> tuple[bytes, bytes]:
    """Settlement: both slots of an agreement's terms, parties, forecaster and ratio first, hash of the terms second."""
    first = mapping_slot(agreement_id, _AGREEMENTS)
    return first, _after(first)


def graded_slot(sku: int) -> bytes:
    """Returns: slot of the units of a SKU cumulatively graded."""
    return mapping_slot(uint_word(sku), _GRADED)


def capital_slots(brand: int) -> tuple[bytes, bytes, bytes]:
    """StockHealth: the three slots of a brand's newest report: figures, root of the evidence, share and reporters."""
    first = mapping_slot(uint_word(brand), _CAPITAL)
    return first, _after(first), _after(_after(first))


def capital_sides_slot(brand: int) -> bytes:
    """StockHealth of version 2: the fourth slot of a brand's newest report, with the rest of where the sides stand."""
    return _after(capital_slots(brand)[2])


def place_accuracy_slot(place: int) -> bytes:
    """Accuracy: slot of a place's word."""
    return mapping_slot(uint_word(place), _PLACES_COMPARED)


def place_finding_slot(place: int) -> bytes:
    """Accuracy from version 2 on: slot of what a place's flag or recount rests on."""
    return mapping_slot(uint_word(place), _FINDINGS)


def _name_word(name: str) -> bytes:
    return name.encode().ljust(32, b"\x00")


def _after(slot: bytes) -> bytes:
    return uint_word((int.from_bytes(slot) + 1) % (1 << 256))
