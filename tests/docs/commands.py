"""Checks commands of the pages without running them: programs, sub-commands, options, targets and files exist."""

from __future__ import annotations

import functools
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer

from liveledger_cli.main import whole
from tests.house.tree import ROOT

# Programs of the system that pages may name; what they are told is not ours to check.
SYSTEM = frozenset(
    [
        "apt-get",
        "brew",
        "cat",
        "cd",
        "chmod",
        "chronyc",
        "cp",
        "curl",
        "dnf",
        "export",
        "git",
        "install",
        "ip",
        "journalctl",
        "ls",
        "mkdir",
        "mv",
        "nft",
        "nginx",
        "node",
        "npm",
        "npx",
        "openssl",
        "pip",
        "promtool",
        "python",
        "python3",
        "rm",
        "sed",
        "sleep",
        "ssh",
        "sudo",
        "systemctl",
        "systemd-analyze",
        "systemd-sysusers",
        "timedatectl",
        "uv",
    ]
)
# What may stand before a command, with how many words of its own.
_BEFORE = {"sudo": 0, "env": 0, "exec": 0, "time": 0, "until": 0, "while": 0, "do": 0, "done": 0}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_OURS = re.compile(r"(?:\./)?((?:deploy|docs|examples|scripts|tests)/[^\s:]*)")
_EXTRAS = re.compile(r"liveledger\[([a-z,]+)\]")
_UNIT = re.compile(r"(liveledger-[a-z]+)(@[^.]*)?(\.[a-z]+)?")
_FUNCTION = re.compile(r"^[a-z_]+\(\) \{ (.*?);? \}$", re.MULTILINE)
_END = frozenset({"&&", "||", ";", "|", "&", "(", ")", ";;"})


def complaints(script: str, *, whole: bool = True) -> list[str]:
    """What is wrong with the commands of a script. ``whole``: mandatory arguments have to be there too."""
    found = list[str]()
    for words in simple_commands(script):
        found += _wrong(words, whole)
    return found


def simple_commands(script: str) -> Iterator[list[str]]:
    """Each simple command of a script as its words, without assignments before it and redirections."""
    for line in _FUNCTION.sub("", script).replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list[str]()
        for word in [*lexer, ";"]:
            if word not in _END:
                words.append(word)
                continue
            if plain := _plain(words):
                yield plain
            words = []


def _plain(words: Sequence[str]) -> list[str]:
    left, plain = list(words), list[str]()
    while left and (_ASSIGNMENT.fullmatch(left[0]) or left[0] in _BEFORE):
        left.pop(0)
    if left[:1] == ["runuser"]:  # runuser -u NAME -- COMMAND
        return _plain(left[left.index("--") + 1 :])
    while left:
        word = left.pop(0)
        if word in {">", ">>", "<", "2>"}:
            left[:1] = []
        else:
            plain.append(word)
    return plain


def _wrong(words: Sequence[str], whole: bool) -> list[str]:
    program, rest = words[0].rpartition("/")[2], list(words[1:])
    found = [f"there is no {path}" for word in words for path in _missing(word)]
    found += [f"there is no extra {name!r}" for word in words for name in _unknown_extras(word)]
    check = _PROGRAMS.get(program)
    if check is not None:
        return found + check(rest, whole)
    return found if program in SYSTEM else [*found, f"{program!r} is no program that a page may name"]


def _missing(word: str) -> list[str]:
    """Files of this repository that a word names and that are not there (a name in capitals is the reader's)."""
    named = _OURS.fullmatch(word)
    if named is None or (re.search(r"[A-Z]{3}", named[1].rpartition("/")[2]) and not named[1].endswith(".md")):
        return []
    return [] if list(ROOT.glob(named[1].rstrip("/"))) else [named[1]]


def _unknown_extras(word: str) -> list[str]:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"].get("optional-dependencies", {})
    return [name for match in _EXTRAS.finditer(word) for name in match[1].split(",") if name not in extras]


@functools.cache
def _commands() -> Any:
    return typer.main.get_command(whole())


def _liveledger(words: Sequence[str], whole: bool) -> list[str]:
    """What is wrong with the arguments of ``liveledger``."""
    command, left, path = _commands(), list(words), "liveledger"
    while hasattr(command, "commands") and left and not left[0].startswith("-"):
        if left[0] not in command.commands:
            return [] if left[0] == "…" else [f"{path} has no command {left[0]!r}"]
        path = f"{path} {left[0]}"
        command = command.commands[left.pop(0)]
    if hasattr(command, "commands"):
        return [] if not whole or left in (["-h"], ["--help"], ["--version"]) else [f"{path} lacks a command"]
    return _arguments(path, command, left, whole)


def _arguments(path: str, command: Any, words: Sequence[str], whole: bool) -> list[str]:
    options = {name: option for option in command.params for name in (*option.opts, *option.secondary_opts)}
    found, given, left = list[str](), 0, [word.strip("[]") for word in words]
    while left:
        word = left.pop(0)
        name = word.partition("=")[0]
        if not name.startswith("-") or name == "-":
            given += word != ""
        elif name in {"-h", "--help"}:
            return found
        elif name not in options:
            found.append(f"{path} has no option {name}")
        elif not getattr(options[name], "is_flag", False) and "=" not in word:
            if left:
                left.pop(0)
            elif whole:
                found.append(f"{path}: {name} lacks its value")
    arguments = [option for option in command.params if option.param_type_name == "argument"]
    most = None if any(argument.nargs == -1 for argument in arguments) else len(arguments)
    if most is not None and given > most:
        found.append(f"{path} takes {most} arguments, not {given}")
    least = sum(argument.required for argument in arguments)
    if whole and given < least:
        found.append(f"{path} needs {least} arguments, not {given}")
    return found


def _make(words: Sequence[str], _: bool) -> list[str]:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    return [f"make has no target {word!r}" for word in words if not _ASSIGNMENT.fullmatch(word) and word not in targets]


def _docker(words: Sequence[str], whole: bool) -> list[str]:
    """``docker compose run --rm SERVICE …`` and ``docker compose exec SERVICE liveledger …``: the arguments inside."""
    left = list(words[2:])
    while left and left[0].startswith("-"):
        del left[: 1 if left[0] in {"--rm", "--detach"} else 2]
    if words[:2] == ["compose", "exec"]:
        return _wrong(left[1:], whole)
    if words[:2] == ["compose", "run"]:
        return [] if "--entrypoint" in words else _liveledger(left[1:], whole)
    return [] if words[:2] in (["compose", "build"], ["compose", "up"], ["compose", "down"]) else [f"docker {words}"]


def _systemctl(words: Sequence[str], _: bool) -> list[str]:
    """Units of ours that there are none of."""
    units = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
    found = list[str]()
    for word in words:
        named = _UNIT.fullmatch(word)
        if named and f"{named[1]}{'@' if named[2] else ''}{named[3] or '.service'}" not in units:
            found.append(f"there is no unit {word}")
    return found


_PROGRAMS: dict[str, Callable[[Sequence[str], bool], list[str]]] = {
    "liveledger": _liveledger,
    "make": _make,
    "docker": _docker,
    "systemctl": _systemctl,
}
