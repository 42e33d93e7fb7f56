"""What the MQTT gateway takes in, by topic and bytes: the white list, kinds, sizes, junk; and its settings."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import gs1
from liveledger.domain.errors import ConfigurationError
from liveledger_oracles.gateways.mqtt.intake import NOT_LISTED, Intake, Refused, Taken
from liveledger_oracles.gateways.mqtt.settings import Interface, Limits, read_settings
from tests.deploy.tools import DEPLOY

OWN = gs1.with_check_digit("690123410002")
OTHER = gs1.with_check_digit("690123410001")
LIMIT = 200
WMS = Interface(name="wms-7", organisation=OWN, number=2, kinds=("movements", "snapshots"))
TILL = Interface(name="till", organisation=OWN, kinds=("movements",))


def look(topic: str, payload: bytes | dict[str, Any]) -> Taken | Refused:
    """One look of an intake with two interfaces."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Intake([WMS, TILL], max_bytes=LIMIT).look(topic, data)


def code(found: Taken | Refused) -> str:
    """The refusal's code."""
    assert isinstance(found, Refused)
    return found.code


@pytest.mark.parametrize("stated", [{}, {"organisation": OWN}, {"organisation": 2}, {"organisation": None}])
def test_a_listed_interface_is_taken(stated: dict[str, Any]) -> None:
    found = look("stock/wms-7/movements", {"id": "m-1", **stated})
    assert isinstance(found, Taken)
    assert (found.interface, found.kind, found.message_id) == ("wms-7", "movements", "m-1")


@pytest.mark.parametrize(
    "topic",
    [
        *("stock/wms-8/movements", "stock/WMS-7/movements", "stock//movements", "stock/wms-7"),
        *(
            "stock/wms-7/movements/x",
            "/stock/wms-7/movements",
            "sensors/wms-7/movements",
            "",
            "stock/(not listed)/movements",
        ),
    ],
)
def test_an_interface_that_is_not_listed_is_refused_and_not_kept(topic: str) -> None:
    found = look(topic, {"id": "m-1"})
    assert isinstance(found, Refused)
    assert (found.interface, found.code, found.kept) == (NOT_LISTED, "unknown-interface", None)


@pytest.mark.parametrize("topic", ["stock/till/snapshots", "stock/till/orders", "stock/till/"])
def test_a_kind_that_the_interface_may_not_send(topic: str) -> None:
    found = look(topic, {"id": "m-1"})
    assert isinstance(found, Refused)
    kind = "snapshots" if topic.endswith("snapshots") else ""
    assert (found.code, found.kind, found.kept, found.message_id) == ("other-kind", kind, b'{"id": "m-1"}', "m-1")
    # Once the white list names the kind it can be sent; what is no kind at all never can.
    assert found.whole == bool(kind)
    broken = look(topic, b"{")
    assert isinstance(broken, Refused)
    assert (broken.code, broken.kept, broken.message_id, broken.whole) == ("other-kind", b"{", None, False)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b"[1]", "malformed-json"),
        (b'"text"', "malformed-json"),
        (b'{"id": "\xff"}', "malformed-json"),
        (b'{"id": NaN}', "malformed-json"),
        ({}, "missing-field"),
        ({"id": 5}, "missing-field"),
        ({"id": ""}, "missing-field"),
        ({"id": "x" * 129}, "missing-field"),
        ({"id": "m", "organisation": OTHER}, "other-organisation"),
        ({"id": "m", "organisation": 3}, "other-organisation"),
        ({"id": "m", "organisation": True}, "other-organisation"),
        ({"id": "m", "organisation": {}}, "other-organisation"),
    ],
)
def test_what_is_wrong_is_kept_with_its_code(payload: Any, expected: str) -> None:
    found = look("stock/wms-7/movements", payload)
    assert isinstance(found, Refused)
    assert (found.code, found.interface) == (expected, "wms-7")
    assert found.kept == (payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    assert found.message_id == ("m" if expected == "other-organisation" else None)


def test_sizes_and_depths() -> None:
    fits = b'{"id": "m"}' + b" " * (LIMIT - 11)
    assert isinstance(look("stock/till/movements", fits), Taken)
    assert code(look("stock/till/movements", fits + b" ")) == "too-large"
    large = look("stock/till/movements", b'{"at": 1, "id" : "m-1", "note": "' + b"x" * 3000)
    assert isinstance(large, Refused)
    assert (large.code, large.message_id, large.whole) == ("too-large", "m-1", False)
    assert large.kept is not None
    assert len(large.kept) == 1024
    deep = Intake([TILL], max_bytes=1 << 20).look("stock/till/movements", b"[" * 500_000)
    assert code(deep) == "malformed-json"


def test_bridge_and_broker_have_the_same_limit() -> None:
    folder = DEPLOY / "mosquitto"
    broker = dict(line.split(" ", 1) for line in (folder / "liveledger.conf").read_text().splitlines() if " " in line)
    bridge = tomllib.loads((folder / "erp.toml").read_text())["limits"]
    assert int(broker["message_size_limit"]) == bridge["max_message_bytes"] == Limits().max_message_bytes
    assert bridge == Limits().model_dump()


def test_a_number_that_the_list_does_not_have_is_left_to_the_api() -> None:
    assert isinstance(look("stock/till/movements", {"id": "m", "organisation": 9}), Taken)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), st.sampled_from([None, 1, 3]))
def test_the_line_is_the_message_on_one_line(rest: dict[str, Any], indent: int | None) -> None:
    message = {**rest, "id": "m", "organisation": OWN}
    text = json.dumps(message, indent=indent, ensure_ascii=False).replace("\n", "\r\n").encode()
    found = Intake([WMS], max_bytes=1 << 16).look("stock/wms-7/movements", text)
    assert isinstance(found, Taken)
    assert len(found.line.splitlines()) == 1
    assert orjson.loads(found.line) == message


@given(st.binary(max_size=60), st.text(max_size=20))
def test_junk_is_never_taken(payload: bytes, topic: str) -> None:
    assert isinstance(look(topic, payload), Refused)
    assert isinstance(look("stock/till/movements", payload), Refused)


GOOD = f"""
account = "operator"

[broker]
host = "broker.example"
client_id = "bridge"
ca = "ca.pem"
certificate = "bridge.pem"
key = "bridge.key"

[[interface]]
name = "wms-7"
organisation = "{OWN}"
kinds = ["movements", "snapshots"]
"""


def written(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    """A settings file with a key beside it."""
    key = folder / "bridge.key"
    key.write_text("key")
    key.chmod(mode)
    file = folder / "erp.toml"
    file.write_text(text)
    return file


def test_settings_are_read_and_paths_lie_beside_them(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, GOOD))
    assert settings.broker.key == tmp_path / "bridge.key"
    assert (settings.broker.port, settings.limits.batch, settings.api) == (8883, 150, None)
    assert settings.interface[0].kinds == ("movements", "snapshots")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[broker]", "[broker", "no TOML"),
        ('host = "broker.example"', "", "broker.host"),
        ('host = "broker.example"', 'host = "b"\npassword = "x"', "broker.password"),
        ('name = "wms-7"', 'name = "wms/7"', "interface.0.name"),
        ('name = "wms-7"', 'name = "+"', "interface.0.name"),
        (OWN, "6901234100021", "interface.0.organisation"),
        ('"snapshots"]', '"orders"]', "interface.0.kinds.1"),
        ('kinds = ["movements", "snapshots"]', "kinds = []", "interface.0.kinds"),
        ("[[interface]]", "[[other]]", "interface"),
        ("[broker]", "[limits]\nbatch = 0\n[broker]", "limits.batch"),
        ('account = "operator"', 'api = "file:///etc"', "api"),
        (GOOD, GOOD + GOOD[GOOD.index("[[interface]]") :], "listed twice"),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError, match=named):
        read_settings(written(tmp_path, GOOD.replace(old, new)))


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="open to others"):
        read_settings(written(tmp_path, GOOD, mode=0o640))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_settings(tmp_path / "none.toml")
