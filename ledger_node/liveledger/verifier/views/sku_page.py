"""What views of a SKU's stream are asked: whose SKU, and which page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.verifier import shape
from liveledger.verifier.source import Page
from liveledger.verifier.views.base import MAX_CODE, PAGE, decimal_parameter, page_parameters


@dataclass(frozen=True, slots=True)
class Parameters:
    """Organisation number of the brand, its SKU code, the page."""

    brand: int
    sku: str
    page: Page


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters; without a page they mean all entries. Raises Refusal (step 1)."""
    return _parameters(shape.fields(value, "parameters", ("brand", "sku"), PAGE))


def read_page(value: dict[str, Any]) -> Parameters:
    """The same where a page has to be named. Raises Refusal (step 1)."""
    return _parameters(shape.fields(value, "parameters", ("brand", "sku", *PAGE)))


def _parameters(entry: dict[str, Any]) -> Parameters:
    code = shape.text(entry["sku"], "parameters.sku", MAX_CODE)
    return Parameters(decimal_parameter(entry, "brand", 0xFFFF), code, page_parameters(entry))
