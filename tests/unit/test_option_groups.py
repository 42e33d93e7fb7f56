"""A group's options stand on the command line as if the command had them itself."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.testing import CliRunner

from liveledger_cli.common.option_groups import grouped, option_group


@option_group
class Many:
    """Two options."""

    limit: Annotated[int, typer.Option("--limit", min=1, help="Most entries")] = 7
    every: Annotated[bool, typer.Option("--all")] = False


def _app(said: list[str]) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @grouped
    def show(name: Annotated[str, typer.Argument()], *, many: Many) -> None:
        """Shows it."""
        said.append(f"{name} {many.limit} {many.every}")

    return app


def test_options_of_a_group_are_the_commands() -> None:
    said = list[str]()
    assert CliRunner().invoke(_app(said), ["tea"]).exit_code == 0
    assert CliRunner().invoke(_app(said), ["--all", "tea", "--limit", "3"]).exit_code == 0
    assert said == ["tea 7 False", "tea 3 True"]


def test_a_groups_options_are_checked_and_shown() -> None:
    refused = CliRunner().invoke(_app([]), ["tea", "--limit", "0"])
    assert (refused.exit_code, "--limit" in refused.output) == (2, True)
    shown = CliRunner().invoke(_app([]), ["--help"], env={"COLUMNS": "100"}).output
    assert "Most entries" in shown
    assert "many" not in shown
