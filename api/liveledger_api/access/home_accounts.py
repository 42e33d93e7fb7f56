"""Accounts whose keys lie in this home: what the API can sign with, and for whom."""

from __future__ import annotations

from collections.abc import Callable

from liveledger.chain.accounts.accounts import public_address
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import labels
from liveledger_api.access.principals import Standing


class HomeAccounts:
    """Labels of this home, their addresses, and whose they are.

    ``rights`` gives an account's standing; ``signer`` the address that really signs for a label, which differs from
    the file's while a key was replaced and the server was not started again.
    """

    def __init__(
        self, home: LedgerHome, rights: Callable[[bytes], Standing], signer: Callable[[str], bytes] | None = None
    ) -> None:
        self._home = home
        self._rights = rights
        self._signer = signer

    def labels(self) -> list[str]:
        """All labels, in order."""
        return labels(self._home.keys)

    def of_account(self, account: bytes) -> list[str]:
        """The labels under which an account's key lies here; one key may have several."""
        return [label for label in self.labels() if self._address(label) == account]

    def organisation(self, label: str) -> int:
        """Number of the organisation that a label's key is an active account of; 0 for none.

        Raises Unavailable while the ledger cannot be asked.
        """
        address = self._address(label)
        return self._organisation(address) if address else 0

    def signing_organisation(self, label: str) -> int:
        """The same of the key that signs for the label at this moment, which is opened for it."""
        number = self.organisation(label)
        if not number or self._signer is None:
            return number
        signing = self._signer(label)
        return number if signing == self._address(label) else self._organisation(signing)

    def of_organisation(self, number: int) -> list[str]:
        """The labels whose keys are active accounts of an organisation."""
        return [label for label in self.labels() if number and self.organisation(label) == number]

    def _organisation(self, address: bytes) -> int:
        try:
            return self._rights(address).organisation
        except LiveLedgerError as refusal:
            if refusal.http_status >= 500:
                raise
            return 0

    def _address(self, label: str) -> bytes:
        """Empty for a label without a key that can be read: it is nobody's account."""
        try:
            return public_address(self._home, label)
        except LiveLedgerError:
            return b""
