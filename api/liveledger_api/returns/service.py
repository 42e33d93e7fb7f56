"""Gradings and closings on their way to the ledger: kept with their salt, then handed to the account's sender once."""

from __future__ import annotations

import secrets
from typing import Any

from liveledger.bindings import returns, stock_ledger
from liveledger.chain.movements.batching import SALT_BYTES, document_leaf
from liveledger.chain.outbox.outbox import KeyReused
from liveledger.domain.errors import LiveLedgerError, NotFound
from liveledger.domain.hashing import canonical_json
from liveledger.messages.returns import ReturnMessage
from liveledger.services.returns import ReturnsClient
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.returns import queries
from liveledger_api.store.schema import StoredReturn


class ReturnService:
    """What can be done with messages about returns. A message id of an account is carried out once."""

    def __init__(self, store: Database, chain: ChainAccess) -> None:
        self._store = store
        self._chain = chain

    def resume(self) -> None:
        """Opens the senders of all accounts that ever sent a message, so that what is pending goes on."""
        with self._store.reading() as session:
            labels = queries.accounts(session)
        for label in labels:
            self._chain.sender(label)

    def submit(self, message: ReturnMessage, account: str, *, dry_run: bool) -> dict[str, Any]:
        """Acknowledges a message; the same one again does nothing more. With ``dry_run`` nothing is written.

        Raises UnknownGoods, RuleViolation with the contract's reason, KeyReused for an id that stands for another
        message, NotFound for an account without a key here.
        """
        client = self._client(account)
        entries = client.resolve(message.drafts)
        shown = {"id": message.message_id, "act": message.act.name.lower(), "entries": len(entries)}
        if dry_run:
            client.check(message.act, entries)
            return {**shown, "dry_run": True}
        row, fresh = self._keep(message, account)
        root = document_leaf(row.salt, message.document)
        try:
            client.submit(message.act, entries, root, key=_key(message.message_id))
        except LiveLedgerError:
            if fresh:
                with self._store.writing() as session:
                    queries.remove(session, account, message.message_id)
            raise
        return {**shown, "dry_run": False, "documents_root": "0x" + root.hex(), "salt": "0x" + row.salt.hex()}

    def status(self, message_id: str, account: str) -> dict[str, Any]:
        """Where a message is: acknowledged, final in a block, or refused and why. Raises NotFound."""
        sender = self._chain.sender(account)
        with self._store.reading() as session:
            row = queries.of_id(session, account, message_id)
        if row is None or sender.outbox.find(sender.address, _key(message_id)) is None:
            raise NotFound(f"{account} sent no message {message_id!r} about returns")
        outcome = sender.outcome(_key(message_id))
        shown = {"id": message_id, "state": "acknowledged", "block": None, "salt": "0x" + row.salt.hex()}
        if outcome is None:
            return shown
        if outcome.status == 1:
            return {**shown, "state": "final", "block": str(outcome.block)}
        reason = str(sender.reason(_key(message_id)))
        return {**shown, "state": "refused", "block": str(outcome.block), "reason": reason}

    def _keep(self, message: ReturnMessage, account: str) -> tuple[StoredReturn, bool]:
        """The stored message, and whether it is new."""
        document = canonical_json(message.document).decode()
        with self._store.writing() as session:
            row = queries.of_id(session, account, message.message_id)
            if row is None:
                salt = secrets.token_bytes(SALT_BYTES)
                row = StoredReturn(account=account, message_id=message.message_id, salt=salt, document=document)
                return queries.add(session, row), True
        if row.document != document:
            raise KeyReused(
                f"the id {message.message_id!r} stands for another message", hint="take a new id", id=message.message_id
            )
        return row, False

    def _client(self, account: str) -> ReturnsClient:
        target = self._chain.ledger.manifest.target
        return ReturnsClient(self._chain.sender(account), target(returns.NAME), target(stock_ledger.NAME))


def _key(message_id: str) -> str:
    return f"returns:{message_id}"
