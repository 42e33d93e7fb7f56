"""Posts movement messages: each exactly once, all of a request or none of it."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Offered, Poster
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import NotFinalYet
from liveledger.domain.errors import LiveLedgerError, NotFound, RuleViolation, TooLarge
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.keys import reservations_label
from liveledger.domain.movements import Kind
from liveledger.messages.movement_resolving import Pair as _Pair
from liveledger.messages.movement_resolving import Resolver
from liveledger.messages.movements import InvalidMovement, Message
from liveledger.messages.refusals import REFUSED_BEFORE, Refusal, in_order, of_error, of_reason, refused
from liveledger.prover.stored_index import StoredIndex
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.loops import Turns
from liveledger_api.movements.allocation import OVERSELL, NotAllocated, part_ids, whole_id
from liveledger_api.movements.allocator import Allocator
from liveledger_api.movements.answers import lots, named, where
from liveledger_api.movements.archive import Archive
from liveledger_api.movements.each import Done, offer_each
from liveledger_api.movements.reserving import Reserving, all_reserve, apart
from liveledger_api.movements.stored import conflicts

_PENDING_SECONDS = 10.0
# What came before its cause waits for it so long; the trade's messages are late by minutes, not by hours.
PARKED_SECONDS = 600.0
# Records that stand each for itself are offered so many at a time: every one that is refused has the rest tried again.
CHUNK = 50


class _Asked(NamedTuple):
    """Who posts it: the account, its organisation as the ledger had it when the request came, what ``park`` says.

    ``beside`` is the label of the organisation's other account on which it may rest: that for reservations, or the
    caller's where this is that one.
    """

    account: str
    organisation: int
    park: bool | None
    beside: str


class MovementService:
    """What can be done with movements: all of a request or nothing (`post`), or each record by itself (`post_each`)."""

    def __init__(
        self,
        store: Database,
        chain: ChainAccess,
        outbox: Outbox,
        index: StoredIndex,
        *,
        lane: int,
        max_movements: int,
        reserving: Reserving | None = None,
    ) -> None:
        """Without ``reserving`` reservations stand in line with all else."""
        self._chain = chain
        self._reserving = reserving
        self._lane = lane
        self._max_movements = max_movements
        self._resolver = Resolver(chain.ledger)
        self._archive = Archive(store, chain, outbox, self._resolver.organisation_of, lane=lane)
        self._allocator = Allocator(chain.ledger, index, self._archive.on_their_way)
        self._posters: dict[tuple[str, int], Poster] = {}
        self._lock = threading.Lock()
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    @property
    def limit(self) -> int:
        """The most movements that a request may hold."""
        return self._max_movements

    def post(
        self, messages: Sequence[Message], account: str, *, dry_run: bool = False, park: bool | None = None
    ) -> dict[str, Any]:
        """Acknowledges the messages that are new; with ``dry_run`` only says whether the ledger would take them.

        What takes more than there is may have come before its cause: it waits for that as ``park`` says (see
        ``Poster.offer``). A message that came before and was refused is listed as ``refused`` with the reason.

        Raises InvalidMovement, AlreadyExists (an id that came with another message), RuleViolation or TooLarge, each
        naming the record; then nothing was written.
        """
        if len(messages) > self._max_movements:
            raise TooLarge(f"{len(messages)} movements, the limit is {self._max_movements}", hint="send them in parts")
        pairs, unknown = self._resolver.sort_out(messages, self._chain.sender(account).address)
        if unknown:
            self._chain.require_recent()
            raise refused(unknown, InvalidMovement)
        asked = self._asked(account, park)
        pairs, before = self._without_refused(pairs, asked)
        if all_reserve(pairs) and self.reserves_apart(account):
            asked = _reserving(asked)
        offered = self._dry_run(pairs, asked) if dry_run else self._accept(pairs, asked)
        answer = self._answer(asked, offered, len(pairs), dry_run=dry_run) | self._chosen(pairs, asked)
        return answer | ({"refused": in_order(before)} if before else {})

    def post_each(
        self,
        messages: Sequence[Message],
        refusals: Iterable[Refusal],
        account: str,
        *,
        dry_run: bool = False,
        park: bool | None = None,
    ) -> dict[str, Any]:
        """The same where every record stands for itself: the good ones are acknowledged, the others are ``refused``.

        ``refusals`` are the records that broke the form. Records are offered in their order, some at a time, and
        before them reservations that have an account of their own and touch nothing of the others; a node that goes
        away meanwhile ends it, and whoever sends all of them again posts none twice. Raises TooLarge, RuleViolation
        where the ledger takes nothing of this account, or Unavailable.
        """
        pairs, unknown = self._resolver.sort_out(messages, self._chain.sender(account).address)
        if unknown:
            self._chain.require_recent()
        asked = self._asked(account, park)
        pairs, reused = self._without_conflicts(pairs, asked)
        pairs, before = self._without_refused(pairs, asked)
        parts = [(asked, pairs)]
        if any(movement.kind is Kind.RESERVE for _, movement in pairs) and self.reserves_apart(account):
            first, rest = apart(pairs)
            parts = [(_reserving(asked), first), *([(asked, rest)] if rest or not first else [])]
        done = [self._offer_each(some, whose, dry_run=dry_run) for whose, some in parts]
        against = [refusal for one in done for refusal in one.refusals]
        offered = Offered(sum(one.offered.new for one in done), sum(one.offered.parked for one in done))
        answer = self._answer(parts[-1][0], offered, len(pairs) - len(against), dry_run=dry_run)
        answer |= self._chosen(pairs, asked)
        if len(parts) > 1:
            answer["reservations_poster"] = hex_bytes(self._chain.sender(parts[0][0].account).address)
        return {**answer, "refused": in_order([*refusals, *unknown, *reused, *before, *against])}

    def reserves_apart(self, account: str) -> bool:
        """Whether reservations of an account go by one of their own. Raises Unavailable."""
        return self._reserving is not None and self._reserving.stands(account)

    def _offer_each(self, pairs: Sequence[_Pair], asked: _Asked, *, dry_run: bool) -> Done:
        # What a record rests on has been waited for once the first offer of its chunk was refused.
        first, again = (self._dry_run, self._dry_run) if dry_run else (self._accept, self._accept_now)
        size = len(pairs) if dry_run else CHUNK
        return offer_each(pairs, lambda chunk: first(chunk, asked), lambda chunk: again(chunk, asked), size=size)

    def _asked(self, account: str, park: bool | None) -> _Asked:
        return _Asked(account, self._archive.organisation(account), park, reservations_label(account))

    def _without_conflicts(self, pairs: Sequence[_Pair], asked: _Asked) -> tuple[list[_Pair], list[Refusal]]:
        """The messages without those whose id came with other content before."""
        messages = [message for message, _ in pairs]
        stored = self._archive.taken(asked.organisation, [one.message_id for one in messages])
        against = [
            of_error(conflict, message.position, message.row, message.message_id)
            for message, conflict in conflicts(messages, stored)
        ]
        reused = {refusal.message_id for refusal in against}
        return [pair for pair in pairs if pair[0].message_id not in reused], against

    def _without_refused(self, pairs: Sequence[_Pair], asked: _Asked) -> tuple[list[_Pair], list[Refusal]]:
        """The messages without those that came before and were refused since they were acknowledged."""
        known = self._archive.known(asked.organisation, [message for message, _ in pairs])
        reasons = {message_id: refusal for message_id, refusal in known.items() if refusal}
        against = [
            of_reason(REFUSED_BEFORE, reason, message.position, message.row, message.message_id)
            for message, _ in pairs
            if (reason := reasons.get(message.message_id)) is not None
        ]
        return [pair for pair in pairs if pair[0].message_id not in reasons], against

    def _answer(self, asked: _Asked, offered: Offered, taken: int, *, dry_run: bool) -> dict[str, Any]:
        return {
            "accepted": offered.new,
            "already_posted": taken - offered.new,
            "parked": offered.parked,
            "dry_run": dry_run,
            "poster": hex_bytes(self._chain.sender(asked.account).address),
            "lane": str(self._lane),
        }

    def _chosen(self, pairs: Sequence[_Pair], asked: _Asked) -> dict[str, Any]:
        """Which lots were chosen for which messages, those of an earlier request among them."""
        names = [message.message_id for message, _ in pairs if message.allocate]
        if not names:
            return {}
        found = self._archive.parts(asked.organisation, names)
        return {"allocated": [{"id": name, "lots": lots(found[name])} for name in names if name in found]}

    def status(self, message_id: str, account: str) -> dict[str, Any]:
        """Where a message is: its batch, its place in it, the block, or why it was refused. Raises NotFound."""
        stored = self._archive.find(account, message_id)
        status = None if stored is None else self._archive.status(stored)
        if stored is None or status is None:
            raise NotFound(f"the organisation of the account {account!r} posted no message {message_id!r}")
        found = where(stored, status)
        parts = part_ids(json.loads(stored.document))
        if len(parts) == 1 or parts[0] != message_id:
            return found
        return found | {"parts": [found, *(self.status(one, account) for one in parts[1:])]}

    def of_document(self, account: str, document_id: str, after: int, limit: int) -> dict[str, Any]:
        """What the account's organisation posted about an order or delivery note, and where each message is.

        In the order in which they came, behind message number ``after``; ``next`` is ``after`` of the following page.
        """
        found = self._archive.of_document(account, document_id, after, limit)
        pairs = [(stored, self._archive.status(stored)) for stored in found]
        return {
            "movements": [
                {"number": str(stored.number), "message": json.loads(stored.document), **where(stored, status)}
                for stored, status in pairs
                if status is not None
            ],
            "next": found[-1].number if found else after,
            "more": len(found) == limit,
        }

    def refused(self, account: str, after: int, limit: int) -> dict[str, Any]:
        """Messages of the account's organisation that were refused after they were acknowledged, behind ``after``.

        They come in the order in which they were refused; ``next`` is ``after`` of the following page.
        """
        found = self._archive.refused(account, after, limit)
        return {
            "refused": [
                {
                    "number": str(one.number),
                    "id": one.message_id,
                    "refusal": one.reason,
                    "refused_at": one.refused_at,
                    "poster": hex_bytes(one.account),
                    "lane": str(one.lane),
                }
                for one in found
            ],
            "next": found[-1].number if found else after,
            "more": len(found) == limit,
        }

    def resume(self) -> None:
        """Opens the posters of all accounts and lanes that were ever used here, so that `pump` goes on with them.

        Raises NotFound for an account whose key is gone while something of it is not final.
        """
        for one in self._archive.posters():
            try:
                self._poster(one.account, one.lane)
            except NotFound:
                if not self._archive.is_done(one):
                    raise

    def pump(self) -> None:
        """One step of every poster. Raises the first error once all had their turn."""
        with self._lock:
            posters = list(self._posters.items())
        turns = Turns("posting")
        for (label, lane), poster in posters:
            turns.take(f"{label} on lane {lane}", poster.pump)
        turns.finish()

    def _dry_run(self, pairs: Sequence[_Pair], asked: _Asked) -> Offered:
        return self._try(self._fresh(pairs, asked), asked)

    def _accept(self, pairs: Sequence[_Pair], asked: _Asked) -> Offered:
        """Acknowledges what is new; the organisation's lock is not held while waiting."""
        before = self._open(asked)
        try:
            return self._accept_now(pairs, asked)
        except RuleViolation as violation:
            if not before:
                raise
            # What is on its way may be what these rest on: goods received a moment ago.
            try:
                _wait_for(before)
            except NotFinalYet:
                raise violation from None
        return self._accept_now(pairs, asked)

    def _open(self, asked: _Asked) -> list[tuple[Poster, int]]:
        """The posters on whose movements these may rest, with the number of the newest that is not final yet."""
        posters = [self._poster(asked.account, self._lane)]
        with self._lock:
            beside = self._posters.get((asked.beside, self._lane))
        posters += [beside] if beside else []
        found = [(poster, poster.newest_open()) for poster in posters]
        return [(poster, newest) for poster, newest in found if newest is not None]

    def _accept_now(self, pairs: Sequence[_Pair], asked: _Asked) -> Offered:
        with self._organisation_lock(asked.organisation):
            fresh = self._fresh(pairs, asked)
            if not fresh:
                return Offered(0, 0)
            split = self._split(fresh, asked)
            offered = self._acknowledge(split, asked)
            # What is counted are messages: the parts of one are one.
            return Offered(offered.new - (len(split) - len(fresh)), offered.parked)

    def _split(self, fresh: Sequence[_Pair], asked: _Asked) -> list[_Pair]:
        """Movements by lots for messages that leave the choice to the rule."""
        try:
            return self._allocator.split(fresh, asked.organisation)
        except NotAllocated as error:
            raise named(error, [message for message, _ in fresh]) from error

    def _organisation_lock(self, organisation: int) -> threading.Lock:
        with self._lock:
            return self._locks[organisation]

    def _fresh(self, pairs: Sequence[_Pair], asked: _Asked) -> list[_Pair]:
        known = self._archive.known(asked.organisation, [message for message, _ in pairs])
        return [pair for pair in pairs if pair[0].message_id not in known]

    def _acknowledge(self, fresh: Sequence[_Pair], asked: _Asked) -> Offered:
        messages = [message for message, _ in fresh]
        leaves = self._archive.keep(messages, asked.account, asked.organisation)
        posted = [MovementMessage(one.message_id, movement, leaves[one.message_id]) for one, movement in fresh]
        try:
            return self._poster(asked.account, self._lane).offer(posted, park=_may_park(fresh, asked))
        except LiveLedgerError as error:
            self._archive.forget(asked.organisation, [message.message_id for message in messages])
            raise self._in_words(error, fresh) from error

    def _in_words(self, error: LiveLedgerError, pairs: Sequence[_Pair]) -> LiveLedgerError:
        """The error with its record, and in words where goods are there that the record does not name."""
        for message, movement in pairs:
            if error.details.get("reason") == OVERSELL and error.details.get("message_id") == message.message_id:
                error.message = self._allocator.words(message, movement) or error.message
        told = named(error, [message for message, _ in pairs])
        told.details |= {"message_id": whole_id(told.details["message_id"])} if "message_id" in told.details else {}
        return told

    def _try(self, fresh: Sequence[_Pair], asked: _Asked) -> Offered:
        poster = self._poster(asked.account, self._lane)
        late: NotFinalYet | None = None
        try:
            _wait_for(self._open(asked))
        except NotFinalYet as error:
            late = error  # a violation of what is final already tells more
        split = self._split(fresh, asked)
        tried = self._try_now(split, poster, _may_park(split, asked))
        if late is not None:
            raise late
        return Offered(tried.new - (len(split) - len(fresh)), tried.parked)

    def _try_now(self, fresh: Sequence[_Pair], poster: Poster, park: bool | None) -> Offered:
        posted = [MovementMessage(message.message_id, movement, bytes(32)) for message, movement in fresh]
        try:
            return poster.check(posted, park=park)
        except LiveLedgerError as error:
            raise self._in_words(error, fresh) from error

    def _poster(self, account: str, lane: int) -> Poster:
        with self._lock:
            if (account, lane) not in self._posters:
                self._posters[account, lane] = Poster(
                    self._chain.ledger, self._chain.sender(account), lane=lane, patience=PARKED_SECONDS
                )
            return self._posters[account, lane]


def _reserving(asked: _Asked) -> _Asked:
    """The same by the account for reservations."""
    return asked._replace(account=asked.beside, beside=asked.account)


def _wait_for(before: Sequence[tuple[Poster, int]]) -> None:
    """Waits until each poster's messages up to a number are final. Raises NotFinalYet when the time is over."""
    for poster, newest in before:
        poster.wait(timeout=_PENDING_SECONDS / len(before), newest=newest)


def _may_park(pairs: Sequence[_Pair], asked: _Asked) -> bool | None:
    """A message that is split goes in whole: none of its parts waits for a cause while the others go ahead."""
    return False if any(message.allocate for message, _ in pairs) else asked.park
