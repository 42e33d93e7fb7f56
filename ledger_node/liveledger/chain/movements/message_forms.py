"""The form of messages as a poster takes them: ids that the outbox can keep, movements that fit their record."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.chain.movements.batching import MovementMessage, Movements
from liveledger.domain.errors import InvalidInput


def read_messages(messages: Sequence[MovementMessage]) -> tuple[list[str], Movements]:
    """Ids of messages and their movements. Raises InvalidInput naming the message whose form is wrong."""
    names = [message.message_id for message in messages]
    try:
        movements = Movements.of_messages(messages)
        _require_text("".join(names))
    except (InvalidInput, OverflowError):
        for message in messages:
            _require_form(message)
        raise
    return names, movements


def _require_form(message: MovementMessage) -> None:
    try:
        Movements.of_messages([message])
        _require_text(message.message_id)
    except (InvalidInput, OverflowError) as error:
        raise InvalidInput(f"message {message.message_id!r}: {error}", message_id=message.message_id) from error


def _require_text(name: str) -> None:
    """The outbox keeps UTF-8, and a name must not end before its end there."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInput("a message id is text: half a surrogate pair is none") from None
    if "\0" in name:
        raise InvalidInput("a message id has no NUL")
