"""Sentences of Governance: proposals and votes."""

from __future__ import annotations

from liveledger.bindings.constants import MAX_CALL_BYTES, MAX_CALLS, MAX_OPEN

_SHOW = "`liveledger member proposals` shows where each stands"

SENTENCES: dict[str, tuple[str, str]] = {
    "GovernanceCallCount": (f"a proposal holds 1 to {MAX_CALLS} acts, not {{calls}}", "split it"),
    "GovernanceCallsTooLarge": (f"the proposal's acts have {{size}} bytes, {MAX_CALL_BYTES} may be", "split it"),
    "GovernanceClosed": ("proposal {id} is closed: {status:proposal}", _SHOW),
    "GovernanceExpired": ("the votes on proposal {id} ended at {deadline:time}", "propose it again"),
    "GovernanceForeignTarget": (
        "act {index:nth} of the proposal is not one of the members' contracts but of {target}",
        "proposals act on contracts of genesis and those that the directory says are governable",
    ),
    "GovernanceNoVote": (
        "{organisation:org} has no vote: it has no validator, or is not active",
        "`liveledger member propose validator GLN KEY` asks the others for one",
    ),
    "GovernanceNotProposer": (
        "the account {sender:account} may not do this with a proposal",
        "system and security administrators propose; only the proposing organisation takes a proposal back",
    ),
    "GovernanceOnlyItself": (
        "the account {sender:account} asked for what only a passed proposal does",
        "propose it: `liveledger member propose`",
    ),
    "GovernanceParameterRange": (
        "{parameter:parameter} may be {least} to {most}, not {value}",
        "propose a value in between",
    ),
    "GovernanceTooFewVoters": (
        "{voters} organisations would be left to vote, at least {minimum} must be",
        "admit another with a validator first, or propose a smaller minimum-voters; where several vote, two must stay",
    ),
    "GovernanceTooManyOpen": (
        f"{{organisation:org}} has {MAX_OPEN} proposals open, as many as one may have",
        "wait for a decision, or take one back: `liveledger member withdraw NUMBER`",
    ),
    "GovernanceTrialPassed": (
        "the proposal's acts were tried and would pass; nothing of the trial stays",
        "never the outcome of a transaction: propose it with `liveledger member propose`",
    ),
    "GovernanceUnknownParameter": (
        "{parameter} is no parameter",
        "`liveledger member propose parameter -h` names them",
    ),
    "GovernanceUnknownProposal": ("there is no proposal {id}", "`liveledger member proposals` lists all"),
    "GovernanceVotedAlready": ("{organisation:org} voted on proposal {id} already", "a vote cannot be changed"),
}
