"""The door: finds out who calls, and lets a request in, or not, by the rule of its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes
from liveledger_api.access.credentials import shown
from liveledger_api.access.errors import ForeignAccount, InterfaceNotGranted, MissingRole, NoLogin, NotLoggedIn
from liveledger_api.access.home_accounts import HomeAccounts
from liveledger_api.access.parties import Parties
from liveledger_api.access.principals import LOCAL, NOBODY, Kind, Principal, Standing
from liveledger_api.access.rates import Rate
from liveledger_api.access.rules import Rule, Who, role_names
from liveledger_api.keys.service import ApiKeys, interfaces_of
from liveledger_api.login.challenges import Challenges
from liveledger_api.login.tokens import Tokens


@dataclass(frozen=True)
class Login:
    """What an API with login stands on; ``rights`` gives the standing of an account (20 bytes), or raises NotAMember.

    ``chain_id`` is the EVM's, which challenges name.
    """

    challenges: Challenges
    tokens: Tokens
    keys: ApiKeys
    rights: Callable[[bytes], Standing]
    home: HomeAccounts
    chain_id: int


@dataclass(frozen=True)
class Limits:
    """How often callers may ask: each member and each key, all callers of an organisation together, each address
    from which nobody in particular asks.
    """

    members: Rate
    strangers: Rate
    organisations: Rate


class Door:
    """Of an API with ``login``, or of one on loopback without: there every caller is the machine's own user."""

    def __init__(self, login: Login | None, parties: Parties, limits: Limits | None = None) -> None:
        self._login = login
        self._limits = limits
        self.parties = parties

    @property
    def needs_login(self) -> bool:
        """Whether callers have to say who they are."""
        return self._login is not None

    @property
    def login(self) -> Login:
        """What logins stand on. Raises NoLogin."""
        if self._login is None:
            raise NoLogin(
                "this API has no login: whoever reaches it acts with the keys of its home",
                hint="its owner: `liveledger api stop`, then `liveledger api start --login`",
            )
        return self._login

    def admit(self, rule: Rule | None, headers: Iterable[tuple[bytes, bytes]], peer: str = "") -> Principal:
        """Who calls, from the network address ``peer``, an address with this rule (None: there is no such address).

        Raises NotLoggedIn, InvalidCredential, ExpiredCredential, NotAMember, Forbidden, TooManyRequests; Unavailable
        while the ledger cannot be asked. A credential that is shown is checked even where none is needed.
        """
        if self._login is None:
            return LOCAL
        try:
            who = self._caller(self._login, headers)
        except LiveLedgerError as refusal:
            if refusal.http_status < 500:  # what costs us a look, and shows nobody, counts for the network address
                self._count(None, peer)
            raise
        self._count(who, peer)
        if rule is not None:
            _require(rule, who)
        return who

    def _count(self, who: Principal | None, peer: str) -> None:
        if self._limits is None:
            return
        if who is None or who is NOBODY:
            self._limits.strangers.take(peer)
        else:
            self._limits.members.take(who.name)
            # A member makes as many keys as it likes.
            self._limits.organisations.take(str(who.organisation))

    def label_for(self, who: Principal, asked: str | None, default: str) -> str:
        """The label to act with: the one ``asked`` for, or the caller's own account, or else the ``default`` one.

        Raises ForeignAccount for one that is not of the caller's organisation, whether or not there is such a key.
        """
        if self._login is None:
            return asked or default
        if who.standing is None:
            raise NotLoggedIn
        home = self._login.home
        own = [] if asked else home.of_account(who.standing.account)
        label = asked or (own[0] if own else default)
        if home.signing_organisation(label) != who.organisation:
            raise ForeignAccount(
                f"{label!r} is no account of your organisation on this machine",
                hint="GET /login names the accounts that you may act with (?account=LABEL)",
                parameter="account",
            )
        return label

    @staticmethod
    def _caller(login: Login, headers: Iterable[tuple[bytes, bytes]]) -> Principal:
        credential = shown(headers)
        if credential is None:
            return NOBODY
        if credential.key_id:
            key = login.keys.known(credential)
            return Principal(Kind.KEY, login.rights(key.account), interfaces_of(key), key.id)
        account = login.tokens.account(credential.digest)
        return Principal(Kind.MEMBER, login.rights(account), None, credential.digest.hex())


def _require(rule: Rule, who: Principal) -> None:
    """Raises NotLoggedIn, InterfaceNotGranted, MissingRole. What is open to all is open to every member and key."""
    if rule.who is Who.OPEN:
        return
    if who.standing is None:
        raise NotLoggedIn
    if who.interfaces is not None and not rule.any_key and rule.interface not in who.interfaces:
        needed = rule.interface.value if rule.interface else "none"
        raise InterfaceNotGranted(
            f"the API key {who.credential} was not given the interface that this address is of",
            hint=f"it takes a key for {needed}" if rule.interface else "no key may do this: log in",
            interface=needed,
        )
    if rule.who is Who.ROLE and not who.standing.roles & rule.roles:
        names = role_names(rule.roles)
        raise MissingRole(
            f"the account {hex_bytes(who.standing.account)} has not the role {' or '.join(names)}",
            hint="a security administrator of your organisation gives it: `liveledger member account set`",
            roles=names,
        )
