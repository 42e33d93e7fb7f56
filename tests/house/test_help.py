"""What `-h` shows of every option and argument: its whole help, and what holds when it is not given."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.commands import Path, command_line, run, walk

_NAME = re.compile(r"│ {1,4}\S|│ \* {2,4}\S|╰")


@pytest.fixture(scope="module")
def pages() -> dict[Path, tuple[Any, list[str]]]:
    """Every command with the lines of its help, on a terminal so wide that no sentence is wrapped."""
    root = command_line()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "400")
        return {path: (command, _lines(root, path)) for path, command in walk(root)}


def _lines(root: Any, path: Path) -> list[str]:
    code, page = run(root, *path, "-h")
    assert code == 0, path
    return page.splitlines()


def squeezed(text: str) -> str:
    """Text without what a table and Markdown add or take away."""
    return re.sub(r"[\s│`]", "", text)


def row(lines: list[str], parameter: Any) -> str:
    """What stands beside a parameter's name: its line, and those below it that begin no other one."""
    names = {*parameter.opts, str(parameter.metavar), f"{parameter.name}..."}
    start = next(number for number, line in enumerate(lines) if line[:1] == "│" and _first(line) in names)
    rest = lines[start + 1 :]
    end = next(number for number, line in enumerate(rest) if _NAME.match(line))
    return squeezed("".join([lines[start], *rest[:end]]))


def _first(line: str) -> str:
    return next(iter(line.strip("│* ").split()), "").split(",")[0]


def default(parameter: Any) -> str:
    """What a page must say that holds without the parameter; nothing where that is not one value."""
    value = parameter.default
    if isinstance(value, bool) and parameter.secondary_opts:
        value = (parameter.opts if value else parameter.secondary_opts)[0].lstrip("-")
    plain = value is None or value is False or not parameter.show_default
    return "" if plain else f"[default:{squeezed(str(value))}]"


def test_every_parameter_is_shown_with_its_whole_help_and_its_default(
    pages: dict[Path, tuple[Any, list[str]]],
) -> None:
    missing = [
        (" ".join(path), parameter.name, text)
        for path, (command, lines) in pages.items()
        for parameter in command.params
        for text in (squeezed(parameter.help or "(no help)"), default(parameter))
        if text not in row(lines, parameter)
    ]
    assert missing == []
    assert sum(len(command.params) for command, _ in pages.values()) > 700


def test_a_default_that_is_not_shown_by_itself_stands_in_the_help(pages: dict[Path, tuple[Any, list[str]]]) -> None:
    hidden = [
        (" ".join(path), parameter.name)
        for path, (command, _) in pages.items()
        for parameter in command.params
        if parameter.default not in (None, False) and not parameter.show_default and "[" not in parameter.help
    ]
    assert hidden == []


def test_what_a_command_does_is_shown_whole(pages: dict[Path, tuple[Any, list[str]]]) -> None:
    for path, (command, lines) in pages.items():
        page = squeezed("".join(lines))
        for paragraph in (command.help or "").split("\n\n"):
            assert squeezed(paragraph) in page, path
