"""The execution engine: the only file that knows it is geth."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from liveledger.consensus.block_rules import EXTRA_DATA, Head
from liveledger.consensus.limits import GAS_LIMIT
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import NodePorts
from liveledger.domain.keys import create_key, key_path
from liveledger.node.ports import HOST

ARCHIVE = "archive"
COMPACT = "compact"
PROFILES = {
    # Serves state and proofs of every past block; a crash loses at most the newest blocks.
    ARCHIVE: ["--state.scheme", "hash", "--gcmode", "archive"],
    # A third of the disk; a crash loses all since the last flush, and CometBFT replays it.
    COMPACT: ["--state.scheme", "path", "--gcmode", "full"],
}
# geth says this when a crash left it with blocks but no state above genesis. It then takes block 1 and waits for a
# snap sync that no peer will give it.
LOST_STATE = b"Switching from full-sync to snap-sync"
_START_OVER = "start-over"
IPC_SOCKET = "geth.ipc"
# geth takes a bare name for one in its data folder, whose path may be too long for a socket: this one is relative.
RUN_FOLDER = "run"
JWT_LABEL = "jwt"
_GENESIS_SECONDS = 120
# Above every bid: geth's own pool takes nothing, and says so to whoever sends to it instead of to the node's door.
_CLOSED_POOL = str((1 << 63) - 1)


def jwt_path(data: Path) -> Path:
    """File of the secret that guards the Engine API."""
    return key_path(data, JWT_LABEL)


def create_secret(data: Path) -> None:
    """Creates the Engine API's secret."""
    create_key(data, JWT_LABEL)


def initialise(binary: Path, data: Path, genesis: Path, profile: str) -> None:
    """Writes the genesis into a new data folder; a second time changes nothing. Raises ConfigurationError."""
    command = [str(binary), "init", "--datadir", str(data), *_scheme(profile), str(genesis)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_GENESIS_SECONDS)
    if done.returncode != 0:
        raise ConfigurationError(f"geth refuses the genesis: {done.stderr.strip()[-500:]}")


def ask_to_start_over(data: Path) -> None:
    """Notes that the data folder is to be re-created before the next start."""
    (data / _START_OVER).touch()


def start_over_if_asked(binary: Path, data: Path, genesis: Path, profile: str) -> bool:
    """Makes the data folder anew when that was noted; keys stay. Killed on the way, it is done again."""
    if not (data / _START_OVER).exists():
        return False
    shutil.rmtree(data / "geth", ignore_errors=True)
    initialise(binary, data, genesis, profile)
    (data / _START_OVER).unlink()
    return True


def _scheme(profile: str) -> list[str]:
    if profile not in PROFILES:
        raise ConfigurationError(f"{profile!r} is no state profile", hint=f"one of {', '.join(PROFILES)}")
    return PROFILES[profile][:2]


def genesis_hash(binary: Path, data: Path, profile: str) -> bytes:
    """Hash of block 0 in an initialised data folder that nobody uses at the moment."""
    return bytes.fromhex(_ask_stopped(binary, data, profile, "eth.getBlock(0).hash").removeprefix("0x"))


def stopped_head(binary: Path, data: Path, profile: str) -> Head:
    """The newest block in a data folder that nobody uses at the moment. Raises ConfigurationError."""
    script = 'var b = eth.getBlock("latest"); b.number + " " + b.hash + " " + b.timestamp'
    number, block_hash, timestamp = _ask_stopped(binary, data, profile, script).split()
    return Head(int(number), bytes.fromhex(block_hash.removeprefix("0x")), int(timestamp))


def _ask_stopped(binary: Path, data: Path, profile: str, expression: str) -> str:
    """Value of a JavaScript expression in geth's console, without a network."""
    offline = ["--maxpeers", "0", "--port", "0", "--authrpc.port", "0", "--ipcdisable", "--nodiscover"]
    history = ["--syncmode", "full", "--history.transactions", "0", "--history.logs", "0"]
    script = ["--verbosity", "0", "--exec", expression, "console"]
    command = [str(binary), "--datadir", str(data), *PROFILES[profile], *offline, *history, *script]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_GENESIS_SECONDS, stdin=subprocess.DEVNULL
    )
    answer = done.stdout.strip().strip('"')
    if done.returncode != 0 or "0x" not in answer:
        raise ConfigurationError(f"geth does not tell its blocks: {(done.stderr or answer).strip()[-500:]}")
    return answer


def check_state(binary: Path, data: Path, profile: str, root: bytes) -> None:
    """Reads the whole state below ``root`` in a data folder that nobody uses, and hashes it anew.

    The trie is walked with every node hashed, and its root is computed once more from the flat copy that the EVM reads.
    Raises ConfigurationError when something is missing or is not what its hash says.
    """
    for check in ("traverse-rawstate", "verify-state"):
        scheme = PROFILES[profile][:2]
        command = [str(binary), "snapshot", check, "--datadir", str(data), *scheme, hex_bytes(root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ConfigurationError(f"the state is not whole ({check}): {done.stderr.strip()[-500:]}")


def arguments(
    binary: Path, data: Path, ports: NodePorts, *, profile: str, evm_chain_id: int, cache_mb: int
) -> list[str]:
    """The command that runs a node, without peers; its working folder is the node's private run folder."""
    return [
        str(binary),
        *("--datadir", str(data), "--networkid", str(evm_chain_id), "--cache", str(cache_mb)),
        *(*PROFILES[profile], "--syncmode", "full", "--history.transactions", "0", "--history.logs", "0"),
        *("--config", str(_write_config(data)), "--nat", "none", "--nodiscover", "--maxpeers", "0"),
        *("--ipcpath", f"../{RUN_FOLDER}/{IPC_SOCKET}"),
        *("--authrpc.addr", HOST, "--authrpc.port", str(ports.execution_auth)),
        *("--authrpc.jwtsecret", str(jwt_path(data)), "--authrpc.vhosts", "localhost"),
        *("--http", "--http.addr", HOST, "--http.port", str(ports.execution_inner)),
        *("--http.api", "eth,net,web3", "--http.vhosts", "localhost", "--http.corsdomain", ""),
        *("--rpc.txfeecap", "0", "--rpc.gascap", str(GAS_LIMIT), "--rpc.batch-request-limit", "10000"),
        *("--rpc.batch-response-max-size", "100000000", "--rpc.http-body-limit", "33554432"),
        *("--txpool.pricelimit", _CLOSED_POOL, "--txpool.nolocals"),
        *("--miner.gasprice", "1", "--miner.gaslimit", str(GAS_LIMIT)),
        # Prefetching runs every transaction twice, which pays only where a core has nothing else to do.
        *("--cache.noprefetch", "--miner.extradata", EXTRA_DATA.decode(), "--log.format", "json", "--verbosity", "3"),
    ]


def _write_config(data: Path) -> Path:
    """The two settings that have no flag: geth takes no peers and looks for none."""
    path = data / "config.toml"
    path.write_text('[Node.P2P]\nListenAddr = ""\nNoDial = true\n')
    return path
