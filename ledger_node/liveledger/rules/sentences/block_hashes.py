"""Sentences of BlockHashes."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "BlockHashesAtHand": (
        "the engine still keeps the hashes of batch {batch}: it takes no headers",
        "archive it as it is: `liveledger past archive`",
    ),
    "BlockHashesGone": (
        "the first block of batch {batch} has left what the engine keeps, which begins at block {oldest}",
        "close the gap with headers: `liveledger past archive` does so",
    ),
    "BlockHashesHeaders": (
        "{given} headers were sent; {wanted} are read at a time",
        "send as many, the newest first",
    ),
    "BlockHashesIncomplete": ("batch {batch} is complete only at block {next}", "wait for that block"),
    "BlockHashesNotLinked": (
        "nothing on the chain leads to the last block of batch {batch} yet",
        "archive batch after batch from the newest down: `liveledger past archive` does so",
    ),
    "BlockHashesThere": ("batch {batch} is archived already", "nothing is left to do"),
    "BlockHashesUnknown": (
        "the engine gives no hash of block {number}",
        "this is a fault of the ledger's genesis: EIP-2935's contract is missing or other code stands there",
    ),
    "BlockHashesWrongHeader": (
        "header {index} of the call is not the one with the hash {wanted}",
        "send the headers of the chain in order, the newest first",
    ),
}
