"""A ledger of one validator that the files of this folder share, as it is or moved to a signer and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.network import RunningNetwork, running_network


@pytest.fixture(scope="package")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """The ledger; every test leaves it running."""
    with running_network(tmp_path_factory.mktemp("one")) as network:
        yield network
