"""Movement messages as the owned store keeps them: with their salt, recognised by what they say."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from liveledger.chain.movements.batching import SALT_BYTES
from liveledger.domain.hashing import canonical_json
from liveledger.messages.movements import NOTES, Message, of_document
from liveledger.messages.refusals import spot
from liveledger_api.errors import AlreadyExists
from liveledger_api.movements.allocation import is_part, original
from liveledger_api.store.schema import StoredMessage


def new_row(message: Message, organisation: int) -> StoredMessage:
    """A new row for a message, with a salt of its own; who posts it where is still to be entered."""
    return StoredMessage(
        organisation=organisation,
        message_id=message.message_id,
        salt=secrets.token_bytes(SALT_BYTES),
        document=_document(message),
        document_id=message.document.get("document"),
    )


def say(row: StoredMessage, message: Message) -> None:
    """Has a row that was never acknowledged say what the message says now."""
    # Of parts every word counts: the same message may be split otherwise now.
    if is_part(message.document) or is_part(json.loads(row.document)) or not _same(message, row):
        row.document, row.document_id = _document(message), message.document.get("document")


def conflicts(messages: Sequence[Message], stored: Mapping[str, StoredMessage]) -> list[tuple[Message, AlreadyExists]]:
    """Messages whose id is ``stored`` with other content, and the error that names each."""
    return [
        (message, _conflict(message))
        for message in messages
        if message.message_id in stored and not _same(message, stored[message.message_id])
    ]


def _same(message: Message, row: StoredMessage) -> bool:
    if row.document == _document(message):
        return True
    return _said(message) == _said(of_document(original(json.loads(row.document))))


def _said(message: Message) -> tuple[Any, ...]:
    """What a message says, however it writes it.

    Organisation and unit are left out: whatever was stored or gets this far has the caller's own and the SKU's.
    """
    goods = (message.kind, message.brand, message.sku, message.lot, message.allocate, message.quantity)
    notes = tuple(message.document.get(name) for name in NOTES)
    return (*goods, message.source, message.target, message.at, *notes)


def _conflict(message: Message) -> AlreadyExists:
    where = spot(message.position, message.row)
    return AlreadyExists(
        f"{where}: the message {message.message_id!r} was posted with other content",
        hint="give every movement an id of its own",
        path=f"/{message.position}/id",
    )


def _document(message: Message) -> str:
    return canonical_json(message.document).decode()
