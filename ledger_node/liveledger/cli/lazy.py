"""Commands that are imported when they are called: checking a bundle must not wait for a web client to load."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

CONTEXT = {"help_option_names": ["-h", "--help"]}


class LazyCommands(TyperGroup):
    """A group whose commands stand in ``PLACES``: name → ``module:attribute``, a function or a Typer."""

    PLACES: ClassVar[dict[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names of all commands, in order."""
        return sorted(self.PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command, imported now; None when there is none of that name."""
        place = self.PLACES.get(cmd_name)
        return None if place is None else load(cmd_name, place)


def load(name: str, place: str) -> TyperCommand | TyperGroup:
    """Imports ``module:attribute`` and makes it the command ``name``."""
    module, attribute = place.split(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)
    else:
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, context_settings=CONTEXT)
        single.command(name)(found)
        command = typer.main.get_command(single)
    command.name = name
    return command  # type: ignore[no-any-return]
