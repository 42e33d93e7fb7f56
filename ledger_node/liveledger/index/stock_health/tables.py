"""Reports on the capital of brands: the tables."""

from __future__ import annotations

from sqlalchemy import Integer

from liveledger.index.columns import Uint64, Uint256, address, number, table, word

capital_reports = table(
    "capital_reports",
    number("brand", Integer, primary_key=True),
    number("block", primary_key=True),
    number("log_index", Integer, primary_key=True),
    number("block_time"),
    address("poster"),
    number("organisation", Integer),
    number("stock_value_fen", Uint64),
    number("revenue_fen", Uint64),
    number("period_from"),
    number("period_to"),
    number("at_block", Uint64),
    word("evidence_root"),
    number("share_bps", Uint256),
)
