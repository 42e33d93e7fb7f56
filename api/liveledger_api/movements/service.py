"""Posts movement messages: each exactly once, all of a request or none of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from liveledger.chain.batching import MovementMessage, document_leaf
from liveledger.chain.journal import MessageStatus
from liveledger.chain.posting import Offered, Poster
from liveledger.chain.sender import NotFinalYet
from liveledger.chain.trial import MAX_EARLY
from liveledger.domain.errors import LiveLedgerError, NotFound, RuleViolation, TooLarge
from liveledger.domain.hashing import hex_bytes

from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.loops import Turns
from liveledger_api.messages.refusals import Refusal, in_order, of_error, refused, spot
from liveledger_api.movements import queries
from liveledger_api.movements.each import offer_each
from liveledger_api.movements.messages import InvalidMovement, Message
from liveledger_api.movements.resolving import Pair as _Pair
from liveledger_api.movements.resolving import Resolver
from liveledger_api.movements.stored import conflicts, stored_message

_PENDING_SECONDS = 10.0
# What came before its cause waits for it so long; the trade's messages are late by minutes, not by hours.
PARKED_SECONDS = 600.0


class MovementService:
    """What can be done with movements: all of a request or nothing (`post`), or each record by itself (`post_each`)."""

    def __init__(self, store: Database, chain: ChainAccess, *, lane: int, max_movements: int) -> None:
        self._store = store
        self._chain = chain
        self._lane = lane
        self._max_movements = max_movements
        self._resolver = Resolver(chain.ledger)
        self._posters: dict[str, Poster] = {}
        self._lock = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @property
    def limit(self) -> int:
        """The most movements that a request may hold."""
        return self._max_movements

    def post(
        self, messages: Sequence[Message], account: str, *, dry_run: bool = False, park: bool = True
    ) -> dict[str, Any]:
        """Acknowledges the messages that are new; with ``dry_run`` only says whether the ledger would take them.

        What takes more than there is may have come before its cause: with ``park`` it waits for that.

        Raises InvalidMovement, AlreadyExists (an id that came with another message), RuleViolation or TooLarge, each
        naming the record; then nothing was written.
        """
        if len(messages) > self._max_movements:
            raise TooLarge(f"{len(messages)} movements, the limit is {self._max_movements}", hint="send them in parts")
        pairs, unknown = self._resolver.sort_out(messages, self._chain.sender(account).address)
        if unknown:
            raise refused(unknown, InvalidMovement)
        offered = self._dry_run(pairs, account, park) if dry_run else self._accept(pairs, account, park)
        return self._answer(account, offered, len(messages), dry_run=dry_run)

    def post_each(
        self,
        messages: Sequence[Message],
        refusals: Iterable[Refusal],
        account: str,
        *,
        dry_run: bool = False,
        park: bool = True,
    ) -> dict[str, Any]:
        """The same where every record stands for itself: the good ones are acknowledged, the others are ``refused``.

        ``refusals`` are the records that broke the form. Records are offered in their order, some at a time; a node
        that goes away meanwhile ends it, and whoever sends all of them again posts none twice. Raises TooLarge,
        RuleViolation where the ledger takes nothing of this account, or Unavailable.
        """
        pairs, unknown = self._resolver.sort_out(messages, self._chain.sender(account).address)
        pairs, reused = self._without_conflicts(pairs, account)
        # What a record rests on has been waited for once the first offer of its chunk was refused.
        first, again = (self._dry_run, self._dry_run) if dry_run else (self._accept, self._accept_now)
        done = offer_each(
            pairs,
            lambda chunk: first(chunk, account, park),
            lambda chunk: again(chunk, account, park),
            size=len(pairs) if dry_run else MAX_EARLY,
        )
        answer = self._answer(account, done.offered, len(pairs) - len(done.refusals), dry_run=dry_run)
        return {**answer, "refused": in_order([*refusals, *unknown, *reused, *done.refusals])}

    def _without_conflicts(self, pairs: Sequence[_Pair], account: str) -> tuple[list[_Pair], list[Refusal]]:
        """The messages without those whose id came with other content before."""
        messages = [message for message, _ in pairs]
        with self._store.reading() as session:
            stored = queries.of_ids(session, account, [message.message_id for message in messages])
        against = [
            of_error(conflict, message.position, message.row, message.message_id)
            for message, conflict in conflicts(messages, stored)
        ]
        reused = {refusal.message_id for refusal in against}
        return [pair for pair in pairs if pair[0].message_id not in reused], against

    def _answer(self, account: str, offered: Offered, taken: int, *, dry_run: bool) -> dict[str, Any]:
        return {
            "accepted": offered.new,
            "already_posted": taken - offered.new,
            "parked": offered.parked,
            "dry_run": dry_run,
            "poster": hex_bytes(self._chain.sender(account).address),
            "lane": self._lane,
        }

    def status(self, message_id: str, account: str) -> dict[str, Any]:
        """Where a message is: its batch, its place in it, the block, or why it was refused. Raises NotFound."""
        with self._store.reading() as session:
            stored = queries.of_ids(session, account, [message_id]).get(message_id)
        status = self._poster(account).status(message_id)
        if stored is None or status is None:
            raise NotFound(f"the account {account!r} posted no message {message_id!r}")
        return {
            "id": message_id,
            "state": _state(status),
            "refusal": status.refusal,
            "waits_for": status.parked,
            "poster": hex_bytes(self._chain.sender(account).address),
            "lane": status.lane,
            "sequence": status.sequence,
            "index": status.position,
            "block": None if status.block is None else str(status.block),
            "salt": hex_bytes(stored.salt),
        }

    def resume(self) -> None:
        """Opens the posters of all accounts that ever posted here, so that `pump` goes on with what is pending."""
        with self._store.reading() as session:
            labels = queries.accounts(session)
        for label in labels:
            self._poster(label)

    def pump(self) -> None:
        """One step of every poster. Raises the first error once all had their turn."""
        with self._lock:
            posters = list(self._posters.items())
        turns = Turns("posting")
        for label, poster in posters:
            turns.take(label, poster.pump)
        turns.finish()

    def _dry_run(self, pairs: Sequence[_Pair], account: str, park: bool) -> Offered:
        return self._try(self._fresh(pairs, account), account, park)

    def _accept(self, pairs: Sequence[_Pair], account: str, park: bool) -> Offered:
        """Acknowledges what is new; the account's lock is not held while waiting."""
        poster = self._poster(account)
        before = poster.newest_open()
        try:
            return self._accept_now(pairs, account, park)
        except RuleViolation as violation:
            if before is None:
                raise
            # What is on its way may be what these rest on: goods received a moment ago.
            try:
                poster.wait(timeout=_PENDING_SECONDS, newest=before)
            except NotFinalYet:
                raise violation from None
        return self._accept_now(pairs, account, park)

    def _accept_now(self, pairs: Sequence[_Pair], account: str, park: bool) -> Offered:
        with self._account_lock(account):
            fresh = self._fresh(pairs, account)
            return self._acknowledge(fresh, account, park) if fresh else Offered(0, 0)

    def _account_lock(self, account: str) -> threading.Lock:
        with self._lock:
            return self._locks[account]

    def _fresh(self, pairs: Sequence[_Pair], account: str) -> list[_Pair]:
        known = self._known([message for message, _ in pairs], account)
        return [pair for pair in pairs if pair[0].message_id not in known]

    def _known(self, messages: Sequence[Message], account: str) -> set[str]:
        """Ids that are in the outbox. A message that was stored just before a crash is not, and counts as new."""
        with self._store.reading() as session:
            stored = queries.of_ids(session, account, [message.message_id for message in messages])
        for _, conflict in conflicts(messages, stored):
            raise conflict
        poster = self._poster(account)
        return {message_id for message_id in stored if poster.status(message_id) is not None}

    def _acknowledge(self, fresh: Sequence[_Pair], account: str, park: bool) -> Offered:
        ids = [message.message_id for message, _ in fresh]
        with self._store.writing() as session:
            rows = queries.of_ids(session, account, ids)
            for message, _ in fresh:
                if message.message_id not in rows:
                    rows[message.message_id] = queries.add(session, stored_message(message, account))
        posted = [
            MovementMessage(
                message.message_id, movement, document_leaf(rows[message.message_id].salt, message.document)
            )
            for message, movement in fresh
        ]
        try:
            return self._poster(account).offer(posted, park=park)
        except LiveLedgerError as error:
            with self._store.writing() as session:
                queries.remove(session, account, ids)
            raise _named(error, [message for message, _ in fresh]) from error

    def _try(self, fresh: Sequence[_Pair], account: str, park: bool) -> Offered:
        poster = self._poster(account)
        late: NotFinalYet | None = None
        try:
            before = poster.newest_open()
            if before is not None:
                poster.wait(timeout=_PENDING_SECONDS, newest=before)
        except NotFinalYet as error:
            late = error  # a violation of what is final already tells more
        tried = self._try_now(fresh, poster, park)
        if late is not None:
            raise late
        return tried

    def _try_now(self, fresh: Sequence[_Pair], poster: Poster, park: bool) -> Offered:
        posted = [MovementMessage(message.message_id, movement, bytes(32)) for message, movement in fresh]
        try:
            return poster.check(posted, park=park)
        except LiveLedgerError as error:
            raise _named(error, [message for message, _ in fresh]) from error

    def _poster(self, account: str) -> Poster:
        with self._lock:
            if account not in self._posters:
                self._posters[account] = Poster(
                    self._chain.ledger, self._chain.sender(account), lane=self._lane, patience=PARKED_SECONDS
                )
            return self._posters[account]


def _state(status: MessageStatus) -> str:
    if status.refusal:
        return "refused"
    if status.parked:
        return "parked"
    return "acknowledged" if status.block is None else "final"


def _named(error: LiveLedgerError, messages: Sequence[Message]) -> LiveLedgerError:
    """The error with the record that it is about, where it names a message."""
    message_id = error.details.get("message_id")
    found = next((message for message in messages if message.message_id == message_id), None)
    if found is not None:
        error.details["path"] = f"/{found.position}"
        error.message = f"{spot(found.position, found.row)} ({found.message_id}): {error.message}"
        error.hint = error.hint or "nothing was written; correct this record and send all of them again"
    return error
