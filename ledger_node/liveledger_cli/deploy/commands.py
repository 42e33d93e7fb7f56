"""``liveledger deploy``: the contracts onto the chain."""

from __future__ import annotations

from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.signing_accounts import PassphraseOption, account_store


def deploy(here: LedgerContext, passphrase_file: PassphraseOption = None) -> None:
    """Create the contracts that the on-chain directory does not list yet, and write the manifest. May be run again.

    The administrator's account approves them too; once the members govern, a vote does.
    """
    from liveledger.services.deployment import deploy as deploy_contracts

    progress = (lambda _line: None) if here.quiet else (lambda line: messages.print(line, markup=False))
    where = here.home
    manifest = deploy_contracts(
        where, progress=progress, accounts=account_store(where, passphrase_file), label=here.label
    )
    rows = [
        f"{name:13} v{entry.version}  0x{entry.address.hex()}  block {entry.block}"
        for name, entry in manifest.contracts.items()
    ]
    here.output.result(manifest.as_dict(), rows)
