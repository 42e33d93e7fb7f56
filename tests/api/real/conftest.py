"""The ledger and its API that the files of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.ledger import RunningApi, running_api


@pytest.fixture(scope="package")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """One ledger for all tests of this folder, which are about the same brand's stock."""
    with running_api(tmp_path_factory.mktemp("api")) as running:
        yield running
