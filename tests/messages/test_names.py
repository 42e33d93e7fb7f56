"""Units by name, and whose SKUs have a code according to the index."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from liveledger.domain.units import UNITS, unit_name
from liveledger.index import columns as index_columns
from liveledger.index.stock import codes
from liveledger.index.stock import tables as t


def test_a_units_number_is_for_ever() -> None:
    assert [*UNITS.items()][:5] == [("EA", 0), ("PR", 1), ("SET", 2), ("GRM", 3), ("KGM", 4)]
    assert all(unit_name(code) == name for name, code in UNITS.items())
    assert unit_name(len(UNITS)) == f"unit {len(UNITS)}"
    assert len(UNITS) <= 256


@pytest.mark.parametrize("wanted", [["A", "B", "C"], ["A", "B", "C", *map(str, range(1200))]])
def test_brands_of_a_code(wanted: list[str]) -> None:
    engine = create_engine("sqlite://")
    index_columns.metadata.create_all(engine)
    rows = [(9, "A", 5), (2, "A", 0), (2, "B", 7), (3, "D", 1)]
    with Session(engine) as session:
        for sku, (brand, code, gtin) in enumerate(rows, 1):
            values = {"sku": sku, "brand": brand, "code": code.encode(), "gtin": gtin, "unit": 0, "block": 1}
            session.execute(t.skus.insert().values(values))
        assert codes.brands_of(session, wanted) == {"A": [(2, 0), (9, 5)], "B": [(2, 7)]}
        assert codes.brands_of(session, []) == {}
