"""Why a contract refused: revert data as an error with a name and arguments."""

from __future__ import annotations

from liveledger.bindings.errors import Revert, decode_revert
from liveledger.chain.transport import RpcError
from liveledger.domain.errors import LiveLedgerError, RuleViolation
from liveledger.domain.hashing import hex_bytes


def revert_of(error: RpcError) -> Revert | None:
    """The contract's error that ``error`` carries; None when the call failed for another reason."""
    return decode_revert(error.data) if error.data else None


def explain(error: RpcError) -> LiveLedgerError:
    """``error`` as RuleViolation when a contract refused the call; as it is otherwise."""
    revert = revert_of(error)
    if revert is None:
        return (
            error if not _is_revert(error) else RuleViolation("the contract refused without a reason", reason="revert")
        )
    return violation(revert)


def violation(revert: Revert) -> RuleViolation:
    """A contract's error as RuleViolation; ``details`` has its name as ``reason`` and its arguments."""
    arguments = {name: hex_bytes(value) if isinstance(value, bytes) else value for name, value in revert.args.items()}
    shown = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    return RuleViolation(f"{revert.name}({shown})", reason=revert.name, arguments=arguments)


def _is_revert(error: RpcError) -> bool:
    return error.rpc_code == 3 or "execution reverted" in error.reason
