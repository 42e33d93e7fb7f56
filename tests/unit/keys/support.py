"""What the tests of keys share: light work for scrypt, given passphrases, a source that counts."""

from __future__ import annotations

from pathlib import Path

from liveledger.chain.accounts.accounts import AccountStore
from liveledger.chain.accounts.key_care import KeyCare
from liveledger.domain.home import LedgerHome

LIGHT = 2
PASSPHRASE = "correct horse battery"


class Given:
    """Answers with one passphrase and counts the questions."""

    def __init__(self, passphrase: str = PASSPHRASE) -> None:
        self.passphrase = passphrase
        self.asked: list[str] = []

    def known(self, what: str) -> str:
        self.asked.append(what)
        return self.passphrase

    def new(self, what: str) -> str:
        return self.known(what)


def store(home: LedgerHome, source: Given | None = None) -> AccountStore:
    return AccountStore(home, source or Given(), scrypt_n=LIGHT)


def care(home: LedgerHome, source: Given | None = None) -> KeyCare:
    return KeyCare(home, source or Given(), scrypt_n=LIGHT)


def private_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path
