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

from liveledger.domain.errors import LiveLedgerError, RuleViolation
from liveledger_cli.common.context import Output, messages, printable
from liveledger_cli.common.extras import BASE, MissingExtra, missing_extra, summary

VERSION = "--version"
CONTEXT = {"help_option_names": ["-h", "--help"]}

# Each command's module and attribute. Only the one that is called is loaded: a verifier on a phone-sized machine has no
# business waiting for the engine, the database and the API.
COMMANDS = {
    "doctor": "liveledger_cli.doctor.commands:doctor",
    "demo": "liveledger_cli.demo.commands:demo",
    "up": "liveledger_cli.demo.commands:up",
    "down": "liveledger_cli.demo.commands:down",
    "contract": "liveledger_cli.contract.commands:contract",
    "correction": "liveledger_cli.correction.commands:correction_commands",
    "deploy": "liveledger_cli.deploy.commands:deploy",
    "fsck": "liveledger_cli.fsck.commands:fsck",
    "accuracy": "liveledger_cli.accuracy.commands:accuracy",
    "acts": "liveledger_cli.acts.commands:acts_commands",
    "api": "liveledger_cli.api.commands:api_commands",
    "engine": "liveledger_cli.engine.commands:engine_commands",
    "erp": "liveledger_cli.erp.commands:erp_commands",
    "health": "liveledger_cli.health.commands:health_commands",
    "index": "liveledger_cli.fsck.commands:index_commands",
    "item": "liveledger_cli.item.commands:item_commands",
    "key": "liveledger_cli.key.commands:key_commands",
    "login": "liveledger_cli.login.commands:login",
    "logout": "liveledger_cli.login.commands:logout",
    "member": "liveledger_cli.member.commands:member_commands",
    "movement": "liveledger_cli.movement.commands:movement_commands",
    "network": "liveledger_cli.network.commands:network_commands",
    "past": "liveledger_cli.past.commands:past_commands",
    "node": "liveledger_cli.node.commands:node_commands",
    "renew": "liveledger_cli.verify.renew:renew",
    "returns": "liveledger_cli.returns.commands:returns_commands",
    "reconcile": "liveledger_cli.reconcile.commands:reconcile",
    "signer": "liveledger_cli.signer.commands:signer_commands",
    "show": "liveledger_cli.verify.commands:show",
    "sku": "liveledger_cli.sku.commands:sku_commands",
    "snapshot": "liveledger_cli.snapshot.commands:snapshot_commands",
    "stock": "liveledger_cli.stock.commands:stock_commands",
    "trust": "liveledger_cli.trust.commands:trust_commands",
    "withhold": "liveledger_cli.verify.withhold:withhold",
    "verify": "liveledger_cli.verify.commands:verify",
    "replenish": "liveledger_cli.replenish.commands:replenish_commands",
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
            importlib.import_module("liveledger.node.logs").log_to_stderr()
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
