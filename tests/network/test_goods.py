"""From a fresh ledger to the first movement, by commands alone: places, operators, SKUs, lots; junk changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from liveledger.bindings import consortium, deposit_token, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.accounts.accounts import AccountStore, address_of
from liveledger.chain.accounts.key_care import list_keys
from liveledger.chain.accounts.passphrases import FilePassphrase
from liveledger.chain.contracts.ledger import Ledger, open_ledger
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import LiveLedgerError, NotFound
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.hashing import keccak
from liveledger.index.database import index_engine
from liveledger.index.follower import Index
from liveledger.index.stock.queries import lot_by_code
from liveledger.services.members import LotDraft, Registrar
from liveledger_cli.main import assemble
from liveledger_cli.member.commands import MINTERS
from tests.api.ledger import run_cli
from tests.house.tree import ROOT
from tests.support.free_port import free_port
from tests.support.network import RunningNetwork, eventually, running_network
from tests.unit.keys.support import PASSPHRASE, private_file, store

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]
EXAMPLES = ROOT / "examples" / "messages"
BRAND_GLN, OPERATOR_GLN = (with_check_digit(f"95212390000{number}") for number in (1, 2))
SENDER_OF_THE_EXAMPLES = "6901234100020"
WAREHOUSE, SHOP = "6901234000016", "6901234000023"
GTIN, OTHER_GTIN = "06901234567892", "06901234567908"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """Two founders, a brand and a supplier, each with an account of its own whose key is encrypted."""
    folder = tmp_path_factory.mktemp("goods")
    passphrase = private_file(folder / "passphrase", PASSPHRASE.encode())
    with pytest.MonkeyPatch.context() as patch, running_network(folder, validators=2) as network:
        patch.setenv("LIVELEDGER_PASSPHRASE_FILE", str(passphrase))
        run(network, "member", "found", "--examples")
        for label, number, roles in (
            ("brand", 0, ("register-skus", "sign-agreements")),
            ("operator", 1, ("post-movements", "register-skus")),
        ):
            store(network.home).create(label)  # each command opens it again: with light work
            run(network, "member", "account", "add", label, *roles, "--as", f"node{number}-security-admin")
        yield network


@pytest.fixture(scope="module")
def stocked(net: RunningNetwork) -> RunningNetwork:
    """The same with the places, SKUs and lots of the examples."""
    for gln in (WAREHOUSE, SHOP):
        run(net, "member", "place", "add", gln, "--as", "node1-system-admin")
    run(net, "member", "operator", "approve", OPERATOR_GLN)
    run(net, "sku", "add", str(EXAMPLES / "skus.csv"))
    run(net, "sku", "lots", "1", str(EXAMPLES / "lots.csv"))
    return net


@pytest.fixture(scope="module")
def ledger(net: RunningNetwork) -> Iterator[Ledger]:
    opened = open_ledger(net.home)
    yield opened
    opened.close()


def call(net: RunningNetwork, *arguments: str) -> Result:
    """A command on this ledger, in this process: most of a command's time is its start."""
    words = [*arguments, "--home", str(net.home.root), "--ledger", net.home.name]
    return CliRunner().invoke(assemble(words), words)


def run(net: RunningNetwork, *arguments: str) -> str:
    """What a command that does its work prints."""
    done = call(net, *arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def told(net: RunningNetwork, *arguments: str) -> Any:
    """What it prints as JSON."""
    return json.loads(run(net, *arguments, "--json"))


def refusal(net: RunningNetwork, *arguments: str, expect: int) -> str:
    """What a command that is refused says, with its hint."""
    done = call(net, *arguments)
    error = done.exception
    assert isinstance(error, LiveLedgerError), done.output
    assert error.exit_code == expect, error.as_dict()
    return f"({error.stable_code}): {error.message}; {error.hint}"


def sent(net: RunningNetwork) -> int:
    """How many transactions all accounts of this home have sent."""
    addresses = [key.address for key in list_keys(net.home)]
    return sum(int(net.rpc("eth_getTransactionCount", address, "pending"), 16) for address in addresses)


def asked(ledger: Ledger, call: Any) -> int:
    """A word of StockLedger in the newest final block."""
    data, target = call.calldata(), ledger.manifest.address("StockLedger")
    return int.from_bytes(ledger.execution.call(target, data, final_height(ledger)))


def registered(ledger: Ledger) -> tuple[int, bytes]:
    """How many SKUs the brand has, and the counts of organisations and places."""
    totals = ledger.execution.call(CONSORTIUM_ADDRESS, consortium.Totals().calldata(), final_height(ledger))
    return asked(ledger, stock_ledger.LastSerial(1)), totals


def test_somebody_may_mint_deposits(net: RunningNetwork, ledger: Ledger) -> None:
    accounts = [AccountStore(net.home).load(label) for label in MINTERS]
    token, holder = ledger.manifest.address("DepositToken"), address_of(accounts[0])
    call = deposit_token.Mint(holder, 5, keccak(b"a receipt"))
    outbox = open_outbox(ledger)
    try:
        for account, minted in zip(accounts, (0, 5), strict=True):
            assert Sender(ledger, account, outbox).run("mint", token, call.calldata()).status == 1
            balance = deposit_token.BalanceOf(holder).calldata()
            assert int.from_bytes(ledger.execution.call(token, balance, final_height(ledger))) == minted
    finally:
        outbox.close()


def test_a_place_is_registered_once(net: RunningNetwork) -> None:
    added = ("member", "place", "add", WAREHOUSE, "--as", "node1-system-admin")
    assert told(net, *added) == {"place": "1", "gln": WAREHOUSE, "operator": "2", "changed": True}
    before = sent(net)
    assert "nothing to do: place 1" in run(net, *added)
    add = added[:3]
    foreign = refusal(net, *add, WAREHOUSE, "--as", "node0-system-admin", expect=1)
    assert "operated by organisation 2" in foreign
    assert "check digit is 6" in refusal(net, *add, WAREHOUSE[:-1] + "7", expect=2)
    wrong_role = refusal(net, *add, SHOP, "--as", "operator", expect=1)
    assert "of organisation 2 (GLN 9521239000025) has not the role system-admin" in wrong_role
    assert sent(net) == before
    (row,) = told(net, "member", "place", "list")["places"]
    assert row == {"place": "1", "gln": WAREHOUSE, "operator": "2", "status": "active"}


def test_an_operator_is_approved_and_withdrawn(net: RunningNetwork) -> None:
    approve, withdraw = ("member", "operator", "approve"), ("member", "operator", "withdraw")
    usual = {"acts": ["move", "plan", "order", "register-lots"], "until": None, "places": None, "skus": None}
    shown = {"brand": "1", "operator": "2", "approved": True, **usual}
    assert told(net, *approve, OPERATOR_GLN) == {**shown, "changed": True}
    before = sent(net)
    again = "nothing to do: organisation 2 may move, plan, order, register-lots the goods of brand 1\n"
    assert run(net, *approve, "2") == again
    assert sent(net) == before
    assert told(net, "member", "operator", "show", "1", "2") == shown
    assert told(net, *withdraw, "2")["changed"]
    assert run(net, *withdraw, OPERATOR_GLN).startswith("nothing to do: organisation 2 may not move")
    assert told(net, *approve, "2")["changed"]


@pytest.mark.parametrize(
    ("operator", "more", "exit_code", "says"),
    [
        (BRAND_GLN, (), 2, "its own goods"),
        ("9521239000032", (), 3, "no member is called"),
        ("9521239000033", (), 2, "check digit"),
        ("7", (), 3, "no member is called"),
        ("0", (), 2, "is no organisation"),
        ("12345", (), 2, "is no organisation"),
        ("2", ("--as", "operator"), 1, "the role sign-agreements"),
        ("2", ("--as", "nobody"), 3, "no key called"),
    ],
)
def test_nobody_else_is_approved(
    net: RunningNetwork, operator: str, more: tuple[str, ...], exit_code: int, says: str
) -> None:
    before = sent(net)
    for command in ("approve", "withdraw"):
        assert says in refusal(net, "member", "operator", command, operator, *more, expect=exit_code)
    assert sent(net) == before


def test_an_approval_has_acts_an_end_places_and_skus(stocked: RunningNetwork) -> None:
    operator = ("member", "operator")
    within = ("--acts", "move,retrieve", "--until", "2030-12-31", "--place", WAREHOUSE, "--sku", "TEA-1")
    sku = str(1 << 20 | 1)
    try:
        shown = told(stocked, *operator, "approve", "2", *within)
        assert (shown["acts"], shown["until"]) == (["move", "retrieve"], "1924991999")
        assert (shown["places"], shown["skus"]) == ([WAREHOUSE], [sku])
        assert run(stocked, *operator, "approve", "2", *within).startswith("nothing to do: organisation 2 may move")
        lot = ("sku", "lots", "1", "--sku", "TEA-2", "--lot", "L9", "--as", "operator")
        assert "organisation 2 may not act for brand 1" in refusal(stocked, *lot, expect=1)
        assert told(stocked, *operator, "widen", "2", "--sku", "TEA-2")["skus"] == [sku, str(1 << 20 | 2)]
        assert not told(stocked, *operator, "widen", "2", "--sku", "TEA-2")["changed"]
        assert told(stocked, *operator, "show", "1", OPERATOR_GLN)["places"] == [WAREHOUSE]
    finally:
        run(stocked, *operator, "approve", "2")
    before = sent(stocked)
    assert "not for some places" in refusal(stocked, *operator, "widen", "2", "--sku", "TEA-2", expect=2)
    for wrong, says, exit_code in [
        (("--acts", "fly"), "nothing that a brand could approve", 2),
        (("--until", "soon"), "is no time", 2),
        (("--until", "2020-01-01"), "it is 20", 1),
        (("--place", "9521239000032"), "no place has the GLN", 3),
        (("--sku", "NONE"), "has no SKU 'NONE'", 3),
    ]:
        assert says in refusal(stocked, *operator, "approve", "2", *wrong, expect=exit_code)
    assert "never approved" in refusal(stocked, *operator, "show", "2", "1", expect=3)
    assert sent(stocked) == before


def test_goods_come_onto_the_ledger_once(net: RunningNetwork, stocked: RunningNetwork, ledger: Ledger) -> None:
    before = sent(net)
    there = {"brand": "1", "already_registered": 2, "registered": 0, "dry_run": False}
    assert told(net, "sku", "add", str(EXAMPLES / "skus.csv")) == there
    assert told(net, "sku", "lots", "1", str(EXAMPLES / "lots.csv")) == there | {"already_registered": 1}
    one = ("sku", "add", "--code", "TEA-3", "--unit", "KGM")
    assert run(net, *one, "--dry-run") == "1 would be registered, 0 were there already\n"
    lot = ("sku", "lots", "1", "--sku", "TEA-1", "--lot", "L2612", "--as", "operator")
    assert told(net, *lot, "--dry-run")["registered"] == 1
    assert sent(net) == before
    assert run(net, *one) == "1 registered, 0 were there already\n"
    assert told(net, *lot)["registered"] == 1
    assert sent(net) == before + 2
    shown = told(net, "sku", "show", "1", "TEA-1")
    first = 1 << 20 | 1
    assert shown == {"brand": "1", "code": "TEA-1", "sku": str(first), "gtin": GTIN, "unit": "EA", "lots": "2"}
    assert "no GTIN, counted in KGM, 0 lot(s)" in run(net, "sku", "show", "1", "TEA-3")
    assert "brand 1 has no SKU 'TEA-9'" in refusal(net, "sku", "show", "1", "TEA-9", expect=3)
    assert asked(ledger, stock_ledger.LotInfo(first, 1)) & 0xFFFFFFFF == 20271130
    assert asked(ledger, stock_ledger.LotInfo(first, 2)) & 0xFFFFFFFF == 0


JUNK = [
    ("add", "gtin\n" + GTIN, "(invalid-sku): row 2, code: is missing"),
    ("add", f"code,gtin\nNEW,\nTEA-1,{OTHER_GTIN}", "(other-gtin): row 3, gtin"),
    ("add", "code\nNEW\nTEA-2", "with the GTIN 06901234567908, not no GTIN"),
    ("add", f"code,gtin,unit\nNEW,,\nTEA-1,{GTIN},KGM", "(other-unit): row 3, unit"),
    ("add", f"code,gtin\nNEW,\nBAD,{GTIN[:-1]}3", "row 3, gtin"),
    ("add", "code,unit\nNEW,EA\nBAD,crate", "(unknown-unit): row 3, unit"),
    ("add", "code\nNEW\nNEW", "row 3, code"),
    ("add", f"code\nNEW\n{'B' * 65}", "row 3, code"),
    ("add", 'code\nNEW\n"BAD', "row 3: "),
    ("add", "code,gtin\nNEW", "row 2 has 1 cells"),
    ("add", "code,colour\nNEW,red", "column 'colour'"),
    ("lots", "sku,lot,expiry\nTEA-1,NEW,\nTEA-1,L2611,2027-12-01", "(other-expiry): row 3, expiry"),
    ("lots", "sku,lot,expiry\nTEA-1,NEW,\nTEA-1,L2611,", "with the expiry 2027-11-30, not no expiry"),
    ("lots", "sku,lot\nTEA-1,NEW\nNONE,L1", "the ledger knows no SKU 'NONE' of brand 1"),
    ("lots", "sku,lot,expiry\nTEA-1,NEW,\nTEA-1,L3,2027-13-01", "row 3, expiry"),
    ("lots", f"sku,lot\nTEA-1,NEW\nTEA-1,{'L' * 21}", "row 3, lot"),
]


@pytest.mark.parametrize(("command", "content", "says"), JUNK)
def test_a_bad_file_changes_nothing(
    stocked: RunningNetwork, ledger: Ledger, tmp_path: Path, command: str, content: str, says: str
) -> None:
    file, before = tmp_path / "junk.csv", (sent(stocked), registered(ledger))
    file.write_text(content)
    arguments = ("sku", command, *(("1",) if command == "lots" else ()), str(file))
    assert says in refusal(stocked, *arguments, expect=2)
    assert (sent(stocked), registered(ledger)) == before


NAMES_OF_BOTH = ("row 3, gtin (other-gtin)", "row 4, unit (other-unit)", "error (other-gtin): row 3, gtin")


def test_all_bad_records_are_named_at_once(stocked: RunningNetwork, tmp_path: Path) -> None:
    file = tmp_path / "junk.csv"
    file.write_text(f"code,gtin,unit\nNEW,,\nTEA-1,{OTHER_GTIN},EA\nTEA-2,{OTHER_GTIN},SET\n")
    done = run_cli(stocked.home, "sku", "add", str(file), "--json", expect=2)
    told_in_order = [" ".join(done.stderr.split()).find(name) for name in NAMES_OF_BOTH]
    assert told_in_order == sorted(told_in_order)
    assert told_in_order[0] == 0
    refused = json.loads(done.stdout)["error"]
    assert (refused["code"], [one["row"] for one in refused["details"]["errors"]]) == ("other-gtin", [3, 4])


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (("add",), 2, "name one file"),
        (("add", str(EXAMPLES / "skus.csv"), "--code", "X"), 2, "name one file"),
        (("add", "--code", "X", "--gtin", "12"), 2, "has 2 digits"),
        (("add", "--code", "X", "--as", "operator"), 2, "organisation 2 is no brand but supplier"),
        (("add", "--code", "X", "--as", "node0-security-admin"), 1, "the role register-skus"),
        (("lots", "2", "--sku", "X", "--lot", "L"), 1, "organisation 1 may not act for brand 2"),
        (("lots", "1", "--sku", "X", "--lot", "L"), 2, "knows no SKU 'X'"),
    ],
)
def test_mistakes_are_named(stocked: RunningNetwork, arguments: tuple[str, ...], exit_code: int, says: str) -> None:
    before = sent(stocked)
    assert says in refusal(stocked, "sku", *arguments, expect=exit_code)
    assert sent(stocked) == before


def test_who_was_not_approved_registers_no_lots(stocked: RunningNetwork) -> None:
    run(stocked, "member", "operator", "withdraw", "2")
    lot = ("sku", "lots", "1", "--sku", "TEA-2", "--lot", "L1", "--as", "operator")
    try:
        refused = refusal(stocked, *lot, expect=1)
    finally:
        run(stocked, "member", "operator", "approve", "2")
    assert "organisation 2 may not act for brand 1" in refused


def test_a_registrar_registers_lots_once(stocked: RunningNetwork, ledger: Ledger) -> None:
    stock, passphrase = ledger.manifest.address("StockLedger"), FilePassphrase(stocked.home.root / "passphrase")
    with closing(open_outbox(ledger)) as outbox:
        account = AccountStore(stocked.home, passphrase).load("brand")
        brand = Registrar(Sender(ledger, account, outbox))
        drafts = [LotDraft("TEA-2", "R1"), LotDraft("TEA-1", "R1", 20280229), LotDraft("TEA-2", "R2")]
        made = brand.register_lots(stock, 1, drafts)
        assert all(made[draft.sku, draft.code] for draft in drafts)
        before = sent(stocked)
        assert brand.register_lots(stock, 1, drafts) == made
        with pytest.raises(NotFound, match="brand 1 has no SKU 'NONE'"):
            brand.register_lots(stock, 1, [LotDraft("TEA-1", "R3"), LotDraft("NONE", "R1")])
    assert sent(stocked) == before


def test_more_than_a_transaction_holds(stocked: RunningNetwork, ledger: Ledger, tmp_path: Path) -> None:
    skus, lots = tmp_path / "skus.csv", tmp_path / "lots.csv"
    skus.write_text("code,unit\n" + "".join(f"{number:064},GRM\n" for number in range(320)))
    lots.write_text("sku,lot\n" + "".join(f"{number % 2:064},{number:020}\n" for number in range(640)))
    before, serials = sent(stocked), registered(ledger)[0]
    assert told(stocked, "sku", "add", str(skus))["registered"] == 320
    assert told(stocked, "sku", "lots", "1", str(lots), "-q")["registered"] == 640
    # 3 transactions of SKUs; of 300 lots at a time each SKU's in one, 3 x 2, the last 40 in one more.
    assert (registered(ledger)[0] - serials, told(stocked, "sku", "show", "1", f"{1:064}")["lots"]) == (320, "320")
    after = sent(stocked)
    assert before + 3 < after <= before + 10
    assert told(stocked, "sku", "lots", "1", str(lots))["already_registered"] == 640
    assert sent(stocked) == after


def test_the_brands_date_stands_over_anothers(stocked: RunningNetwork, ledger: Ledger) -> None:
    lot = ("sku", "lots", "1", "--sku", "TEA-2", "--lot", "OP1")
    assert told(stocked, *lot, "--expiry", "2029-01-31", "--as", "operator")["registered"] == 1
    named = ("sku", "correct", "TEA-2", "OP1", "--expiry")
    assert "organisation 2 is no brand" in refusal(stocked, *named, "2027-01-31", "--as", "operator", expect=2)
    assert told(stocked, *named, "2027-01-31") == {"brand": "1", "sku": "TEA-2", "lot": "OP1", "expiry": "2027-01-31"}
    assert told(stocked, *lot, "--expiry", "2027-01-31")["already_registered"] == 1
    assert "is the brand's own" in refusal(stocked, *named, "2028-01-31", expect=1)
    assert "has no lot 'NONE'" in refusal(stocked, "sku", "correct", "TEA-2", "NONE", expect=3)
    index = Index(index_engine(stocked.home), ledger)
    index.refresh()
    with Session(index.engine) as session:
        row = lot_by_code(session, asked(ledger, stock_ledger.SkuByCode(1, "TEA-2")), "OP1")
    assert row is not None
    assert row.expiry == 2027_01_31


def test_a_lot_is_recalled_by_its_brand_and_not_lifted_by_it_alone(stocked: RunningNetwork, ledger: Ledger) -> None:
    lot = ("sku", "lots", "1", "--sku", "TEA-2", "--lot", "RECALLED")
    assert told(stocked, *lot)["registered"] == 1
    named = ("sku", "recall", "1", "TEA-2", "RECALLED", "--as")
    first = told(stocked, *named, "brand")
    assert (first["recalled"], first["lifted_by"]) == (True, None)
    info = stock_ledger.LotInfo(int(first["sku"]), int(first["lot"]))
    assert asked(ledger, info) == 1 << 255 | 1 << 56 | 1 << 32
    lifting = told(stocked, *named, "brand", "--lift")
    assert (lifting["recalled"], lifting["lifted_by"]) == (True, "1")
    assert "until another organisation lifts it" in run(stocked, *named, "brand", "--lift")
    assert "the role sign-agreements" in refusal(stocked, *named, "operator", expect=1)
    assert "has no lot 'NONE'" in refusal(stocked, "sku", "recall", "1", "TEA-2", "NONE", "--as", "brand", expect=3)


def test_the_examples_are_posted(stocked: RunningNetwork, ledger: Ledger, tmp_path: Path) -> None:
    movements, snapshots = (tmp_path / f"{name}.csv" for name in ("movements", "snapshots"))
    for file in (movements, snapshots):
        file.write_text((EXAMPLES / file.name).read_text().replace(SENDER_OF_THE_EXAMPLES, OPERATOR_GLN))
    port = free_port()
    run_cli(stocked.home, "api", "start", "--detach", "--port", str(port))
    try:
        assert told(stocked, "movement", "post", str(movements))["accepted"] == 4
        assert told(stocked, "snapshot", "post", str(snapshots))["accepted"] == 3
        eventually("its first movement", lambda: "final" in run(stocked, "movement", "of", "DN-2026-118"))
        eventually("its sale", lambda: "final" in run(stocked, "movement", "of", "SO-77120"))
    finally:
        run_cli(stocked.home, "api", "stop")
    places = {row["gln"]: int(row["place"]) for row in told(stocked, "member", "place", "list")["places"]}
    first, available = 1 << 20 | 1, (1 << 64) - 1
    held = {gln: asked(ledger, stock_ledger.BalanceOf(first, 1, places[gln])) & available for gln in (WAREHOUSE, SHOP)}
    assert held == {WAREHOUSE: 384, SHOP: 94}
