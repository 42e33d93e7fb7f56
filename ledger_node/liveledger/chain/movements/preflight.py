"""Movements are tried on the state that is final before they are acknowledged."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.batching import MovementMessage, Movements, Warmth, cut
from liveledger.chain.movements.parking import Parking
from liveledger.chain.movements.stock_contract import StockContract
from liveledger.chain.rpc.finality import recent_height
from liveledger.chain.rpc.reverts import line_of, violation
from liveledger.domain.errors import InvalidInput

# Each early message costs a question to the node, while whoever sent it waits. They are not foretold from the balances:
# where there are two reasons, a place that is not its sender's say, only the contract tells the one that counts.
MAX_EARLY = 150


class Trial:
    """What the contract says to messages in one batch after the newest final block."""

    def __init__(self, ledger: Ledger, contract: StockContract, parking: Parking) -> None:
        self._ledger = ledger
        self._contract = contract
        self._parking = parking

    def run(self, messages: Sequence[MovementMessage], *, park: bool | None) -> dict[str, str]:
        """Why which messages came too early, by message id; the chain would take the others. Writes nothing.

        ``park``: as for ``Poster.offer``.

        Raises RuleViolation naming the first message that is refused for good, InvalidInput when one batch is too
        small for all, ChainBehind when the newest final block is no present to try them on.
        """
        left, early = list(range(len(messages))), dict[str, str]()
        if not left:
            return early
        height = recent_height(self._ledger)
        sequence = self._contract.next_sequence(height)
        while left:
            batch = _one_batch([messages[at] for at in left])
            revert = self._contract.refusal(batch, height, sequence)
            if revert is None:
                break
            index = revert.args.get("index")
            if not isinstance(index, int) or index >= len(batch):
                raise violation(revert, self._contract.names)
            message = messages[left.pop(int(batch.ids[index]))]
            may_wait = park is not False and len(early) < MAX_EARLY
            if not may_wait or not self._parking.takes(revert, message.movement.content(), park):
                error = violation(revert, self._contract.names)
                error.details["message_id"] = message.message_id
                raise error
            early[message.message_id] = line_of(revert, self._contract.names)
        return early


def _one_batch(messages: Sequence[MovementMessage]) -> Movements:
    parts = list(cut(Movements.of_messages(messages), Warmth()))
    if len(parts) > 1:
        raise InvalidInput(f"{len(messages)} movements do not fit one batch", hint="send them in parts")
    return parts[0]
