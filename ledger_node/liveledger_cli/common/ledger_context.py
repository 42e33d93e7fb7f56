"""What every command on a ledger is told alike: which ledger, which node, who acts, how to print. Written once.

    @sku_commands.command(acts_as="brand")
    def add(here: LedgerContext, file: FileArgument = None) -> None:

A command of `Commands` with a parameter of the type `LedgerContext` takes the options of `OPTIONS`. Those of
`VARIABLES` may stand before the command, too, and each has its variable. The nearer one counts: an option behind the
command, one before it, the variable, the default.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
from typer.models import OptionInfo

from liveledger.domain.errors import InvalidInput
from liveledger.domain.home import DEFAULT_LEDGER, LedgerHome
from liveledger_cli.common.context import JSON_VARIABLE, HomeOption, JsonOption, Output, QuietOption, messages

VARIABLES = {
    "--ledger": "LIVELEDGER_LEDGER",
    "--node": "LIVELEDGER_NODE",
    "--as": "LIVELEDGER_AS",
    "--json": JSON_VARIABLE,
}
"""The options that may stand before the command, and the variable that stands in for each."""

LedgerOption = Annotated[str, typer.Option("--ledger", envvar=VARIABLES["--ledger"], help="Name of the ledger")]
NodeOption = Annotated[
    int,
    typer.Option("--node", envvar=VARIABLES["--node"], help="Number of the node on this machine that is used", min=0),
]
AsOption = Annotated[
    str | None, typer.Option("--as", envvar=VARIABLES["--as"], help="Label of the account that acts, where one does")
]
OPTIONS: dict[str, tuple[str, Any, Any]] = {
    "home": ("--home", HomeOption, None),
    "ledger": ("--ledger", LedgerOption, DEFAULT_LEDGER),
    "node": ("--node", NodeOption, 0),
    "acts_as": ("--as", AsOption, None),
    "as_json": ("--json", JsonOption, False),
    "quiet": ("--quiet", QuietOption, False),
}
"""By the name of typer's parameter: the option, its type, and its default."""
_UNUSED = {
    "node": "--node changes nothing here: this command asks no node of this machine by its number",
    "acts_as": "--as changes nothing here: this command acts for no account",
}

Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class LedgerContext:
    """The shared options of one command; ``used`` collects which of node and account it asked for."""

    folder: Path | None = None
    ledger: str = DEFAULT_LEDGER
    node_number: int = 0
    account: str | None = None
    as_json: bool = False
    quiet: bool = False
    used: set[str] = field(default_factory=set)

    @property
    def home(self) -> LedgerHome:
        """The ledger's home. Raises InvalidInput for a name that is none."""
        return LedgerHome.find(self.ledger, self.folder)

    @property
    def output(self) -> Output:
        """Prints the result, as ``--json`` says."""
        return Output(self.as_json)

    @property
    def node(self) -> int:
        """Number of the node on this machine that is used."""
        self.used.add("node")
        return self.node_number

    @property
    def label(self) -> str:
        """Label of the account that acts. Raises InvalidInput where none is named and the command has no usual one."""
        self.used.add("acts_as")
        if self.account is None:
            raise InvalidInput("no account is named that acts", hint="--as LABEL, or LIVELEDGER_AS in the environment")
        return self.account

    def say(self, line: str) -> None:
        """Tells a line on stderr, unless ``--quiet``."""
        if not self.quiet:
            messages.print(line, markup=False)


class Commands(typer.Typer):
    """A group of commands, each of which may have a `LedgerContext`."""

    def command(  # type: ignore[override]
        self, name: str | None = None, *, acts_as: str | None = None, **settings: Any
    ) -> Callable[[Command], Command]:
        """As typer's; ``acts_as``: label of the account that acts when none is named."""

        def add(function: Command) -> Command:
            register = super(Commands, self).command(name or function.__name__.replace("_", "-"), **settings)
            register(_Shared.of(function, acts_as).as_command(function))
            return function

        return add


@dataclass(frozen=True, slots=True)
class _Shared:
    """Which of the shared options a function takes by its `LedgerContext`, the parameter ``here`` (None: it has none).

    An option that the function declares itself, with a meaning of its own, is left to it.
    """

    here: str | None
    typers: str | None
    own: list[inspect.Parameter]
    options: dict[str, tuple[str, Any, Any]]
    acts_as: str | None

    @classmethod
    def of(cls, function: Command, acts_as: str | None) -> _Shared:
        """Reads it off a function's signature."""
        hints = get_type_hints(function, include_extras=True)
        every = [one.replace(annotation=hints[one.name]) for one in inspect.signature(function).parameters.values()]
        by_type = {one.annotation: one.name for one in every if one.annotation in (LedgerContext, typer.Context)}
        own = [one for one in every if one.name not in by_type.values()]
        here, declared = by_type.get(LedgerContext), {name for one in own for name in _declared(one)}
        options = {} if here is None else {name: row for name, row in OPTIONS.items() if row[0] not in declared}
        return cls(here, by_type.get(typer.Context), own, options, acts_as)

    def as_command(self, function: Command) -> Command:
        """The function as typer has to see it: an option for each that is shared, in place of the one parameter."""

        def command(typers_context: typer.Context, **given: Any) -> None:
            _refuse_what_is_not_taken(typers_context, self.options)
            shared = {name: _nearest(typers_context, name, given.pop(name)) for name in self.options}
            if self.typers is not None:
                given[self.typers] = typers_context
            if self.here is None:
                function(**given)
            else:
                self._call(function, given, _context(shared, self.acts_as), typers_context)

        functools.update_wrapper(command, function)
        parameters = [_typers_parameter(), *self.own, *(self._parameter(name) for name in self.options)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        del command.__wrapped__  # type: ignore[attr-defined]
        return command

    def _call(self, function: Command, given: dict[str, Any], context: LedgerContext, typers: typer.Context) -> None:
        assert self.here is not None  # noqa: S101 - `as_command` asked
        function(**given, **{self.here: context})
        for name in _UNUSED.keys() & self.options.keys() - context.used:
            if _on_the_line(typers, name):
                context.say(_UNUSED[name])

    def _parameter(self, name: str) -> inspect.Parameter:
        _, kind, default = self.options[name]
        shown = self.acts_as if name == "acts_as" else default
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=shown, annotation=kind)


def _declared(parameter: inspect.Parameter) -> list[str]:
    """The names of an option as typer is told them: the first stands where a default would."""
    found = [one for one in get_args(parameter.annotation) if isinstance(one, OptionInfo)]
    return [str(name) for one in found for name in (one.default, *(one.param_decls or ()))]


def _typers_parameter() -> inspect.Parameter:
    return inspect.Parameter("typers_context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)


def _context(shared: dict[str, Any], acts_as: str | None) -> LedgerContext:
    """What was told; an option that the command declares itself has its default here."""
    told = {name: default for name, (_, _, default) in OPTIONS.items()} | {"acts_as": acts_as} | shared
    return LedgerContext(
        folder=told["home"],
        ledger=told["ledger"],
        node_number=told["node"],
        account=told["acts_as"],
        as_json=told["as_json"],
        quiet=told["quiet"],
    )


def _on_the_line(context: Any, name: str) -> bool:
    """Whether an option was written out behind the command, or before it for the root's own context."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _nearest(context: typer.Context, name: str, value: Any) -> Any:
    """The value that counts: the command's own, unless the option stands before the command alone."""
    root = context.find_root()
    return root.params[name] if _on_the_line(root, name) and not _on_the_line(context, name) else value


def _refuse_what_is_not_taken(context: typer.Context, options: dict[str, Any]) -> None:
    root = context.find_root()
    if root is context:
        return
    vain = [OPTIONS[name][0] for name in OPTIONS if name not in options and _on_the_line(root, name)]
    if vain:
        raise InvalidInput(
            f"`{context.command_path}` takes no {vain[0]} before it", hint="see its own options with --help"
        )
