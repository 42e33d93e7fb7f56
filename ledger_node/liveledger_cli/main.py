"""Entry point of ``liveledger``: assembles the commands and turns errors into exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from liveledger.domain.errors import ConfigurationError, LiveLedgerError, RuleViolation
from liveledger.domain.home import DEFAULT_LEDGER
from liveledger_cli.catalogue import COMMANDS, Command
from liveledger_cli.common.context import JSON_VARIABLE, JsonOption, Output, messages, printable
from liveledger_cli.common.extras import BASE, MissingExtra, missing_extra
from liveledger_cli.common.ledger_context import VARIABLES, AsOption, Commands, LedgerOption, NodeOption

VERSION = "--version"
CONTEXT = {"help_option_names": ["-h", "--help"]}
# What click takes for yes in the environment.
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})

_COMPLETE = "_LIVELEDGER_COMPLETE"


def assemble(arguments: Sequence[str]) -> Commands:
    """The command line for these arguments: the command that they name, or the list of all, none of which is loaded.

    Only what is called is loaded: a verifier on a phone-sized machine has no business waiting for the engine, the
    database and the API.
    """
    commands = _root_command()
    named = next((word for word in command_words(arguments)[:1] if word in COMMANDS), None)
    for name in COMMANDS if named is None else (named,):
        _register(commands, name, loaded=named is not None)
    return commands


def whole() -> Commands:
    """The command line with every command loaded."""
    commands = _root_command()
    for name in COMMANDS:
        _register(commands, name, loaded=True)
    return commands


def command_words(arguments: Sequence[str]) -> list[str]:
    """The line from the command's name on: the shared options may stand before it."""
    left = list(arguments)
    while left and left[0].startswith("-"):
        takes_value = left[0] in VARIABLES and left[0] != "--json"
        left = left[2:] if takes_value else left[1:]
    return left


def report(error: LiveLedgerError) -> int:
    """Prints an error (as JSON when ``--json`` was given) and returns the exit code."""
    if "--json" in sys.argv or os.environ.get(JSON_VARIABLE, "").lower() in _TRUE:
        content = json.dumps({"error": error.as_dict()}, ensure_ascii=False, default=str)
        Output().result({}, content)
    # The contract's own name of a refusal is what the pages list and what people search for.
    rule = error.details.get("reason", "") if error.stable_code == RuleViolation.code else ""
    sentence = escape(printable(f"({error.stable_code}{f', {rule}' if rule else ''}): {error.message}"))
    messages.print(f"[red]error[/red] {sentence}", markup=True)
    if error.hint:
        messages.print(f"  hint: {error.hint}", markup=False)
    return error.exit_code


def app() -> None:
    """Runs the command line. Exit codes: 0 ok, 1 negative verdict, 2 usage, 3 not found, 4 internal, 5 alarm."""
    try:
        commands = assemble(_words())
        # The verifier logs nothing, and does not wait for this either.
        if "structlog" in sys.modules:
            importlib.import_module("liveledger.node.logs").log_to_stderr()
        commands()
    except LiveLedgerError as error:
        sys.exit(report(error))
    except ModuleNotFoundError:
        # What a command of the base loads for its other half: `trust export` reads a node.
        absent = missing_extra(next(iter(command_words(sys.argv[1:])), ""))
        if absent is None:
            raise
        sys.exit(report(absent))


def _words() -> Sequence[str]:
    """The command line's words: when a shell asks how one goes on, those that stand there so far."""
    if _COMPLETE not in os.environ:
        return sys.argv[1:]
    typed = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
    return typed.split()[1:]


def _root_command() -> Commands:
    commands = Commands(
        name="liveledger",
        no_args_is_help=True,
        context_settings=CONTEXT,
        pretty_exceptions_enable=False,
        # Markdown, in which brackets are text: as Rich's markup `[the newest height]`, an option's default, is a style.
        rich_markup_mode="markdown",
    )
    # Without a callback a single command would swallow its own name.
    commands.callback(help="A consortium ledger whose answers prove themselves.")(_root)
    return commands


def _register(commands: Commands, name: str, *, loaded: bool) -> None:
    command = COMMANDS[name]
    error = None if name in BASE else missing_extra(name)
    if error is not None or not loaded:
        _stand_in(commands, name, command, error)
        return
    module, attribute = command.target.split(":")
    found = getattr(importlib.import_module(f"liveledger_cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        commands.add_typer(found, name=name, rich_help_panel=command.panel)
    else:
        commands.command(name, acts_as=command.acts_as, rich_help_panel=command.panel)(found)


def _stand_in(commands: Commands, name: str, command: Command, error: MissingExtra | None) -> None:
    """Lists a command that is not loaded; one whose packages are missing says what to install when it is called."""

    def absent() -> NoReturn:
        raise error or ConfigurationError(f"{name} was not loaded")

    about = command.about if error is None else escape(f"{command.about} Needs: {error.hint}")
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    commands.command(name, help=about, rich_help_panel=command.panel, context_settings=anything)(absent)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"liveledger {metadata.version('liveledger')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option(VERSION, help="Print the version and end", is_eager=True, callback=_tell_version)
    ] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    node: NodeOption = 0,
    acts_as: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The shared options may stand here, too: the command that follows asks for them (`LedgerContext`)."""


if __name__ == "__main__":
    app()
