"""Sentences of the DepositToken."""

from __future__ import annotations

_MEMBERS = "deposits move between active accounts of members and the settlement contract alone"

SENTENCES: dict[str, tuple[str, str]] = {
    "DepositByEscrowOnly": (
        "deposits do not go to the settlement contract {escrow} directly",
        "pay them in with its own `deposit`, which names the agreement",
    ),
    "DepositNotAMember": ("the account {account:account} is no active account of a member", _MEMBERS),
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
