"""Agreements, sessions and settlements. What a leaf says is computed from the events that carry the inputs."""

from __future__ import annotations

import struct
from typing import Any

from sqlalchemy import select

from liveledger.bindings.constants import SessionStatus
from liveledger.bindings.settlement import (
    AgreementRegisteredEvent,
    DuePaidEvent,
    EscrowDepositedEvent,
    EscrowWithdrawnEvent,
    PageSettledEvent,
    PageSnapshottedEvent,
    SessionOpenedEvent,
    SessionSettledEvent,
    SessionVoidedEvent,
)
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import hex_bytes, keccak, uint_word
from liveledger.index.heads import Heads, IndexDiffers, Place
from liveledger.index.settlement.tables import agreements, sessions, settlement_rows
from liveledger.index.writer import Row, Writer

SETTLEMENT = "Settlement"
# sku (4) ‖ unitCostFen (8) ‖ received (8) ‖ forecast (8) ‖ sold (8) ‖ returned (8) ‖ u (8)
_INPUT = struct.Struct(">IQQQQQQ")
_INPUT_COLUMNS = ("sku", "unit_cost_fen", "received", "forecast", "sold", "returned", "overstock")
_NONE = bytes(32)


def agreement_registered(_: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``AgreementRegistered``."""
    event = AgreementRegisteredEvent.decode(log.topics, log.data)
    writer.add(
        agreements,
        {
            "agreement_id": event.agreement_id,
            "brand": event.brand,
            "supplier": event.supplier,
            "forecaster": event.forecaster,
            "brand_bps": event.brand_bps,
            "terms_hash": event.terms_hash,
            "valid_until": event.valid_until,
            "brand_account": event.brand_account,
            "supplier_account": event.supplier_account,
            "escrow_fen": 0,
            "block": place.block_number,
        },
    )


def session_opened(_: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``SessionOpened``."""
    event = SessionOpenedEvent.decode(log.topics, log.data)
    writer.add(
        sessions,
        {
            "session_id": event.session_id,
            "agreement_id": event.agreement_id,
            "feed_id": event.feed_id,
            "starts_at": event.starts_at,
            "ends_at": event.ends_at,
            "status": int(SessionStatus.OPEN),
            "snapshot_pages": 0,
            "settled_pages": 0,
            "skus": 0,
            "inputs_hash": _NONE,
            "loss_fen": 0,
            "brand_fen": 0,
            "supplier_fen": 0,
            "due_fen": 0,
            "opened_block": place.block_number,
            "closed_block": None,
        },
    )


def page_snapshotted(_: Heads, writer: Writer, log: Log, place: Place) -> None:  # noqa: ARG001
    """``PageSnapshotted``."""
    event = PageSnapshottedEvent.decode(log.topics, log.data)
    writer.change(sessions, {"session_id": event.session_id}, {"snapshot_pages": event.page + 1})


def page_settled(_: Heads, writer: Writer, log: Log, place: Place) -> None:  # noqa: ARG001
    """``PageSettled``: the inputs of one page."""
    event = PageSettledEvent.decode(log.topics, log.data)
    session = _session(writer, event.session_id)
    rows = list(_INPUT.iter_unpack(event.inputs))
    for position, values in enumerate(rows):
        key = {"session_id": event.session_id, "page": event.page, "position": position}
        writer.add(settlement_rows, key | dict(zip(_INPUT_COLUMNS, values, strict=True)))
    changed = {
        "settled_pages": event.page + 1,
        "skus": session["skus"] + len(rows),
        "inputs_hash": keccak(session["inputs_hash"] + keccak(event.inputs)),
    }
    writer.change(sessions, {"session_id": event.session_id}, changed)


def session_settled(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``SessionSettled``: one leaf in the agreement's stream."""
    event = SessionSettledEvent.decode(log.topics, log.data)
    session = _session(writer, event.session_id)
    numbers = (event.loss_fen, event.brand_fen, event.supplier_fen, session["skus"])
    payload = event.session_id + b"".join(map(uint_word, numbers)) + session["inputs_hash"]
    heads.load(writer.connection, SETTLEMENT, [event.agreement_id])
    heads.append(SETTLEMENT, event.agreement_id, 1, place, event.poster, payload)
    changed = {
        "status": int(SessionStatus.SETTLED),
        "loss_fen": event.loss_fen,
        "brand_fen": event.brand_fen,
        "supplier_fen": event.supplier_fen,
        "due_fen": event.supplier_fen - event.paid_fen,
        "closed_block": place.block_number,
    }
    writer.change(sessions, {"session_id": event.session_id}, changed)
    _take_from_escrow(writer, event.agreement_id, event.paid_fen)


def session_voided(_: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``SessionVoided``."""
    event = SessionVoidedEvent.decode(log.topics, log.data)
    changed = {"status": int(SessionStatus.VOID), "closed_block": place.block_number}
    writer.change(sessions, {"session_id": event.session_id}, changed)


def due_paid(_: Heads, writer: Writer, log: Log, place: Place) -> None:  # noqa: ARG001
    """``DuePaid``."""
    event = DuePaidEvent.decode(log.topics, log.data)
    writer.change(sessions, {"session_id": event.session_id}, {"due_fen": event.due_fen})
    _take_from_escrow(writer, event.agreement_id, event.paid_fen)


def escrow_deposited(_: Heads, writer: Writer, log: Log, place: Place) -> None:  # noqa: ARG001
    """``EscrowDeposited``."""
    event = EscrowDepositedEvent.decode(log.topics, log.data)
    writer.change(agreements, {"agreement_id": event.agreement_id}, {"escrow_fen": event.escrow_fen})


def escrow_withdrawn(_: Heads, writer: Writer, log: Log, place: Place) -> None:  # noqa: ARG001
    """``EscrowWithdrawn``."""
    event = EscrowWithdrawnEvent.decode(log.topics, log.data)
    writer.change(agreements, {"agreement_id": event.agreement_id}, {"escrow_fen": event.escrow_fen})


def _session(writer: Writer, session_id: bytes) -> Row:
    writer.flush()
    row = writer.connection.execute(select(sessions).where(sessions.c.session_id == session_id)).mappings().first()
    if row is None:
        raise IndexDiffers(f"the session {hex_bytes(session_id)} was never opened: events are missing")
    values: dict[str, Any] = dict(row)
    return values


def _take_from_escrow(writer: Writer, agreement_id: bytes, paid_fen: int) -> None:
    writer.flush()
    query = select(agreements.c.escrow_fen).where(agreements.c.agreement_id == agreement_id)
    escrow_fen = writer.connection.execute(query).scalar()
    if escrow_fen is None:
        raise IndexDiffers(f"the agreement {hex_bytes(agreement_id)} was never registered: events are missing")
    writer.change(agreements, {"agreement_id": agreement_id}, {"escrow_fen": escrow_fen - paid_fen})


HANDLERS = {
    SETTLEMENT: {
        AgreementRegisteredEvent.TOPIC: agreement_registered,
        SessionOpenedEvent.TOPIC: session_opened,
        PageSnapshottedEvent.TOPIC: page_snapshotted,
        PageSettledEvent.TOPIC: page_settled,
        SessionSettledEvent.TOPIC: session_settled,
        SessionVoidedEvent.TOPIC: session_voided,
        DuePaidEvent.TOPIC: due_paid,
        EscrowDepositedEvent.TOPIC: escrow_deposited,
        EscrowWithdrawnEvent.TOPIC: escrow_withdrawn,
    }
}
