"""Orders over the API on a real validator: the list with its proof, the choice without, and what is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liveledger.bindings.constants import Role
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.orders import order_id
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger.services.members import LotDraft, Registrar
from liveledger.services.replenishment import Levels, ListedPlace, ReplenishmentReader, ReplenishmentWriter
from tests.api.ledger import CODES, NOWHERE, SHOP, WAREHOUSE, RunningApi, run_verify

pytestmark = pytest.mark.network
SETTINGS = Settings(2_500, 2_500, 2_500, 2_500, 100, 150, 60, 1_000, 0, 432_000, 172_800, 86_400)


@pytest.fixture(scope="module")
def api(api: RunningApi) -> RunningApi:
    """A brand whose warehouse has goods and whose shop has levels and none."""
    api.http.post("/movements", json=api.movement("goods-to-order", "receive", 500, to=WAREHOUSE))
    api.final("goods-to-order")
    return api


def prepare(api: RunningApi) -> tuple[int, int]:
    """Policy, levels and one order; returns the SKU's number and the block after it."""
    outbox = open_outbox(api.ledger)
    signer = load_or_create_account(api.home, "signer")
    administrator = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
    administrator.register_accounts([(signer, api.brand, Role.SIGN_AGREEMENTS | Role.REPORT)])
    writer, reader = (
        ReplenishmentWriter(api.ledger, Sender(api.ledger, signer, outbox)),
        ReplenishmentReader(api.ledger),
    )
    block = final_height(api.ledger)
    sku, shop, warehouse = (
        reader.sku(api.brand, CODES[0], block),
        *(reader.place(int(g), block) for g in (SHOP, WAREHOUSE)),
    )
    writer.set_settings(SETTINGS)
    for place in (shop, warehouse):
        writer.set_place(ListedPlace(place, 1, hub=False))
    writer.set_links({(warehouse, shop): Way(1_000, 3_600, 5)})
    writer.set_levels([Levels(sku, shop, 50, 90, 3_600)], bytes(32))
    writer.order(sku, shop, reader.choice(sku, shop, final_height(api.ledger)))
    outbox.close()
    return sku, final_height(api.ledger)


def test_orders_are_listed_and_proven(api: RunningApi, tmp_path: Path) -> None:
    path = f"/replenishment/{api.brand}/{CODES[0]}"
    assert api.get(path).json()["answer"] == {"known_sku": True, "count": "0", "entries": []}
    sku, block = prepare(api)
    plain = api.get(path, at_least=block).json()["answer"]
    (made,) = plain["entries"]
    assert (made["entry"], made["kind"], made["quantity"], made["position"]) == ("made", "place", "90", "0")
    assert made["order"] == str(order_id(sku, 0))
    bundle = api.get(path, proof="bundle", at_least=block)
    assert bundle.json()["answer"] == plain
    parameters = {"brand": str(api.brand), "sku": CODES[0], "first": "0", "limit": "100"}
    files = [tmp_path / name for name in ("bundle.json", "question.json")]
    files[0].write_bytes(bundle.content)
    files[1].write_text(json.dumps({"view": "sku-orders/2", "parameters": parameters}))
    assert run_verify(files[0], api.home.trust, files[1]) == 0
    files[0].write_bytes(bundle.content.replace(b'"quantity":"90"', b'"quantity":"91"'))
    assert run_verify(files[0], api.home.trust, files[1]) == 1
    shown = json.loads(api.cli("replenish", "orders", str(api.brand), CODES[0], "--json").stdout)
    assert (shown["verdict"]["verdict"], shown["answer"]["count"]) == ("proven", "1")
    choice = api.get(f"{path}/{SHOP}/choice").json()
    assert (choice["answer"]["reason"], choice["proof"]) == ("ReplenishmentAboveThreshold", None)
    assert choice["answer"]["arguments"] == {"position": "90", "threshold": "50"}
    api.cli("fsck")


def test_old_lots_with_stock_are_kept_in_sight(api: RunningApi) -> None:
    outbox = open_outbox(api.ledger)
    sender = Sender(api.ledger, load_account(api.home, api.label), outbox)
    stock = api.ledger.manifest.address("StockLedger")
    drafts = [LotDraft(CODES[1], f"L-{number}") for number in range(1, 41)]
    Registrar(sender).register_lots(stock, api.brand, drafts)
    outbox.close()
    for lot in ("L-1", "L-40"):
        message = api.movement(f"goods-of-{lot}", "receive", 7, to=WAREHOUSE, sku=CODES[1], lot=lot)
        assert api.http.post("/movements", json=message).status_code == 202
        api.final(f"goods-of-{lot}")
    asked = ("replenish", "lots", str(api.brand), "--json")
    assert json.loads(api.cli(*asked).stdout)["skus"] == [{"sku": CODES[1], "kept": [], "wanted": ["1"]}]
    assert json.loads(api.cli(*asked, "--send", "--yes", "--as", "signer").stdout)["sent"] is True
    shown = json.loads(api.cli(*asked, "--send", "--yes", "--as", "signer").stdout)
    assert (shown["sent"], shown["skus"]) == (False, [{"sku": CODES[1], "kept": ["1"], "wanted": ["1"]}])
    api.cli("replenish", "lots", str(api.brand), "--send", "--yes", "--as", "nobody")  # nothing is to be sent


def test_what_is_not_known_is_said(api: RunningApi) -> None:
    assert api.get(f"/replenishment/{api.brand}/none").status_code == 404
    assert api.get(f"/replenishment/{api.brand}/{CODES[0]}/{NOWHERE}/choice").status_code == 404
    assert api.get(f"/replenishment/{api.brand}/{CODES[0]}/123/choice").status_code == 400
    api.cli("replenish", "orders", str(api.brand), "none", expect=3)
