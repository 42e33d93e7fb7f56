"""How commands that sign get at their accounts: the option for a passphrase, and the store built from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from liveledger.chain.accounts import AccountStore
from liveledger.chain.passphrases import PassphraseSource, find_source, has_terminal
from liveledger.domain.home import LedgerHome

PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="Private file whose first line opens encrypted keys (LIVELEDGER_PASSPHRASE_FILE, systemd's credential"
        " liveledger-passphrase, else the terminal is asked)",
    ),
]


def passphrase_source(file: Path | None) -> PassphraseSource:
    """Where this process gets passphrases from: the option, the environment, the terminal."""
    return find_source(file, os.environ, terminal=has_terminal())


def terminal_source() -> PassphraseSource:
    """The terminal alone, whatever the environment names."""
    return find_source(None, {}, terminal=has_terminal())


def account_store(home: LedgerHome, passphrase_file: Path | None) -> AccountStore:
    """The accounts of a home for a command that signs."""
    return AccountStore(home, passphrase_source(passphrase_file))
