"""A ledger of four validators that the files of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.network import RunningNetwork, running_network


@pytest.fixture(scope="package")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """The ledger; tests leave all of it running, but for those of lost keys, which come last."""
    with running_network(tmp_path_factory.mktemp("four"), validators=4) as network:
        yield network
