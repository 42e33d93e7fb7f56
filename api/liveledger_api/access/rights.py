"""What the ledger says of an account now: its organisation, its roles, whether both are active."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.member_words import organisation_of, roles_of, status_of
from liveledger_api.access.errors import NotAMember
from liveledger_api.access.principals import Standing

# Half of an idle chain's time between two blocks: who was suspended in a block is out before the next one.
FRESH_SECONDS = 0.5
_MOST_KNOWN = 4_096


def read_standing(ledger: Ledger, account: bytes) -> Standing:
    """An account (20 bytes) in the newest final block.

    Raises NotAMember for one that is unknown, suspended or removed, or whose organisation is; Unavailable while the
    node is away: without the ledger nobody is let in.
    """
    block = final_height(ledger)

    def ask(call: bytes) -> bytes:
        return ledger.execution.call(CONSORTIUM_ADDRESS, call, block)

    word = consortium.decode_member_of(ask(consortium.MemberOf(account).calldata()))
    if not word:
        raise NotAMember(
            f"no organisation of this ledger registered the account {hex_bytes(account)}",
            hint="`liveledger member account add` registers one",
        )
    _require_active(Status(status_of(word)), f"the account {hex_bytes(account)}")
    number = organisation_of(word)
    found = consortium.decode_organisation_of(ask(consortium.OrganisationOf(number).calldata()))
    _require_active(Status(found.status), f"the organisation {number}")
    return Standing(account, number, found.gln, Role(roles_of(word)))


def _require_active(status: Status, what: str) -> None:
    if status is not Status.ACTIVE:
        raise NotAMember(
            f"{what} is {status.name.lower()}",
            hint="`liveledger member account list` shows who is active",
            code="suspended",
        )


class Rights:
    """Standings of accounts, and that some have none, each at most `FRESH_SECONDS` old."""

    def __init__(self, read: Callable[[bytes], Standing], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Standing | NotAMember]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, account: bytes) -> Standing:
        """The standing of an account (20 bytes). Raises NotAMember, Unavailable."""
        found = self._newest(account)
        if isinstance(found, NotAMember):
            raise NotAMember(found.message, hint=found.hint, code=found.stable_code)
        return found

    def _newest(self, account: bytes) -> Standing | NotAMember:
        now = self._clock()
        with self._lock:
            read_at, found = self._known.get(account, (0.0, None))
        if found is not None and 0 <= now - read_at <= FRESH_SECONDS:
            return found
        try:
            found = self._read(account)
        except NotAMember as refusal:
            found = refusal
        with self._lock:
            self._known[account] = (now, found)
            self._known.move_to_end(account)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return found
