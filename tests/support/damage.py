"""What a torn write or a bad disk leaves behind, and how a node whose files are spoiled is rebuilt from its peers."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from liveledger.domain.home import NodeHome
from liveledger.domain.waiting import comes_true
from liveledger.node import geth, runstate
from liveledger.node.control import consensus_status
from liveledger.node.runstate import RunState
from tests.support.network import RunningNetwork

RECOVERED, REFUSED = "recovered", "refused"
# Where each store keeps its bytes, below the node's folder.
STORES = {
    "CometBFT's WAL": "cometbft/data/cs.wal/wal*",
    "block store": "cometbft/data/blockstore.db/*.l*",
    "CometBFT's state": "cometbft/data/state.db/*.l*",
    "geth's log": "geth/geth/chaindata/*.log",
    "geth's tables": "geth/geth/chaindata/*.sst",
}
_SETTLE_SECONDS = 75.0
_TAIL_BYTES = 4_096


def hurt(node: NodeHome, store: str, random: Random) -> str:
    """Flips some bytes of one file of a store, or cuts its end off; says what was done."""
    files = [path for path in sorted(node.directory.glob(STORES[store])) if written(path)]
    assert files, f"{store} has no file"
    path = random.choice(files)
    return flip(path, random) if random.random() < 0.5 else cut(path, random)


def written(path: Path) -> int:
    """Bytes up to the last one that is not zero: logs are preallocated."""
    return len(path.read_bytes().rstrip(b"\0"))


def flip(path: Path, random: Random, first: int = 0) -> str:
    """Changes up to eight bytes in a row."""
    place, count = random.randrange(first, written(path)), random.randrange(1, 9)
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(count)
        file.seek(place)
        file.write(bytes(byte ^ random.randrange(1, 256) for byte in old))
    return f"{len(old)} bytes at {place} of {path.name} flipped"


def cut(path: Path, random: Random, first: int = 0) -> str:
    """Ends the file somewhere in its last bytes."""
    size = written(path)
    place = max(first, size - random.randrange(1, _TAIL_BYTES))
    with path.open("r+b") as file:
        file.truncate(place)
    return f"{path.name} cut at {place} of {size}"


def outcome(net: RunningNetwork, node: int) -> tuple[str, str]:
    """Whether a started node caught up, or refuses to run, and its words for that."""
    home = net.home.node(node)
    others = [other for other in range(net.size) if other != node]
    found = (REFUSED, "")

    def settled() -> bool:
        nonlocal found
        state = RunState.read(home)
        if state.phase == runstate.RUNNING and caught_up(net, node, others):
            found = (RECOVERED, "")
            return True
        found = (REFUSED, state.reason)
        return state.phase in (runstate.FAILED, runstate.STOPPED) or state.restarts >= 3

    if comes_true(settled, _SETTLE_SECONDS, pause=0.3):
        return found
    return REFUSED, found[1] or "it does not catch up"


def caught_up(net: RunningNetwork, node: int, others: list[int]) -> bool:
    """Whether a node is at the newest height."""
    status = consensus_status(net.home.node(node).ports())
    return status is not None and status["height"] >= max(net.height(other) for other in others) - 1


def make_anew(net: RunningNetwork, node: int) -> None:
    """The operator's way out: both stores are wiped, what was signed is kept, and the peers give the blocks again."""
    home = net.home.node(node)
    net.stop(node)
    for path in (home.cometbft / "data").iterdir():
        if path.name != "priv_validator_state.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    geth.ask_to_start_over(home.geth)
    net.start(node)
