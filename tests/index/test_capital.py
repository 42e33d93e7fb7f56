"""Reports on capital in the index: rows, leaves, and a head that a report left out or changed does not lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.bindings import codec
from liveledger.bindings.stock_health import CapitalReportedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import address_word, keccak, uint_word
from liveledger.domain.money import Bps, Fen
from liveledger.domain.payloads import CapitalEntry
from liveledger.domain.streams import Leaf, StreamHead, brand_stream, initial_head, next_head, stream_slot
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.heads import IndexDiffers
from liveledger.index.source import Range
from liveledger.index.stock_health.handlers import STOCK_HEALTH
from liveledger.index.stock_health.queries import CapitalRow, reports_on
from liveledger.rules.stock_health.formula import NO_REVENUE
from tests.index.synthetic import ADDRESSES, EVM_CHAIN_ID, MANIFEST, POSTER, TIME, merge, one_block

pytestmark = pytest.mark.chain
BRAND, AUDITOR = 2, 3
LARGEST = (1 << 64) - 1
ENTRIES = [
    CapitalEntry(BRAND, Fen(35), Fen(100), 1, 2, 5, keccak(b"a"), Bps(3500)),
    CapitalEntry(AUDITOR, Fen(LARGEST), Fen(0), 2, (1 << 32) - 1, LARGEST, bytes(32), NO_REVENUE),
    CapitalEntry(BRAND, Fen(LARGEST), Fen(1), 3, 4, 0, keccak(b"c"), Bps(LARGEST * 10_000)),
]


def log(height: int, entry: CapitalEntry) -> Log:
    topics = (
        CapitalReportedEvent.TOPIC,
        uint_word(BRAND),
        uint_word(entry.organisation),
        address_word(POSTER),
    )
    types = ("uint64", "uint64", "uint32", "uint32", "uint64", "bytes32", "uint96")
    values = (entry.stock_value_fen, entry.revenue_fen, entry.period_from, entry.period_to, entry.at_block)
    data = codec.encode(types, (*values, entry.evidence_root, entry.share_bps))
    return Log(ADDRESSES[STOCK_HEALTH], topics, data, height, bytes(32), keccak(data), 0, 0)


def blocks(entries: list[CapitalEntry]) -> list[Range]:
    return [one_block(height, [log(height, entry)]) for height, entry in enumerate(entries, 1)]


def built(engine: Engine, ranges: list[Range]) -> Applier:
    index_columns.metadata.create_all(engine)
    applier = Applier(EVM_CHAIN_ID, MANIFEST)
    for part in ranges:
        with engine.begin() as connection:
            applier.apply(connection, part)
    return applier


def word() -> int:
    """The storage word that the reports lead to, by docs/formats.md."""
    stream = brand_stream(BRAND)
    head = initial_head(EVM_CHAIN_ID, ADDRESSES[STOCK_HEALTH], stream)
    for index, entry in enumerate(ENTRIES):
        head = next_head(head, Leaf(index, 1, index + 1, TIME + index + 1, POSTER, entry.encode()).hash(stream))
    return StreamHead(head, len(ENTRIES)).word()


@pytest.mark.parametrize("whole", [False, True])
def test_reports_come_in_order_with_their_figures(new_engine: Callable[[], Engine], whole: bool) -> None:
    engine = new_engine()
    applier = built(engine, [merge(blocks(ENTRIES))] if whole else blocks(ENTRIES))
    with Session(engine) as session:
        expected = [
            CapitalRow(BRAND, height, 0, TIME + height, POSTER, *astuple(entry))
            for height, entry in enumerate(ENTRIES, 1)
        ]
        assert reports_on(session, BRAND) == expected
        assert reports_on(session, AUDITOR) == []

    def read(contract: str, slots: object) -> list[int]:
        assert (contract, slots) == (STOCK_HEALTH, [stream_slot(brand_stream(BRAND))])
        return [word()]

    assert applier.heads.compare(read, 3) == 1


@pytest.mark.parametrize("false", [ENTRIES[:2], ENTRIES[::-1], [*ENTRIES[:2], replace(ENTRIES[2], share_bps=Bps(1))]])
def test_a_false_list_of_reports_is_seen(new_engine: Callable[[], Engine], false: list[CapitalEntry]) -> None:
    applier = built(new_engine(), blocks(false))
    with pytest.raises(IndexDiffers, match=STOCK_HEALTH):
        applier.heads.compare(lambda *_: [word()], 3)
