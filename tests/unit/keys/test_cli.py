"""``liveledger key`` as a user calls it: a process of its own without a terminal, secrets only in files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from liveledger.chain.accounts.accounts import account_of, create_account, keystore
from liveledger.domain.home import LedgerHome
from tests.unit.keys.support import LIGHT, PASSPHRASE, private_file, store

KEY = bytes(range(1, 33))


class User:
    """Somebody at a shell: a home folder, a passphrase in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = LedgerHome(folder / "home")
        self.passphrase = private_file(folder / "pass", PASSPHRASE.encode())

    def run(self, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "liveledger_cli.main", "key", *arguments, "--home", str(self.home.root)],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
            env={"PATH": os.environ["PATH"], **environment},
            # Without a controlling terminal, whoever runs the tests.
            start_new_session=True,
        )

    def keep(self, label: str) -> str:
        """An encrypted key under light work; returns its address."""
        return str(store(self.home).create(label).address)


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def test_a_key_is_made_listed_and_exported(user: User) -> None:
    made = user.run("create", "brand", "--passphrase-file", "pass")
    assert made.returncode == 0, made.stderr
    address = made.stdout.decode().strip()
    listed = json.loads(user.run("list", "--json").stdout)
    assert listed == {"keys": [{"label": "brand", "address": address, "form": "encrypted", "reason": ""}]}
    assert user.run("address", "brand").stdout.decode().strip() == address
    assert user.run("export", "brand", "--out", "copy.json").returncode == 0
    assert account_of(keystore.decrypt((user.folder / "copy.json").read_bytes(), PASSPHRASE)).address == address


def test_without_a_passphrase_nothing_is_made(user: User) -> None:
    done = user.run("create", "brand", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "missing-passphrase"
    assert not user.home.keys.exists()


def test_the_environment_names_a_file(user: User) -> None:
    address = user.keep("brand")
    private_file(user.folder / "new", b"quite another one")
    done = user.run(*("change-passphrase", "brand", "--new-passphrase-file", "new"), LIVELEDGER_PASSPHRASE_FILE="pass")
    assert done.returncode == 0, done.stderr
    again = user.run("change-passphrase", "brand", "--new-passphrase-file", "new", "--passphrase-file", "pass")
    assert again.returncode == 2
    assert b"wrong-passphrase" in again.stderr
    assert user.run("address", "brand").stdout.decode().strip() == address


def test_a_plain_key_comes_in_from_stdin(user: User) -> None:
    done = user.run("import", "-", "--label", "brand", "--passphrase-file", "pass", stdin=KEY.hex().encode())
    assert done.returncode == 0, done.stderr
    assert account_of(KEY).address in done.stdout.decode()
    assert KEY.hex() not in (done.stdout + done.stderr).decode()
    assert user.run("import", "-").returncode == 2


def test_a_keystore_comes_in_under_its_file_name(user: User) -> None:
    private_file(user.folder / "brand.json", keystore.encrypt(KEY, PASSPHRASE, LIGHT))
    done = user.run("import", "brand.json", "--json", LIVELEDGER_PASSPHRASE_FILE="pass")
    assert json.loads(done.stdout) == {"label": "brand", "address": account_of(KEY).address}


def test_a_key_is_no_argument(user: User) -> None:
    done = user.run("import", KEY.hex(), "--passphrase-file", "pass")
    assert done.returncode != 0
    assert not user.home.keys.exists()


def test_plain_keys_are_encrypted(user: User) -> None:
    create_account(user.home, "brand")
    assert b"development" in user.run("list").stdout
    done = user.run("encrypt", "--all", "--json", "--passphrase-file", "pass")
    assert json.loads(done.stdout) == {"encrypted": ["brand"]}
    assert [path.name for path in user.home.keys.iterdir()] == ["brand.json"]
    assert user.run("encrypt").returncode == 2


def test_what_is_not_there_is_said(user: User) -> None:
    assert user.run("address", "nobody").returncode == 3
    assert user.run("address", "../x").returncode == 2
    assert user.run("list").stdout == b"no keys\n"
