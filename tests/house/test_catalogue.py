"""The list of commands says what the commands say, and is shown without loading one."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
from typer.main import get_command

from liveledger_cli.catalogue import COMMANDS
from liveledger_cli.common.ledger_context import VARIABLES
from liveledger_cli.main import assemble, whole
from tests.support.commands import Path, command_line, leaves, parameter, run

# What a shell completes is the program by its name.
PROGRAM = str(pathlib.Path(sys.executable).with_name("liveledger"))
# What a command loads when it runs, and not to show its help.
HEAVY = (
    "web3",
    "eth_account",
    "eth_abi",
    "pydantic",
    "sqlalchemy",
    "cryptography",
    "xgboost",
    "numpy",
    "pandas",
    "fastapi",
)
# Commands that read no ledger.
OFFLINE: set[Path] = {("show",), ("engine", "build"), ("returns", "movements")}
OFFLINE |= {("trust", "compare"), ("trust", "show"), ("trust", "chain", "check")}
OFFLINE |= {("signer", name) for name in ("init", "run", "validator-proof")}
# Where the option is not the one that all commands share.
OWN = {
    "--ledger": {("demo",)},  # a ledger of its own, which `--reset` deletes
    "--as": {("member", "recovery", "request")},  # the key that is to act later
    "--node": {("node", "restore")},  # of those in the archive
}


def test_a_line_begins_what_the_command_says_of_itself() -> None:
    loaded = get_command(whole()).commands  # type: ignore[attr-defined]
    wrong = [
        (name, command.about)
        for name, command in COMMANDS.items()
        if not (loaded[name].help or "").replace("\n", " ").startswith(command.about.rstrip("."))
    ]
    assert not wrong


def test_headings_stand_together() -> None:
    panels = [command.panel for command in COMMANDS.values()]
    assert len({*panels}) == sum(one != other for one, other in zip(panels, ["", *panels], strict=False))


def test_the_list_is_shown_without_loading_a_command() -> None:
    code = (
        "import sys; from liveledger_cli import main\n"
        "sys.argv = ['liveledger', '--help']\n"
        "try: main.app()\n"
        "except SystemExit: pass\n"
        "loaded = [name for name in sys.modules if name.startswith('liveledger_cli.') and name.endswith('.commands')]\n"
        "print('loaded', loaded, 'sqlalchemy' in sys.modules, 'numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "loaded [] False False" in done.stdout
    assert all(f"│ {name}" in done.stdout for name in COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    """The help of every command, in one process: what one of them loaded would be there for all to see."""
    code = (
        "import io, sys\n"
        "from contextlib import redirect_stdout\n"
        "from typer.main import get_command\n"
        "from liveledger_cli.main import whole\n"
        "shown = 0\n"
        "def show(command, path):\n"
        "    global shown\n"
        "    for name, below in getattr(command, 'commands', {}).items(): show(below, [*path, name])\n"
        "    with redirect_stdout(io.StringIO()) as page:\n"
        "        try: root.main([*path, '--help'], prog_name='liveledger')\n"
        "        except SystemExit: pass\n"
        "    shown += 'Usage: liveledger' in page.getvalue()\n"
        "root = get_command(whole())\n"
        "show(root, [])\n"
        f"print(shown > 130, sorted(set({HEAVY!r}) & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"


@pytest.mark.parametrize("option", VARIABLES)
def test_what_reads_a_ledger_takes_the_shared_options(option: str) -> None:
    root = command_line()
    shared = parameter(root, option)
    commands = {path: command for path, command in leaves(root).items() if path not in OFFLINE}
    others = [
        " ".join(path)
        for path, command in commands.items()
        if (path in OWN.get(option, set()))
        == (
            (found := parameter(command, option)) is not None
            and (found.help, found.envvar) == (shared.help, VARIABLES[option])
        )
    ]
    assert not others
    assert len(commands) > 100


def test_what_reads_no_ledger_is_told_none() -> None:
    commands = leaves(command_line())
    assert commands.keys() >= OFFLINE
    assert not [
        path for path in OFFLINE for option in ("--ledger", "--node", "--as") if parameter(commands[path], option)
    ]


def test_the_environment_stands_in_for_an_option(monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]) -> None:
    monkeypatch.setenv("LIVELEDGER_LEDGER", "of-the-environment")
    done = subprocess.run(
        [sys.executable, "-m", "liveledger_cli.main", "node", "status", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LIVELEDGER_JSON": "1"},
    )
    assert done.stdout.startswith("{")
    assert "of-the-environment" in done.stdout


WORDS: dict[Path, set[str]] = {
    (): {"stock", "movement", "verify"},
    ("stock",): {"movements", "batches"},
    ("stock", "movements", "--"): {"--ledger", "--json", "--help"},
}


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_shell_is_told_how_the_line_goes_on(words: Path) -> None:
    typed = " ".join(("liveledger", *words)) + ("" if words[-1:] == ("--",) else " ")
    environment = {
        **os.environ,
        "_LIVELEDGER_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) + (0 if words[-1:] == ("--",) else 1)),
    }
    done = subprocess.run([PROGRAM], capture_output=True, text=True, check=False, env=environment)
    assert {line.split(",")[-1] for line in done.stdout.split()} >= WORDS[words], done.stderr


def test_a_word_that_is_no_command_is_refused_by_name() -> None:
    code, _ = run(get_command(assemble(["stok"])), "stok")
    assert code == 2
