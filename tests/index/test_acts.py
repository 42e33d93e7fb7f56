"""Administrative acts in the index: leaves of both contracts, a rotated key, an organisation that is removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from liveledger.bindings import codec, consortium, governance, validators
from liveledger.bindings.constants import GOVERNANCE_ADDRESS, OrganisationKind, Status
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import address_word, keccak, uint_word
from liveledger.domain.streams import ACTS_STREAM, Leaf, StreamHead, initial_head, next_head, stream_slot
from liveledger.index import columns as index_columns
from liveledger.index.apply import Applier
from liveledger.index.chain import queries as chain_queries
from liveledger.index.database import sqlite_engine
from liveledger.index.heads import IndexDiffers
from liveledger.index.members import queries as members_queries
from liveledger.index.members import tables as t
from liveledger.index.source import Range
from tests.index.synthetic import ADDRESSES, EVM_CHAIN_ID, MANIFEST, POSTER, TIME, merge, one_block

OLD, NEW = b"\x01" * 32, b"\x02" * 32
ROTATE = validators.RotateValidator(OLD, NEW).calldata()
REMOVE = consortium.RemoveOrganisation(1).calldata()
VOTE = governance.Vote(1, True).calldata()
OUTCOME = uint_word(1) + uint_word(2)


def log(height: int, contract: str, topics: tuple[bytes, ...], data: bytes) -> Log:
    return Log(ADDRESSES[contract], topics, data, height, bytes(32), keccak(data), 0, 0)


def act(height: int, contract: str, index: int, data: bytes, poster: bytes = POSTER) -> Log:
    topics = (consortium.ActRecordedEvent.TOPIC, uint_word(index), address_word(poster))
    return log(height, contract, topics, codec.encode(("bytes",), (data,)))


def validator(height: int, key: bytes, power: int) -> Log:
    data = uint_word(power) + uint_word(40)
    return log(height, "Validators", (validators.ValidatorChangedEvent.TOPIC, key), data)


def blocks() -> list[Range]:
    """An organisation comes, a key is rotated by a proposal, the organisation is removed."""
    register = consortium.RegisterOrganisation(OrganisationKind.BRAND, 1, bytes(32)).calldata()
    indexed = (uint_word(1), uint_word(OrganisationKind.BRAND), uint_word(1))
    came = log(1, "Consortium", (consortium.OrganisationRegisteredEvent.TOPIC, *indexed), bytes(32))
    gone_topics = (consortium.OrganisationStatusChangedEvent.TOPIC, uint_word(1))
    gone = log(3, "Consortium", gone_topics, uint_word(Status.REMOVED))
    rotated = [validator(2, OLD, 0), validator(2, NEW, 10), act(2, "Consortium", 1, ROTATE, GOVERNANCE_ADDRESS)]
    voted = [act(2, "Governance", 0, OUTCOME), *rotated, act(2, "Governance", 1, VOTE)]
    return [
        one_block(1, [came, act(1, "Consortium", 0, register)]),
        one_block(2, voted),
        one_block(3, [gone, act(3, "Consortium", 2, REMOVE, GOVERNANCE_ADDRESS)]),
    ]


def built(path: Path, ranges: list[Range]) -> tuple[Engine, Applier]:
    engine = sqlite_engine(path)
    index_columns.metadata.create_all(engine)
    applier = Applier(EVM_CHAIN_ID, MANIFEST)
    for part in ranges:
        with engine.begin() as connection:
            applier.apply(connection, part)
    return engine, applier


def word(contract: str, leaves: list[Leaf]) -> int:
    """The storage word that these leaves lead to, by docs/formats.md."""
    head = initial_head(EVM_CHAIN_ID, ADDRESSES[contract], ACTS_STREAM)
    for leaf in leaves:
        head = next_head(head, leaf.hash(ACTS_STREAM))
    return StreamHead(head, len(leaves)).word()


def expected() -> dict[str, list[Leaf]]:
    register = consortium.RegisterOrganisation(OrganisationKind.BRAND, 1, bytes(32)).calldata()
    by_votes = GOVERNANCE_ADDRESS
    return {
        "Consortium": [
            Leaf(0, 1, 1, TIME + 1, POSTER, register),
            Leaf(1, 1, 2, TIME + 2, by_votes, ROTATE),
            Leaf(2, 1, 3, TIME + 3, by_votes, REMOVE),
        ],
        "Governance": [Leaf(0, 1, 2, TIME + 2, POSTER, OUTCOME), Leaf(1, 1, 2, TIME + 2, POSTER, VOTE)],
    }


@pytest.mark.parametrize("whole", [False, True])
def test_acts_rotation_and_removal(tmp_path: Path, whole: bool) -> None:
    engine, applier = built(tmp_path / "index.db", [merge(blocks())] if whole else blocks())
    with Session(engine) as session:
        for contract, leaves in expected().items():
            rows = chain_queries.leaves(session, contract, ACTS_STREAM, 0, 100)
            found = [
                Leaf(row.first_index, row.n, row.block_number, row.block_time, row.poster, row.payload) for row in rows
            ]
            assert found == leaves
        changes = session.execute(select(t.validator_changes).order_by(t.validator_changes.c.power)).all()
        assert [tuple(row) for row in changes] == [(2, OLD, 0, 40), (2, NEW, 10, 40)]
        removed = members_queries.organisation_by_gln(session, 1)
        assert removed is not None
        assert removed.status == Status.REMOVED
    words = {contract: word(contract, leaves) for contract, leaves in expected().items()}

    def read(contract: str, slots: object) -> list[int]:
        assert slots == [stream_slot(ACTS_STREAM)]
        return [words[contract]]

    assert applier.heads.compare(read, 3) == 2
    engine.dispose()


@pytest.mark.parametrize("kind", ["left out", "doubled", "turned"])
def test_a_false_list_of_acts_is_seen(tmp_path: Path, kind: str) -> None:
    first, second, third = blocks()
    acts = [entry for entry in second.logs if entry.topics[0] == consortium.ActRecordedEvent.TOPIC]
    false = {"left out": acts[:-1], "doubled": [*acts, acts[-1]], "turned": acts[::-1]}[kind]
    engine, applier = built(tmp_path / "index.db", [first, one_block(2, false), third])
    words = {contract: word(contract, leaves) for contract, leaves in expected().items()}
    with pytest.raises(IndexDiffers, match="Governance"):
        applier.heads.compare(lambda contract, _: [words[contract]], 3)
    engine.dispose()


def test_the_newest_approval_of_a_pair_stands(tmp_path: Path) -> None:
    """With the largest end that a contract takes, which is no signed number."""

    def approval(height: int, word: int) -> Range:
        topics = (consortium.ApprovalChangedEvent.TOPIC, uint_word(1), uint_word(2))
        return one_block(height, [log(height, "Consortium", topics, uint_word(word))])

    end = (1 << 64) - 1
    ranges = [approval(1, 15 | end << 8 | 1 << 72 | 1 << 80 | TIME << 112), approval(2, 2 << 80 | TIME << 112)]
    for number, (acts, until, limited) in enumerate([(15, end, True), (0, 0, False)], 1):
        engine, _ = built(tmp_path / f"{number}.db", ranges[:number])
        with Session(engine) as session:
            (row,) = session.execute(select(t.operators)).all()
        assert (row.brand, row.operator, row.acts, row.until, row.limited) == (1, 2, acts, until, limited)
        assert row.block == number
