"""Sentences of Recovery: new accounts for organisations whose keys were lost."""

from __future__ import annotations

_SHOW = "`liveledger member recovery show GLN` says where it stands"

SENTENCES: dict[str, tuple[str, str]] = {
    "RecoveryAccountTaken": (
        "the account {account:account} is registered already",
        "make a new key with `liveledger key create`, and the request again",
    ),
    "RecoveryBadPossessionProof": (
        "the account {account:account} did not sign the request",
        "ask the organisation for its request again: `liveledger member recovery request`",
    ),
    "RecoveryDeadlinePassed": (
        "the request was good until {deadline:time}; it is {time:time}",
        "ask the organisation for a new one: `liveledger member recovery request`",
    ),
    "RecoveryNone": ("no recovery of {organisation:org} is under way", _SHOW),
    "RecoveryNotActive": (
        "{organisation:org} is not active: its accounts could not object to a recovery",
        "reinstate it first: `liveledger member propose reinstate GLN`",
    ),
    "RecoveryNotOfOrganisation": (
        "the account {sender:account} is no active account of {organisation:org}",
        "act --as one of its own accounts",
    ),
    "RecoveryResting": (
        "an account of {organisation:org} objected; no other recovery begins before {rest_until:time}",
        "suspend or remove the organisation instead, if its keys were stolen",
    ),
    "RecoveryTooEarly": ("the accounts of {organisation:org} may object until {due_at:time}", "complete it after that"),
    "RecoveryUnderWay": ("a recovery of {organisation:org} is under way, until {due_at:time}", _SHOW),
}
