"""``liveledger deploy``: the contracts onto the chain."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.domain.home import DEFAULT_LEDGER
from liveledger.services.deployment import ADMINISTRATOR
from liveledger.services.deployment import deploy as deploy_contracts
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home, messages
from liveledger_cli.common.signing_accounts import PassphraseOption, account_store


def deploy(
    label: Annotated[
        str,
        typer.Option(
            "--as",
            envvar="LIVELEDGER_AS",
            help="Label of the account that sends; where the members govern, any member's",
        ),
    ] = ADMINISTRATOR,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Create the contracts that the on-chain directory does not list yet, and write the manifest. May be run again.

    The administrator's account approves them too; once the members govern, a vote does.
    """
    progress = (lambda _line: None) if quiet else (lambda line: messages.print(line, markup=False))
    where = find_home(home, ledger)
    manifest = deploy_contracts(where, progress=progress, accounts=account_store(where, passphrase_file), label=label)
    rows = [
        f"{name:13} v{entry.version}  0x{entry.address.hex()}  block {entry.block}"
        for name, entry in manifest.contracts.items()
    ]
    Output(as_json).result(manifest.as_dict(), rows)
