"""The one list of families is whole: every contract belongs to one, and each layer has its half."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re

import pytest
from sqlalchemy import Table

from liveledger.bindings import genesis
from liveledger.chain.contracts.manifest import CONTRACT_FLAGS, DEPLOYED_CONTRACTS
from liveledger.index.apply import HANDLERS, handlers_of
from liveledger.index.columns import metadata
from liveledger.rules.families import FAMILIES, Family
from liveledger_api.app import routes_of
from tests.house.tree import ROOT

INDEX = ROOT / "ledger_node" / "liveledger" / "index"
# Who the members are and the chain itself: there before any family is.
CORE = {"chain", "members"}
EACH = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def _deployable() -> set[str]:
    """Contracts with a binding: those that stand on a chain by themselves."""
    folder = ROOT / "ledger_node" / "liveledger" / "bindings"
    artifacts = {file.stem: json.loads(file.read_text()) for file in folder.glob("*.json")}
    return {importlib.import_module(f"liveledger.bindings.{name}").NAME for name in artifacts}


def test_every_contract_belongs_to_genesis_or_to_one_family() -> None:
    of_families = [contract for family in FAMILIES for contract in family.contracts]
    of_genesis = {module.NAME for module in genesis.CONTRACTS.values()}
    assert len(of_families) == len(set(of_families))
    assert set(of_families) | of_genesis == _deployable()
    assert not set(of_families) & of_genesis


def test_deployment_follows_the_list() -> None:
    assert [module.NAME for module in DEPLOYED_CONTRACTS] == [name for family in FAMILIES for name in family.contracts]
    assert set(CONTRACT_FLAGS) <= {module.NAME for module in DEPLOYED_CONTRACTS}


@EACH
def test_flags_are_of_the_familys_own_contracts(family: Family) -> None:
    assert set(family.flags) <= set(family.contracts)


@EACH
def test_the_index_has_its_half(family: Family) -> None:
    handled = handlers_of(family.name)
    assert handled
    assert set(handled) <= set(family.contracts)
    for contract, topics in handled.items():
        assert HANDLERS[contract] is topics


@EACH
def test_a_table_stands_in_its_familys_folder(family: Family) -> None:
    name = f"liveledger.index.{family.name}.tables"
    if importlib.util.find_spec(name) is None:
        return  # streams alone, which the chain's own tables hold
    own = {table.name for table in vars(importlib.import_module(name)).values() if isinstance(table, Table)}
    assert own
    assert own <= set(metadata.tables)


@EACH
def test_the_api_has_its_half(family: Family) -> None:
    assert routes_of(family.name).routes


def test_no_folder_of_the_index_is_of_an_unknown_family() -> None:
    folders = {path.parent.name for path in INDEX.glob("*/__init__.py")}
    assert folders == CORE | {family.name for family in FAMILIES}


def test_no_other_list_of_contracts_is_kept() -> None:
    """Three contracts of families named in one statement outside of the list are a second list."""
    names = "|".join(contract for family in FAMILIES for contract in family.contracts)
    listed = re.compile(rf'[(\[{{]\s*(?:"(?:{names})",?\s*){{3,}}[)\]}}]')
    found = [
        str(path.relative_to(ROOT))
        for folder in ("ledger_node", "api", "oracles")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "families.py" and listed.search(path.read_text())
    ]
    assert not found
