"""Options that several commands have, written once: a group is a frozen dataclass whose fields are Typer's options."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, TypeVar, dataclass_transform, get_type_hints

_Type = TypeVar("_Type", bound=type)
_groups: set[Any] = set()


@dataclass_transform(frozen_default=True)
def option_group(cls: _Type) -> _Type:
    """Makes a class a group: each field is annotated with its option, and has its default."""
    made: Any = dataclass(frozen=True, slots=True)(cls)
    _groups.add(made)
    return made  # type: ignore[no-any-return]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command as Typer sees it: in the place of each parameter that is a group stand the group's options.

    Groups are keyword-only parameters, so that their options come behind the command's own.
    """
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, Any] = {
        one.name: one.annotation for one in signature.parameters.values() if one.annotation in _groups
    }
    own = [one for one in signature.parameters.values() if one.name not in groups]
    options = {name: _parameters(group) for name, group in groups.items()}

    @functools.wraps(command)
    def spread(**given: Any) -> None:
        """Gathers the options of each group again."""
        made = {name: groups[name](**{one.name: given.pop(one.name) for one in of}) for name, of in options.items()}
        command(**given, **made)

    of_groups = itertools.chain.from_iterable(options.values())
    every = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *of_groups)]
    spread.__signature__ = signature.replace(parameters=every)  # type: ignore[attr-defined]
    spread.__annotations__ = {one.name: one.annotation for one in every}
    return spread


def _parameters(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=_default(one), annotation=hints[one.name])
        for one in fields(group)
    ]


def _default(one: Field[Any]) -> Any:
    return inspect.Parameter.empty if one.default is MISSING else one.default
