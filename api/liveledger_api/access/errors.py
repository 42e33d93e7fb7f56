"""Refusals of the door: stable codes, a sentence, and what to do."""

from __future__ import annotations

from typing import Any

from liveledger.domain.errors import LiveLedgerError

LOG_IN = "`liveledger login --as LABEL`, or an API key of your organisation (docs/login.md)"


class NotLoggedIn(LiveLedgerError):
    """The address is not open, and the request names nobody."""

    code = "not-logged-in"
    http_status = 401
    exit_code = 1

    def __init__(self) -> None:
        super().__init__("this address is for members of the ledger, and the request names none", hint=LOG_IN)


class InvalidCredential(LiveLedgerError):
    """What the request shows is no token and no key of this API: malformed, unknown, ended or revoked."""

    code = "invalid-credential"
    http_status = 401
    exit_code = 1


class ExpiredCredential(LiveLedgerError):
    """The token or key was good once."""

    code = "expired-credential"
    http_status = 401
    exit_code = 1


class LoginRefused(LiveLedgerError):
    """The signed challenge does not hold."""

    code = "login-refused"
    http_status = 401
    exit_code = 1


class NotAMember(LiveLedgerError):
    """The ledger does not know the account, or account or organisation are not active."""

    code = "not-a-member"
    http_status = 403
    exit_code = 1


class Forbidden(LiveLedgerError):
    """The caller is known, and may not do this."""

    code = "forbidden"
    http_status = 403
    exit_code = 1


class MissingRole(Forbidden):
    """The account has none of the roles that the address asks for."""

    code = "missing-role"


class NotAParty(Forbidden):
    """The caller's organisation is no party to what was asked for."""

    code = "not-a-party"


class InterfaceNotGranted(Forbidden):
    """The API key is for other interfaces."""

    code = "interface-not-granted"


class ForeignAccount(Forbidden):
    """The label that the request names is no account of the caller's organisation on this machine."""

    code = "foreign-account"


class NoLogin(LiveLedgerError):
    """This API has no login, by its setting."""

    code = "no-login"
    http_status = 409
    exit_code = 1


class CredentialInAddress(LiveLedgerError):
    """A token or key stands in the address, where logs and histories keep it."""

    code = "credential-in-address"
    http_status = 400
    exit_code = 2


class TooManyRequests(LiveLedgerError):
    """The caller asks more often than its share; ``retry_after`` has the seconds to wait."""

    code = "too-many-requests"
    http_status = 429
    exit_code = 4

    def __init__(self, message: str, *, retry_after: int, **details: Any) -> None:
        super().__init__(message, hint=f"ask again in {retry_after} s", retry_after=retry_after, **details)
