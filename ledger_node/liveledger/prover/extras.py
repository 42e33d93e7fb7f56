"""Evidence that lies in events or off the chain: payloads, inputs of settlements, documents, readings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.documents import breach
from liveledger.domain.streams import Leaf
from liveledger.prover.errors import NothingToProve, ProofBroken
from liveledger.prover.ports import ExecutionPort, OffChain
from liveledger.verifier import Refusal, disclosures
from liveledger.verifier.abi import tail_bytes, topic, uint, words
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.sections import Document, ReadingProof
from liveledger.verifier.source import SensorBatch

REPORT_SUBMITTED = topic("ReportSubmitted(bytes32,uint256,address,bytes32,bytes32,uint256,bytes)")
PAGE_SETTLED = topic("PageSettled(bytes32,uint256,bytes)")
_BLOCKS_PER_SEARCH = 2_000


def document(off_chain: OffChain, digest: bytes) -> Document | None:
    """The document of an anchored event, None when it is not here or breaks the limits of what a bundle can hold.

    One such document must not keep the whole history of an item from being proven.
    """
    found = off_chain.document(digest)
    return Document(*found) if found and breach(found[1]) is None else None


def disclosure(off_chain: OffChain, digest: bytes) -> tuple[dict[str, Any], Disclosure] | None:
    """What is shown of an anchored event, as a bundle writes it and as it is read; None as for `document`."""
    found = off_chain.disclosed(digest)
    if found is None or breach(found[1]) is not None:
        return None
    salt, event, shown = found
    try:
        written = disclosures.as_json(salt, event) if shown is None else disclosures.some_as_json(salt, event, shown)
        return written, Disclosure.read(written, "event")
    except Refusal:
        return None


def report_payloads(execution: ExecutionPort, hub: bytes, feed: bytes, leaves: Sequence[Leaf]) -> list[bytes]:
    """The payload of each report of ``feed``, from the events of the blocks that its leaves name."""
    found: dict[int, bytes] = {}
    for block in sorted({leaf.block_number for leaf in leaves}):
        for log in execution.logs(block, block, [hub]):
            if log.topics[:2] == (REPORT_SUBMITTED, feed):
                found[uint(log.topics[2])] = tail_bytes(log.data, 4)[1]
    try:
        return [found[leaf.first_index] for leaf in leaves]
    except KeyError as missing:
        raise ProofBroken(f"the node does not give the event of report {missing}") from None


def settlement_inputs(execution: ExecutionPort, settlement: bytes, leaf: Leaf) -> list[bytes]:
    """The input pages of a settled session in order; searched backwards from the block of its last page."""
    session = words(leaf.payload, 6)[0]
    pages: dict[int, bytes] = {}
    last = leaf.block_number
    while last > 0 and 0 not in pages:
        first = max(1, last - _BLOCKS_PER_SEARCH + 1)
        for log in execution.logs(first, last, [settlement]):
            if log.topics[:2] == (PAGE_SETTLED, session):
                pages[uint(log.topics[2])] = tail_bytes(log.data, 1)[1]
        last = first - 1
    if sorted(pages) != list(range(len(pages))) or not pages:
        raise ProofBroken("the node does not give all pages of a settlement")
    return [pages[number] for number in range(len(pages))]


def reading(off_chain: OffChain, batch: SensorBatch, time: int) -> ReadingProof:
    """The first reading of ``batch`` at ``time``, with its audit path. Raises NothingToProve."""
    readings = off_chain.readings(batch.root)
    if readings is None:
        raise NothingToProve("the readings of this report are not kept here", sequence=batch.sequence)
    index = next((number for number, (at, _) in enumerate(readings) if at == time), None)
    if index is None:
        raise NothingToProve(f"the report holds no reading at {time}", hint="ask for the time of a reading", time=time)
    leaves = [
        merkle.leaf_hash(batch.device + at.to_bytes(8) + value.to_bytes(4, signed=True)) for at, value in readings
    ]
    return ReadingProof(index, readings[index][1], merkle.audit_path(leaves, index))
