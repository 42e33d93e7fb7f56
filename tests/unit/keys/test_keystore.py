"""Keystore files: round trip, the standard's own vectors, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.accounts import keystore
from liveledger.chain.accounts.keystore import DamagedKeystore, WrongPassphrase
from liveledger.domain.errors import LiveLedgerError, TooLarge
from tests.unit.keys.support import LIGHT, PASSPHRASE

KEY = bytes(range(1, 33))
# The Web3 Secret Storage page's example (scrypt, 262144), as published; its address was added.
PUBLISHED = {
    "address": "008aeeda4d805471df9b2a5b0f38a0c3bcba786b",
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}


def changed(**fields: Any) -> bytes:
    made = json.loads(keystore.encrypt(KEY, PASSPHRASE, LIGHT))
    for path, value in fields.items():
        *parents, name = path.split("__")
        place = made
        for parent in parents:
            place = place[parent]
        place[name] = value
    return json.dumps(made).encode()


def outcome(content: bytes) -> bytes | str:
    """The key that comes out, or the code of the error."""
    try:
        return keystore.decrypt(content, PASSPHRASE)
    except LiveLedgerError as refused:
        return refused.stable_code


def test_what_was_encrypted_comes_back_and_others_can_read_it() -> None:
    content = keystore.encrypt(KEY, PASSPHRASE, LIGHT)
    assert keystore.decrypt(content, PASSPHRASE) == KEY
    assert bytes(Account.decrypt(json.loads(content), PASSPHRASE)) == KEY
    assert KEY.hex() not in content.decode()
    assert keystore.encrypt(KEY, PASSPHRASE, LIGHT) != content


def test_the_published_example_opens() -> None:
    key = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
    assert keystore.decrypt(json.dumps(PUBLISHED).encode(), "testpassword").hex() == key
    with pytest.raises(WrongPassphrase):
        keystore.decrypt(changed(), "testpassword")


def test_the_default_work_is_the_standard_one() -> None:
    assert json.loads(keystore.encrypt(KEY, PASSPHRASE))["crypto"]["kdfparams"] | {"salt": ""} == {
        "dklen": 32,
        "n": 262144,
        "r": 8,
        "p": 1,
        "salt": "",
    }


def test_a_wrong_passphrase_is_told_from_damage() -> None:
    with pytest.raises(WrongPassphrase) as caught:
        keystore.decrypt(changed(), "something else", "the key 'brand'")
    assert caught.value.as_dict()["code"] == "wrong-passphrase"
    assert "the key 'brand'" in caught.value.message
    assert "something else" not in str(caught.value.as_dict())


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 4},
        {"address": "00" * 20},
        {"address": None},
        {"address": "zz" * 20},
        {"crypto": None},
        {"crypto__kdf": "none"},
        {"crypto__cipher": "aes-256-gcm"},
        {"crypto__ciphertext": "zz"},
        {"crypto__ciphertext": 7},
        {"crypto__mac": None},
        {"crypto__cipherparams": {}},
        {"crypto__cipherparams": {"iv": "x"}},
        {"crypto__kdfparams": []},
        {"crypto__kdfparams__n": 3},
        {"crypto__kdfparams__n": 1 << 30},
        {"crypto__kdfparams__n": True},
        {"crypto__kdfparams__n": "262144"},
        {"crypto__kdfparams__r": 1 << 31},
        {"crypto__kdfparams__p": 17},
        {"crypto__kdfparams__salt": "x"},
        {"crypto__kdfparams__dklen": 16},
        {"crypto__kdf": "pbkdf2", "crypto__kdfparams": {"dklen": 32, "c": 1 << 31, "prf": "hmac-sha256", "salt": ""}},
        {"crypto__kdf": "pbkdf2", "crypto__kdfparams": {"dklen": 32, "c": 1, "prf": "hmac-md5", "salt": ""}},
    ],
)
def test_damage_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(DamagedKeystore) as caught:
        keystore.decrypt(changed(**fields), PASSPHRASE)
    assert caught.value.as_dict()["code"] == "damaged-keystore"


def test_a_huge_file_is_not_read() -> None:
    with pytest.raises(TooLarge):
        keystore.decrypt(b"[" * 20_000, PASSPHRASE)


@given(st.binary(max_size=300))
def test_junk_is_refused(content: bytes) -> None:
    with pytest.raises(LiveLedgerError):
        keystore.decrypt(content, PASSPHRASE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    "version",
    "address",
    "crypto",
    "crypto__cipherparams",
    "crypto__cipherparams__iv",
    "crypto__ciphertext",
    "crypto__kdf",
    "crypto__mac",
    "crypto__kdfparams",
    "crypto__kdfparams__salt",
    "crypto__kdfparams__prf",
]


@given(st.sampled_from(PLACES), JSON)
def test_any_field_can_be_anything_and_nothing_but_our_errors_comes_out(place: str, value: Any) -> None:
    content = changed(**{place: value})
    assert outcome(content) in (KEY, "damaged-keystore", "wrong-passphrase")


@given(st.integers(0, 2**12), st.integers(1, 255))
def test_a_flipped_byte_never_gives_another_key(position: int, difference: int) -> None:
    content = bytearray(FIXED)
    content[position % len(content)] ^= difference
    assert outcome(bytes(content)) in (KEY, "damaged-keystore", "wrong-passphrase")


FIXED = keystore.encrypt(KEY, PASSPHRASE, LIGHT)
