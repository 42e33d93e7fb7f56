"""Why a contract refused: revert data as an error in words, with a name and arguments."""

from __future__ import annotations

from liveledger.bindings.errors import Revert, decode_revert
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import LiveLedgerError, RuleViolation
from liveledger.domain.hashing import hex_bytes
from liveledger.rules.refusal import ToldRefusal
from liveledger.rules.sentences import tell
from liveledger.rules.sentences.words import Names


def revert_of(error: RpcError) -> Revert | None:
    """The contract's error that ``error`` carries; None when the call failed for another reason."""
    return decode_revert(error.data) if error.data else None


def explain(error: RpcError, names: Names | None = None) -> LiveLedgerError:
    """``error`` as RuleViolation when a contract refused the call; as it is otherwise.

    ``names`` knows what the numbers stand for (``chain.names.LedgerNames``); without it they are said as numbers.
    """
    revert = revert_of(error)
    if revert is None:
        return (
            error if not _is_revert(error) else RuleViolation("the contract refused without a reason", reason="revert")
        )
    return violation(revert, names)


def violation(revert: Revert, names: Names | None = None) -> RuleViolation:
    """A contract's error in words; ``details`` has its name as ``reason`` and its arguments."""
    arguments = {name: hex_bytes(value) if isinstance(value, bytes) else value for name, value in revert.args.items()}
    return ToldRefusal(revert.name, revert.args, names, arguments=arguments)


def line_of(revert: Revert, names: Names | None = None) -> str:
    """A contract's error as one line: the sentence, and the error's name behind it."""
    return tell(revert.name, revert.args, names).line


def _is_revert(error: RpcError) -> bool:
    return error.rpc_code == 3 or "execution reverted" in error.reason
