"""One walk over the Directory: what is known, missing, of another version or of an unknown name, and who goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveledger.bindings import stock_health, stock_ledger
from liveledger.chain.contracts import directory_manifest, survey
from liveledger.chain.contracts.directory_manifest import read_manifest, renewed
from liveledger.chain.contracts.gaps import NotOnThisLedger, Reason, UnknownVersion, WrongContract
from liveledger.chain.contracts.manifest import DEPLOYED_CONTRACTS, VERSIONS, Manifest
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain.errors import ConfigurationError
from liveledger.verifier import layout
from tests.support.listed import FROZEN, ListedDirectory

HEAD = 100
NEXT = stock_health.VERSION + 1
OTHER_CODE = b"\x0c" * 32


@pytest.fixture
def node() -> ListedDirectory:
    found = ListedDirectory()
    found.list_all()
    return found


@pytest.fixture
def connection(node: ListedDirectory, tmp_path: Path) -> Connection:
    return node.connection(tmp_path)


def test_a_ledger_of_this_release_has_no_gap(node: ListedDirectory, connection: Connection) -> None:
    manifest = read_manifest(connection, HEAD)
    assert set(manifest.contracts) >= {module.NAME for module in DEPLOYED_CONTRACTS}
    assert not manifest.gaps
    assert node.logs_asked == 1
    assert read_manifest(connection, HEAD, manifest) == manifest
    assert node.logs_asked == 1, "a manifest that is there is not looked up again"
    assert list(survey.strangers(connection, HEAD)) == []


def test_a_version_of_tomorrow_is_a_gap_and_all_else_goes_on(node: ListedDirectory, connection: Connection) -> None:
    before = read_manifest(connection, HEAD)
    node.enter(stock_health.NAME, NEXT, OTHER_CODE, block=60)
    manifest = read_manifest(connection, HEAD, before)
    assert manifest.contracts == before.contracts, "its past is read of the version that is known"
    assert manifest.address(stock_ledger.NAME) == before.address(stock_ledger.NAME)
    sentence = f"this program knows StockHealth up to version {NEXT - 1}; the ledger has {NEXT} since block 60"
    with pytest.raises(UnknownVersion) as asked:
        manifest.address(stock_health.NAME)
    assert (asked.value.message, asked.value.stable_code, asked.value.http_status) == (sentence, "unknown-version", 501)
    assert asked.value.details["family"] == "stock_health"
    with pytest.raises(WrongContract) as written:
        manifest.target(stock_health.NAME)
    assert (written.value.message, written.value.stable_code) == (sentence, "wrong-contract")
    joined = read_manifest(connection, HEAD)
    assert (joined.contracts, set(joined.gaps)) == (manifest.contracts, {stock_health.NAME})


def test_a_stock_ledger_of_tomorrow_keeps_nobody_from_reading_the_rest(
    node: ListedDirectory, connection: Connection
) -> None:
    node.enter(stock_ledger.NAME, stock_ledger.VERSION + 1, OTHER_CODE, block=60)
    manifest = read_manifest(connection, HEAD)
    with pytest.raises(WrongContract):
        manifest.target(stock_ledger.NAME)
    assert manifest.contracts[stock_ledger.NAME].version == stock_ledger.VERSION
    assert manifest.address("Provenance")


def test_the_same_stock_ledger_may_take_over(node: ListedDirectory, connection: Connection) -> None:
    address = node.enter(stock_ledger.NAME, stock_ledger.VERSION + 1, stock_ledger.CODE_HASH, block=60)
    manifest = read_manifest(connection, HEAD)
    assert (manifest.target(stock_ledger.NAME), dict(manifest.gaps)) == (address, {})


def test_a_family_that_a_ledger_may_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = ListedDirectory()
    node.list_all([module for module in DEPLOYED_CONTRACTS if module.NAME != "Accuracy"])
    connection = node.connection(tmp_path)
    with pytest.raises(ConfigurationError, match="Accuracy is not deployed"):
        read_manifest(connection, HEAD)
    monkeypatch.setattr(directory_manifest, "OPTIONAL_CONTRACTS", frozenset({"Accuracy"}))
    manifest = read_manifest(connection, HEAD)
    assert manifest.gaps["Accuracy"].reason is Reason.MISSING
    for ask in (manifest.address, manifest.target):
        with pytest.raises(NotOnThisLedger, match="this ledger has no Accuracy"):
            ask("Accuracy")
    [module] = VERSIONS["Accuracy"]
    address = node.enter("Accuracy", module.VERSION, module.CODE_HASH, block=90)
    found = renewed(connection, manifest, HEAD)
    assert (found.address("Accuracy"), dict(found.gaps)) == (address, {})
    assert found.entry("Accuracy").block == 90


def test_nothing_is_read_anew_while_names_mean_what_they_meant(node: ListedDirectory, connection: Connection) -> None:
    manifest = read_manifest(connection, HEAD)
    node.asked.clear()
    assert renewed(connection, manifest, HEAD + 1) is manifest
    assert node.asked == [HEAD + 1]
    node.enter(stock_health.NAME, NEXT, OTHER_CODE, block=60)
    found = renewed(connection, manifest, HEAD + 2)
    assert found.gaps[stock_health.NAME].since == 60
    assert renewed(connection, found, HEAD + 3) is found


def test_other_code_of_a_version_that_is_known_is_another_ledger(node: ListedDirectory, connection: Connection) -> None:
    node.enter(stock_health.NAME, stock_health.VERSION, OTHER_CODE, block=60)
    with pytest.raises(WrongContract, match="has the code"):
        read_manifest(connection, HEAD)


def test_a_manifest_of_another_place_is_refused(node: ListedDirectory, connection: Connection) -> None:
    kept = read_manifest(connection, HEAD)
    first, _ = layout.entry_slots("Returns", kept.entry("Returns").version)
    node.words[first] ^= 1
    with pytest.raises(WrongContract, match="at another address"):
        read_manifest(connection, HEAD, kept)


def test_a_frozen_contract_is_still_read(node: ListedDirectory, connection: Connection) -> None:
    module = VERSIONS["Returns"][0]
    address = node.enter("Returns", module.VERSION, module.CODE_HASH, block=20, state=FROZEN)
    assert read_manifest(connection, HEAD).address("Returns") == address
    assert not survey.survey(connection, HEAD)["Returns"].stands


def test_names_of_families_to_come_are_told(node: ListedDirectory, connection: Connection) -> None:
    node.enter("Packages", 1, OTHER_CODE, block=70)
    node.enter("Packages", 2, OTHER_CODE, block=80)
    assert [(one.name, one.version, one.since) for one in survey.strangers(connection, HEAD)] == [("Packages", 2, 80)]
    assert not read_manifest(connection, HEAD).gaps


@pytest.mark.parametrize("word", [1 << 192, (1 << 256) - 1])
def test_words_that_no_directory_writes_are_refused(node: ListedDirectory, connection: Connection, word: int) -> None:
    node.words[layout.versions_slot("Returns")] = word
    with pytest.raises(MalformedAnswer):
        read_manifest(connection, HEAD)


def test_a_version_without_an_entry_is_refused(node: ListedDirectory, connection: Connection) -> None:
    node.words[layout.versions_slot("Returns")] = 9
    with pytest.raises(MalformedAnswer, match="no entry of Returns 9"):
        read_manifest(connection, HEAD)


def test_gaps_are_no_part_of_the_file(node: ListedDirectory, connection: Connection, tmp_path: Path) -> None:
    node.enter(stock_health.NAME, NEXT, OTHER_CODE, block=60)
    manifest = read_manifest(connection, HEAD)
    manifest.write(tmp_path / "manifest.json")
    read = Manifest.read(tmp_path / "manifest.json")
    assert (read, dict(read.gaps)) == (manifest, {})
