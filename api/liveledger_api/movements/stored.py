"""Movement messages as the owned store keeps them: with their salt, recognised by their canonical JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from liveledger.chain.batching import SALT_BYTES
from liveledger.domain.hashing import canonical_json

from liveledger_api.messages.refusals import spot
from liveledger_api.movements.messages import Message
from liveledger_api.problems import AlreadyExists
from liveledger_api.store.schema import StoredMessage


def stored_message(message: Message, account: str) -> StoredMessage:
    """A new row for a message, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return StoredMessage(account=account, message_id=message.message_id, salt=salt, document=_document(message))


def conflicts(messages: Sequence[Message], stored: Mapping[str, StoredMessage]) -> list[tuple[Message, AlreadyExists]]:
    """Messages whose id is ``stored`` with other content, and the error that names each."""
    return [
        (message, _conflict(message))
        for message in messages
        if message.message_id in stored and stored[message.message_id].document != _document(message)
    ]


def _conflict(message: Message) -> AlreadyExists:
    where = spot(message.position, message.row)
    return AlreadyExists(
        f"{where}: the message {message.message_id!r} was posted with other content",
        hint="give every movement an id of its own",
        path=f"/{message.position}/id",
    )


def _document(message: Message) -> str:
    return canonical_json(message.document).decode()
