"""A sender in a process of its own, made to be killed: posts numbered messages until the parent has had enough.

Run as ``python -m tests.chain.trading.crashing HOME LEDGER LANE SKU PLACE COUNT``. Each start posts the same messages
(the outbox drops those that it has) and prints a line when it begins and one for each batch that is acknowledged.
"""

from __future__ import annotations

import sys
from pathlib import Path

from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Poster
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.home import LedgerHome
from liveledger.domain.movements import Kind, Movement

A_BATCH = 5
FACT_TIME = 1_700_000_000


def messages(sku: int, place: int, count: int) -> list[MovementMessage]:
    """The same numbered messages at every start."""
    movement = Movement(sku, Kind.RECEIVE, 0, place, 1, FACT_TIME)
    return [MovementMessage(f"crash-{number}", movement, number.to_bytes(32)) for number in range(count)]


def main() -> None:
    root, name, lane, sku, place, count = sys.argv[1:]
    ledger = open_ledger(LedgerHome(Path(root), name))
    poster = Poster(ledger, Sender(ledger, load_account(ledger.home, "brand"), open_outbox(ledger)), lane=int(lane))
    planned = messages(int(sku), int(place), int(count))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for start in range(0, len(planned), A_BATCH):
        poster.post(planned[start : start + A_BATCH])
        sys.stdout.write(f"{start + A_BATCH}\n")
        sys.stdout.flush()
        poster.pump()
    poster.wait()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()
