"""reading/1: one reading of a device, below the Merkle root that a feed reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.hashing import hex_bytes
from liveledger.verifier import shape
from liveledger.verifier.abi import AbiError, sint, uint, words
from liveledger.verifier.source import Page, Result, SensorBatch, Source
from liveledger.verifier.views.base import View, decimal_parameter, leaf_refusal, posters, stamp
from liveledger.verifier.views.reports import Report, proven_reports


@dataclass(frozen=True, slots=True)
class Parameters:
    """Feed (32 bytes), sequence number of the report, device (32 bytes), time of the reading in Unix seconds."""

    feed: bytes
    sequence: int
    device: bytes
    time: int


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("feed", "sequence", "device", "time"))
    return Parameters(
        shape.hexadecimal(entry["feed"], "parameters.feed", 32),
        decimal_parameter(entry, "sequence"),
        shape.hexadecimal(entry["device"], "parameters.device", 32),
        decimal_parameter(entry, "time"),
    )


def decode(source: Source, parameters: Parameters) -> Result:
    """The value in thousandths of the unit. A report that is not there, or is of another device, proves that there
    is no such reading in it.
    """
    stream, reports = proven_reports(source, parameters.feed, Page(parameters.sequence, 1))
    if not reports:
        nothing = {"known_report": False, "device_matches": False, "reading": None}
        return Result(nothing, f"no report {parameters.sequence} was made up to block {source.block_number}")
    report = reports[0]
    batch, answer = _batch(parameters.feed, report)
    if batch.device != parameters.device:
        return Result({"known_report": True, "device_matches": False, "reading": None}, "the report's one device")
    proof = source.reading(batch, parameters.time)
    if proof is None:
        raise leaf_refusal("the reading is not given")
    data = parameters.device + parameters.time.to_bytes(8) + proof.value.to_bytes(4, signed=True)
    if merkle.root_from_path(merkle.leaf_hash(data), proof.index, batch.readings, proof.path) != batch.root:
        raise leaf_refusal("the reading does not lead to the reported root")
    reading = {"index": str(proof.index), "value_milli": str(proof.value), **answer, **stamp(report.leaf)}
    complete = f"reading {proof.index} of the {batch.readings} in report {report.sequence}"
    return Result({"known_report": True, "device_matches": True, "reading": reading}, complete, posters(stream.leaves))


def _batch(feed: bytes, report: Report) -> tuple[SensorBatch, dict[str, str]]:
    """Decodes a sensor batch's payload (docs/formats.md, Reports)."""
    try:
        device, root, readings, first_at, last_at, lowest, highest = words(report.payload, 7)
        batch = SensorBatch(feed, report.sequence, device, root, uint(readings, 32))
        return batch, {
            "readings": str(batch.readings),
            "readings_root": hex_bytes(root),
            "first_at": str(uint(first_at, 64)),
            "last_at": str(uint(last_at, 64)),
            "min_milli": str(sint(lowest, 32)),
            "max_milli": str(sint(highest, 32)),
        }
    except AbiError as error:
        raise leaf_refusal(f"report {report.sequence} is no batch of readings: {error}") from None


VIEWS = (View("reading/1", frozenset({"contracts", "leaves", "payloads", "reading"}), read, decode),)
