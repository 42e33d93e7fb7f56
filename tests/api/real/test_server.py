"""The server on a real validator: proofs that are not there yet, anchors, junk in addresses, a node that dies."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api import events as e
from tests.api.ledger import CODES, NOWHERE, WAREHOUSE, RunningApi
from tests.api.real.stock import stock_path
from tests.support.network import eventually

pytestmark = pytest.mark.network


def test_what_is_not_there_is_proven(api: RunningApi) -> None:
    unknown = "urn:epc:id:sgtin:6901234.009999.1"
    assert api.get(f"/items/{unknown}/events").status_code == 404
    none = api.get(f"/items/{unknown}/events", proof="true")
    assert (none.status_code, none.json()["answer"]["count"]) == (200, "0")
    assert api.get(stock_path(api, NOWHERE)).status_code == 404
    zero = api.get(stock_path(api, NOWHERE, "NO-SUCH"), proof="true").json()["answer"]
    assert (zero["known_sku"], zero["known_place"], zero["available"]) == (False, False, "0")
    agreement = "0x" + "ab" * 32
    assert api.get(f"/agreements/{agreement}/settlements").status_code == 404
    assert api.get(f"/agreements/{agreement}/settlements", proof="true").json()["answer"]["known"] is False
    page = api.get(f"/agreements/{agreement}/settlements", proof="true", first="2", limit="3").json()["proof"][
        "question"
    ]
    assert (page["view"], page["parameters"]["first"], page["parameters"]["limit"]) == ("settlement/2", "2", "3")
    assert api.get(f"/feeds/{agreement}/reports", proof="true").json()["answer"]["count"] == "0"
    api.cli("stock", "show", str(api.brand), CODES[0], NOWHERE, expect=3)
    traced = api.cli("item", "trace", unknown, expect=3)
    assert "no event names this item" in traced.stdout
    assert "verified here" in traced.stderr


def test_a_proof_of_a_block_to_come_is_pending(api: RunningApi) -> None:
    height = int(api.http.get("/health/ready").json()["chain_height"])
    pending = api.http.get(stock_path(api), params={"proof": "true", "at_least": height + 100})
    assert pending.status_code == 202
    assert int(pending.headers["Retry-After"]) >= 1
    behind = api.http.get(stock_path(api), params={"at_least": height + 100})
    assert behind.status_code == 503


@settings(max_examples=50, deadline=None)
@given(
    where=st.sampled_from(
        [
            "/items/{}/events",
            "/stock/1/{}/" + WAREHOUSE,
            "/stock/1/TEA-1/{}",
            "/events/{}",
            "/batches/{}/0",
        ]
    ),
    what=st.text(min_size=1, max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(min_size=1, max_size=20),
    proof=st.sampled_from(["true", "false", "bundle", "maybe"]),
)
def test_junk_in_an_address_is_never_an_error_of_ours(api: RunningApi, where: str, what: bytes, proof: str) -> None:
    response = api.http.get(where.format(quote_from_bytes(what, safe="")), params={"proof": proof})
    assert response.status_code < 500, response.text


def test_the_server_is_ready_and_tells_where_it_is(api: RunningApi) -> None:
    eventually("the API is ready", lambda: api.http.get("/health/ready").status_code == 200, 30.0)
    status = json.loads(api.cli("api", "status", "--json").stdout)
    assert int(status["lag_blocks"]) <= 5
    trusted = json.loads(api.home.trust.read_bytes())
    assert api.http.get("/trust", params={"height": 0}).json() == trusted
    assert api.http.get("/trust").json() == trusted
    taken = api.cli("api", "start", "--port", "1", expect=4)
    assert "runs already" in taken.stderr


def test_an_anchor_is_that_of_genesis_unless_a_height_is_named(api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    done = api.cli("trust", "export", "--out", str(file))
    assert file.read_bytes() == api.home.trust.read_bytes()
    assert done.stdout.strip().endswith("  height 0")
    newest = json.loads(api.cli("trust", "export", "--newest", "--out", str(file), "--json").stdout)
    assert int(newest["height"]) > 0
    again = api.cli("trust", "export", "--height", newest["height"])
    assert f"fingerprint {newest['fingerprint']}  height {newest['height']}" in again.stderr


def test_a_client_names_the_height_of_its_anchor(api: RunningApi) -> None:
    path = stock_path(api)
    assert api.get(path, proof="true", since="1").json()["proof"]["set_changes"] == []
    assert api.http.get(path, params={"proof": "true", "since": "-1"}).status_code in (400, 422)


def test_the_node_may_die_and_come_back(api: RunningApi) -> None:
    path = api.http.post("/capture", json=e.document(e.TRANSACTION)).headers["Location"]
    api.net.kill(0)
    assert api.http.get("/health/ready").status_code == 503
    refused = api.http.post("/movements", json=api.movement("away-1", "receive", 1, to=WAREHOUSE))
    assert refused.status_code == 503
    api.net.start(0)
    eventually(
        "the job goes on where it was",
        lambda: [event["state"] for event in api.http.get(path).json()["events"]] == ["anchored"],
        60.0,
    )
    eventually("the API is ready again", lambda: api.http.get("/health/ready").status_code == 200, 60.0)
