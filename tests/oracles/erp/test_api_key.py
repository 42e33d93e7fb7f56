"""The MQTT gateway shows the API the key in the file that its settings name, and no other file does."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError, NotFound
from liveledger_oracles.gateways.mqtt.bridge import Bridge
from liveledger_oracles.gateways.mqtt.inbox import Inbox
from liveledger_oracles.gateways.mqtt.settings import BridgeSettings, read_settings

SETTINGS = """
api_key_file = "api.key"
[broker]
host = "localhost"
client_id = "b"
ca = "ca.pem"
certificate = "b.pem"
key = "b.key"
[[interface]]
name = "till"
organisation = "6901234100020"
kinds = ["movements"]
"""
KEY = "llk_" + "ab" * 8 + "_" + "cd" * 32


def _written(folder: Path, text: str = SETTINGS) -> Path:
    (folder / "b.key").touch(0o600)
    (folder / "erp.toml").write_text(text)
    return folder / "erp.toml"


def _headers(folder: Path, settings: BridgeSettings) -> str | None:
    inbox = Inbox(folder / "erp.db", max_pending=1, max_dead=1)
    bridge = Bridge(settings, inbox, lambda: "http://127.0.0.1:1")
    shown = bridge._http.headers.get("Authorization")
    inbox.close()
    return shown


def test_the_key_is_read_from_a_private_file_beside_the_settings(tmp_path: Path) -> None:
    file = _written(tmp_path)
    with pytest.raises(NotFound):
        read_settings(file)
    (tmp_path / "api.key").write_text(KEY + "\n")
    (tmp_path / "api.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="open to others"):
        read_settings(file)
    (tmp_path / "api.key").chmod(0o600)
    settings = read_settings(file)
    assert KEY not in repr(settings)
    assert _headers(tmp_path, settings) == f"Bearer {KEY}"


def test_without_one_nothing_is_shown(tmp_path: Path) -> None:
    settings = read_settings(_written(tmp_path, SETTINGS.replace('api_key_file = "api.key"', "")))
    assert _headers(tmp_path, settings) is None
