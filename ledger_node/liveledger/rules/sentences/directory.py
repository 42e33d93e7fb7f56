"""Sentences of the Directory and the Creator, and of what the language and its libraries refuse by themselves."""

from __future__ import annotations

_BUG = "this is a fault of LiveLedger or of the caller's own contract: report it with the call"

SENTENCES: dict[str, tuple[str, str]] = {
    "CreatorBadName": ("{name:name} is no name of a contract", "take 1 to 32 ASCII letters and digits"),
    "CreatorFailed": (
        "the init code of {name:name} version {version} left no contract",
        "approve the init code that the release brings: `liveledger member propose contract`",
    ),
    "CreatorNotAdministrator": (
        "the account {sender:account} may not approve contracts",
        "the founder who made the ledger may, later a vote: `liveledger member propose contract`",
    ),
    "CreatorNotApproved": (
        "nobody approved a contract with the init code {init_code_hash}",
        "it is approved by its hash, and created once: `liveledger member propose contract`",
    ),
    "CreatorVersionNotNewer": (
        "{name:name} is active with version {active}; version {version} is not newer",
        "approve a higher version",
    ),
    "DirectoryEmptyName": ("the contract's name is empty", "name it, such as StockLedger"),
    "DirectoryEscrowInUse": (
        "tokens or dues remain in the escrow at {target}",
        "settle or void its sessions, pay what is due and withdraw the rest first",
    ),
    "DirectoryForGood": (
        "{name:name} is never replaced: who decides or lists in its place could be one account",
        "a ledger that needs another one is founded anew (docs/migration.md)",
    ),
    "DirectoryGovernedForGood": (
        "the members govern: the directory's administration goes to nobody else, and who has it stays listed",
        "propose each change by itself",
    ),
    "DirectoryNextListed": (
        "version {next} of {name:name} is listed already and takes over in block {next_from}",
        "wait for that block, or retire it first",
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
    "DirectoryNotCreator": (
        "the account {sender:account} may not list contracts",
        "what was approved is listed when it is created: `liveledger deploy`",
    ),
    "DirectoryNotListed": ("the directory lists no contract at {target}", "look at the address"),
    "DirectoryOfGenesis": (
        "{name:name} stands since genesis: no version of it is frozen, and its first one is not retired",
        "approve a newer version, which replaces it",
    ),
    "DirectoryReplaced": (
        "this {name:name} takes nothing new: version {active} is active now (0: it is frozen)",
        "use the release of LiveLedger that this ledger runs; what it holds is read as before",
    ),
    "DirectoryOtherVersion": (
        "version {active} of {name:name} is active now, and this contract reads version {version}",
        "use the contract that reads the new version; agreements that run are carried to their end by theirs",
    ),
    "DirectoryNoneActive": (
        "the contract {name:name} is not in the ledger's directory",
        "on the host of the founder who made the ledger: `liveledger deploy`",
    ),
    "DirectoryUnknownVersion": ("there is no version {version} of {name:name}", "look at the versions that are listed"),
    "DirectoryVersionNotNewer": (
        "{name:name} is active with version {active}; version {version} is not newer, or was listed before",
        "list a higher version",
    ),
    "DirectoryWrongState": (
        "version {version} of {name:name} is {state:contract}",
        "a version is frozen while it is active, and retired once it was replaced or frozen",
    ),
    "Error": ("a contract refused it: {message}", ""),
    "Panic": (
        "a contract stopped with the code {code} (1 assertion, 17 overflow, 18 division by zero, 50 index)",
        _BUG,
    ),
    "SafeCastOverflowedUintDowncast": ("the number {value} does not fit {bits} bits", "give a smaller number"),
    "SafeERC20FailedOperation": ("the token {token} did not carry out a transfer", "look at both balances"),
}
