"""The one family of errors: a stable code, a sentence for a person, a hint for an operator."""

from __future__ import annotations

from typing import Any, ClassVar


class LiveLedgerError(Exception):
    """Base of every error that LiveLedger raises on purpose.

    ``code`` is stable and machine-readable (kebab case), ``http_status`` is what the API answers with,
    ``exit_code`` what the command line ends with, ``hint`` tells an operator what to do next, and ``details``
    names the record in question.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, hint: str = "", code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.stable_code = code or self.code
        self.details = details

    def __str__(self) -> str:
        return self.message

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data: ``code``, ``message``, ``hint`` and ``details``."""
        return {"code": self.stable_code, "message": self.message, "hint": self.hint, "details": self.details}


class InvalidInput(LiveLedgerError):
    """What the caller sent breaks a rule of form; nothing was written."""

    code = "invalid-input"
    http_status = 400
    exit_code = 2


class NotFound(LiveLedgerError):
    """The thing that was asked for is not on the ledger."""

    code = "not-found"
    http_status = 404
    exit_code = 3


class RuleViolation(LiveLedgerError):
    """A contract refused the act; the state is what it was."""

    code = "rule-violation"
    http_status = 409
    exit_code = 1


class TooLarge(LiveLedgerError):
    """An input is over its limit."""

    code = "too-large"
    http_status = 413
    exit_code = 2


class Unavailable(LiveLedgerError):
    """A part that is needed is not there yet or not any more; trying again later may help."""

    code = "unavailable"
    http_status = 503
    exit_code = 4


class ConfigurationError(LiveLedgerError):
    """The set-up of this machine or home folder does not allow the act."""

    code = "configuration"
    http_status = 500
    exit_code = 4
