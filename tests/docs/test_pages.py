"""Pages followed to the letter, each in one shell, on ledgers that they make themselves (`make test-slow`)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eth_account import Account

from liveledger.domain.home import LedgerHome
from liveledger.node.binaries import find_engines
from liveledger_api.runfile import running
from tests.docs.blocks import Block, command_blocks
from tests.docs.running import Desk, reader, stop
from tests.house.tree import ROOT
from tests.unit.keys.support import PASSPHRASE, private_file
from tests.unit.reconcile.snapshots import table

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1200)]
WAREHOUSE = "6901234000016"
OPERATOR = "9521239000025"


def to_run(page: str) -> list[Block]:
    """The blocks of a page that nothing else runs."""
    return [block for block in command_blocks(ROOT / page) if not block.not_run and not block.run_by]


def shell(desk: Desk, script: str) -> str:
    """Commands that no page has: what its reader has done before."""
    return desk.run([Block(ROOT / "README.md", 0, "sh", script, ())])


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The trial of examples/messages, of two organisations with goods, as its page makes it."""
    with reader(tmp_path_factory.mktemp("trading")) as desk:
        printed = desk.run(to_run("examples/messages/README.md"))
        assert "receive 480  final" in printed
        roles = "post-movements capture-events report sign-agreements"
        address = shell(desk, "liveledger key address operator").split()[-1]
        shell(desk, f"liveledger member account set {address} {roles} --as node1-security-admin")
        yield desk


@pytest.fixture
def alone() -> Iterator[Desk]:
    """A ledger of one founder, made as docs/governance.md says; its paths are short enough for a unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="ll-", dir="/tmp"))
    try:
        with reader(folder) as desk:
            shell(desk, "liveledger node init\nliveledger node start --detach")
            shell(desk, "liveledger member request --kind brand --gln 9521239000018 --name Tea --out request.json")
            shell(desk, "liveledger member found request.json")
            yield desk
    finally:
        shutil.rmtree(folder)


def count(desk: Desk, tea: int) -> None:
    """Writes a count of what the warehouse has, of now."""
    rows = [_counted("TEA-1", "06901234567892", tea, "L2611"), _counted("TEA-2", "06901234567908", 60, "")]
    (desk.folder / "snapshot.csv").write_bytes(table(rows))


def _counted(code: str, gtin: str, available: int, lot: str) -> dict[str, object]:
    return {
        "message_id": f"wms-{code}-{available}",
        "source_system": "wms",
        "organisation": OPERATOR,
        "sku_code": code,
        "gtin": gtin,
        "place": WAREHOUSE,
        "channel": "all",
        "quantity": available,
        "available": available,
        "reserved": 0,
        "lot": lot,
        "lot_expiry": "2027-11-30" if lot else "",
        "observed_at": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def test_outside_systems_are_compared_and_corrected(trading: Desk) -> None:
    compare, correct = to_run("docs/reconcile.md")
    count(trading, 384)
    assert "6901234000016" in trading.run([compare], {"GLN": WAREHOUSE})
    count(trading, 380)
    trading.run([correct], {"GLN": WAREHOUSE})
    assert "380" in shell(trading, f"liveledger stock show 1 TEA-1 {WAREHOUSE} --json --unverified")


def test_an_event_is_captured(trading: Desk) -> None:
    api = running(LedgerHome(trading.home, "main"))
    assert api is not None
    trading.run(to_run("docs/epcis.md"), {"PORT": api.url.rpartition(":")[2]})


def test_a_batch_is_undone_by_two_organisations(trading: Desk) -> None:
    arrived = {"id": "undone-1", "source": "wms", "organisation": OPERATOR, "brand": 1, "sku": "TEA-2", "unit": "EA"}
    arrived |= {"kind": "receive", "to": WAREHOUSE, "quantity": 5, "document": "DN-UNDONE", "at": _now()}
    (trading.folder / "arrived.json").write_text(json.dumps(arrived))
    shell(trading, "liveledger movement post arrived.json")
    shell(trading, "until liveledger movement of DN-UNDONE | grep final; do sleep 1; done")
    address = shell(trading, "liveledger key address operator").split()[-1]
    _, _, printed = shell(trading, f"liveledger stock batches {address} 1000 --json --unverified").partition("\n")
    batches, _ = json.JSONDecoder().raw_decode(printed)
    newest = str(max(int(batch["sequence"]) for batch in batches["answer"]["batches"]))
    values = {"0x5aEDa56215b167893e80B4fE645BA6d5Bab767DE": address, "17": newest, "warehouse": "operator"}
    trading.run(to_run("docs/corrections.md"), values)


def test_a_node_is_backed_up_restored_and_replayed(trading: Desk) -> None:
    home = LedgerHome(trading.home, "main")
    values = {"/safe": str(trading.folder), "/path/of/the/new/engines": str(find_engines().geth.parent)}
    backup, restore, replay = to_run("docs/node-life.md")
    trading.run([backup], values)
    stop(home)
    trading.run([restore, replay], values)


def test_account_keys_and_the_signer(alone: Desk) -> None:
    home = LedgerHome(alone.home, "main")
    keystore = Account.encrypt(Account.create().key, PASSPHRASE)
    private_file(alone.folder / "geth-keystore.json", json.dumps(keystore).encode())
    chain = json.loads(home.network.read_text())["chain_id"]
    values = {"~/.liveledger": str(alone.home), "/srv": str(alone.folder / "srv"), "CHAIN": str(chain)}
    keys, to_signer, back, lost = to_run("docs/keys.md")
    alone.run([keys], values)
    alone.run([to_signer], values)
    signer = next(pid for pid in Path("/proc").glob("[0-9]*") if _is_signer(pid, alone.folder))
    shell(alone, "liveledger node stop")
    os.kill(int(signer.name), signal.SIGTERM)
    alone.run([back], values)
    shell(alone, "liveledger node start --detach\nliveledger key create brand-2")
    address = shell(alone, "liveledger key address audit-admin").split()[-1]
    alone.run([lost], {"0xADDRESS-OF-THE-OLD-ONE": address})


def _is_signer(process: Path, folder: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"signer" in words and any(str(folder).encode() in word for word in words)


def test_members_vote_on_one_host(tmp_path: Path) -> None:
    with reader(tmp_path) as desk:
        assert "open" in desk.run(to_run("docs/governance.md"))
