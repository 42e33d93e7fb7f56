"""Entry point of ``liveledger``: assembles the commands and turns errors into exit codes."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from liveledger.cli.context import Output, messages, printable
from liveledger.cli.extras import BASE, MissingExtra, missing_extra, summary
from liveledger.domain.errors import LiveLedgerError, RuleViolation

VERSION = "--version"
CONTEXT = {"help_option_names": ["-h", "--help"]}

# Each command's module and attribute. Only the one that is called is loaded: a verifier on a phone-sized machine has no
# business waiting for the engine, the database and the API.
COMMANDS = {
    "doctor": "liveledger.cli.doctor:doctor",
    "demo": "liveledger.cli.demo:demo",
    "up": "liveledger.cli.demo:up",
    "down": "liveledger.cli.demo:down",
    "contract": "liveledger.cli.contract:contract",
    "correction": "liveledger.cli.correction:correction_commands",
    "deploy": "liveledger.cli.deploy:deploy",
    "fsck": "liveledger.cli.fsck:fsck",
    "accuracy": "liveledger.cli.accuracy:accuracy",
    "acts": "liveledger.cli.acts:acts_commands",
    "api": "liveledger.cli.api:api_commands",
    "engine": "liveledger.cli.engine:engine_commands",
    "erp": "liveledger.cli.erp:erp_commands",
    "health": "liveledger.cli.health:health_commands",
    "index": "liveledger.cli.fsck:index_commands",
    "item": "liveledger.cli.item:item_commands",
    "key": "liveledger.cli.key:key_commands",
    "login": "liveledger.cli.login:login",
    "logout": "liveledger.cli.login:logout",
    "member": "liveledger.cli.member:member_commands",
    "movement": "liveledger.cli.movement:movement_commands",
    "network": "liveledger.cli.network:network_commands",
    "past": "liveledger.cli.past:past_commands",
    "node": "liveledger.cli.node:node_commands",
    "renew": "liveledger.cli.renew:renew",
    "returns": "liveledger.cli.returns:returns_commands",
    "reconcile": "liveledger.cli.reconcile:reconcile",
    "signer": "liveledger.cli.signer:signer_commands",
    "show": "liveledger.cli.verify:show",
    "sku": "liveledger.cli.sku:sku_commands",
    "snapshot": "liveledger.cli.snapshot:snapshot_commands",
    "stock": "liveledger.cli.stock:stock_commands",
    "trust": "liveledger.cli.trust:trust_commands",
    "withhold": "liveledger.cli.withhold:withhold",
    "verify": "liveledger.cli.verify:verify",
    "replenish": "liveledger.cli.replenish:replenish_commands",
}


def assemble(arguments: Sequence[str]) -> typer.Typer:
    """The command line for these arguments: the command that they name, or all (for help, or a name that is none)."""
    commands = typer.Typer(
        name="liveledger",
        no_args_is_help=True,
        context_settings=CONTEXT,
        pretty_exceptions_enable=False,
        add_completion=False,
        # Markdown, in which brackets are text: as Rich's markup `[the newest height]`, an option's default, is a style.
        rich_markup_mode="markdown",
    )
    # Without a callback a single command would swallow its own name.
    commands.callback(help="A consortium ledger whose answers prove themselves.")(_root)
    named = arguments[0] if arguments and arguments[0] in {*COMMANDS, VERSION} else None
    for name, target in COMMANDS.items():
        if named in (None, name):
            _register(commands, name, target)
    return commands


def report(error: LiveLedgerError) -> int:
    """Prints an error (as JSON when ``--json`` was given) and returns the exit code."""
    if "--json" in sys.argv:
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
        commands = assemble(sys.argv[1:])
        # The verifier logs nothing, and does not wait for this either.
        if "structlog" in sys.modules:
            importlib.import_module("liveledger.engine.logs").log_to_stderr()
        commands()
    except LiveLedgerError as error:
        sys.exit(report(error))
    except ModuleNotFoundError:
        # What a command of the base loads for its other half: `trust export` reads a node.
        absent = missing_extra(next(iter(sys.argv[1:]), ""))
        if absent is None:
            raise
        sys.exit(report(absent))


def _register(commands: typer.Typer, name: str, target: str) -> None:
    module, attribute = target.split(":")
    error = None if name in BASE else missing_extra(name)
    if error is not None:
        _stand_in(commands, name, summary(module, attribute), error)
        return
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        commands.add_typer(found, name=name)
    else:
        commands.command(name)(found)


def _stand_in(commands: typer.Typer, name: str, about: str, error: MissingExtra) -> None:
    """Lists a command whose packages are not installed; when it is called, it says what to install."""

    def absent() -> NoReturn:
        raise error

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    commands.command(name, help=escape(f"{about} Needs: {error.hint}".strip()), context_settings=anything)(absent)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"liveledger {metadata.version('liveledger')}")
        raise typer.Exit


def _root(
    version: Annotated[  # noqa: ARG001 - typer calls _tell_version
        bool, typer.Option(VERSION, help="Print the version and end", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    return


if __name__ == "__main__":
    app()
