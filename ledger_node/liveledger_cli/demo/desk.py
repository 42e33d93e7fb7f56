"""The demo's accounts and what they send: every act has a key, so that doing it again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from liveledger.chain.accounts.accounts import address_of, load_or_create_account
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Outcome, Request, Sender
from liveledger.chain.rpc.connection import Connection

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

ROOMY_GAS = 16_700_000


class Call(Protocol):
    """A generated binding of a contract's function."""

    def calldata(self) -> bytes:
        """Selector and encoded arguments."""


class Desk:
    """One sender an account, made when first asked for."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self.connection = connection
        self._outbox = outbox
        self._accounts: dict[str, LocalAccount] = {}
        self._senders: dict[str, Sender] = {}

    def account(self, label: str) -> LocalAccount:
        """The account called ``label``; its key is made when there is none."""
        if label not in self._accounts:
            self._accounts[label] = load_or_create_account(self.connection.home, label)
        return self._accounts[label]

    def address(self, label: str) -> bytes:
        """Address (20 bytes) of an account."""
        return address_of(self.account(label))

    def sender(self, label: str) -> Sender:
        """The sender of an account."""
        if label not in self._senders:
            self._senders[label] = Sender(self.connection, self.account(label), self._outbox)
        return self._senders[label]

    def send(self, label: str, acts: Sequence[tuple[str, bytes, Call]], *, gas: int = ROOMY_GAS) -> list[str]:
        """Hands acts (key, contract, call) to the outbox in this order, without trying them first; returns the keys.

        Later acts may build on earlier ones: they land in this order, often in one block.
        """
        self.sender(label).submit_many([Request(key, to, call.calldata(), gas) for key, to, call in acts])
        return [key for key, _, _ in acts]

    def outcomes(self, label: str, keys: Sequence[str], *, timeout: float = 60.0) -> list[Outcome]:
        """Waits until all are final. Raises RuleViolation with the contract's reason for the first that reverted."""
        sender = self.sender(label)
        done = sender.wait_all(list(keys), timeout=timeout)
        for outcome in done:
            if outcome.status != 1:
                raise sender.reason(outcome.key)
        return done

    def do(self, label: str, acts: Sequence[tuple[str, bytes, Call]], *, gas: int = ROOMY_GAS) -> list[Outcome]:
        """Sends and waits."""
        return self.outcomes(label, self.send(label, acts, gas=gas))
