"""Where passphrases come from: a private file, systemd's credentials, or a terminal; never an argument."""

from __future__ import annotations

import getpass
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.private_files import read_private

FILE_VARIABLE = "LIVELEDGER_PASSPHRASE_FILE"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "liveledger-passphrase"
SHORTEST = 8
_MOST_BYTES = 1024
_HINT = f"give --passphrase-file FILE, set {FILE_VARIABLE}, pass systemd's credential {CREDENTIAL}, or use a terminal"


class MissingPassphrase(ConfigurationError):
    """A passphrase is needed, and there is neither a file nor a terminal to get it from."""

    code = "missing-passphrase"
    exit_code = 2


class WeakPassphrase(ConfigurationError):
    """A new passphrase is too short, or its repetition differs."""

    code = "weak-passphrase"
    exit_code = 2


class PassphraseSource(Protocol):
    """Gives the passphrase of a key when it is needed."""

    def known(self, what: str) -> str:
        """The passphrase that opens ``what``. Raises MissingPassphrase or what reading it raises."""

    def new(self, what: str) -> str:
        """The passphrase that shall protect ``what``. Raises MissingPassphrase, WeakPassphrase."""


class NoPassphrase:
    """For processes that only use plain keys, or have nobody to ask any more."""

    def known(self, what: str) -> str:
        """Raises MissingPassphrase."""
        raise MissingPassphrase(f"{what} is encrypted and no passphrase was given", hint=_HINT)

    def new(self, what: str) -> str:
        """Raises MissingPassphrase."""
        return self.known(what)


class FilePassphrase:
    """The first line of a private file. ``allowed`` are bits of its mode that others may have besides."""

    def __init__(self, path: Path, *, allowed: int = 0) -> None:
        self._path = path
        self._allowed = allowed

    def known(self, what: str) -> str:
        """Reads the file. Raises NotFound, TooLarge, or ConfigurationError when others can read it."""
        content = read_private(self._path, allowed=self._allowed, limit=_MOST_BYTES)
        try:
            passphrase = content.decode().split("\n", 1)[0].removesuffix("\r")
        except UnicodeDecodeError:
            raise ConfigurationError(f"{self._path} is not UTF-8 text") from None
        if not passphrase:
            raise MissingPassphrase(f"{self._path}, which should open {what}, is empty", hint=_HINT)
        return passphrase

    def new(self, what: str) -> str:
        """Reads the file. Raises WeakPassphrase besides."""
        return strong(self.known(what))


class PromptPassphrase:
    """Asks on the process's terminal, without echo."""

    def __init__(self, ask: Callable[[str], str] = getpass.getpass) -> None:
        self._ask = ask

    def known(self, what: str) -> str:
        """Asks once. Raises MissingPassphrase when nothing is typed."""
        return self._answer(f"Passphrase of {what}: ", what)

    def new(self, what: str) -> str:
        """Asks twice. Raises WeakPassphrase when the two differ."""
        passphrase = strong(self._answer(f"New passphrase of {what}: ", what))
        if self._answer("The same again: ", what) != passphrase:
            raise WeakPassphrase("the two passphrases differ", hint="nothing was written; try again")
        return passphrase

    def _answer(self, question: str, what: str) -> str:
        try:
            answer = self._ask(question)
        except (EOFError, KeyboardInterrupt):
            answer = ""
        if not answer:
            raise MissingPassphrase(f"no passphrase of {what} was typed", hint=_HINT)
        return answer


class AskedOnce:
    """Asks another source once, for several keys that share a passphrase; a new one is known from then on."""

    def __init__(self, source: PassphraseSource) -> None:
        self._source = source
        self._answer: str | None = None

    def known(self, what: str) -> str:
        """The one passphrase. Raises what the source raises."""
        if self._answer is None:
            self._answer = self._source.known(what)
        return self._answer

    def new(self, what: str) -> str:
        """The one passphrase. Raises what the source raises."""
        if self._answer is None:
            self._answer = self._source.new(what)
        return self._answer


def strong(passphrase: str) -> str:
    """``passphrase`` itself. Raises WeakPassphrase when it is too short to protect anything."""
    if len(passphrase) < SHORTEST:
        raise WeakPassphrase(
            f"a passphrase has at least {SHORTEST} characters",
            hint="several random words are easy to keep and hard to guess",
        )
    return passphrase


def find_source(option: Path | None, environment: Mapping[str, str], *, terminal: bool) -> PassphraseSource:
    """The first that is there: the option, the file named in the environment, systemd's credential, the terminal."""
    if option is not None:
        return FilePassphrase(option)
    if environment.get(FILE_VARIABLE):
        return FilePassphrase(Path(environment[FILE_VARIABLE]))
    credential = Path(environment.get(CREDENTIALS_VARIABLE) or "/nonexistent") / CREDENTIAL
    if credential.exists():
        # systemd grants the service's user by an access list, which shows as the group's bit; the folder is private.
        return FilePassphrase(credential, allowed=stat.S_IRGRP)
    return PromptPassphrase() if terminal else NoPassphrase()


def has_terminal() -> bool:
    """Whether somebody can be asked: the process has a controlling terminal."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
