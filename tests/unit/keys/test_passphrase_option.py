"""`--passphrase-file` reaches the keys, whichever command has it and wherever in the line it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.accounts.keystore import WrongPassphrase
from liveledger.domain.home import LedgerHome
from liveledger_cli.common.signing_accounts import accounts_of
from tests.support.commands import command_line, leaves, parameter, run, walk
from tests.unit.keys.support import PASSPHRASE, private_file, store

OPTION = "--passphrase-file"
ROOT = command_line()
GROUPS = {path: command for path, command in walk(ROOT) if path and hasattr(command, "commands")}
UNDER = [path for path in leaves(ROOT) if path[:1] in GROUPS and parameter(GROUPS[path[:1]], OPTION)]


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    found = LedgerHome(tmp_path)
    store(found).create("brand")
    return found


def test_the_groups_that_sign_have_the_option() -> None:
    assert {path[0] for path in UNDER} == {"correction", "health", "member", "past", "replenish", "sku"}


@pytest.mark.parametrize("path", UNDER, ids=" ".join)
def test_a_groups_option_is_what_its_commands_open_keys_with(
    path: tuple[str, ...], home: LedgerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def probe(**_: Any) -> None:
        opened.append(accounts_of(home).load("brand").address)

    command = leaves(ROOT)[path]
    monkeypatch.setattr(command, "params", [])
    monkeypatch.setattr(command, "callback", probe)
    monkeypatch.setenv("LIVELEDGER_PASSPHRASE_FILE", str(private_file(home.root / "wrong", b"another passphrase")))
    right = private_file(home.root / "right", PASSPHRASE.encode())
    assert run(ROOT, path[0], OPTION, str(right), *path[1:]) == (0, "")
    assert opened == [store(home).load("brand").address]
    # What one command line said is not said in the next.
    with pytest.raises(WrongPassphrase):
        run(ROOT, *path)
