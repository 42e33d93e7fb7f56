"""What both parties of a correction are told: which movements undo what, who can post it, what stays counted."""

from __future__ import annotations

import pytest

from liveledger.domain.movements import Kind, Movement
from liveledger.rules.compensation import undo
from liveledger.rules.stock_state import Account, Counters, Place, Registry
from liveledger.services.cosigned import AgreedBatch, Correction, MovementName
from liveledger.services.cosigned_preflight import organisations_needed
from liveledger_cli.correction.preview import Claims, UndoMismatch, counted, warnings

POSTER, BRAND = b"\x01" * 20, 1
SKU, TIME = BRAND << 20 | 1, 1_700_000_000
POSTED = [
    Movement(SKU, Kind.RECEIVE, 0, 1, 600, TIME),
    Movement(SKU, Kind.SELL, 1, 0, 10, TIME),
    Movement(SKU, Kind.RETURN, 0, 1, 4, TIME),
]


def posted(poster: bytes, lane: int, sequence: int) -> list[Movement] | None:
    return POSTED if (poster, lane, sequence) == (POSTER, 0, 17) else None


def name(index: int, sequence: int = 17) -> str:
    return str(MovementName(POSTER, 0, sequence, index))


def batch(*corrections: Correction) -> AgreedBatch:
    return AgreedBatch(7, b"\x09" * 20, POSTER, 0, 0, TIME, "why", bytes(16), corrections)


def undone() -> list[Correction]:
    return [Correction(step, name(position)) for position, step in undo(POSTED, TIME + 9)]


def test_what_undoes_what_it_says_passes() -> None:
    claims = Claims.check(batch(*undone()), posted)
    claims.require()
    assert claims.good == {name(0): True, name(1): True, name(2): True}


@pytest.mark.parametrize(
    "claimed",
    [
        [Correction(Movement(SKU, Kind.LOST, 1, 0, 601, TIME), name(0))],
        [Correction(Movement(SKU, Kind.FOUND, 0, 1, 600, TIME), name(0))],
        [Correction(Movement(SKU, Kind.LOST, 2, 0, 600, TIME), name(0))],
        [Correction(Movement(SKU, Kind.LOST, 1, 0, 600, TIME, 1), name(0))],
        [Correction(Movement(SKU, Kind.RETURN, 0, 1, 10, TIME), name(1))],
        [Correction(Movement(SKU, Kind.LOST, 1, 0, 600, TIME), name(3))],
        [Correction(Movement(SKU, Kind.LOST, 1, 0, 600, TIME), name(0, sequence=18))],
        [Correction(Movement(SKU, Kind.LOST, 1, 0, 600, TIME), "a sale of last week")],
        [Correction(Movement(SKU, Kind.LOST, 1, 0, 600, TIME), name(0))] * 2,
    ],
)
def test_what_does_not_is_never_signed(claimed: list[Correction]) -> None:
    claims = Claims.check(batch(*claimed), posted)
    with pytest.raises(UndoMismatch) as refused:
        claims.require()
    assert refused.value.stable_code == "undo-mismatch"


@pytest.mark.parametrize("text", ["", "0x01/0/17", name(0) + "/1", name(0).upper(), name(0).replace("/17/", "/017/")])
def test_names_have_one_spelling(text: str) -> None:
    assert MovementName.parse(text) is None
    parsed = MovementName.parse(name(5))
    assert parsed is not None
    assert str(parsed) == name(5)


def test_what_stays_counted_is_said() -> None:
    sentences = warnings(Claims.check(batch(*undone()), posted))
    assert [
        "600 units stay counted as received" in sentences[0],
        "4 units stay counted as returned" in sentences[1],
    ] == [
        True,
        True,
    ]
    assert warnings(Claims.check(batch(Correction(POSTED[1])), posted)) == []


def test_counters_of_movements_whose_net_is_nothing() -> None:
    pair = [Movement(SKU, Kind.FOUND, 0, 1, 1_000_000, TIME), Movement(SKU, Kind.SELL, 1, 0, 1_000_000, TIME)]
    assert counted(Counters(5, 4, 3, -2), pair) == [5, 1_000_004, 3, 999_998]
    assert batch(*map(Correction, pair)).changes() == {(SKU, 0, 1): (0, 0, 0, 0)}


def test_who_must_agree() -> None:
    """To undo a shipment between two operators takes both, and the brand: three."""
    registry = Registry({POSTER: Account(2)}, {1: Place(2), 2: Place(3), 3: Place(BRAND)}, {}, {})
    between = [step for _, step in undo([Movement(SKU, Kind.SHIP, 1, 2, 5, TIME)], TIME)]
    assert organisations_needed(between, registry, POSTER) == {BRAND, 2, 3}
    own = [step for _, step in undo([Movement(SKU, Kind.SHIP, 1, 3, 5, TIME)], TIME)]
    assert organisations_needed(own, registry, POSTER) == {BRAND, 2}
