"""A trading ledger that the tests of a file share, and databases for the index."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from liveledger.index.database import postgresql_engine, sqlite_engine
from tests.support.postgresql import USER, programs, server
from tests.support.trading import Trading, trading_ledger


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trading]:
    """A ledger with a brand, places and SKUs; tests post on lanes of their own."""
    with trading_ledger(tmp_path_factory.mktemp("index-chain")) as ready:
        yield ready


DATABASES = ("sqlite", "postgresql")
_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[int]:
    """Port of a server of the real PostgreSQL."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (scripts/test-programs)")
    # Not below pytest's folder: the server runs as another user, who may not go there.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder, server(Path(folder)) as port:
        yield port


@pytest.fixture(scope="session")
def new_url(postgresql: int) -> Callable[[], str]:
    """Makes an empty database and gives its URL."""

    def made() -> str:
        name = f"index_{next(_NUMBERS)}"
        with psycopg.connect(
            f"host=127.0.0.1 port={postgresql} user={USER} dbname=postgres", autocommit=True
        ) as server:
            server.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://{USER}@127.0.0.1:{postgresql}/{name}"

    return made


@pytest.fixture(scope="module", params=DATABASES)
def new_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Engine]]:
    """Makes engines on empty databases, of each kind that an index can be kept in."""
    folder: Path = tmp_path_factory.mktemp("databases")
    made: list[Engine] = []

    def new() -> Engine:
        if request.param == "sqlite":
            made.append(sqlite_engine(folder / f"{len(made)}.db"))
        else:
            made.append(postgresql_engine(make_url(request.getfixturevalue("new_url")())))
        return made[-1]

    yield new
    for engine in made:
        engine.dispose()


@pytest.fixture
def engine(new_engine: Callable[[], Engine]) -> Engine:
    """An engine on an empty database."""
    return new_engine()
