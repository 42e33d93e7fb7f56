"""An API with login over a simulated roll of members, for tests that need no node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role
from liveledger.chain.accounts.accounts import address_of, create_account
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.domain.typed_data import LoginMessage, sign
from liveledger_api.access.door import Door, Limits, Login
from liveledger_api.access.errors import NotAMember
from liveledger_api.access.home_accounts import HomeAccounts
from liveledger_api.access.parties import Parties
from liveledger_api.access.principals import Standing
from liveledger_api.access.rates import Rate
from liveledger_api.keys.service import ApiKeys
from liveledger_api.login.challenges import Challenges
from liveledger_api.login.tokens import Tokens
from tests.api.support import World

ORIGIN = "http://127.0.0.1:8600"
CHAIN_ID = 4_711
EVERY_ROLE = Role((1 << 9) - 1)
JSON = {"Content-Type": "application/json"}


@dataclass
class Clock:
    """A clock that is set by hand: Unix seconds."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Roll:
    """Who is a member, as the ledger would say it: organisation, GLN and roles by account; and who is suspended."""

    home: LedgerHome
    members: dict[bytes, Standing] = field(default_factory=dict)
    suspended: set[bytes] = field(default_factory=set)
    asked: int = 0

    def __call__(self, account: bytes) -> Standing:
        self.asked += 1
        if account in self.suspended:
            raise NotAMember("suspended", code="suspended")
        if account not in self.members:
            raise NotAMember("unknown")
        return self.members[account]

    def admit(self, account: LocalAccount, organisation: int, roles: Role, gln: int = 0) -> LocalAccount:
        """Registers an account."""
        address = address_of(account)
        self.members[address] = Standing(address, organisation, gln or 9_521_234_000_000 + organisation, roles)
        return account

    def here(self, label: str, organisation: int, roles: Role, gln: int = 0) -> LocalAccount:
        """Registers an account whose key is made in this home."""
        return self.admit(create_account(self.home, label), organisation, roles, gln)

    def elsewhere(self, organisation: int, roles: Role, gln: int = 0) -> LocalAccount:
        """Registers an account whose key is on another machine."""
        return self.admit(Account.create(), organisation, roles, gln)


class Members:
    """A world whose API asks for a login: its roll, its clock, and what callers send."""

    def __init__(self, folder: Path, rates: tuple[Rate, Rate, Rate] | None = None, **settings: Any) -> None:
        self.clock = Clock()
        self._rates = rates or (Rate(1e9, 1 << 30), Rate(1e9, 1 << 30), Rate(1e9, 1 << 30))
        self.agreements: dict[bytes, frozenset[int]] = {}
        self.world = World(folder, door=self._door, **settings)

    def _door(self, world: World) -> Door:
        home = world.settings.home()
        self.roll = Roll(home)
        accounts = HomeAccounts(home, self.roll)
        parties = Parties(
            accounts,
            lambda agreement: self.agreements.get(agreement, frozenset()),
            documents_for_all=world.settings.public_documents,
        )
        self.challenges = Challenges({ORIGIN, "http://testserver"}, self.clock)
        tokens = Tokens(world.store, world.settings.token_seconds, self.clock)
        keys = ApiKeys(world.store, self.clock)
        login = Login(self.challenges, tokens, keys, self.roll, accounts, CHAIN_ID)
        return Door(login, parties, Limits(*self._rates))

    def challenge(self, account: LocalAccount, origin: str = ORIGIN) -> LoginMessage:
        """A challenge of the API for an account."""
        asked = {"account": hex_bytes(address_of(account)), "origin": origin}
        told = self.world.client.post("/login/challenge", json=asked).json()
        nonce = bytes.fromhex(told["nonce"][2:])
        return LoginMessage(address_of(account), origin, nonce, int(told["issued_at"]), int(told["expires_at"]))

    def log_in(self, account: LocalAccount) -> str:
        """A token for an account."""
        answer = self.world.client.post("/login", json=signed(self.challenge(account), account))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def key(self, account: LocalAccount, *interfaces: str, days: int = 1) -> str:
        """An API key for an account."""
        body = {"name": "a system", "interfaces": list(interfaces), "days": days}
        answer = self.world.client.post("/keys", json=body, headers=bearer(self.log_in(account)))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])


def signed(message: LoginMessage, by: LocalAccount, *, chain_id: int = CHAIN_ID) -> dict[str, str]:
    """The body of a login: a challenge with somebody's signature."""
    return {
        "account": hex_bytes(message.account),
        "origin": message.origin,
        "nonce": hex_bytes(message.nonce),
        "issued_at": str(message.issued_at),
        "expires_at": str(message.expires_at),
        "signature": hex_bytes(sign(message, by, chain_id=chain_id, contract=CONSORTIUM_ADDRESS)),
    }


def bearer(credential: str) -> dict[str, str]:
    """The header that shows a token or a key."""
    return {"Authorization": f"Bearer {credential}"}


@contextmanager
def members(folder: Path, rates: tuple[Rate, Rate, Rate] | None = None, **settings: Any) -> Iterator[Members]:
    """A world with login whose client is closed at the end."""
    made = Members(folder, rates, **settings)
    with made.world.client:
        yield made
