"""Comparisons in the index: rows, leaves and the newest record of a place, as the rules make them of random records."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.bindings import codec
from liveledger.bindings.accuracy import AccuracyRecordedEvent
from liveledger.bindings.constants import RECORD_SPACING_SECONDS, OrganisationKind, Role
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import address_word, keccak, uint_word
from liveledger.domain.streams import place_stream, stream_slot
from liveledger.index import columns as index_columns
from liveledger.index.accuracy.queries import latest, latest_of
from liveledger.index.apply import Applier
from liveledger.index.chain import queries as chain_queries
from liveledger.index.heads import IndexDiffers
from liveledger.index.source import Range
from liveledger.rules.accuracy import contract as rules
from liveledger.rules.accuracy import facts, formula
from tests.index.synthetic import ADDRESSES, EVM_CHAIN_ID, MANIFEST, TIME, merge, one_block

OPERATOR, AUDITOR = b"\x01" * 20, b"\x02" * 20
PLACES = (3, 70, 65_535)
CONTRACT = ADDRESSES["Accuracy"]
REGISTRY = rules.Registry(
    accounts={OPERATOR: rules.Account(1, Role.REPORT), AUDITOR: rules.Account(2, Role.REPORT)},
    organisations={
        1: rules.Organisation(OrganisationKind.WAREHOUSE),
        2: rules.Organisation(OrganisationKind.AUDITOR),
    },
    operators=dict.fromkeys(PLACES, 1),
)
_TYPES = ("uint16", "bool", "(uint16,uint32,uint64,uint32,uint32,uint64,uint64,uint64,bytes32)", "uint256", "uint256")


def recorded(
    height: int, poster: bytes, comparison: facts.Comparison, after: facts.PlaceAccuracy, finding: formula.Finding
) -> Log:
    """The event of a record."""
    topics = (
        AccuracyRecordedEvent.TOPIC,
        uint_word(comparison.place),
        address_word(poster),
        uint_word(after.level),
    )
    account = REGISTRY.accounts[poster]
    figures = tuple(getattr(comparison, name) for name in facts.Comparison.__slots__)
    data = codec.encode(_TYPES, (account.organisation, poster == AUDITOR, figures, after.word(), finding.word()))
    return Log(CONTRACT, topics, data, height, bytes(32), keccak(data), 0, 0)


def history(seed: int, records: int) -> tuple[rules.AccuracyState, list[Range]]:
    """Blocks with a record each, and the state that the rules lead to."""
    chance = random.Random(seed)
    state = rules.AccuracyState()
    ranges = []
    for height in range(1, records + 1):
        ledger = chance.choice((0, 10_000, (1 << 64) - 30_000))
        difference = chance.choice((0, 299, 300, 800, 1500, 2500))
        skus = chance.choice((1, 100, 100))
        comparison = facts.Comparison(
            place=chance.choice(PLACES),
            as_of=TIME - (records - height) * RECORD_SPACING_SECONDS,
            at_block=height - 1,
            skus=skus,
            skus_matching=skus - min(difference, 1 + chance.randrange(skus)),
            ledger_units=ledger,
            snapshot_units=ledger + difference,
            difference_units=difference,
            snapshot_root=chance.randbytes(32),
        )
        poster = chance.choice((OPERATOR, OPERATOR, AUDITOR))
        block = rules.Block(height, TIME + height, EVM_CHAIN_ID, CONTRACT)
        state = rules.record(state, REGISTRY, block, poster, comparison)
        found = state.places[comparison.place], state.findings[comparison.place]
        ranges.append(one_block(height, [recorded(height, poster, comparison, *found)]))
    return state, ranges


def built(engine: Engine, ranges: list[Range]) -> Applier:
    """An index of the blocks."""
    index_columns.metadata.create_all(engine)
    applier = Applier(EVM_CHAIN_ID, MANIFEST)
    for part in ranges:
        with engine.begin() as connection:
            applier.apply(connection, part)
    return applier


@pytest.mark.chain
@pytest.mark.parametrize("whole", [True, False])
def test_rows_and_heads_are_those_of_the_rules(engine: Engine, whole: bool) -> None:
    state, ranges = history(11, 60)
    applier = built(engine, [merge(ranges)] if whole else ranges)
    words = {stream_slot(stream): head.word() for stream, head in state.streams.items()}
    assert applier.heads.compare(lambda _, slots: [words[slot] for slot in slots], 60) == len(PLACES)
    with Session(engine) as session:
        assert [row.place for row in latest(session)] == sorted(state.places)
        for place, expected in state.places.items():
            sides = [latest_of(session, place, audited=audited) for audited in (False, True)]
            assert [row.as_of if row else 0 for row in sides] == [
                expected.newest_of(audited=audited) for audited in (False, True)
            ]
            row = sides[expected.audited]
            assert row in latest(session)
            assert row is not None
            found = (row.as_of, row.deviation_bps, row.accuracy_bps, row.level, row.flag, row.recount_by)
            assert found == (
                expected.as_of,
                expected.deviation,
                expected.accuracy,
                expected.level,
                expected.flag,
                expected.recount_by,
            )
            assert (row.sequence + 1, row.at_block) == (expected.count, expected.at_block)
            finding = state.findings[place]
            assert (row.finding_skus, row.finding_units) == (finding.skus, finding.ledger_units)
            stream = chain_queries.stream(session, "Accuracy", place_stream(place))
            assert stream is not None
            assert stream.count == expected.count
        assert latest_of(session, 4, audited=False) is None


@pytest.mark.chain
def test_a_record_that_is_left_out_is_noticed(engine: Engine) -> None:
    state, ranges = history(12, 20)
    last = ranges[-1]
    applier = built(engine, [*ranges[:-2], replace(last, logs=[])])
    words = {stream_slot(stream): head.word() for stream, head in state.streams.items()}
    with pytest.raises(IndexDiffers, match="Accuracy"):
        applier.heads.compare(lambda _, slots: [words[slot] for slot in slots], 20)
