"""reports/1: the reports of a feed, whole and in order, with their payloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.streams import Leaf
from liveledger.verifier import layout, shape
from liveledger.verifier.abi import AbiError, uint, words
from liveledger.verifier.source import Page, Result, Source, StreamPage
from liveledger.verifier.views.base import PAGE, View, append_only, leaf_refusal, list_result, page_parameters, stamp


@dataclass(frozen=True, slots=True)
class Parameters:
    """The feed's id (32 bytes) and the page."""

    feed: bytes
    page: Page


@dataclass(frozen=True, slots=True)
class Report:
    """A report of a feed: digests of 32 bytes, ``observed_at`` in Unix seconds."""

    leaf: Leaf
    config_digest: bytes
    sequence: int
    observed_at: int
    payload: bytes


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("feed",), PAGE)
    return Parameters(shape.hexadecimal(entry["feed"], "parameters.feed", 32), page_parameters(entry))


def decode(source: Source, parameters: Parameters) -> Result:
    """Each report with its payload as the signers saw it."""
    stream, reports = proven_reports(source, parameters.feed, parameters.page)
    found = list_result({"reports": [_as_json(report) for report in reports]}, stream, parameters.page, "reports")
    return append_only(found, stream, parameters.page, source.block_number)


def proven_reports(source: Source, feed: bytes, page: Page) -> tuple[StreamPage, list[Report]]:
    """The feed's page, its payloads checked against the hashes in the leaves."""
    hub = source.contract(layout.REPORT_HUB)
    stream = source.leaves(hub, feed, page)
    return stream, _match(stream.leaves, source.payloads(hub, feed, stream.leaves))


def _match(leaves: Sequence[Leaf], payloads: Sequence[bytes]) -> list[Report]:
    if len(payloads) != len(leaves):
        raise leaf_refusal(f"{len(payloads)} payloads for {len(leaves)} reports")
    return [_report(leaf, payload) for leaf, payload in zip(leaves, payloads, strict=True)]


def _report(leaf: Leaf, payload: bytes) -> Report:
    try:
        config_digest, sequence, payload_hash, observed_at = words(leaf.payload, 4)
        if leaf.n != 1 or uint(sequence) != leaf.first_index:
            raise AbiError("its sequence number is not its place")
        if keccak(payload) != payload_hash:
            raise AbiError("the payload is not the one that was reported")
        return Report(leaf, config_digest, leaf.first_index, uint(observed_at, 64), payload)
    except AbiError as error:
        raise leaf_refusal(f"report {leaf.first_index}: {error}") from None


def _as_json(report: Report) -> dict[str, str]:
    return {
        "sequence": str(report.sequence),
        "config_digest": hex_bytes(report.config_digest),
        "observed_at": str(report.observed_at),
        "payload": hex_bytes(report.payload),
        **stamp(report.leaf),
    }


VIEWS = (View("reports/1", frozenset({"contracts", "leaves", "payloads"}), read, decode, historical=True),)
