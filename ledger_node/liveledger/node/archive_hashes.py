"""``python -m liveledger.node.archive_hashes ROOT LEDGER NODE LABEL``: archives the block hashes that are missing.

A process of its own, which the supervisor starts when there is something to do: the one that votes opens no account.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

from liveledger.chain.accounts.accounts import AccountStore
from liveledger.chain.accounts.passphrases import find_source
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import connect
from liveledger.chain.rpc.finality import recent_height
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.domain.plain import printable
from liveledger.services.block_hashes import Step, archive_missing


def archive_hashes(home: LedgerHome, node: int, label: str) -> list[int]:
    """Archives with the account ``label`` what is missing by node ``node``; the batches that were.

    Raises what opening the account raises, ChainBehind, RuleViolation of the contract, and what the sender raises.
    """
    accounts = AccountStore(home, find_source(None, os.environ, terminal=False))
    with closing(connect(home, node=node)) as connection, closing(open_outbox(connection)) as outbox:
        recent_height(connection)
        return archive_missing(Sender(connection, accounts.load(label), outbox), _say)


def _say(step: Step) -> None:
    sys.stdout.write(f"batch {step.batch}: {step.left} blocks are missing\n")


def main(arguments: list[str]) -> int:
    """Archives once; the last line says what was, or why nothing could be."""
    root, ledger, node, label = arguments
    try:
        done = archive_hashes(LedgerHome(Path(root), ledger), int(node), label)
    except LiveLedgerError as error:
        sys.stdout.write(printable(f"{error.stable_code}: {error.message}") + "\n")
        return error.exit_code
    sys.stdout.write(f"archived: {', '.join(map(str, done)) or 'nothing'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
