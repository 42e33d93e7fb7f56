"""The refusal that every reference of a contract's rules raises."""

from __future__ import annotations

from liveledger.domain.errors import RuleViolation


class ContractRefusal(RuleViolation):
    """A call was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""

    def __init__(self, name: str, **args: object) -> None:
        shown = ", ".join(f"{key} = {value}" for key, value in args.items())
        super().__init__(f"{name}({shown})")
        self.name = name
        self.args_by_name = args
