"""A server that lies beside a true bundle: the command line shows what was proven, or nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.testing import CliRunner

from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.prover.prover import Prover
from liveledger.verifier import Question, encode_bundle, layout
from liveledger.verifier.refusal import Code, Refusal
from liveledger.verifier.views.stock import MAX_LOTS
from liveledger_api.runfile import registered
from liveledger_cli.acts.commands import acts_commands
from liveledger_cli.common import verified_queries
from liveledger_cli.common.api_client import ApiRefusal
from liveledger_cli.common.verified_queries import Checked, How, NotVerified, ask, ask_page
from liveledger_cli.health.commands import health_commands
from liveledger_cli.item.commands import item_commands
from liveledger_cli.replenish.commands import replenish_commands
from liveledger_cli.returns.commands import returns_commands
from liveledger_cli.stock.commands import stock_commands
from liveledger_cli.stock.pages import all_lots
from tests.proofs import scenario
from tests.simulators.chain import BRAND, CODE, PLACE_GLN
from tests.simulators.ledger import SimulatedLedger

pytestmark = pytest.mark.network
CLOCK = 1_700_000_100
LOTS = MAX_LOTS + 8

Reply = Callable[[dict[str, str]], bytes]


class Server(ThreadingHTTPServer):
    """Answers every request with what ``reply`` makes of its parameters."""

    reply: Reply
    status = 200


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        """Sends the reply."""
        body = self.server.reply(dict(parse_qsl(urlsplit(self.path).query)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerHome:
    """A home that trusts the simulated ledger, at its time."""
    monkeypatch.setattr(verified_queries.time, "time", lambda: CLOCK)
    found = LedgerHome(tmp_path, "main")
    found.trust.parent.mkdir(parents=True)
    found.trust.write_bytes(scenario.ledger().anchor(0).emit())
    return found


@pytest.fixture
def server(home: LedgerHome) -> Iterator[Server]:
    """The home's API, as far as the command line can tell."""
    with Server(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        with registered(home, f"http://127.0.0.1:{found.server_port}"):
            yield found
        found.shutdown()
        thread.join()


def envelope(bundle: Any, **changes: Any) -> bytes:
    """The server's answer with its bundle."""
    return json.dumps({"answer": bundle["answer"], "block": {"height": "8"}, "proof": bundle} | changes).encode()


def ask_stock(home: LedgerHome, proof_file: Path | None = None) -> Checked:
    question = scenario.case("stock/2").question.as_json()
    return ask(home, "/stock", question, How(proof_file))


def test_the_proven_answer_is_shown(home: LedgerHome, server: Server, tmp_path: Path) -> None:
    case, file = scenario.case("stock/2"), tmp_path / "proof.json"
    server.reply = lambda _: envelope(case.bundle, block={"height": "12345"})
    found = ask_stock(home, file)
    assert found.verdict is not None
    assert found.answer == case.bundle["answer"]
    assert found.block == {"height": str(found.verdict.block)} != {"height": "12345"}
    assert file.read_bytes() == encode_bundle(case.bundle)


def test_another_answer_beside_a_true_bundle_is_refused(home: LedgerHome, server: Server) -> None:
    bundle = scenario.case("stock/2").bundle
    server.reply = lambda _: envelope(bundle, answer={**bundle["answer"], "available": "999999"})
    with pytest.raises(Refusal, match="another answer") as caught:
        ask_stock(home)
    assert caught.value.stable_code == Code.ANSWER_MISMATCH


def test_a_proof_that_does_not_come_is_a_refusal(home: LedgerHome, server: Server) -> None:
    server.reply = lambda _: envelope(scenario.case("stock/2").bundle, proof=None)
    with pytest.raises(Refusal, match="no proof"):
        ask_stock(home)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"answer": [], "block": {}, "proof": {}}',
        b'{"answer": {}, "block": {}, "proof": {"x": 1e400}}',
        b'{"answer": {}, "block": {}, "proof": {"x": 1152921504606846976}}',
        b'{"answer": {}, "block": {}, "proof": {"x": "\\ud800"}}',
        b'{"answer": {}, "block": {}, "proof": [1]}',
        b'{"answer": {}, "block": {}, "proof": 7}',
        b'{"answer":' * 3_000,
        b'{"answer": {"x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}}",
    ],
)
def test_junk_is_refused_by_name(home: LedgerHome, server: Server, body: bytes) -> None:
    server.reply = lambda _: body
    with pytest.raises((Refusal, Unavailable)):
        ask_stock(home)


def test_a_list_that_is_said_to_be_longer_than_it_is(home: LedgerHome, server: Server) -> None:
    """What the server says of the length first only saves a question: the newest entries are shown whatever it says."""
    prover = scenario.ledger().prover()
    named = {"brand": str(BRAND)}

    def reply(query: dict[str, str]) -> bytes:
        if query.get("proof") != "true":
            return json.dumps({"answer": {"count": "1000000"}, "block": {"height": "1"}, "proof": None}).encode()
        page = {"first": query["first"], "limit": query["limit"]}
        return envelope(proven(prover, "capital/1", {**named, **page}))

    server.reply = reply
    found = ask_page(home, "/capital/7", "capital/1", named, (None, 10), How())
    assert len(found.answer["reports"]) == int(found.answer["count"]) > 0


def test_pages_of_two_blocks_are_not_added_up(home: LedgerHome, server: Server) -> None:
    """Goods that went from a lot of the second page to one of the first are in both when the blocks differ."""
    ledger = moved_between_pages()
    prover = ledger.prover()
    home.trust.write_bytes(ledger.anchor(0).emit())
    blocks = {"0": prover.verifiable(), str(MAX_LOTS): 1}

    def reply(query: dict[str, str]) -> bytes:
        page = {"first": query["first"], "limit": query["limit"]}
        named = {"brand": str(BRAND), "sku": CODE, "place": str(PLACE_GLN)}
        return envelope(proven(prover, "stock-lots/3", {**named, **page}, blocks[query["first"]]))

    server.reply = reply
    with pytest.raises(Refusal, match="a page of block 1 follows"):
        all_lots(home, BRAND, CODE, str(PLACE_GLN), How())
    blocks[str(MAX_LOTS)] = prover.verifiable()
    assert all_lots(home, BRAND, CODE, str(PLACE_GLN), How()).answer["available"] == "500"


@pytest.mark.parametrize("age", [601, 3_600, 400 * 86_400 // 2])
def test_an_old_answer_about_now_is_refused_at_first_contact(
    home: LedgerHome, server: Server, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    """Nothing was seen before that it could be a step back from; the limit is the asker's."""
    case = scenario.case("stock/2")
    made = case.verify().header_time.seconds
    server.reply = lambda _: envelope(case.bundle)
    monkeypatch.setattr(verified_queries.time, "time", lambda: made + age)
    with pytest.raises(Refusal, match="600 s are allowed") as caught:
        ask_stock(home)
    assert caught.value.stable_code == Code.STALE
    assert not (home.directory / "seen.json").exists()
    question = case.question.as_json()
    assert ask(home, "/stock", question, How(max_age=age)).answer == case.bundle["answer"]
    assert ask(home, "/stock", question, How(), as_of=str(made)).verdict


def test_ten_minutes_are_now(home: LedgerHome, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    case = scenario.case("stock/2")
    server.reply = lambda _: envelope(case.bundle)
    monkeypatch.setattr(verified_queries.time, "time", lambda: case.verify().header_time.seconds + 600)
    assert ask_stock(home).verdict


def test_what_no_later_block_changes_may_be_of_any_age(
    home: LedgerHome, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with more behind it, at an old block: its entries last; its count is said to be that of its block."""
    named = {"brand": str(BRAND), "sku": CODE}
    prover = scenario.ledger().prover()
    block = prover.verifiable() - 1
    monkeypatch.setattr(verified_queries.time, "time", lambda: CLOCK + 86_400)

    def reply(query: dict[str, str]) -> bytes:
        page = {"first": query["first"], "limit": query["limit"]}
        return envelope(proven(prover, "sku-movements/2", {**named, **page}, block))

    server.reply = reply
    found = ask_page(home, "/m", "sku-movements/2", named, (0, 1), How())
    assert found.verdict
    assert found.verdict.lasting
    count = found.answer["count"]
    assert str(found.verdict.supports.complete).endswith(
        f"; {count} were there at block {block}, there may be more by now"
    )
    with pytest.raises(Refusal) as caught:
        ask_page(home, "/m", "sku-movements/2", named, (int(count) - 1, 1), How())
    assert caught.value.stable_code == Code.STALE


def test_the_server_is_told_the_height_of_the_anchor(home: LedgerHome, server: Server) -> None:
    told: list[str | None] = []

    def reply(query: dict[str, str]) -> bytes:
        told.append(query.get("since"))
        return envelope(scenario.case("stock/2").bundle)

    server.reply = reply
    ask_stock(home)
    home.trust.write_bytes(scenario.ledger().anchor(3).emit())
    ask_stock(home)
    assert told == ["0", "3"]


def test_without_an_anchor_nothing_is_shown_unless_that_will_do(home: LedgerHome, server: Server) -> None:
    bundle = scenario.case("stock/2").bundle
    asked: list[dict[str, str]] = []

    def reply(query: dict[str, str]) -> bytes:
        asked.append(query)
        return envelope(bundle, answer={**bundle["answer"], "available": "999999"})

    server.reply = reply
    home.trust.unlink()
    with pytest.raises(NotVerified, match="no trust anchor") as caught:
        ask_stock(home)
    assert (caught.value.exit_code, asked) == (1, [])
    assert f"liveledger trust export --ledger main --out {home.trust}" in caught.value.hint
    found = ask(home, "/stock", scenario.case("stock/2").question.as_json(), How(unverified=True))
    assert (found.answer["available"], found.verdict) == ("999999", None)
    assert [query["proof"] for query in asked] == ["false"]


def test_a_hint_to_take_a_newer_anchor_is_what_to_type_here(home: LedgerHome, server: Server) -> None:
    server.status = 413
    problem = {"code": "bundle-too-large", "detail": "65 changes", "hint": "?since=", "anchor_height": "12"}
    server.reply = lambda _: json.dumps(problem).encode()
    with pytest.raises(ApiRefusal) as caught:
        ask_stock(home)
    assert f"`liveledger trust export --ledger main --height 12 --out {home.trust}`" in caught.value.hint
    server.reply = lambda _: json.dumps({**problem, "anchor_height": "12; rm -r"}).encode()
    with pytest.raises(ApiRefusal) as caught:
        ask_stock(home)
    assert caught.value.hint == "?since="


COMMANDS = {
    "stock": (stock_commands, ["show", "1", "A", "9521234200017"]),
    "lot": (stock_commands, ["show", "1", "A", "9521234200017", "--lot", "L"]),
    "movements": (stock_commands, ["movements", "1", "A", "--first", "0"]),
    "batches": (stock_commands, ["batches", "0x" + "ab" * 20, "0", "--first", "0"]),
    "item": (item_commands, ["trace", "urn:x"]),
    "acts": (acts_commands, ["list"]),
    "returns": (returns_commands, ["list", "1", "A"]),
    "orders": (replenish_commands, ["orders", "1", "A"]),
    "capital": (health_commands, ["capital", "1", "--first", "0"]),
}
JUNK: list[dict[str, Any]] = [
    {},
    {
        "count": "1",
        "known_sku": True,
        "movements": [{}],
        "batches": [7],
        "events": [None],
        "acts": [[]],
        "entries": "x",
    },
    {"count": "x", "available": "1"},
    {"count": "1", "events": [{"event": 7, "block": [], "time": "9" * 99, "poster": {}, "names_item": True}]},
    {"count": [], "frozen": True, "stale": {}, "newest": [], "reports": {"a": 1}, "graded": [], "known_sku": 0},
]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", COMMANDS)
def test_an_unproven_answer_of_any_form_ends_no_command_in_a_traceback(
    home: LedgerHome, server: Server, name: str, junk: dict[str, Any]
) -> None:
    commands, arguments = COMMANDS[name]
    server.reply = lambda _: json.dumps({"answer": junk, "block": {"height": "8"}, "proof": None}).encode()
    done = CliRunner().invoke(commands, [*arguments, "--unverified", "--home", str(home.root)])
    assert isinstance(done.exception, LiveLedgerError | SystemExit | None), done.exception


def moved_between_pages() -> SimulatedLedger:
    """A ledger on which all goods of a SKU are of its last lot first, and of its first one later."""
    ledger = SimulatedLedger()
    for name in layout.LISTED:
        ledger.deploy(name, version=2 if name == layout.STOCK_LEDGER else 1)
    ledger.register_place()
    ledger.register_sku()
    for number in range(1, LOTS + 1):
        ledger.register_lot(f"L{number}", number)
    ledger.set_balance((0, 0, 0, 0))
    ledger.set_balance((500, 0, 0, 0), lot=LOTS)
    ledger.mine()
    ledger.mine()
    ledger.set_balance((0, 0, 0, 0), lot=LOTS)
    ledger.set_balance((500, 0, 0, 0), lot=1)
    for _ in range(3):
        ledger.mine()
    return ledger


def proven(prover: Prover, view: str, parameters: dict[str, str], height: int | None = None) -> Any:
    """A true bundle, as it comes out of JSON."""
    question = Question.parse({"view": view, "parameters": parameters})
    return json.loads(encode_bundle(prover.prove(question, height=height)))
