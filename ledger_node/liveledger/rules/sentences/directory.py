"""Sentences of the Directory, and of what the language and its libraries refuse by themselves."""

from __future__ import annotations

_BUG = "this is a fault of LiveLedger or of the caller's own contract: report it with the call"

SENTENCES: dict[str, tuple[str, str]] = {
    "DirectoryEmptyName": ("the contract's name is empty", "name it, such as StockLedger"),
    "DirectoryGovernedForGood": (
        "the members govern the directory; nobody administers it alone again",
        "what concerns all is proposed and voted on: `liveledger member propose`",
    ),
    "DirectoryNoAdministrator": ("nobody would administer the directory", "name an account or the Governance contract"),
    "DirectoryNoCode": (
        "there is no contract at {target}, which is to be listed as {name:name}",
        "deploy it first, and look at the address",
    ),
    "DirectoryNotAdministrator": (
        "the account {sender:account} may not change the directory",
        "the founder who made the ledger may, later a vote: `liveledger member propose contract`",
    ),
    "DirectoryVersionNotNewer": (
        "{name:name} is listed with version {listed}; version {version} is not newer",
        "list a higher version",
    ),
    "Error": ("a contract refused it: {message}", ""),
    "Panic": (
        "a contract stopped with the code {code} (1 assertion, 17 overflow, 18 division by zero, 50 index)",
        _BUG,
    ),
    "SafeCastOverflowedUintDowncast": ("the number {value} does not fit {bits} bits", "give a smaller number"),
    "SafeERC20FailedOperation": ("the token {token} did not carry out a transfer", "look at both balances"),
}
