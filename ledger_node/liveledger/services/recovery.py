"""Recoveries of organisations whose keys were lost, as the chain has them (contracts/interfaces/IRecovery.sol)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.bindings import recovery
from liveledger.bindings.constants import RECOVERY_ADDRESS
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import hex_bytes
from liveledger.rules.sentences.words import WORDS, Names
from liveledger.services.members import Call


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """Where an organisation's recovery stands: ``none``, ``waiting`` (accounts may object) or ``due``.

    ``account`` (20 bytes) is the new one, empty for none; times are Unix seconds, 0 for none. No other recovery is
    begun before ``rest_until``.
    """

    organisation: int
    state: str
    account: bytes
    due_at: int
    rest_until: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "organisation": str(self.organisation),
            "state": self.state,
            "account": hex_bytes(self.account) if self.account else None,
            "due_at": str(self.due_at),
            "rest_until": str(self.rest_until),
        }

    def text(self) -> str:
        """One line for a terminal."""
        if self.state == "none":
            rest = f"; after an objection none begins before {_moment(self.rest_until)}" if self.rest_until else ""
            return f"organisation {self.organisation}: no recovery is under way{rest}"
        until = (
            f"its accounts may object until {_moment(self.due_at)}" if self.state == "waiting" else "may be completed"
        )
        return f"organisation {self.organisation}: {hex_bytes(self.account)} is to be its new account; {until}"


def read_recovery_state(connection: Connection, organisation: int) -> RecoveryReport:
    """The recovery of an organisation, on the final state."""
    height = final_height(connection)

    def ask(call: Call) -> bytes:
        return connection.execution.call(RECOVERY_ADDRESS, call.calldata(), height)

    found = recovery.decode_request_of(ask(recovery.RequestOf(organisation)))
    now = connection.execution.block(height).time
    rest = found.rest_until if found.rest_until > now else 0
    if not recovery.decode_frozen(ask(recovery.Frozen(organisation))):
        return RecoveryReport(organisation, "none", b"", 0, rest)
    state = "waiting" if now < found.due_at else "due"
    return RecoveryReport(organisation, state, bytes(found.account), found.due_at, rest)


def _moment(seconds: int) -> str:
    return WORDS["time"](Names(), seconds)
