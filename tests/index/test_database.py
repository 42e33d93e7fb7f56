"""Where the index is kept: the ledger's settings say so, and what cannot be used is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner, Result

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.index.database import index_engine, postgresql_engine, read_url, require_database
from liveledger_cli.main import assemble

pytestmark = pytest.mark.chain
SECRET = "very-secret"


def url_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "url"
    path.write_text(text)
    path.chmod(mode)
    return path


def run(*line: str) -> Result:
    return CliRunner().invoke(assemble(list(line)), list(line))


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    found = LedgerHome(tmp_path, "main")
    found.directory.mkdir(parents=True)
    return found


@pytest.mark.parametrize("text", ["", "no url", "sqlite:///x.db", "mysql://u@h/d", "\x00"])
def test_only_postgresql_is_taken(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="no URL of PostgreSQL"):
        read_url(url_file(tmp_path, text))


def test_a_url_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="open to others"):
        read_url(url_file(tmp_path, "postgresql://u@h/d", 0o644))


def test_a_server_that_is_away_is_named_without_the_password(tmp_path: Path) -> None:
    url = read_url(url_file(tmp_path, f"postgresql://u:{SECRET}@127.0.0.1:1/d?connect_timeout=2"))
    with pytest.raises(ConfigurationError) as caught:
        require_database(postgresql_engine(url))
    assert "127.0.0.1" in caught.value.message
    assert SECRET not in caught.value.message


def test_the_command_switches_there_and_back(home: LedgerHome, tmp_path: Path, new_url: Callable[[], str]) -> None:
    url = make_url(new_url())
    file = url_file(tmp_path, url.render_as_string(hide_password=False))
    options = ["--home", str(tmp_path), "--json"]
    done = run("index", "use", str(file), *options)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["index"] == url.render_as_string()
    assert index_engine(home).dialect.name == "postgresql"
    assert home.index_url.stat().st_mode & 0o777 == 0o600
    done = run("index", "use", *options)
    assert done.exit_code == 0, done.output
    assert index_engine(home).dialect.name == "sqlite"
