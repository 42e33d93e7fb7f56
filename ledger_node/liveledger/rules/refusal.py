"""The refusal of a contract, by the contract itself or by the reference of its rules."""

from __future__ import annotations

from typing import Any

from liveledger.domain.errors import RuleViolation
from liveledger.rules.sentences import tell
from liveledger.rules.sentences.words import Names


class ToldRefusal(RuleViolation):
    """A contract's custom error in words; ``details["reason"]`` is the error's name, which is stable.

    ``str()`` has the name behind the sentence, for logs and lists.
    """

    def __init__(self, name: str, args: dict[str, object], names: Names | None = None, **details: Any) -> None:
        told = tell(name, args, names)
        super().__init__(told.sentence, hint=told.hint, reason=name, **details)

    def __str__(self) -> str:
        return f"{self.message} ({self.details['reason']})"


class ContractRefusal(ToldRefusal):
    """The refusal that every reference of a contract's rules raises.

    ``name`` and ``args_by_name`` are those of the contract's custom error.
    """

    def __init__(self, name: str, /, **args: object) -> None:
        super().__init__(name, args)
        self.name = name
        self.args_by_name = args
