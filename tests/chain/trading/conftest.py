"""A trading ledger that the files of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.trading import Trading, trading_ledger


@pytest.fixture(scope="package")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trading]:
    """A ledger with a brand, places and SKUs. Tests leave it running and take lanes and SKUs of their own."""
    with trading_ledger(tmp_path_factory.mktemp("chain")) as ready:
        yield ready
