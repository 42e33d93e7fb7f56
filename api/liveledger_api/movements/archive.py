"""Whose messages are whose: every message id counts once for an organisation, whichever account and lane posted it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from liveledger.chain.movements.batching import document_leaf
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.lanes import lanes_of, refusals
from liveledger.chain.movements.records import MessageStatus, RefusedMessage
from liveledger.chain.outbox.outbox import Outbox
from liveledger.messages.movements import Message
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.movements import queries
from liveledger_api.movements.allocation import is_part, part_ids
from liveledger_api.movements.on_their_way import OnItsWay, on_their_way
from liveledger_api.movements.stored import conflicts, new_row, say
from liveledger_api.store.schema import StoredMessage, StoredPoster

_ADOPTED_TOGETHER = 1_000
# An account of no organisation: the ledger refuses what it sends.
NOBODY = 0


class Archive:
    """The stored messages, and where each of them is according to the outbox."""

    def __init__(
        self,
        store: Database,
        chain: ChainAccess,
        outbox: Outbox,
        organisation_of: Callable[[bytes], int | None],
        *,
        lane: int,
    ) -> None:
        """``organisation_of`` tells the organisation of an address (20 bytes); ``lane`` is the one posted on now."""
        self._store = store
        self._chain = chain
        self._outbox = outbox
        self._organisation_of = organisation_of
        self._lane = lane
        self._journals: dict[tuple[bytes, int], Journal] = {}
        self._lock = threading.Lock()
        self._adopted = False

    def organisation(self, account: str) -> int:
        """Number of the organisation of an account of this home; NOBODY when it is no member's.

        Raises NotFound for an account that has no key here, Unavailable while the node is away.
        """
        self.adopt()
        return self._organisation(account)

    def taken(self, organisation: int, ids: Collection[str]) -> dict[str, StoredMessage]:
        """The messages that an organisation sent under these ids and that are in the outbox.

        One that is stored only was never acknowledged, whatever ended that: it stands in nobody's way.
        """
        stored = self._stored(organisation, ids)
        return {message_id: stored[message_id] for message_id in self._in_outbox(stored)}

    def _stored(self, organisation: int, ids: Collection[str]) -> dict[str, StoredMessage]:
        with self._store.reading() as session:
            return queries.of_ids(session, organisation, ids)

    def _in_outbox(self, stored: Mapping[str, StoredMessage]) -> dict[str, str | None]:
        """Those that are in the outbox: why they are refused, or None, by id."""
        by_place: dict[tuple[bytes, int], list[str]] = {}
        for message_id, row in stored.items():
            by_place.setdefault((row.address, row.lane), []).append(message_id)
        found: dict[str, str | None] = {}
        for place, ids in by_place.items():
            found |= self._journal(*place).refusals_of(ids)
        return found

    def parts(self, organisation: int, ids: Collection[str]) -> dict[str, list[StoredMessage]]:
        """The movements of those messages that are in the outbox and were split by lots, each message's in order."""
        first = {name: json.loads(row.document) for name, row in self.taken(organisation, ids).items()}
        wanted = {name: part_ids(document) for name, document in first.items() if is_part(document)}
        rows = self._stored(organisation, [one for names in wanted.values() for one in names])
        return {name: [rows[one] for one in names] for name, names in wanted.items()}

    def on_their_way(self, organisation: int) -> list[OnItsWay]:
        """What the organisation has acknowledged, on whichever lane, that is not carried out."""
        with self._store.reading() as session:
            places = queries.places(session, organisation)
        return [one for place in places for one in on_their_way(*place, self._journal(*place))]

    def find(self, account: str, message_id: str) -> StoredMessage | None:
        """The message of an id that the account, or else another one of its organisation, sent."""
        organisation = self.organisation(account)
        with self._store.reading() as session:
            own = queries.set_aside(session, account, message_id)
            return own or queries.of_ids(session, organisation, [message_id]).get(message_id)

    def status(self, row: StoredMessage) -> MessageStatus | None:
        """Where a message is. One that was stored just before a crash is not in the outbox: None."""
        return self._journal(row.address, row.lane).status(row.message_id)

    def known(self, organisation: int, messages: Sequence[Message]) -> dict[str, str | None]:
        """Those of an organisation's messages that are in the outbox: why they are refused, or None, by id.

        Raises AlreadyExists for an id that came with other content.
        """
        stored = self._stored(organisation, [message.message_id for message in messages])
        found = self._in_outbox(stored)
        for _, conflict in conflicts(messages, {message_id: stored[message_id] for message_id in found}):
            raise conflict
        return found

    def keep(self, messages: Sequence[Message], account: str, organisation: int) -> Mapping[str, bytes]:
        """Stores messages that are not in the outbox; returns the leaves of their documents, by id."""
        address = self._chain.sender(account).address
        leaves = {}
        poster = StoredPoster(organisation=organisation, account=account, address=address, lane=self._lane)
        with self._store.writing() as session:
            queries.note_poster(session, poster)
            rows = queries.of_ids(session, organisation, [message.message_id for message in messages])
            for message in messages:
                row = rows.get(message.message_id)
                if row is None:
                    row = new_row(message, organisation)
                else:
                    say(row, message)
                row.account, row.address, row.lane = account, address, self._lane
                rows[message.message_id] = queries.add(session, row)
                leaves[message.message_id] = document_leaf(row.salt, json.loads(row.document))
        return leaves

    def forget(self, organisation: int, ids: Collection[str]) -> None:
        """Removes messages that the ledger did not take."""
        with self._store.writing() as session:
            queries.remove(session, organisation, ids)

    def posters(self) -> Sequence[StoredPoster]:
        """Where messages were ever posted."""
        self.adopt()
        with self._store.reading() as session:
            return queries.posters(session)

    def is_done(self, poster: StoredPoster) -> bool:
        """Whether nothing of this lane waits, is parked or on its way."""
        journal = self._journal(poster.address, poster.lane)
        return not (journal.open_batches() or journal.parked_count() or journal.waiting())

    def refused(self, account: str, after: int, limit: int) -> list[RefusedMessage]:
        """The first messages of the account's organisation that were refused behind refusal number ``after``."""
        organisation = self.organisation(account)
        with self._store.reading() as session:
            places = queries.places(session, organisation)
        return refusals(self._outbox, places, after, limit)

    def of_document(self, account: str, document_id: str, after: int, limit: int) -> Sequence[StoredMessage]:
        """The first messages of the account's organisation about a document, behind message number ``after``."""
        organisation = self.organisation(account)
        with self._store.reading() as session:
            return queries.of_document(session, organisation, document_id, after, limit)

    def adopt(self) -> None:
        """Enters whose the messages of schema 1 are, and on which lane they were posted; once."""
        with self._lock:
            if self._adopted:
                return
            with self._store.reading() as session:
                labels = queries.not_adopted_accounts(session)
            for label in labels:
                organisation = self._organisation(label)
                while self._adopt_some(label, organisation):
                    pass
            self._adopted = True

    def _adopt_some(self, account: str, organisation: int) -> bool:
        sender = self._chain.sender(account)
        with self._store.writing() as session:
            rows = queries.not_adopted(session, account, _ADOPTED_TOGETHER)
            ids = [row.message_id for row in rows]
            posted = lanes_of(self._outbox, sender.address, ids) if rows else {}
            taken = queries.of_ids(session, organisation, ids)
            for row in rows:
                row.address, row.lane = sender.address, posted.get(row.message_id, self._lane)
                row.organisation = None if row.message_id in taken else organisation
            for lane in {row.lane for row in rows}:
                poster = StoredPoster(organisation=organisation, account=account, address=sender.address, lane=lane)
                queries.note_poster(session, poster)
        return bool(rows)

    def _organisation(self, account: str) -> int:
        return self._organisation_of(self._chain.sender(account).address) or NOBODY

    def _journal(self, address: bytes, lane: int) -> Journal:
        with self._lock:
            if (address, lane) not in self._journals:
                self._journals[address, lane] = Journal(self._outbox, address, lane)
            return self._journals[address, lane]
