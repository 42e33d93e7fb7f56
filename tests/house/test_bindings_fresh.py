"""Bindings are what the contracts say, both compilers agree, and the storage layout is that of docs/formats.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings import constants
from liveledger.domain import movements, orders, streams
from liveledger.domain.hashing import keccak
from tests.house.tree import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import generate_bindings
from bindgen.names import snake
from compile_contracts import compile_contracts

pytestmark = pytest.mark.timeout(1200)  # the compiler takes minutes on a busy machine

HARDHAT = ["node_modules/.bin/node", "node_modules/hardhat/dist/src/cli.js", "build", "--no-tests"]
# The EVM takes 24,576: room is left for what a correction needs.
MOST_CODE_BYTES = 20_000
LAYOUTS = {
    "BlockHashes": [("_roots", 0), ("_gaps", 1), ("_parts", 2)],
    "Directory": [("administrator", 0), ("_versions", 1), ("_entries", 2), ("_listings", 3)],
    "Creator": [("_approvals", 0)],
    "Consortium": [
        ("administrator", 0),
        ("_totals", 1),
        ("_organisations", 2),
        ("_members", 3),
        ("_places", 4),
        ("_placeByGln", 5),
        ("_approvals", 6),
        ("_empty7", 7),
        ("_devices", 9),
        ("_empty10", 10),
        ("_organisationByGln", 11),
        ("_empty12", 12),
        ("_standings", 13),
        ("_empty14", 14),
        ("_paused", 19),
        ("_pausedNames", 20),
        ("_defined", 21),
        ("_approvalPages", 22),
        ("handedOver", 23),
    ],
    "Validators": [
        ("_totals", 0),
        ("_powers", 1),
        ("_journal", 2),
        ("_ring", 3),
        ("_standings", 4),
        ("_owners", 5),
        ("_retired", 6),
        ("_holders", 7),
        ("_nodes", 8),
        ("_nodeKeys", 9),
    ],
    "Recovery": [("_requests", 0)],
    "Allowances": [("_drawn", 0)],
    "Replenishment": [
        ("_settings", 0),
        ("_places", 1),
        ("_ways", 2),
        ("_levels", 3),
        ("_flows", 4),
        ("_pairs", 5),
        ("_orders", 6),
        ("_givenBack", 7),
        ("_keptLots", 8),
    ],
    "StockLedger": [
        ("_balances", 0),
        ("_counters", 1),
        ("_skuByKey", 2),
        ("_info", 3),
        ("_lastSerial", 4),
        ("_lots", 5),
        ("_lotByKey", 6),
        ("_adjustedAlone", 7),
        ("_adjustmentLimits", 8),
        ("_predecessor", 9),
        ("_lotsOfOthers", 10),
        ("_cuts", 11),
    ],
    "StockCuts": [("_stock", 0)],
    "Returns": [("_open", 0), ("_graded", 1), ("_stock", 2), ("_entered", 3)],
    "StockHealth": [("_capital", 0), ("_reported", 1), ("_audits", 2)],
    "Accuracy": [("_words", 0), ("_findings", 1), ("_recorded", 2), ("_audits", 3)],
}
LAYOUTS["StockAdministration"] = LAYOUTS["StockLedger"]  # one storage


@pytest.fixture(scope="module")
def output() -> dict[str, Any]:
    """What py-solc-x makes of contracts/."""
    return compile_contracts()


def test_bindings_are_fresh(output: dict[str, Any]) -> None:
    assert generate_bindings.stale(generate_bindings.files_of(output)) == [], "run `make bindings`"


def test_hardhat_compiles_the_same_bytecode(output: dict[str, Any], tmp_path: Path) -> None:
    # Into a folder of its own: the contracts' tests may run beside this.
    environment = os.environ | {"LIVELEDGER_HARDHAT_BUILD": str(tmp_path)}
    subprocess.run(HARDHAT, cwd=ROOT, check=True, capture_output=True, env=environment)
    for contract in generate_bindings.contracts_of(output):
        [path] = (tmp_path / "artifacts").rglob(f"contracts/**/{contract.name}.json")
        artifact = json.loads(path.read_text())
        assert artifact["bytecode"] == f"0x{contract.creation_code}", contract.name
        assert artifact["deployedBytecode"] == f"0x{contract.runtime_code}", contract.name


@pytest.mark.parametrize("name", LAYOUTS)
def test_storage_layout_is_the_documented_one(output: dict[str, Any], name: str) -> None:
    [result] = [contracts[name] for contracts in output["contracts"].values() if name in contracts]
    layout = [(entry["label"], int(entry["slot"])) for entry in result["storageLayout"]["storage"]]
    assert layout == LAYOUTS[name]
    members = {kind["label"]: kind.get("members", []) for kind in result["storageLayout"]["types"].values()}
    packed = {label: [(m["slot"], m["offset"]) for m in fields] for label, fields in members.items() if fields}
    if name == "Consortium":
        assert packed["struct ConsortiumStorage.Totals"] == [("0", 0), ("0", 2)]
        assert packed["struct IConsortium.Organisation"] == [("0", 0), ("0", 1), ("0", 2), ("1", 0)]
        assert packed["struct IConsortium.Device"] == [("0", 0), ("0", 2), ("1", 0)]
        standing = [("0", at) for at in (0, 2, 4, 6, 8, 10)]
        assert packed["struct IConsortium.Standing"] == standing
    if name == "Allowances":
        assert packed["struct IAllowances.Drawn"] == [("0", 0), ("0", 2), ("0", 6)]
    if name == "Validators":
        assert packed["struct ValidatorKeys.Totals"] == [("0", 0), ("0", 2)]
        assert packed["struct IValidators.KeyChange"] == [("0", 0), ("1", 0), ("2", 0)]
        assert packed["struct IValidators.Node"] == [("0", 0), ("0", 2), ("0", 4)]
        assert packed["struct IValidators.Power"] == [("0", 0), ("0", 8), ("0", 10)]
    if name == "StockHealth":
        figures = [("0", 0), ("0", 8), ("0", 16), ("0", 20), ("0", 24), ("1", 0)]
        share = [("2", 0), ("2", 12), ("2", 20), ("2", 22), ("2", 26), ("2", 30), ("2", 31)]
        assert packed["struct IStockHealth.Capital"] == [*figures, *share, ("3", 0), ("3", 4), ("3", 12)]
    if name == "Replenishment":
        assert packed["struct ReplenishmentStorage.Level"] == [("0", 0), ("0", 8), ("0", 16), ("0", 20), ("0", 28)]
        assert packed["struct IReplenishment.Flow"] == [("0", 0), ("0", 8), ("0", 16), ("0", 24), ("0", 28)]
        assert packed["struct IReplenishment.Order"] == [("0", at) for at in (0, 1, 2, 4, 6, 14, 22)]
    if name == "Directory":
        assert packed["struct IDirectory.Versions"] == [("0", 0), ("0", 8), ("0", 16)]
        assert packed["struct IDirectory.Entry"] == [("0", 0), ("0", 20), ("0", 28), ("1", 0)]
    if name == "Creator":
        assert packed["struct ICreator.Approval"] == [("0", 0), ("1", 0), ("1", 8), ("1", 16), ("2", 0)]


def test_no_contract_outgrows_its_bounds(output: dict[str, Any], tell: Callable[[str], None]) -> None:
    sizes = {c.name: len(bytes.fromhex(c.runtime_code)) for c in generate_bindings.contracts_of(output)}
    tell(f"code in bytes: {', '.join(f'{name} {size:,}' for name, size in sorted(sizes.items()))}")
    too_large = {name: size for name, size in sizes.items() if size > MOST_CODE_BYTES}
    assert too_large == {}


def test_stockledgers_code_says_which_code_administers_it(output: dict[str, Any]) -> None:
    codes = {contract.name: contract for contract in generate_bindings.contracts_of(output)}
    pin = keccak(bytes.fromhex(codes["StockAdministration"].creation_code)).hex()
    assert pin in codes["StockLedger"].runtime_code, f"Catalogue.ADMINISTRATION_CODE is 0x{pin}"
    assert codes["StockAdministration"].creation_code in codes["StockLedger"].creation_code


def test_python_and_solidity_share_kinds_lanes_and_the_slot_of_streams(output: dict[str, Any]) -> None:
    assert {kind.name: kind.value for kind in movements.Kind} == {k.name: k.value for k in constants.MovementKind}
    assert {lane.name: lane.value for lane in movements.Lane} == {k.name: k.value for k in constants.Lane}
    for mine, theirs in (
        (orders.SourceKind, constants.SourceKind),
        (orders.OrderStatus, constants.OrderStatus),
        (orders.OrderEntry, constants.OrderEntry),
    ):
        assert {kind.name: kind.value for kind in mine} == {kind.name: kind.value for kind in theirs}
    assert streams.STREAMS_SLOT.hex() in (ROOT / "contracts" / "lib" / "Streams.sol").read_text()


def test_names_become_pythonic() -> None:
    assert [snake(name) for name in ("settlePage", "from", "codeHash", "_x")] == [
        "settle_page",
        "from_",
        "code_hash",
        "x",
    ]
