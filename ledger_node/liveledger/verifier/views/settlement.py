"""settlement: the settlements of an agreement, each computed again from its inputs; version 2 in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import hex_bytes, keccak, uint_word
from liveledger.domain.streams import Leaf
from liveledger.rules.settlement.formula import brand_share_half_up, overstock
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, encode_words_array, uint, words
from liveledger.verifier.source import Contract, Page, Result, Source
from liveledger.verifier.views.base import PAGE, View, append_only, leaf_refusal, list_result, page_parameters, stamp

INPUT_BYTES = 52
TERM_BYTES = 12


@dataclass(frozen=True, slots=True)
class Parameters:
    """The agreement's id (32 bytes), and the page of its settlements: all of them in version 1."""

    agreement: bytes
    page: Page


@dataclass(frozen=True, slots=True)
class Terms:
    """What the contract holds of an agreement: parties, forecaster, the brand's share, the hash of unit costs."""

    brand: int
    supplier: int
    forecaster: int
    brand_bps: int
    valid_until: int
    terms_hash: bytes

    def as_json(self) -> dict[str, str]:
        """The JSON form."""
        return {
            "brand": str(self.brand),
            "supplier": str(self.supplier),
            "forecaster": str(self.forecaster),
            "brand_bps": str(self.brand_bps),
            "valid_until": str(self.valid_until),
            "terms_hash": hex_bytes(self.terms_hash),
        }


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("agreement",))
    return Parameters(shape.hexadecimal(entry["agreement"], "parameters.agreement", 32), Page())


def read_page(value: dict[str, Any]) -> Parameters:
    """The same with a page. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("agreement",), PAGE)
    agreement = shape.hexadecimal(entry["agreement"], "parameters.agreement", 32)
    return Parameters(agreement, page_parameters(entry))


def decode(source: Source, parameters: Parameters) -> Result:
    """The agreement's terms and each settlement with every input; nothing is taken over that can be computed."""
    contract = source.contract(layout.SETTLEMENT)
    terms = _terms(source, contract, parameters.agreement)
    stream = source.leaves(contract, parameters.agreement, parameters.page)
    inputs = source.inputs(contract, parameters.agreement, stream.leaves)
    if len(inputs) != len(stream.leaves) or (stream.leaves and terms is None):
        raise leaf_refusal(f"inputs of {len(inputs)} settlements for {len(stream.leaves)}")
    settlements = [
        _settlement(terms, leaf, pages) for leaf, pages in zip(stream.leaves, inputs, strict=True) if terms is not None
    ]
    answer = {"known": terms is not None, "terms": terms.as_json() if terms else None, "settlements": settlements}
    found = list_result(answer, stream, parameters.page, "settlements")
    return append_only(found, stream, parameters.page, source.block_number)


def _terms(source: Source, contract: Contract, agreement: bytes) -> Terms | None:
    first, second = layout.agreement_slots(agreement)
    word = source.slot(contract, first)
    if not word:
        return None
    terms_hash = uint_word(source.slot(contract, second) or 0)
    brand, supplier, forecaster, brand_bps = (word >> bit & 0xFFFF for bit in (0, 16, 32, 48))
    return Terms(brand, supplier, forecaster, brand_bps, word >> 64 & 0xFFFF_FFFF_FFFF_FFFF, terms_hash)


def _settlement(terms: Terms, leaf: Leaf, pages: Sequence[bytes]) -> dict[str, Any]:
    """Computes loss and shares from the pages, and compares them and both hashes with the leaf and the terms."""
    try:
        session, *figures, inputs_hash = words(leaf.payload, 6)
        loss, brand, supplier, skus = map(uint, figures)
        rows = [_row(page, at) for page in pages for at in range(0, len(page), INPUT_BYTES)]
        if leaf.n != 1 or _rolling_hash(pages) != inputs_hash or _terms_hash(pages) != terms.terms_hash:
            raise AbiError("its inputs are not the ones that were settled, or not those of the agreement")
        computed = sum(int(row["overstock"]) * int(row["unit_cost_fen"]) for row in rows)
        share = brand_share_half_up(computed, terms.brand_bps)
        if (loss, brand, supplier, skus) != (computed, share, computed - share, len(rows)):
            raise AbiError("loss or shares do not follow from the inputs")
    except AbiError as error:
        raise leaf_refusal(f"settlement {leaf.first_index}: {error}") from None
    money = {"loss_fen": str(loss), "brand_fen": str(brand), "supplier_fen": str(supplier)}
    return {"session": hex_bytes(session), **money, "inputs": rows, **stamp(leaf)}


def _rolling_hash(pages: Sequence[bytes]) -> bytes:
    rolling = bytes(32)
    for page in pages:
        rolling = keccak(rolling + keccak(page))
    return rolling


def _terms_hash(pages: Sequence[bytes]) -> bytes:
    """Hash of the terms that the inputs rest on: SKU and unit cost of every row, page by page."""
    terms = (b"".join(page[at : at + TERM_BYTES] for at in range(0, len(page), INPUT_BYTES)) for page in pages)
    return keccak(encode_words_array([keccak(page) for page in terms]))


def _row(page: bytes, at: int) -> dict[str, str]:
    """One SKU's inputs, its overstock computed again."""
    row = page[at : at + INPUT_BYTES]
    if len(row) != INPUT_BYTES:
        raise AbiError("a page of inputs is no whole number of rows")
    numbers = [int.from_bytes(row[i : i + 8]) for i in range(4, INPUT_BYTES, 8)]
    if overstock(*numbers[1:5]) != numbers[5]:
        raise AbiError(f"the overstock of SKU {int.from_bytes(row[:4])} does not follow from its inputs")
    names = ("unit_cost_fen", "received", "forecast", "sold", "returned", "overstock")
    return {"sku": str(int.from_bytes(row[:4])), **dict(zip(names, map(str, numbers), strict=True))}


_SECTIONS = frozenset({"contracts", "leaves", "inputs"})
VIEWS = (
    View("settlement/1", _SECTIONS, read, decode),
    View("settlement/2", _SECTIONS, read_page, decode, historical=True),
)
