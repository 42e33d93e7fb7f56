"""How commands that sign get at their accounts: the option for a passphrase, and the store built from it."""

from __future__ import annotations

import os
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from liveledger.chain.accounts.accounts import AccountStore
from liveledger.chain.accounts.passphrases import PassphraseSource, find_source, has_terminal
from liveledger.domain.home import LedgerHome

PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="Private file whose first line opens encrypted keys [LIVELEDGER_PASSPHRASE_FILE, else systemd's credential"
        " liveledger-passphrase, else the terminal is asked]",
    ),
]

# What the option of a command group said while one of its commands runs. Typer's own context cannot be asked for it:
# which module keeps that is Typer's private matter, and has changed.
_of_group: ContextVar[Path | None] = ContextVar("passphrase file of the command group", default=None)


def use_passphrase_file(context: typer.Context, file: Path | None) -> None:
    """Makes ``file`` what `accounts_of` reads passphrases from, until the group of ``context`` has ended."""
    _of_group.set(file)
    context.call_on_close(lambda: _of_group.set(None))


def accounts_of(home: LedgerHome) -> AccountStore:
    """The accounts of a home; their passphrase is in the file that the command group's option names, if any."""
    return account_store(home, _of_group.get())


def passphrase_source(file: Path | None) -> PassphraseSource:
    """Where this process gets passphrases from: the option, the environment, the terminal."""
    return find_source(file, os.environ, terminal=has_terminal())


def terminal_source() -> PassphraseSource:
    """The terminal alone, whatever the environment names."""
    return find_source(None, {}, terminal=has_terminal())


def account_store(home: LedgerHome, passphrase_file: Path | None) -> AccountStore:
    """The accounts of a home for a command that signs."""
    return AccountStore(home, passphrase_source(passphrase_file))
