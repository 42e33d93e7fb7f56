"""One attempt at running a node: geth, the ABCI application, CometBFT, started in that order and stopped in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import time
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import structlog

from liveledger.consensus.application import CLOCK_HINT, Application
from liveledger.consensus.block_source import BlockSource
from liveledger.consensus.clock import Clock
from liveledger.consensus.door import Door
from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable
from liveledger.consensus.execution import Halt, Restart
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.packing import Packer
from liveledger.consensus.peers import Peer, PeerBook, PeerGate, to_dial
from liveledger.consensus.pool.book import Book, Senders
from liveledger.consensus.pool.judging import ProposalJudge
from liveledger.consensus.pool.keeper import PoolKeeper
from liveledger.consensus.pool.state import StateReader
from liveledger.consensus.server import AbciServer
from liveledger.consensus.validators import ValidatorRegistry
from liveledger.consensus.verdicts import Verdicts
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft, geth, remote_signer
from liveledger.node.binaries import Engines
from liveledger.node.genesis import validator_address
from liveledger.node.logs import NodeLogs
from liveledger.node.network import GENESIS_FILE, Network, node_settings
from liveledger.node.peer_keeper import PeerKeeper
from liveledger.node.ports import HOST
from liveledger.node.process import ChildProcess
from liveledger.node.runstate import RunState
from liveledger.node.settings import own_validator_key

COMETBFT_STOP_SECONDS = 10.0
# A compact state is written out on a clean stop.
GETH_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.1
_WATCH_SECONDS = 5.0
SILENCE_SECONDS = 60.0
DECISION_SECONDS = 120.0

log = structlog.get_logger("supervisor")


class NodeStack:
    """The three processes of node ``index``: started once, stopped once."""

    def __init__(
        self,
        home: LedgerHome,
        index: int,
        engines: Engines,
        *,
        metrics: BridgeMetrics,
        logs: NodeLogs,
        suspects: set[bytes],
        isolated: bool = False,
    ) -> None:
        """``isolated``: without any peer, to look at a chain that must not go on meanwhile."""
        self._engines = engines
        self._metrics = metrics
        self._logs = logs
        self._suspects = suspects
        self._node = home.node(index)
        self._ports = self._node.ports()
        self._settings = node_settings(home, index)
        self._genesis = home.directory / GENESIS_FILE
        self._lost_state = False
        self._network = Network.load(home)
        self._isolated = isolated
        self._member = self._network.member(index)
        self._own_key = own_validator_key(self._settings, self._member.validator_key)
        self._failure: asyncio.Future[LiveLedgerError] = asyncio.get_running_loop().create_future()
        self._children: list[ChildProcess] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._server: AbciServer | None = None
        self._door: Door | None = None
        self._engine = EngineClient(self._socket(geth.IPC_SOCKET))
        self._peers = self._peer_book()
        self._keeper: asyncio.Task[None] | None = None

    def fail(self, reason: BaseException) -> None:
        """Notes the first reason to stop; later ones are its consequences."""
        known = reason if isinstance(reason, LiveLedgerError) else Restart(f"the bridge failed: {reason!r}")
        if not self._failure.done():
            self._failure.set_result(known)

    async def failed(self) -> LiveLedgerError:
        """Waits for the first failure."""
        return await asyncio.shield(self._failure)

    async def start(self) -> None:
        """Starts all three. Raises the first failure."""
        await self._start_geth()
        await self._unless_failed(self._geth_answers())
        await self._require_state()
        application = self._application()
        await self._unless_failed(application.start())
        self._server = AbciServer(application, self._metrics, self.fail)
        await self._server.start(self._socket(cometbft.ABCI_SOCKET))
        await self._open_door()
        await self._start_cometbft()
        self._watch(self._watchdog(self._server))
        if not self._isolated:
            self._keeper = asyncio.ensure_future(self._peer_keeper().run())

    async def _open_door(self) -> None:
        """Lets clients in. Raises Restart when somebody else took the port since it was looked at."""
        if self._door and not self._isolated:
            try:
                await self._door.start(HOST, self._ports.execution_http)
            except OSError as trouble:
                raise Restart(f"port {self._ports.execution_http} cannot be listened on: {trouble}") from trouble

    async def _unless_failed(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        awaited: set[asyncio.Future[Any]] = {task, self._failure}
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise self._failure.result()
        await task

    def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        self._watchers.append(asyncio.ensure_future(work))

    async def _start_geth(self) -> None:
        profile = self._settings["profile"]
        if geth.start_over_if_asked(self._engines.geth, self._node.geth, self._genesis, profile):
            log.warning("geth's data folder was re-created", reason="it held blocks without state")
        command = geth.arguments(
            self._engines.geth,
            self._node.geth,
            self._ports,
            profile=profile,
            evm_chain_id=self._network.evm_chain_id,
            cache_mb=self._settings["cache_mb"],
        )
        await self._spawn("geth", command)

    async def _geth_answers(self) -> None:
        """A large database takes its time: as long as geth lives, it is waited for."""
        while True:
            try:
                await self._engine.head()
            except (EngineUnavailable, EngineRefused):
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return

    async def _require_state(self) -> None:
        """Raises Restart when a crash left geth with nothing but genesis: CometBFT replays all into a new folder."""
        if self._lost_state and (await self._engine.head()).number == 0:
            geth.ask_to_start_over(self._node.geth)
            raise Restart("geth lost its state down to genesis", hint="its folder is re-created and all is replayed")

    def _peer_book(self) -> PeerBook:
        founders = [
            Peer(
                member.node_id,
                member.host,
                member.consensus_p2p,
                bytes.fromhex(member.validator_key),
            )
            for member in self._network.members
        ]
        registry = ValidatorRegistry(self._engine)
        return PeerBook(self._engine, registry, Clock(), founders)

    def _socket(self, name: str) -> Path:
        """A socket in the run folder, named from the working folder: that path is the shorter one."""
        return Path(os.path.relpath(self._node.run / name))

    def _application(self) -> Application:
        rules, clock = self._network.rules(), Clock()
        book, senders = Book(StateReader(self._engine, rules.consortium)), Senders(rules.evm_chain_id)
        pool = PoolKeeper(book, senders, clock, self._metrics)
        self._door = Door(pool, f"http://{HOST}:{self._ports.execution_inner}")
        return Application(
            rules,
            self._engine,
            Packer(BlockSource(self._engine), pool, clock),
            pool=pool,
            judge=ProposalJudge(book, senders, self._metrics),
            clock=clock,
            metrics=self._metrics,
            peers=PeerGate(self._peers),
            address=validator_address(self._own_key),
            suspects=self._suspects,
            verdicts=Verdicts(self._node.run / "verdicts.json"),
        )

    def _peer_keeper(self) -> PeerKeeper:
        return PeerKeeper(
            self._peers,
            f"http://{HOST}:{self._ports.consensus_rpc}",
            self._member.node_id,
            self._restart_cometbft,
        )

    async def _start_cometbft(self) -> None:
        signer = remote_signer.address_of(self._settings)
        if signer:
            remote_signer.check_folder(signer)
            with contextlib.suppress(OSError):  # a full disk: the log says it too
                waiting = "waits for its remote signer"
                replace(RunState.read(self._node), reason=waiting, hint=remote_signer.HINT).write(self._node)
            await self._unless_failed(remote_signer.await_signer(signer, self._network.chain_id, self._own_key))
        peers = {} if self._isolated else await self._peers.current()
        addresses = [address for peer in to_dial(peers, self._member.node_id) for address in peer.addresses]
        cometbft.write_config(
            self._node.cometbft,
            self._ports,
            addresses,
            moniker=self._member.name,
            pace=cometbft.Pace(**self._settings["pace"]),
            address=cometbft.PeerAddress(self._node.listen(), self._member.host, self._network.shares_addresses),
            signer=remote_signer.listen_address(self._node, signer) if signer else "",
        )
        await self._spawn("cometbft", cometbft.arguments(self._engines.cometbft, self._node.cometbft))

    async def _restart_cometbft(self) -> None:
        """Starts CometBFT anew beside an ABCI application and a geth that go on."""
        child = next(child for child in self._children if child.name == "cometbft")
        self._children.remove(child)
        await child.stop(COMETBFT_STOP_SECONDS)
        if not self._failure.done():
            await self._start_cometbft()

    async def _spawn(self, name: str, command: list[str]) -> None:
        child = await ChildProcess.start(
            name, command, cwd=self._node.run, output=self._logs.of(name), on_line=functools.partial(self._line, name)
        )
        self._children.append(child)
        self._watch(self._report_end(child))

    def _line(self, name: str, line: bytes) -> None:
        if name == "geth" and geth.LOST_STATE in line:
            self._lost_state = True
        if name == "cometbft" and (target := cometbft.replay_target(line)) is not None:
            self._metrics.target_height.set(target)
        if name == "cometbft" and (reason := _meaning(line, self._logs.path(name))):
            self.fail(reason)

    async def _report_end(self, child: ChildProcess) -> None:
        end = "gave output that could not be kept"
        try:
            end = f"ended with {await child.ended()}"
        finally:
            if child in self._children:
                self.fail(Restart(f"{child.name} {end}", hint=f"see {self._logs.path(child.name)}"))

    async def _watchdog(self, server: AbciServer) -> None:
        """Finds what is alive but dead: a block that geth never takes, a CometBFT that neither asks nor answers."""
        url = f"http://{HOST}:{self._ports.consensus_rpc}/health"
        answered = time.monotonic()
        async with httpx.AsyncClient(timeout=_WATCH_SECONDS, trust_env=False) as http:
            while server.longest_decision() < DECISION_SECONDS:
                await asyncio.sleep(_WATCH_SECONDS)
                with contextlib.suppress(httpx.HTTPError):
                    await http.get(url)
                    answered = time.monotonic()
                # While it replays blocks at its start, CometBFT does not answer, but it asks the ABCI application.
                if min(time.monotonic() - answered, server.idle()) > SILENCE_SECONDS:
                    self.fail(Restart(f"CometBFT neither asked nor answered for {SILENCE_SECONDS:.0f} s"))
                    return
        self.fail(Restart(f"a decided block waited {DECISION_SECONDS:.0f} s for geth"))

    async def stop(self) -> None:
        """Stops what runs: CometBFT first, so that nothing is decided that cannot be executed, geth last."""
        if not self._failure.done():
            self._failure.set_result(Restart("stopped"))
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._door:
            await self._door.stop()
        for child in reversed(self._children):
            await child.stop(GETH_STOP_SECONDS if child.name == "geth" else COMETBFT_STOP_SECONDS)
            if child.name == "cometbft" and self._server:
                await self._server.stop()
        if self._server:
            await self._server.stop()
        for task in self._watchers:
            task.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await self._engine.close()


def _meaning(line: bytes, path: Path) -> LiveLedgerError | None:
    """What a line of CometBFT says about going on; ``path`` is the log that holds it."""
    if cometbft.lost_blocks(line):
        return Halt(
            "geth's head is outside the blocks that CometBFT stores",
            hint="restore both from the same back-up, or wipe both and sync anew from the other members",
        )
    halted = cometbft.HALTED in line
    if cometbft.FROM_THE_FUTURE in line:
        if halted or cometbft.BAD_SYNC in line:
            # Over two thirds voted for that block: it is this machine's clock that is wrong.
            return Halt("this machine's clock is over a minute behind the chain's time", hint=CLOCK_HINT)
        # One member alone can propose such a block: that must not stop the others.
        log.warning("a proposal is over a minute ahead of this machine's clock", hint=CLOCK_HINT)
    # A halted consensus leaves its process alive: it is as good as dead.
    return Restart("CometBFT's consensus halted", hint=f"see {path}") if halted else None
