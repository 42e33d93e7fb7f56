"""The program of examples/verify asks a running API, and shows what was proven or what to do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.api.ledger import RunningApi
from tests.house.tree import ROOT
from tests.proofs.installed import EXAMPLE, NODE, PACKAGE

pytestmark = pytest.mark.network
ITEM = "https://id.gs1.org/01/09521234567899/21/NOBODY"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example with the packages in its node_modules."""
    for path in EXAMPLE.glob("*.js"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules" / "@liveledger").mkdir(parents=True)
    (tmp_path / "node_modules" / "@liveledger" / "verifier").symlink_to(PACKAGE)
    (tmp_path / "node_modules" / "@noble").symlink_to(ROOT / "node_modules" / "@noble")
    return tmp_path


def _asked(folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run([NODE, "ask.js", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_it_shows_what_was_proven_or_what_to_do(api: RunningApi, folder: Path) -> None:
    url, trust = str(api.http.base_url).rstrip("/"), str(api.home.trust)
    code, out, err = _asked(folder, url, trust, ITEM)
    assert code == 0, err
    assert json.loads(unquote(out.splitlines()[-1]))["count"] == "0"
    code, spelled, err = _asked(folder, url, trust, ITEM.replace("id.gs1.org/01/0", "shop.example/p/01/"))
    assert (code, spelled.splitlines()[-1]) == (0, out.splitlines()[-1]), err
    code, out, err = _asked(folder, url, trust, "urn:epc:id:sgtin:1.2.3")
    assert (code, out) == (1, "")
    assert "gs1" in err
    other = json.loads(Path(trust).read_text())
    (folder / "trust.json").write_text(json.dumps({**other, "chain_id": "another"}))
    code, out, err = _asked(folder, url, "trust.json", ITEM)
    assert (code, out) == (1, "")
    assert json.loads(unquote(err))[0] == "wrong-chain"
