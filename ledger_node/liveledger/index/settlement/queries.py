"""Agreements, sessions and what was settled, as the index has them. Every function takes a session and reads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.index.reading import one
from liveledger.index.settlement import tables as t


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement between a brand and a supplier, and what stands in its escrow (fen)."""

    agreement_id: bytes
    brand: int
    supplier: int
    forecaster: int
    brand_bps: int
    terms_hash: bytes
    valid_until: int
    brand_account: bytes
    supplier_account: bytes
    escrow_fen: int
    block: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A settlement session and what came of it (fen)."""

    session_id: bytes
    agreement_id: bytes
    feed_id: bytes
    starts_at: int
    ends_at: int
    status: int
    snapshot_pages: int
    settled_pages: int
    skus: int
    inputs_hash: bytes
    loss_fen: int
    brand_fen: int
    supplier_fen: int
    due_fen: int
    opened_block: int
    closed_block: int | None


@dataclass(frozen=True, slots=True)
class SettlementInput:
    """The inputs of one SKU of a settlement, and the units of overstock that follow from them."""

    sku: int
    unit_cost_fen: int
    received: int
    forecast: int
    sold: int
    returned: int
    overstock: int


def agreement(session: Session, agreement_id: bytes) -> AgreementRow | None:
    """An agreement."""
    return one(session, AgreementRow, t.agreements, agreement_id=agreement_id)


def settlement_session(session: Session, session_id: bytes) -> SessionRow | None:
    """A settlement session."""
    return one(session, SessionRow, t.sessions, session_id=session_id)


def sessions_of(session: Session, agreement_id: bytes) -> list[SessionRow]:
    """Sessions of an agreement, in the order of their opening."""
    query = (
        select(t.sessions)
        .where(t.sessions.c.agreement_id == agreement_id)
        .order_by(t.sessions.c.opened_block, t.sessions.c.starts_at)
    )
    return [SessionRow(*row) for row in session.execute(query)]


def settlement_inputs(session: Session, session_id: bytes) -> list[SettlementInput]:
    """Inputs of a settlement in the order of its pages."""
    rows = t.settlement_rows
    query = select(rows).where(rows.c.session_id == session_id).order_by(rows.c.page, rows.c.position)
    return [SettlementInput(*row[3:]) for row in session.execute(query)]
