"""What the service says of messages: where each is, which lots were chosen, which record an error is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from liveledger.chain.movements.records import MessageStatus
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes
from liveledger.messages.movements import Message
from liveledger.messages.refusals import spot
from liveledger_api.store.schema import StoredMessage


def lots(parts: Sequence[StoredMessage]) -> list[dict[str, Any]]:
    """Lots and quantities of a message's parts; None for goods without a lot."""
    documents = [json.loads(part.document) for part in parts]
    return [{"lot": one.get("lot"), "quantity": str(one["quantity"])} for one in documents]


def where(stored: StoredMessage, status: MessageStatus) -> dict[str, Any]:
    """Where a stored message is, as GET /movements/{id} answers."""
    return {
        "id": stored.message_id,
        "state": _state(status),
        "refusal": status.refusal,
        "waits_for": status.parked,
        "poster": hex_bytes(stored.address),
        "lane": str(status.lane),
        "sequence": _decimal(status.sequence),
        "index": _decimal(status.position),
        "block": _decimal(status.block),
        "salt": hex_bytes(stored.salt),
    }


def _decimal(number: int | None) -> str | None:
    return None if number is None else str(number)


def _state(status: MessageStatus) -> str:
    if status.refusal:
        return "refused"
    if status.parked:
        return "parked"
    return "acknowledged" if status.block is None else "final"


def named(error: LiveLedgerError, messages: Sequence[Message]) -> LiveLedgerError:
    """The error with the record that it is about, where it names a message; it is changed in place."""
    message_id = error.details.get("message_id")
    found = next((message for message in messages if message.message_id == message_id), None)
    if found is not None:
        error.details["path"] = f"/{found.position}"
        error.message = f"{spot(found.position, found.row)} ({found.message_id}): {error.message}"
        error.hint = error.hint or "nothing was written; correct this record and send all of them again"
    return error
