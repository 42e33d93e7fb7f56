"""Files that the chain layer keeps: keys that only their owner reads, a manifest that is whole or refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from liveledger.bindings import stock_ledger
from liveledger.chain.accounts.accounts import address_of, create_account, load_account, load_or_create_account
from liveledger.chain.contracts.gaps import WrongContract
from liveledger.chain.contracts.manifest import ContractEntry, Manifest
from liveledger.chain.contracts.registry import check_code, name_word
from liveledger.domain.errors import ConfigurationError, InvalidInput, NotFound
from liveledger.domain.home import LedgerHome
from liveledger.services.creation import create2_address


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    return LedgerHome(tmp_path)


def test_keys_are_made_once_and_only_for_their_owner(home: LedgerHome) -> None:
    account = create_account(home, "brand")
    path = home.keys / "brand.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.keys.stat().st_mode) == 0o700
    assert load_account(home, "brand").address == account.address == load_or_create_account(home, "brand").address
    assert len(address_of(account)) == 20
    with pytest.raises(InvalidInput, match="already"):
        create_account(home, "brand")
    assert load_account(home, "brand").address == account.address


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_looser_modes_are_refused(home: LedgerHome, mode: int) -> None:
    create_account(home, "brand")
    (home.keys / "brand.key").chmod(mode)
    with pytest.raises(ConfigurationError, match="open to others"):
        load_account(home, "brand")
    (home.keys / "brand.key").chmod(0o600)
    home.keys.chmod(0o750)
    with pytest.raises(ConfigurationError, match="open to others"):
        load_account(home, "brand")


@pytest.mark.parametrize("label", ["../x", "", "A", "a/b", ".hidden", "a" * 64])
def test_labels_are_plain_names(home: LedgerHome, label: str) -> None:
    with pytest.raises(InvalidInput):
        load_account(home, label)


@pytest.mark.parametrize("content", ["", "00", "z" * 64, "0x" + "1" * 64])
def test_malformed_keys_are_refused(home: LedgerHome, content: str) -> None:
    create_account(home, "brand")
    where = home.keys / "brand.key"
    where.write_text(content)
    with pytest.raises(ConfigurationError, match="no private key") as caught:
        load_account(home, "brand")
    assert not content or content not in str(caught.value.as_dict()).replace(str(where), "")


def test_missing_key(home: LedgerHome) -> None:
    home.keys.mkdir(mode=0o700, parents=True)
    with pytest.raises(NotFound):
        load_account(home, "nobody")


def test_manifest_survives_the_disk(tmp_path: Path) -> None:
    entry = ContractEntry("StockLedger", 1, b"\x01" * 20, b"\x02" * 32, 9)
    manifest = Manifest("chain", 7, {"StockLedger": entry})
    manifest.write(tmp_path / "manifest.json")
    assert Manifest.read(tmp_path / "manifest.json") == manifest
    assert manifest.address("StockLedger") == b"\x01" * 20
    with pytest.raises(NotFound):
        manifest.address("Other")


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"format": "other/9"}'])
def test_damaged_manifests_are_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / "manifest.json").write_text(damage)
    with pytest.raises(ConfigurationError):
        Manifest.read(tmp_path / "manifest.json")


def test_a_manifest_with_a_damaged_entry_is_refused(tmp_path: Path) -> None:
    Manifest("c", 7, {"A": ContractEntry("A", 1, bytes(20), bytes(32), 1)}).write(tmp_path / "m.json")
    data = json.loads((tmp_path / "m.json").read_text())
    data["contracts"]["A"]["address"] = "0xnothing"
    (tmp_path / "m.json").write_text(json.dumps(data))
    with pytest.raises(ConfigurationError):
        Manifest.read(tmp_path / "m.json")
    with pytest.raises(ConfigurationError, match="deployed"):
        Manifest.read(tmp_path / "none.json")


def test_other_code_is_refused() -> None:
    check_code(stock_ledger, stock_ledger.CODE_HASH)
    with pytest.raises(WrongContract):
        check_code(stock_ledger, bytes(32))
    assert name_word("StockLedger") == b"StockLedger" + bytes(21)


def test_address_of_a_created_contract() -> None:
    # An example of EIP-1014.
    maker, salt = (0xDEADBEEF).to_bytes(20), (0xCAFEBABE).to_bytes(32)
    made = create2_address(maker, salt, bytes.fromhex("deadbeef"))
    assert made.hex() == "60f3f640a8508fc6a86d45df051962668e1e8ac7"
