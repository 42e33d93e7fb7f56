"""stream/1 and word/1: a list, or a word, of any contract that the Directory lists, cut as the question says.

What the columns mean is the asker's to know (docs/bundle-views.md): a contract of rules that this verifier has no view
for is proven all the same, and a question that cuts it otherwise is another question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from liveledger.domain.columns import MAX_COLUMNS, Field, Records, parse_fields, split_word
from liveledger.domain.errors import InvalidInput
from liveledger.domain.streams import Leaf
from liveledger.verifier import shape
from liveledger.verifier.source import Page, Result, Source
from liveledger.verifier.views.base import (
    PAGE,
    View,
    append_only,
    decimal_parameter,
    leaf_refusal,
    list_result,
    page_parameters,
    stamp,
)

_NAME = re.compile(r"[A-Za-z0-9]{1,32}")
_MAX_TEXT = 48


@dataclass(frozen=True, slots=True)
class ListParameters:
    """Contract and version, the stream's id (32 bytes), the form of its leaves, the page."""

    contract: str
    version: int
    stream: bytes
    records: Records
    page: Page


@dataclass(frozen=True, slots=True)
class WordParameters:
    """Contract and version, the slot (32 bytes), what stands in it from the low bits up."""

    contract: str
    version: int
    slot: bytes
    fields: tuple[Field, ...]


def read_list(value: dict[str, Any]) -> ListParameters:
    """Reads the parameters of a list. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("contract", "version", "stream", "head", "entry"), PAGE)
    stream = shape.hexadecimal(entry["stream"], "parameters.stream", 32)
    try:
        records = Records.parse(_texts(entry, "head"), _texts(entry, "entry"))
    except InvalidInput as error:
        raise shape.refuse(f"parameters: {error.message}") from None
    return ListParameters(*_contract(entry), stream, records, page_parameters(entry))


def read_word(value: dict[str, Any]) -> WordParameters:
    """Reads the parameters of a word. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("contract", "version", "slot", "fields"))
    slot = shape.hexadecimal(entry["slot"], "parameters.slot", 32)
    try:
        fields = parse_fields(_texts(entry, "fields"))
    except InvalidInput as error:
        raise shape.refuse(f"parameters: {error.message}") from None
    return WordParameters(*_contract(entry), slot, fields)


def decode_list(source: Source, parameters: ListParameters) -> Result:
    """The entries of the page, each with the columns of its leaf's head and its own."""
    contract = source.contract(parameters.contract, (parameters.version,))
    page = parameters.page
    stream = source.leaves(contract, parameters.stream, page)
    entries = [entry for leaf in stream.leaves for entry in _entries(parameters.records, leaf)]
    start = stream.leaves[0].first_index if stream.leaves else page.first
    shown = entries[page.first - start : page.end(stream.count) - start]
    return append_only(list_result({"entries": shown}, stream, page, "entries"), stream, page, source.block_number)


def decode_word(source: Source, parameters: WordParameters) -> Result:
    """The numbers in the word; null where it was never written."""
    word = source.slot(source.contract(parameters.contract, (parameters.version,)), parameters.slot)
    if word is None:
        return Result({"values": None})
    try:
        found = split_word(parameters.fields, word)
    except InvalidInput as error:
        raise leaf_refusal(error.message) from None
    return Result({"values": {name: str(number) for name, number in found.items()}})


def _contract(entry: dict[str, Any]) -> tuple[str, int]:
    name = entry["contract"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise shape.refuse("parameters.contract is no name of a contract: 1 to 32 ASCII letters and digits")
    return name, decimal_parameter(entry, "version")


def _texts(entry: dict[str, Any], name: str) -> list[str]:
    def text(item: Any, where: str) -> str:
        return shape.text(item, where, _MAX_TEXT)

    return shape.array(entry[name], f"parameters.{name}", MAX_COLUMNS, text)


def _entries(records: Records, leaf: Leaf) -> list[dict[str, str]]:
    try:
        found = records.split(leaf.payload, leaf.n)
    except InvalidInput as error:
        raise leaf_refusal(f"the leaf at entry {leaf.first_index}: {error.message}") from None
    return [
        {"index": str(leaf.first_index + offset), **records.shown(values), **stamp(leaf)}
        for offset, values in enumerate(found)
    ]


VIEWS = (
    View("stream/1", frozenset({"contracts", "leaves"}), read_list, decode_list, historical=True),
    View("word/1", frozenset({"contracts"}), read_word, decode_word),
)
