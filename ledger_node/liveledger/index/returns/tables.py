"""Gradings of returned goods and what was carried out of them: the tables."""

from __future__ import annotations

from sqlalchemy import Integer, SmallInteger

from liveledger.index.columns import address, number, table, word

# One row an entry of a SKU's return stream.
gradings = table(
    "gradings",
    number("sku", primary_key=True),
    number("position", primary_key=True),
    number("act", SmallInteger),
    number("organisation", Integer),
    address("poster"),
    number("lot", Integer),
    number("place", Integer),
    number("quantity", Integer),
    number("grade", SmallInteger),
    number("disposition", SmallInteger),
    word("documents_root"),
    number("block", index=True),
    number("block_time"),
    number("tx_index", Integer),
    number("log_index", Integer),
)
