"""Sentences of the DepositToken."""

from __future__ import annotations

_MEMBERS = "deposits move between active accounts of members and the settlement contract alone"

SENTENCES: dict[str, tuple[str, str]] = {
    "DepositByEscrowOnly": (
        "deposits do not go to the settlement contract {escrow} directly",
        "pay them in with its own `deposit`, which names the agreement",
    ),
    "DepositFrozen": (
        "the account {account:account} moves no deposits now: the keys of its organisation are being replaced",
        "`liveledger member recovery show GLN` says until when; `liveledger member recovery object` ends it",
    ),
    "DepositMintLimit": (
        "{amount_fen:money} more would be minted today beside {minted_fen:money}, {limit_fen:money} may be",
        "wait for tomorrow (UTC), or `liveledger member propose mint-limit`",
    ),
    "DepositNotAMember": ("the account {account:account} is no active account of a member", _MEMBERS),
    "DepositNotAdministrator": (
        "the account {sender:account} may not set how much is minted",
        "the members do, by a vote: `liveledger member propose mint-limit`",
    ),
    "DepositReceiptUsed": (
        "deposits were minted against the receipt {receipt} already",
        "each receipt of money counts once: look whether this was sent before",
    ),
    "DepositZeroAmount": ("nothing is to be minted or redeemed: the amount is 0", "give an amount of at least one fen"),
    "ERC20InsufficientAllowance": (
        "{spender:account} may spend {allowance:money} of the holder's deposits, {needed:money} are needed",
        "let the holder approve the amount first",
    ),
    "ERC20InsufficientBalance": (
        "{sender:account} has {balance:money} of deposits, {needed:money} are needed",
        "pay in first, or ask for less",
    ),
    "ERC20InvalidApprover": ("{approver} cannot allow anybody to spend", "act as a member's account"),
    "ERC20InvalidReceiver": ("{receiver} cannot receive deposits", _MEMBERS),
    "ERC20InvalidSender": ("{sender} cannot send deposits", _MEMBERS),
    "ERC20InvalidSpender": (
        "{spender} cannot be allowed to spend",
        "name a member's account or the settlement contract",
    ),
}
