"""A ledger and its API that the files of this folder share, each with a brand of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from liveledger.domain import gs1
from tests.api.ledger import RunningApi, running_api

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="package")
def shared_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """The ledger, for what is not a brand's."""
    with running_api(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="module")
def api(shared_api: RunningApi, request: pytest.FixtureRequest) -> RunningApi:
    """The ledger, and a brand whose SKUs are ``CODES`` again, without goods. Message ids are the file's own."""
    gln = gs1.with_check_digit(f"6901234101{next(_NUMBERS):02}")
    return shared_api.another_brand(request.path.stem.removeprefix("test_"), int(gln))
