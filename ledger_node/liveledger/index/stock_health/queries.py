"""Reports on the capital of brands, as the index has them. Every function takes a session and reads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.index.stock_health.tables import capital_reports


@dataclass(frozen=True, slots=True)
class CapitalRow:
    """A report on a brand's capital: values in fen, the period in Unix seconds, the share in basis points."""

    brand: int
    block: int
    log_index: int
    block_time: int
    poster: bytes
    organisation: int
    stock_value_fen: int
    revenue_fen: int
    period_from: int
    period_to: int
    at_block: int
    evidence_root: bytes
    share_bps: int


def reports_on(session: Session, brand: int) -> list[CapitalRow]:
    """All reports on a brand's capital, in the order of the chain."""
    columns = capital_reports.c
    query = select(capital_reports).where(columns.brand == brand).order_by(columns.block, columns.log_index)
    return [CapitalRow(*row) for row in session.execute(query)]
