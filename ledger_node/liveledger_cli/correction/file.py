"""Movement messages that are over what one organisation may adjust alone, as one correction: by names, from a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.lanes import lanes_of
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.domain.movements import sort
from liveledger.messages.bodies import read_body
from liveledger.messages.movement_resolving import Resolver
from liveledger.messages.movements import InvalidMovement, Message, movement_form
from liveledger.messages.refusals import refused, spot
from liveledger.rules.stock_state import ADJUSTMENTS
from liveledger.services import cosigned
from liveledger.services.cosigned import Correction
from liveledger_cli.common.context import read_limited

_NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Adjustments:
    """The messages of a file, and the reason that both parties sign: why, and the document that the messages name."""

    messages: tuple[Message, ...]
    reason: str

    def corrections(self, opened: Ledger, poster: bytes) -> list[Correction]:
        """One movement a message, with the ledger's numbers. Raises InvalidMovement naming what it does not know.

        Raises InvalidInput for a message that ``poster`` posted alone already: it would count twice.
        """
        with closing(open_outbox(opened)) as outbox:
            _require_unposted(outbox, poster, self.messages)
        pairs, refusals = Resolver(opened).sort_out(self.messages, poster)
        if refusals:
            raise refused(refusals, InvalidMovement)
        return [Correction(movement) for movement in sort(movement for _, movement in pairs)]


def read_adjustments(file: Path, reason: str | None) -> Adjustments:
    """Reads a file of movement messages (NDJSON), all of them adjustments and of one document.

    ``reason`` stands for the messages' own. Raises InvalidMovement naming record and field, InvalidInput, TooLarge.
    """
    content = read_limited(file, cosigned.MAX_FILE_BYTES)
    if len(content) > cosigned.MAX_FILE_BYTES:
        raise TooLarge(f"{file} is over {cosigned.MAX_FILE_BYTES} bytes", hint="make several corrections of it")
    read = read_body(content, _NDJSON, movement_form(time.time(), cosigned.MAX_MOVEMENTS))
    messages = tuple(read.messages)
    if not messages:
        raise InvalidInput(f"{file} has no messages", hint="nothing is to be corrected")
    for message in messages:
        if message.kind not in ADJUSTMENTS.values():
            raise InvalidMovement(
                f"{spot(message.position, message.row)}, kind: {message.kind.name.lower()} is no adjustment",
                hint=f"{', '.join(ADJUSTMENTS)}; post the others with `liveledger movement post`",
                path=f"/{message.position}/kind",
            )
    return Adjustments(messages, _reason(messages, reason))


def _reason(messages: Sequence[Message], given: str | None) -> str:
    said = given or _common(messages, "reason")
    if not said:
        raise InvalidInput("the messages do not say why", hint="say it with --reason")
    document = _common(messages, "document")
    return f"{said} ({document})" if document else said


def _common(messages: Sequence[Message], field: str) -> str | None:
    """What all messages have in a field; None where none of them has it. Raises InvalidInput where they differ."""
    found = {message.document.get(field) for message in messages}
    if len(found) > 1:
        raise InvalidInput(
            f"the messages differ in their {field}, a correction has one", hint=f"make a correction for each {field}"
        )
    return next(iter(found), None)


def _require_unposted(outbox: Outbox, poster: bytes, messages: Sequence[Message]) -> None:
    lanes = lanes_of(outbox, poster, [message.message_id for message in messages])
    for name, lane in lanes.items():
        status = Journal(outbox, poster, lane).status(name)
        if status is not None and status.refusal is None:
            raise InvalidInput(
                f"{name!r} was posted already: in a correction it would count twice",
                code="already-posted",
                hint="wait until it is final, then compare again and take the corrections of that comparison",
                message_id=name,
            )
