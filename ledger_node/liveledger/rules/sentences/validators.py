"""Sentences of Validators, which are called after the Consortium: keys and voting power."""

from __future__ import annotations

from liveledger.bindings.constants import FAULT_TOLERANT_FROM, MAX_VALIDATORS, POWER_WINDOW_BLOCKS

_LIST = "`liveledger member list` shows who has which power"
_NEXT_BLOCK = "try again with the next block"

SENTENCES: dict[str, tuple[str, str]] = {
    "ConsortiumBadValidatorKey": (
        "the new validator key is empty, or a validator's already",
        "`liveledger node card` prints the node's own, 64 hex digits",
    ),
    "ConsortiumPowerChangeTooLarge": (
        f"{{changed}} of the voting power would change within {POWER_WINDOW_BLOCKS} blocks, {{allowed}} may: "
        "who trusts an older set must still know two thirds of it",
        f"change less at once, or wait {POWER_WINDOW_BLOCKS} blocks (about two minutes) after the last change",
    ),
    "ConsortiumPowerConcentrated": (
        "{organisation:org} would have {power} of {total_power} of the voting power, a third or more",
        f"from {FAULT_TOLERANT_FROM} organisations with power on nobody may: propose less power",
    ),
    "ConsortiumPowerOverflow": (
        "the voting power would add up to {total_power}, more than CometBFT can count",
        "propose smaller powers: only their ratios matter",
    ),
    "ConsortiumSecondKeyChange": (
        "a validator key was changed in block {block_number} already; there is one change a block",
        _NEXT_BLOCK,
    ),
    "ConsortiumValidatorOfAnother": (
        "the validator key {key} is one of {organisation:org}",
        "each validator has a key of its own",
    ),
    "ConsortiumValidatorRetired": (
        "the validator key {key} was removed once and never comes back",
        "make a new one: `liveledger node new-validator-key`",
    ),
    "ConsortiumValidatorSetEmpty": ("no validator would be left", "add another validator first"),
    "ConsortiumValidatorUnchanged": (
        "the validator {key} has the power {power} already",
        "nothing is to be done: the ledger is as proposed",
    ),
    "ConsortiumValidatorUnknown": ("no validator has the key {key}", _LIST),
    "ConsortiumValidatorsFull": (
        f"the ledger has {MAX_VALIDATORS} validators, as many as a proof carries",
        "remove one first",
    ),
    "ConsortiumValidatorsLeft": (
        "{organisation:org} has {validators} validators still",
        "remove them first, a block apart, the last with it: `liveledger member propose remove GLN --validator KEY`",
    ),
}
