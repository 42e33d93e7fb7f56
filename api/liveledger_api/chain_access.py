"""How services reach the chain: questions to contracts at a named block, submissions through the senders."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from liveledger.bindings import consortium, provenance
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height, recent_height
from liveledger.chain.rpc.reverts import explain
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.item_keys import ItemKey
from liveledger.domain.items import form_of
from liveledger_api.loops import Turns


class ChainAccess:
    """One ledger and the senders of this home's accounts, by label; each is opened when it is first needed."""

    def __init__(self, ledger: Ledger, open_sender: Callable[[str], Sender]) -> None:
        self.ledger = ledger
        self._open_sender = open_sender
        self._senders: dict[str, Sender] = {}
        self._lock = threading.Lock()

    def sender(self, account: str) -> Sender:
        """The sender of an account. Raises NotFound when this home has no such key."""
        with self._lock:
            if account not in self._senders:
                self._senders[account] = self._open_sender(account)
            return self._senders[account]

    def require_recent(self) -> None:
        """Raises ChainBehind while the newest final block is too old to say that a name is not known."""
        recent_height(self.ledger)

    def pump(self) -> None:
        """Sends again what is pending and records what is final. Raises the first error once all had their turn."""
        with self._lock:
            senders = list(self._senders.items())
        turns = Turns("sending")
        for label, sender in senders:
            turns.take(label, sender.pump)
        turns.finish()

    def is_anchored(self, account: str, event_hash: bytes) -> bool:
        """Whether the account's organisation anchored an event's hash, in the newest final block."""
        block = final_height(self.ledger)
        member = consortium.MemberOf(self.sender(account).address).calldata()
        word = consortium.decode_member_of(self.ledger.execution.call(CONSORTIUM_ADDRESS, member, block))
        call = provenance.AnchoredAt(word & 0xFFFF, event_hash).calldata()
        answer = self.ledger.execution.call(self._provenance, call, block)
        return provenance.decode_anchored_at(answer) != 0

    def check_anchor(self, account: str, event_hash: bytes, corrects: bytes, items: Sequence[str]) -> None:
        """Asks the contract, in the newest final block, whether it would take the anchor. Raises RuleViolation."""
        data = anchor_call(event_hash, corrects, items)
        sender = self.sender(account)
        try:
            self.ledger.execution.call(self._provenance, data, final_height(self.ledger), sender=sender.address)
        except RpcError as error:
            raise explain(error, sender.names) from error

    def submit_anchor(self, account: str, key: str, event_hash: bytes, corrects: bytes, items: Sequence[str]) -> None:
        """Hands an anchor to the account's sender, once for each ``key``. Raises RuleViolation."""
        self.sender(account).submit(key, self._provenance, anchor_call(event_hash, corrects, items))

    @property
    def _provenance(self) -> bytes:
        return self.ledger.manifest.target(provenance.NAME)


def anchor_call(event_hash: bytes, corrects: bytes, items: Sequence[str]) -> bytes:
    """Calldata of ``Provenance.anchor``; items in their one form, ascending, each once (docs/formats.md)."""
    keys = sorted({ItemKey.of(form_of(item)) for item in items})
    return provenance.Anchor(event_hash, corrects, [key.gtin for key in keys], [key.uri for key in keys]).calldata()
