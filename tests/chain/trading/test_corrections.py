"""Undoing and adjusting by two organisations, over the command line, on a real chain."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import address_of, load_or_create_account
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.services import cosigned
from liveledger.services.members import OrganisationDraft
from liveledger.verifier import Refusal
from tests.support.commands import liveledger
from tests.support.trading import Trading, message, now

pytestmark = pytest.mark.network
LANE = 77
AUDITOR_GLN = 6901234567014


@pytest.fixture(scope="module")
def auditor(trading: Trading) -> str:
    """Label of an account that may agree, of an organisation that the brand approved."""
    administrator = trading.administrator
    (number,) = administrator.register_organisations(
        [OrganisationDraft(OrganisationKind.AUDITOR, AUDITOR_GLN, bytes(32))]
    )
    account = load_or_create_account(trading.ledger.home, "auditor")
    administrator.register_accounts([(account, number, Role.SIGN_AGREEMENTS)])
    administrator.approve_operators([(trading.brand, number)])
    return "auditor"


def run(trading: Trading, *arguments: str, expect: int = 0) -> Any:
    done = liveledger("correction", *arguments, "--json", home=trading.ledger.home)
    assert done.returncode == expect, done.stdout + done.stderr
    return json.loads(done.stdout)


def balance(trading: Trading, sku: int) -> tuple[int, ...]:
    call = stock_ledger.BalanceOf(sku, 0, trading.places[0]).calldata()
    address = trading.ledger.manifest.address("StockLedger")
    word = int.from_bytes(trading.ledger.execution.call(address, call, final_height(trading.ledger)))
    return tuple(word >> 64 * lane & (1 << 64) - 1 for lane in range(4))


def posted(trading: Trading, sku: int, quantity: int) -> list[str]:
    """A batch with goods received, some reserved and some sold: the words that name it."""
    place = trading.places[0]
    movements = [
        Movement(sku, Kind.RECEIVE, 0, place, quantity, now()),
        Movement(sku, Kind.RESERVE, place, place, 3, now()),
        Movement(sku, Kind.SELL, place, 0, 2, now()),
    ]
    poster = trading.poster(LANE)
    names = [f"undo-{sku}-{quantity}-{number}" for number in range(3)]
    poster.post([message(name, movement) for name, movement in zip(names, movements, strict=True)])
    poster.wait(timeout=60)
    status = poster.status(names[0])
    assert status is not None
    return [hex_bytes(address_of(trading.account)), str(LANE), str(status.sequence)]


def test_a_batch_is_undone_once_both_signed(trading: Trading, auditor: str, tmp_path: Path) -> None:
    sku = trading.new_skus("CORRECTED-31")[0]
    before = balance(trading, sku)
    batch, file = posted(trading, sku, 50), str(tmp_path / "undo.json")
    assert balance(trading, sku) == (before[0] + 45, before[1] + 3, before[2], before[3])
    draft = run(trading, "undo", *batch, "--as", "brand", "--out", file, "--reason", "posted to the wrong shop")
    assert draft["possible"]
    assert draft["signed_by"] is None
    assert draft["changes"][0]["after"]["available"] == str(before[0])
    assert "not signed" in run(trading, "post", file, "--as", "brand", expect=2)["error"]["message"]
    own = run(trading, "sign", file, "--as", "brand")
    assert own["signed_by"] == batch[0]
    refused = run(trading, "post", file, "--as", "brand", expect=1)["error"]
    assert refused["details"]["reason"] == "StockSameOrganisation"
    assert "both signatures are of organisation 1 (GLN 69" in refused["message"]
    run(trading, "undo", *batch, "--as", "brand", "--out", file, "--reason", "posted to the wrong shop")
    run(trading, "sign", file, "--as", auditor)
    first = run(trading, "post", file, "--as", "brand")
    assert run(trading, "post", file, "--as", "brand") == first
    assert balance(trading, sku) == before


def test_one_movement_of_a_batch_is_undone(trading: Trading, auditor: str, tmp_path: Path) -> None:
    sku = trading.new_skus("CORRECTED-32")[0]
    batch, file = posted(trading, sku, 20), str(tmp_path / "undo.json")
    held = balance(trading, sku)
    run(trading, "undo", *batch, "--index", "2", "--as", "brand", "--out", file, "--reason", "a sale that was none")
    run(trading, "sign", file, "--as", auditor)
    run(trading, "post", file, "--as", "brand")
    assert balance(trading, sku) == (held[0] + 2, *held[1:])
    gone = ("undo", *batch, "--index", "3", "--as", "brand", "--out", file, "--reason", "x")
    assert run(trading, *gone, expect=3)["error"]["code"] == "not-found"


def test_an_adjustment_over_the_limit(trading: Trading, auditor: str, tmp_path: Path) -> None:
    sku, place, file = trading.new_skus("CORRECTED-33")[0], trading.places[0], str(tmp_path / "adjust.json")
    before = balance(trading, sku)
    alone = message("too-much-alone", Movement(sku, Kind.FOUND, 0, place, 100_001, now()))
    poster = trading.poster(LANE + 1)
    poster.post([alone])
    with contextlib.suppress(LiveLedgerError):
        poster.wait(timeout=60)
    status = poster.status("too-much-alone")
    assert status is not None
    assert "StockNeedsAgreement" in (status.refusal or "")
    draft = ("adjust", str(sku), str(place), "found", "100001", "--as", "brand", "--out", file, "--reason", "count")
    run(trading, *draft)
    run(trading, "sign", file, "--as", auditor)
    run(trading, "post", file, "--as", "brand")
    assert balance(trading, sku)[0] == before[0] + 100_001
    short = ("adjust", str(sku), str(place), "scrap", "5", "--as", "brand", "--out", file, "--reason", "none is held")
    assert run(trading, *short)["possible"] is False
    run(trading, "show", file, expect=1)


def test_a_changed_file_is_refused(trading: Trading, auditor: str, tmp_path: Path) -> None:
    sku, place, file = trading.new_skus("CORRECTED-34")[0], trading.places[0], tmp_path / "adjust.json"
    draft = ("adjust", str(sku), str(place), "found", "7", "--as", "brand", "--out", str(file), "--reason", "count")
    run(trading, *draft)
    run(trading, "sign", str(file), "--as", auditor)
    good = file.read_bytes()
    file.write_bytes(good.replace(b'"quantity": "7"', b'"quantity": "8"'))
    run(trading, "post", str(file), "--as", "brand", expect=1)
    for junk in (b"", b"[]", good.replace(b'"found"', b'"stolen"'), good.replace(b'"lot"', b'"lots"'), b"[" * 9000):
        with pytest.raises(Refusal):
            cosigned.read(junk)
    assert cosigned.read(good).emit() == good


def test_the_rules_decide_what_is_possible(trading: Trading, auditor: str, tmp_path: Path) -> None:
    """Net balances would allow it: what is undone first takes goods that come back only after it."""
    sku, place, file = trading.new_skus("CORRECTED-35")[0], trading.places[0], str(tmp_path / "undo.json")
    moved = [Movement(sku, Kind.RECEIVE, 0, place, 10, now()), Movement(sku, Kind.SELL, place, 0, 10, now())]
    poster = trading.poster(LANE + 2)
    poster.post([message(f"net-{number}", movement) for number, movement in enumerate(moved)])
    poster.wait(timeout=60)
    status = poster.status("net-0")
    assert status is not None
    batch = [hex_bytes(address_of(trading.account)), str(LANE + 2), str(status.sequence)]
    draft = run(trading, "undo", *batch, "--as", "brand", "--out", file, "--reason", "none of this happened")
    assert (draft["possible"], draft["undoes_what_it_says"]) == (True, True)
    assert [each["kind"] for each in draft["movements"]] == ["return", "restock", "lost"]
    assert draft["counters"][0]["after"] == {"received": "10", "sold": "10", "returned": "10", "adjusted": "-10"}
    assert "stay counted as received" in draft["warnings"][0]
    turned = json.loads(Path(file).read_text())
    turned["movements"] = turned["movements"][2:] + turned["movements"][:2]
    Path(file).write_text(json.dumps(turned))
    shown = run(trading, "show", file, expect=1)
    assert shown["changes"][0]["before"] == shown["changes"][0]["after"]
    assert "StockOversell" in shown["refusal"]


def test_both_sides_are_shown_and_a_false_claim_is_not_signed(trading: Trading, auditor: str, tmp_path: Path) -> None:
    sku, file = trading.new_skus("CORRECTED-36")[0], tmp_path / "undo.json"
    batch = posted(trading, sku, 30)
    run(trading, "undo", *batch, "--index", "2", "--as", "brand", "--out", str(file), "--reason", "no sale")
    text = json.loads(file.read_text())
    text["movements"][0]["quantity"] = "200"
    file.write_text(json.dumps(text))
    shown = run(trading, "show", str(file), expect=1)
    assert "does NOT undo" in shown["movements"][0]["meaning"]
    assert run(trading, "sign", str(file), "--as", auditor, expect=1)["error"]["code"] == "undo-mismatch"
    assert json.loads(file.read_text())["signature"] is None
    place = trading.places[0]
    pair = [(Kind.FOUND, 0, place), (Kind.SELL, place, 0)]
    text["movements"] = [
        {**text["movements"][0], "kind": kind.name.lower(), "from": str(start), "to": str(end), "undoes": ""}
        for kind, start, end in pair
    ]
    file.write_text(json.dumps(text))
    shown = run(trading, "sign", str(file), "--as", auditor)
    assert [each["meaning"] for each in shown["movements"]] == ["undoes nothing", "undoes nothing"]
    assert shown["counters"][0]["before"]["sold"] != shown["counters"][0]["after"]["sold"]


def test_a_shipment_between_two_operators_takes_three(trading: Trading, auditor: str, tmp_path: Path) -> None:
    administrator, file = trading.administrator, str(tmp_path / "undo.json")
    drafts = [OrganisationDraft(OrganisationKind.PLATFORM, AUDITOR_GLN + 100 * n, bytes(32)) for n in (1, 2)]
    first, second = administrator.register_organisations(drafts)
    account = load_or_create_account(trading.ledger.home, "platform")
    administrator.register_accounts([(account, first, Role.POST_MOVEMENTS)])
    start, end = administrator.register_places([(first, AUDITOR_GLN + 300), (second, AUDITOR_GLN + 400)])
    administrator.approve_operators([(trading.brand, first), (trading.brand, second)])
    sku = trading.new_skus("CORRECTED-37")[0]
    records = pack(
        [
            Movement(sku, Kind.RECEIVE, 0, start, 5, now()),
            Movement(sku, Kind.RESERVE, start, start, 5, now()),
            Movement(sku, Kind.SHIP, start, end, 5, now()),
        ]
    )
    address = trading.ledger.manifest.address("StockLedger")
    sender = trading.sender(account)
    assert sender.run("ship", address, stock_ledger.Post(0, 0, bytes(32), records).calldata()).status == 1
    batch = [hex_bytes(address_of(account)), "0", "0", "--index", "2"]
    draft = run(trading, "undo", *batch, "--as", "platform", "--out", file, "--reason", "to the wrong platform")
    assert not draft["possible"]
    assert all(f"organisation {number} (GLN " in draft["refusal"] for number in (trading.brand, first, second))


def test_a_brands_limit_and_what_was_agreed_are_listed(trading: Trading, auditor: str, tmp_path: Path) -> None:
    sku, place, file = trading.new_skus("CORRECTED-38")[0], trading.places[0], str(tmp_path / "adjust.json")
    for units in ("7", "9", "7"):
        assert run(trading, "limit", units, "--as", "brand")["units"] == units
    poster = trading.poster(LANE + 3)
    poster.post([message("over-the-new-limit", Movement(sku, Kind.FOUND, 0, place, 8, now()))])
    with contextlib.suppress(LiveLedgerError):
        poster.wait(timeout=60)
    status = poster.status("over-the-new-limit")
    assert status is not None
    assert "StockNeedsAgreement" in (status.refusal or "")
    run(trading, "adjust", str(sku), str(place), "found", "8", "--as", "brand", "--out", file, "--reason", "count")
    run(trading, "sign", file, "--as", auditor)
    posted_in = run(trading, "post", file, "--as", "brand")["block"]
    listed = run(trading, "list")
    newest = listed["corrections"][0]
    assert (newest["block"], newest["movements"], newest["poster"]) == (
        posted_in,
        "1",
        hex_bytes(address_of(trading.account)),
    )
    assert [(entry["brand"], entry["units"]) for entry in listed["limits"]] == [(str(trading.brand), "7")]
    run(trading, "limit", "100000", "--as", "brand")
