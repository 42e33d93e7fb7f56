"""A real ledger with members, and the real API server over it, for tests marked `network`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.contracts.ledger import Ledger, final_height, open_ledger
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain import gs1
from liveledger.domain.home import LedgerHome
from liveledger.prover.anchors import export_anchor
from liveledger.services.deployment import deploy
from liveledger.services.members import OrganisationDraft, Registrar, SkuDraft
from tests.api.typed import typed
from tests.support.commands import liveledger
from tests.support.free_port import free_port
from tests.support.network import RunningNetwork, eventually, running_network

WAREHOUSE = gs1.with_check_digit("690123400001")
SHOP = gs1.with_check_digit("690123400002")
NOWHERE = gs1.with_check_digit("690123400009")
BRAND_GLN = int(gs1.with_check_digit("690123410001"))
OPERATOR_GLN = int(gs1.with_check_digit("690123410002"))
CODES = ("TEA-1", "TEA-2")
# Goods of which events are captured (tests/api/events.py), by code.
CLAIMED = {"TEAPOT": 6901234056785, "TOY": 9521234567899}


@dataclass
class RunningApi:
    """A ledger, its API's client, and a brand whose SKUs are ``CODES``: its number, its account's label."""

    net: RunningNetwork
    ledger: Ledger
    http: httpx.Client
    brand: int
    label: str = "brand"

    @property
    def home(self) -> LedgerHome:
        """The ledger's home."""
        return self.net.home

    def another_brand(self, label: str, gln: int) -> RunningApi:
        """The same ledger with another brand: what one brand's tests do to its stock is not seen in the other's."""
        other = replace(self, brand=admit(self.ledger, label, gln), label=label)
        # What was just registered is in every answer from the first on, so that two of them can be compared.
        other._wait_until_proven(final_height(self.ledger))
        return other

    def cli(self, *arguments: str, expect: int = 0, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs the command line on this ledger, once all that was done before can be proven: a person is not faster."""
        if arguments[0] != "api":
            self._wait_until_proven(final_height(self.ledger))
        return run_cli(self.home, *arguments, expect=expect, stdin=stdin)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET, repeated while a proof waits for its block or the index for the chain."""
        found: list[httpx.Response] = []

        def answered() -> bool:
            found[:] = [self.http.get(path, params=parameters)]
            return found[0].status_code not in (202, 503)

        eventually(f"an answer at {path}", answered, 30.0)
        return found[0]

    def movement(self, message_id: str, kind: str, quantity: int, **rest: Any) -> dict[str, Any]:
        """A movement message of the first SKU, now."""
        base = {"id": message_id, "kind": kind, "brand": self.brand, "sku": CODES[0], "quantity": quantity}
        return {**base, "at": "2026-11-11T12:00:00+08:00", **rest}

    def final(self, message_id: str) -> dict[str, Any]:
        """The message's state once it is final and the API's answers, proven or not, hold its block."""
        eventually(f"{message_id} is final", lambda: self._state(message_id)["state"] == "final", 30.0)
        state = self._state(message_id)
        self.wait_answers(state["block"])
        return state

    def wait_answers(self, block: int) -> None:
        """Waits until what is asked from now on is answered, and can be proven, at that block or a later one."""
        for proof in ("false", "true"):
            answer = self.get(f"/stock/{self.brand}/{CODES[0]}/{WAREHOUSE}", proof=proof, at_least=block)
            assert answer.status_code == 200, answer.text

    def _wait_until_proven(self, block: int) -> None:
        """Waits until the API follows the chain to a block, and the block after it is there."""

        def follows() -> bool:
            heights = self.http.get("/health/ready").json()
            return min(int(heights.get(name, 0)) for name in ("verifiable_height", "index_height")) >= block

        eventually(f"an API that can prove block {block}", follows, 30.0)

    def _state(self, message_id: str) -> dict[str, Any]:
        return dict(self.http.get(f"/movements/{message_id}").json())


def run_cli(
    home: LedgerHome, *arguments: str, expect: int = 0, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs ``liveledger`` on a ledger and checks its exit code."""
    if arguments[:2] == ("api", "start"):
        done = _process(home, *arguments)
    else:
        done = liveledger(*arguments, home=home, stdin=stdin or "")
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def _process(home: LedgerHome, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own: a server that it starts is not this one's child."""
    command = [sys.executable, "-m", "liveledger_cli.main", *arguments, "--home", str(home.root), "--ledger", home.name]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def running_api(folder: Path) -> Iterator[RunningApi]:
    """Starts a validator, deploys, admits members, and serves the API as ``liveledger api start --detach`` does."""
    with running_network(folder) as net, api_of(net) as running:
        yield running


@contextmanager
def api_of(net: RunningNetwork) -> Iterator[RunningApi]:
    """The same over a network that runs, on its first node."""
    home = net.home
    deploy(home)
    ledger = open_ledger(home)
    brand = admit(ledger)
    home.trust.write_bytes(export_anchor(ledger, 0).emit())
    with served(home) as http:
        yield RunningApi(net, ledger, http, brand)


@contextmanager
def served(home: LedgerHome) -> Iterator[httpx.Client]:
    """The API of a home's first node, in a process of its own, and a client of it."""
    started = run_cli(home, "api", "start", "--detach", "--json", "--port", str(free_port()))
    url = json.loads(started.stdout)["url"]
    hooks: dict[str, Any] = {"response": [typed()]}
    # The server closes what was idle for 5 s, which is httpx's own time, too: a request could meet the end.
    limits = httpx.Limits(keepalive_expiry=2.0)
    with httpx.Client(base_url=url, timeout=60, trust_env=False, event_hooks=hooks, limits=limits) as http:
        try:
            yield http
        finally:
            run_cli(home, "api", "stop")


def admit(ledger: Ledger, label: str = "brand", gln: int = BRAND_GLN) -> int:
    """A brand with two SKUs, a platform whose account ``operator`` runs two places; returns the brand's number.

    For another brand only what is not there yet is registered.
    """
    home, outbox = ledger.home, open_outbox(ledger)
    registrar = Registrar(Sender(ledger, load_account(home, "administrator"), outbox))
    members = [
        OrganisationDraft(OrganisationKind.BRAND, gln, bytes(31) + b"\1"),
        OrganisationDraft(OrganisationKind.PLATFORM, OPERATOR_GLN, bytes(31) + b"\2"),
    ]
    brand, platform = registrar.register_organisations(members)
    accounts = [load_or_create_account(home, name) for name in (label, "operator", "stranger")]
    roles = (Role.REGISTER_SKUS, Role.POST_MOVEMENTS | Role.CAPTURE_EVENTS, Role.REPORT)
    registrar.register_accounts(list(zip(accounts, (brand, platform, platform), roles, strict=True)))
    registrar.register_places([(platform, int(WAREHOUSE)), (platform, int(SHOP))])
    registrar.approve_operators([(brand, platform)])
    seller = Registrar(Sender(ledger, accounts[0], outbox))
    stock, anchors = ledger.manifest.address("StockLedger"), ledger.manifest.address("Provenance")
    drafts = [SkuDraft(code, gtin) for code, gtin in {**dict.fromkeys(CODES, 0), **CLAIMED}.items()]
    numbers = seller.register_skus(stock, brand, drafts)
    seller.claim_gtins(anchors, brand, {numbers[code]: gtin for code, gtin in CLAIMED.items()})
    outbox.close()
    return brand


def run_verify(bundle: Path, trust: Path, question: Path) -> int:
    """Exit code of ``liveledger verify`` on files."""
    command = [sys.executable, "-m", "liveledger_cli.main", "verify", str(bundle)]
    command += ["--trust", str(trust), "--question", str(question)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).returncode
