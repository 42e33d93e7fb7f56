"""Networks that the tests of a file share: starting one takes longer than most tests, and idle ones would slow them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.network import RunningNetwork, running_network


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """A ledger with one validator."""
    with running_network(tmp_path_factory.mktemp("one")) as network:
        yield network


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """A ledger with four validators; every test leaves all of them running."""
    with running_network(tmp_path_factory.mktemp("four"), validators=4) as network:
        yield network
