"""The command line of replenishment on a real ledger: policy, levels from demand, a pass, and the end of an order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liveledger.bindings import stock_ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound, RuleViolation
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.domain.orders import OrderStatus, SourceKind, order_id
from liveledger.index.database import index_engine
from liveledger.index.follower import Index
from liveledger.rules.replenishment.terms import Settings
from liveledger.services.members import Act, Registrar
from liveledger.services.replenishment import ReplenishmentReader
from liveledger_cli.main import assemble
from tests.support.trading import Trading, now

pytestmark = pytest.mark.network
SHOP, STORE, HUB = (gs1.with_check_digit(f"69012349000{number}") for number in range(3))
CODE = "SKU-039"
SETTINGS = Settings(2_500, 2_500, 2_500, 2_500, 100, 150, 60, 1_000, 0, 432_000, 172_800, 86_400)


@pytest.fixture(scope="module")
def trading(trading: Trading) -> Trading:
    """The ledger with a shop that has 10 of a SKU, and its store, which has 500."""
    shop, store, _ = trading.administrator.register_places([(trading.brand, int(gln)) for gln in (SHOP, STORE, HUB)])
    rows = [Movement(trading.skus[CODE], Kind.RECEIVE, 0, *row, now()) for row in ((shop, 10), (store, 500))]
    call = stock_ledger.Post(900, 0, bytes(32), pack(rows))
    act = Act("receive", trading.ledger.manifest.address("StockLedger"), call.calldata())
    Registrar(trading.sender()).carry_out([act])
    return trading


def command(trading: Trading, *arguments: str) -> list[str]:
    """The arguments of a command on this ledger."""
    home = trading.network.home
    return ["replenish", *arguments, "--home", str(home.directory.parent), "--ledger", home.name, "--json"]


def cli(trading: Trading, *arguments: str, expect: int = 0, stdin: str | None = None) -> Any:
    """The JSON of a command on this ledger."""
    line = command(trading, *arguments)
    found = CliRunner().invoke(assemble(line), line, input=stdin)
    assert found.exit_code == expect, (found.output, found.exception)
    # The runner echoes the answer to a question before the output.
    return json.loads(found.stdout.removeprefix(f" {stdin}"))


def policy_file(path: Path, places: tuple[str, ...] = (SHOP, STORE, HUB)) -> Path:
    link = {"metres": 12_000, "transit_seconds": 345_600, "carbon_grams": 20}
    path.write_text(
        json.dumps(
            {
                "settings": {name: getattr(SETTINGS, name) for name in Settings.__slots__},
                "places": [{"gln": gln, "region": 7, "hub": gln == HUB} for gln in places],
                "links": [{"from": gln, "to": SHOP, **link} for gln in places[1:]],
            }
        )
    )
    return path


def demand_file(path: Path) -> Path:
    sold = enumerate([4, 6, 5, 9, 6], start=1)
    path.write_text("day,place,sku,units\n" + "".join(f"2026-11-0{day},{SHOP},{CODE},{n}\n" for day, n in sold))
    return path


def test_from_policy_to_a_closed_order(trading: Trading, tmp_path: Path) -> None:
    brand = str(trading.brand)
    reader = ReplenishmentReader(trading.ledger)
    with pytest.raises(NotFound):
        reader.settings(trading.brand, final_height(trading.ledger))
    shown = cli(trading, "policy", brand, "--apply", str(policy_file(tmp_path / "policy.json")), "--yes")
    assert shown["settings"] == {name: str(getattr(SETTINGS, name)) for name in Settings.__slots__}
    assert [row["hub"] for row in shown["places"]] == [False, False, True]
    assert len(shown["links"]) == 2

    options = [brand, str(demand_file(tmp_path / "demand.csv")), "--days", "5", "--end", "2026-11-06"]
    assert cli(trading, "levels", *options)["levels"][0]["threshold"] == "31"
    assert cli(trading, "suggest", brand)["proposals"] == []
    sent = cli(trading, "levels", *options, "--send", "--yes", "--as", "brand")
    (level,) = sent["levels"]
    assert (sent["brand"], sent["sent"], level["safety"], level["threshold"]) == (brand, True, "7", "31")
    assert (level["target"], level["lead_seconds"]) == ("73", "345600")

    shadow = cli(trading, "suggest", brand)
    assert (shadow["ordered"], shadow["proposals"][0]["quantity"]) == ([], "63")
    declined = cli(trading, "suggest", brand, "--send", "--as", "brand", stdin="n\n")
    assert declined["ordered"] == []
    metrics = tmp_path / "metrics.prom"
    made = cli(trading, "suggest", brand, "--send", "--yes", "--as", "brand", "--metrics", str(metrics))
    assert len(made["ordered"]) == 1
    assert made["decision_seconds"] > 0
    assert "liveledger_replenishment_decision_seconds" in metrics.read_text()

    number = order_id(trading.skus[CODE], 0)
    state = reader.order(number, final_height(trading.ledger))
    assert (state.kind, state.status, state.quantity) == (SourceKind.PLACE, OrderStatus.OPEN, 63)
    again = cli(trading, "order", brand, CODE, SHOP, "--send", "--yes", "--as", "brand", expect=1)
    assert again["proposals"][0]["reason"] == "ReplenishmentAboveThreshold"
    height, shop = final_height(trading.ledger), reader.place(int(SHOP), final_height(trading.ledger))
    assert reader.open_orders([(trading.skus[CODE], shop)], height) == [state]
    assert reader.open_orders([(trading.skus[CODE], shop + 1)], height) == []
    set_at = reader.levels(trading.skus[CODE], shop, height).set_at
    assert 0 <= reader.time(height) - set_at < 3_600
    closed = cli(trading, "close", str(number), "63", "60", "--as", "brand")
    assert closed == {"order": str(number), "status": "closed"}
    assert reader.open_orders([(trading.skus[CODE], shop)], final_height(trading.ledger)) == []
    with pytest.raises(RuleViolation, match="ReplenishmentUnknownOrder"):
        reader.order(number + 1, final_height(trading.ledger))


def test_levels_from_the_index(trading: Trading, tmp_path: Path) -> None:
    sku = trading.skus[CODE]
    reader = ReplenishmentReader(trading.ledger)
    shop = reader.place(int(SHOP), final_height(trading.ledger))
    rows = [Movement(sku, Kind.SELL, shop, 0, 3, now() - 86_400 * back) for back in (1, 2)]
    call = stock_ledger.Post(900, 1, bytes(32), pack(rows))
    act = Act("sell", trading.ledger.manifest.address("StockLedger"), call.calldata())
    Registrar(trading.sender()).carry_out([act])
    Index(index_engine(trading.network.home), trading.ledger).catch_up()
    (level,) = cli(trading, "levels", str(trading.brand), "--days", "2", "--cover-days", "1")["levels"]
    # 3 a day without deviation, four days of lead time, a day of cover
    assert (level["place"], level["safety"], level["threshold"], level["target"]) == (SHOP, "0", "12", "15")

    assert (level["source"], level["history_days"], level["short_history"]) == ("history", 2, False)
    (level,) = cli(trading, "levels", str(trading.brand), "--cover-days", "1")["levels"]
    assert (level["threshold"], level["history_days"], level["short_history"]) == ("12", 2, True)
    # A season that ended counts as ended: the days without a sale up to now are days without a sale.
    old = cli(trading, "levels", str(trading.brand), str(demand_file(tmp_path / "old.csv")), "--days", "5")
    (level,) = old["levels"]
    assert (level["threshold"], level["target"]) == ("0", "0")


def test_levels_from_a_forecast_come_first(trading: Trading, tmp_path: Path) -> None:
    reader, path = ReplenishmentReader(trading.ledger), tmp_path / "forecast.csv"
    rows = [f"2026-11-{day:02},{SHOP},{CODE},10,0\n" for day in range(6, 10)]
    path.write_text("day,place,sku,mean,spread\n" + "".join(rows))
    options = [str(trading.brand), str(demand_file(tmp_path / "demand.csv")), "--end", "2026-11-06", "--days", "5"]
    sending = ("--cover-days", "0", "--forecast", str(path), "--send", "--yes", "--as", "brand")
    (level,) = cli(trading, "levels", *options, *sending)["levels"]
    assert (level["source"], level["threshold"], level["target"]) == ("forecast", "40", "40")
    shop = reader.place(int(SHOP), final_height(trading.ledger))
    assert reader.levels(trading.skus[CODE], shop, final_height(trading.ledger)).threshold == 40
    line = command(trading, "levels", *options, "--forecast", str(path))
    # Seven days of cover reach beyond it.
    assert isinstance(CliRunner().invoke(assemble(line), line).exception, InvalidInput)


def test_what_a_file_lacks_goes(trading: Trading, tmp_path: Path) -> None:
    brand, path = str(trading.brand), str(policy_file(tmp_path / "less.json", (SHOP, STORE)))
    declined = cli(trading, "policy", brand, "--apply", path, stdin="n\n")
    assert (len(declined["places"]), len(declined["links"])) == (3, 2)
    shown = cli(trading, "policy", brand, "--apply", path, "--yes")
    assert [row["hub"] for row in shown["places"]] == [False, False]
    assert [link["from"] for link in shown["links"]] == [shown["places"][1]["place"]]
    reader, block = ReplenishmentReader(trading.ledger), final_height(trading.ledger)
    hub, shop = (reader.place(int(gln), block) for gln in (HUB, SHOP))
    assert reader.ways(trading.brand, [(hub, shop)], block) == {}


def test_unknown_names_are_said(trading: Trading) -> None:
    reader, block = ReplenishmentReader(trading.ledger), final_height(trading.ledger)
    with pytest.raises(NotFound, match="no SKU"):
        reader.sku(trading.brand, "none", block)
    with pytest.raises(NotFound, match="GLN"):
        reader.place(1, block)
