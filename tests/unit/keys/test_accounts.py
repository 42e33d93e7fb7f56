"""Accounts by label: both forms of a key, one decryption a process, and every act on key files."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from liveledger.chain.accounts.accounts import (
    AccountStore,
    account_of,
    create_account,
    keystore,
    load_account,
    load_or_create_account,
    public_address,
)
from liveledger.chain.accounts.key_care import KeyCare, KeyConflict, list_keys
from liveledger.chain.accounts.passphrases import MissingPassphrase, PromptPassphrase
from liveledger.domain.errors import ConfigurationError, InvalidInput, NotFound
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import TwoForms, key_path, keystore_path
from tests.unit.keys.support import LIGHT, PASSPHRASE, Given, care, store


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    return LedgerHome(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_account_is_encrypted_and_opens_again(home: LedgerHome) -> None:
    made = store(home).create("brand")
    path = keystore_path(home.keys, "brand")
    assert (mode(path), mode(home.keys)) == (0o600, 0o700)
    assert made.key.hex().removeprefix("0x") not in path.read_text()
    assert [child.name for child in home.keys.iterdir()] == ["brand.json"]
    assert store(home).load("brand").key == made.key
    assert public_address(home, "brand").hex() == made.address[2:].lower()


def test_both_forms_load_by_label(home: LedgerHome) -> None:
    plain, encrypted = create_account(home, "plain"), store(home).create("secret")
    opened = store(home)
    assert (opened.load("plain").key, opened.load("secret").key) == (plain.key, encrypted.key)
    assert load_or_create_account(home, "plain").key == plain.key
    with pytest.raises(MissingPassphrase):
        load_account(home, "secret")
    with pytest.raises(MissingPassphrase):
        load_or_create_account(home, "secret")


def test_a_key_is_decrypted_once_also_by_many_threads(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    store(home).create("brand")
    source = Given()
    opened = store(home, source)
    threads = [threading.Thread(target=opened.load, args=("brand",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.asked == ["the key 'brand'"]


def test_a_label_is_taken_whatever_the_form(home: LedgerHome) -> None:
    create_account(home, "plain")
    store(home).create("secret")
    for label in ("plain", "secret"):
        with pytest.raises(InvalidInput, match="already"):
            store(home).create(label)
        with pytest.raises(InvalidInput, match="already"):
            create_account(home, label)


def test_a_damaged_file_is_named_before_anybody_is_asked(home: LedgerHome) -> None:
    store(home).create("brand")
    keystore_path(home.keys, "brand").write_text("{}")
    source = Given()
    with pytest.raises(keystore.DamagedKeystore, match="'brand'"):
        store(home, source).load("brand")
    assert source.asked == []


def test_looser_modes_are_refused(home: LedgerHome) -> None:
    store(home).create("brand")
    keystore_path(home.keys, "brand").chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to others"):
        store(home).load("brand")
    keystore_path(home.keys, "brand").chmod(0o600)
    home.keys.chmod(0o750)
    with pytest.raises(ConfigurationError, match="open to others"):
        store(home).load("brand")


def test_after_the_start_nobody_is_asked_any_more(home: LedgerHome) -> None:
    store(home).create("first")
    store(home).create("second")
    opened = AccountStore(home, PromptPassphrase(lambda _: PASSPHRASE))
    opened.load("first")
    opened.stop_asking()
    opened.load("first")
    with pytest.raises(MissingPassphrase):
        opened.load("second")
    from_file = store(home)
    from_file.stop_asking()
    from_file.load("second")


def test_encrypting_takes_the_plain_file_away(home: LedgerHome) -> None:
    account = create_account(home, "brand")
    assert care(home).encrypt("brand") is True
    assert not key_path(home.keys, "brand").exists()
    assert store(home).load("brand").key == account.key
    assert care(home).encrypt("brand") is False
    with pytest.raises(NotFound):
        care(home).encrypt("nobody")


def test_an_interrupted_encryption_is_finished(home: LedgerHome) -> None:
    account = create_account(home, "brand")
    plain = key_path(home.keys, "brand").read_bytes()
    care(home).encrypt("brand")
    key_path(home.keys, "brand").write_bytes(plain)
    key_path(home.keys, "brand").chmod(0o600)
    with pytest.raises(TwoForms):
        store(home).load("brand")
    assert [key.form for key in list_keys(home)] == ["unusable"]
    with pytest.raises(keystore.WrongPassphrase):
        care(home, Given("another passphrase")).encrypt("brand")
    assert key_path(home.keys, "brand").exists()
    assert care(home).encrypt("brand") is True
    assert store(home).load("brand").key == account.key


def test_two_different_keys_of_one_label_are_left_alone(home: LedgerHome) -> None:
    store(home).create("brand")
    create_account(home, "other")
    key_path(home.keys, "other").rename(key_path(home.keys, "brand"))
    with pytest.raises(KeyConflict):
        care(home).encrypt("brand")
    assert key_path(home.keys, "brand").exists()


def test_all_plain_keys_are_encrypted_under_one_passphrase(home: LedgerHome) -> None:
    accounts = {label: create_account(home, label) for label in ("a", "b")}
    store(home).create("c")
    source = Given()
    assert care(home, source).encrypt_all() == ["a", "b"]
    assert len(source.asked) == 1
    assert {label: store(home).load(label).key for label in accounts} == {
        label: account.key for label, account in accounts.items()
    }


def test_keys_come_in_as_hex_and_as_keystores(home: LedgerHome) -> None:
    key = bytes(range(1, 33))
    address = account_of(key).address
    assert care(home).bring_in("hex", b" 0x" + key.hex().upper().encode() + b"\n") == address
    foreign = keystore.encrypt(key, "the old passphrase", LIGHT).replace(b'"crypto"', b'"Crypto"')
    assert care(home, Given("the old passphrase")).bring_in("file", foreign) == address
    assert store(home, Given("the old passphrase")).load("file").key == store(home).load("hex").key
    with pytest.raises(keystore.WrongPassphrase):
        care(home).bring_in("again", foreign)
    with pytest.raises(InvalidInput, match="already"):
        care(home).bring_in("hex", key.hex().encode())


@pytest.mark.parametrize("content", [b"", b"xyz", b"00" * 32, b"ff" * 32, b"{", b"{}", b"[]", b"\xff" * 64])
def test_what_is_no_key_does_not_come_in(home: LedgerHome, content: bytes) -> None:
    with pytest.raises(ConfigurationError):
        care(home).bring_in("new", content)
    assert not home.keys.exists()


def test_a_copy_leaves_encrypted_only(home: LedgerHome, tmp_path: Path) -> None:
    made, plain = store(home).create("secret"), create_account(home, "plain")
    for label, account in (("secret", made), ("plain", plain)):
        care(home).export(label, tmp_path / label)
        assert mode(tmp_path / label) == 0o600
        assert keystore.decrypt((tmp_path / label).read_bytes(), PASSPHRASE) == bytes(account.key)
        with pytest.raises(InvalidInput, match="already"):
            care(home).export(label, tmp_path / label)
    with pytest.raises(NotFound):
        care(home).export("nobody", tmp_path / "nobody")


def test_a_passphrase_is_changed(home: LedgerHome) -> None:
    made = store(home).create("brand")
    care(home).change_passphrase("brand", Given("quite another one"))
    assert store(home, Given("quite another one")).load("brand").key == made.key
    with pytest.raises(keystore.WrongPassphrase):
        store(home).load("brand")
    with pytest.raises(keystore.WrongPassphrase):
        care(home).change_passphrase("brand", Given())
    create_account(home, "plain")
    with pytest.raises(ConfigurationError, match="not encrypted"):
        care(home).change_passphrase("plain", Given())
    assert [child.name for child in home.keys.iterdir() if child.name.startswith(".")] == []


def test_the_list_says_what_each_key_is(home: LedgerHome) -> None:
    assert list_keys(home) == []
    store(home).create("secret")
    create_account(home, "plain")
    (home.keys / "broken.json").write_text("{}")
    (home.keys / "broken.json").chmod(0o600)
    (home.keys / "No Label.json").write_text("{}")
    facts = {key.label: key.form for key in list_keys(home)}
    assert facts == {"broken": "unusable", "plain": "development", "secret": "encrypted"}
    assert "no usable keystore" in next(key.line() for key in list_keys(home) if key.label == "broken")
    assert json.dumps([key.as_dict() for key in list_keys(home)])


def test_a_full_disk_leaves_no_part_of_a_key(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    home.keys.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr("liveledger.domain.private_files.os.fsync", full)
    with pytest.raises(OSError, match="space"):
        KeyCare(home, Given(), scrypt_n=LIGHT).create("brand")
    assert list(home.keys.iterdir()) == []
