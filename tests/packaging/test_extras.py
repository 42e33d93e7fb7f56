"""The base is the verifier: what each command imports is in the extra that it names, and the base needs none."""

from __future__ import annotations

import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from liveledger_cli import main
from liveledger_cli.common import extras
from tests.house.tree import ROOT
from tests.packaging.imports import foreign, of_function

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
BASE = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
PROVIDERS = metadata.packages_distributions()


def brought(extra: str) -> set[str]:
    """Packages that an extra names, with those of the extras that it brings."""
    found = set[str]()
    for line in DECLARED[extra]:
        found |= {canonicalize_name(line.name)} if line.name != "liveledger" else set()
        found |= {name for other in line.extras if line.name == "liveledger" for name in brought(other)}
    return found


def undeclared(modules: set[str], allowed: set[str]) -> set[str]:
    """Imported packages that none of the allowed distributions provides."""
    return {name for name in modules if not {canonicalize_name(found) for found in PROVIDERS[name]} & allowed}


@pytest.mark.parametrize("command", main.COMMANDS)
def test_a_command_imports_what_its_extras_bring(command: str) -> None:
    module, attribute = f"liveledger_cli.{main.COMMANDS[command].target}".split(":")
    wanted = foreign([module], late=False) | foreign(of_function(module, attribute), late=True)
    allowed = BASE.union(*(brought(extra) for extra in extras.needed(command)))
    assert undeclared(wanted, allowed) == set()


@pytest.mark.parametrize(
    "module", [f"liveledger_cli.{main.COMMANDS[name].target.split(':')[0]}" for name in sorted(extras.BASE)]
)
def test_the_base_imports_nothing_of_the_extras(module: str) -> None:
    assert undeclared(foreign([module, "liveledger_cli.main"], late=False), BASE) == set()


def test_the_table_names_commands_and_extras_that_are_there() -> None:
    assert extras.NEEDS.keys() | extras.BASE <= main.COMMANDS.keys()
    assert {extra for named in extras.NEEDS.values() for extra in named} <= DECLARED.keys()
    assert not extras.BASE & extras.NEEDS.keys()


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if these packages were not installed, and this project's metadata were those of pyproject.toml."""
    lines = [f"{line}; extra == '{extra}'" for extra, found in DECLARED.items() for line in found]
    installed = metadata.version

    def version(name: str) -> str:
        if name in names:
            raise metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(metadata, "requires", lambda _: [*PROJECT["dependencies"], *lines])
    monkeypatch.setattr(metadata, "version", version)
    extras.missing.cache_clear()


def test_a_command_without_its_packages_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "sqlalchemy", "fastapi", "xgboost-cpu")
    run = CliRunner()
    listing = " ".join(run.invoke(main.assemble(["--help"]), ["--help"]).stdout.replace("│", " ").split())
    assert "Stock of a SKU at a place, and what moved it. Needs: pip install 'liveledger[node]'" in listing
    assert "Needs: pip install 'liveledger[api,oracles]'" in listing
    assert listing.count("Needs: pip install") == len(main.COMMANDS.keys() - extras.BASE)  # the verifier needs nothing
    line = ["stock", "show", "7", "HZ-004", "--proof", "x"]
    called = run.invoke(main.assemble(line), line)
    assert isinstance(called.exception, extras.MissingExtra)
    assert called.exception.as_dict() == {
        "code": "missing-extra",
        "message": "`liveledger stock` needs packages that are not installed: sqlalchemy",
        "hint": "pip install 'liveledger[node]'",
        "details": {"extras": ["node"]},
    }
    assert called.exception.exit_code == 4


def test_the_other_half_of_a_command_of_the_base_says_so_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without(monkeypatch, "httpx", "coincurve", "orjson", "numpy")

    def absent() -> None:
        raise ModuleNotFoundError("No module named 'httpx'")

    monkeypatch.setattr(main, "assemble", lambda _: absent)
    monkeypatch.setattr("sys.argv", ["liveledger", "trust", "export"])
    with pytest.raises(SystemExit, match="4"):
        main.app()
    said = " ".join(capsys.readouterr().err.split())
    assert "needs packages that are not installed: coincurve, httpx, numpy and 1 more" in said
    assert "pip install 'liveledger[node]'" in said


def test_a_module_that_no_extra_would_bring_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch)

    def absent() -> None:
        raise ModuleNotFoundError("No module named 'liveledger.chain.nowhere'")

    monkeypatch.setattr(main, "assemble", lambda _: absent)
    monkeypatch.setattr("sys.argv", ["liveledger", "trust", "export"])
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        main.app()
