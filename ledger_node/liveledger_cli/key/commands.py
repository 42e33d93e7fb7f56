"""``liveledger key``: the accounts' keys of this home, encrypted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.chain.accounts import keystore
from liveledger.chain.accounts.passphrases import FilePassphrase
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.private_files import MAX_BYTES, read_private
from liveledger_cli.common.context import Output
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.signing_accounts import PassphraseOption, passphrase_source, terminal_source

if TYPE_CHECKING:
    from liveledger.chain.accounts.key_care import KeyCare


LabelArgument = Annotated[str, typer.Argument(help="Label of the key, like brand or administrator")]

key_commands = Commands(help="Accounts' keys: encrypted files of this home.", no_args_is_help=True)


def _care(here: LedgerContext, passphrase_file: Path | None) -> KeyCare:
    from liveledger.chain.accounts.key_care import KeyCare

    return KeyCare(here.home, passphrase_source(passphrase_file))


def _say(as_json: bool, label: str, address: str, text: str) -> None:
    Output(as_json).result({"label": label, "address": address}, text)


@key_commands.command()
def create(here: LedgerContext, label: LabelArgument, passphrase_file: PassphraseOption = None) -> None:
    """Make a new key, encrypted with a passphrase, and print its address."""
    care = _care(here, passphrase_file)
    care.create(label)
    made = care.address(label)
    _say(here.as_json, label, made, made)


@key_commands.command("list")
def list_all(here: LedgerContext) -> None:
    """List label, address and form of every key; no passphrase is asked."""
    from liveledger.chain.accounts.key_care import list_keys

    keys = list_keys(here.home)
    here.output.result({"keys": [key.as_dict() for key in keys]}, [key.line() for key in keys] or "no keys")


@key_commands.command()
def address(here: LedgerContext, label: LabelArgument) -> None:
    """Print a key's address; no passphrase is asked."""
    found = _care(here, None).address(label)
    _say(here.as_json, label, found, found)


@key_commands.command("import")
def bring_in(
    here: LedgerContext,
    file: Annotated[str, typer.Argument(help="Private file of 64 hex digits or a keystore; - for stdin")],
    label: Annotated[str | None, typer.Option("--label", help="Label of the key [the file's name]")] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Take in a key from outside. A keystore keeps its passphrase, a plain key gets a new one."""
    if file == "-" and label is None:
        raise InvalidInput("a key from stdin needs a label", hint="give --label LABEL")
    name = label or Path(file).stem
    content = sys.stdin.buffer.read(MAX_BYTES) if file == "-" else read_private(Path(file))
    care = _care(here, passphrase_file)
    care.bring_in(name, content)
    made = care.address(name)
    _say(here.as_json, name, made, f"{name}: {made}; remove the file that it came from when you have checked it")


@key_commands.command()
def export(
    here: LedgerContext,
    label: LabelArgument,
    out: Annotated[Path, typer.Option("--out", help="New file (mode 0600) for the encrypted copy")],
    passphrase_file: PassphraseOption = None,
) -> None:
    """Write an encrypted copy (Web3 Secret Storage), which geth and wallets read; a key never leaves in plain."""
    care = _care(here, passphrase_file)
    care.export(label, out)
    copied = keystore.address_in(keystore.parse(read_private(out), "the copy"), "the copy")
    require("the address in the copy", care.address(label).lower(), hex_bytes(copied))
    _say(here.as_json, label, care.address(label), f"{out}: encrypted copy of {label}")


@key_commands.command()
def encrypt(
    here: LedgerContext,
    label: Annotated[str | None, typer.Argument(help="Label of the key")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every plain key, under one passphrase")] = False,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Encrypt a plain key; the plain file is overwritten and removed. Programs that run must be started again."""
    if (label is None) != everything:
        raise InvalidInput("name one key, or --all", hint="liveledger key encrypt LABEL")
    care = _care(here, passphrase_file)
    done = care.encrypt_all() if label is None else [label] if care.encrypt(label) else []
    here.output.result({"encrypted": done}, f"encrypted: {', '.join(done) or 'nothing was in plain'}")


@key_commands.command("change-passphrase")
def change_passphrase(
    here: LedgerContext,
    label: LabelArgument,
    passphrase_file: PassphraseOption = None,
    new_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", help="Private file with the new passphrase [the terminal]")
    ] = None,
) -> None:
    """Encrypt a key anew under another passphrase. Old copies of the file still open with the old one."""
    care = _care(here, passphrase_file)
    care.change_passphrase(label, FilePassphrase(new_file) if new_file else terminal_source())
    _say(here.as_json, label, care.address(label), f"{label}: the passphrase is changed")
