"""The ABCI 2.0 application: every rule of what CometBFT may decide, over an execution engine. It keeps no state.

No method ever answers with an error, since CometBFT's consensus panics on one: before a vote, trouble means "no
proposal" or "refused"; after a decision, the call is repeated, or the node is stopped (Halt, Restart).
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections import OrderedDict
from typing import Any

import structlog

from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.block_rules import RULES_VERSION, Head, Refusal, block_timestamp, refuse
from liveledger.consensus.builder import Builder, TurnGuess
from liveledger.consensus.chain_rules import ChainRules
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import VALID, EngineClient, EngineRefused, EngineUnavailable
from liveledger.consensus.execution import Execution, Halt
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.packing import Packer
from liveledger.consensus.payload import ExecutionPayload, PayloadError
from liveledger.consensus.peers import ALLOWED, PeerGate
from liveledger.consensus.pool.judging import ProposalJudge
from liveledger.consensus.pool.keeper import PoolKeeper
from liveledger.consensus.validators import KeyChange, RefusedChange, ValidatorRegistry
from liveledger.consensus.verdicts import Verdicts
from liveledger.consensus.watch import BlockWatch

NOT_HERE = 1
# A validator whose clock is off by more than this stops: its votes would be refused, or would skew the chain's time.
MAX_CLOCK_ERROR_SECONDS = 60
CLOCK_HINT = "set the clock (for example with chrony), then start the node again"
LIVE_SECONDS = 10
# How long a build may take. Above timeout_propose on purpose: later rounds wait longer, and a chain whose blocks are
# slow to build must go on.
PROPOSE_SECONDS = 2.6
_REMEMBERED = 4
_LATE_BLOCKS = 3

log = structlog.get_logger("bridge")


class Application:
    """One node's application. ``start`` must have returned before CometBFT asks anything."""

    def __init__(
        self,
        rules: ChainRules,
        engine: EngineClient,
        source: Packer,
        *,
        pool: PoolKeeper,
        judge: ProposalJudge,
        clock: Clock,
        metrics: BridgeMetrics,
        peers: PeerGate,
        address: bytes,
        suspects: set[bytes],
        verdicts: Verdicts,
    ) -> None:
        self._rules = rules
        self._verdicts = verdicts
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._peers = peers
        self._pool = pool
        self._transactions = judge
        self._execution = Execution(engine, metrics, suspects)
        self._registry = ValidatorRegistry(engine)
        self._builder = Builder(source, clock, metrics, rules.fee_recipient)
        self._turns = TurnGuess(address)
        self._watch = BlockWatch(metrics, clock, address)
        self._head: Head | None = None
        self._decided: ExecutionPayload | None = None
        self._early: tuple[int, int] | None = None
        self._late: set[int] = set()
        self._unpacked: OrderedDict[bytes, ExecutionPayload] = OrderedDict()

    @property
    def head(self) -> Head:
        """The newest committed block."""
        if self._head is None:
            raise Halt("the application was asked before it was started")
        return self._head

    async def start(self) -> None:
        """Checks the engine's genesis and makes its head official: without that, replayed blocks do not move it."""
        genesis = await self._execution.forever("genesis", lambda: self._engine.block(0))
        if genesis.hash != self._rules.genesis_hash:
            raise Halt(f"the engine's genesis is 0x{genesis.hash.hex()}, not 0x{self._rules.genesis_hash.hex()}")
        head = await self._execution.forever("head", self._engine.head)
        self._adopt(await self._execution.commit(head.hash, head.number))
        log.info("engine ready", height=head.number, hash=head.hash.hex())

    def _adopt(self, head: Head) -> None:
        self._head = head
        self._metrics.height.set(head.number)
        self._metrics.chain_time.set(head.timestamp)
        self._pool.follow(head)

    async def info(self, _: Any) -> Any:
        """The engine's head, so that CometBFT replays what the engine lost."""
        head = await self._execution.forever("head", self._engine.head)
        app_hash = head.hash if head.number else b""
        return abci.ResponseInfo(
            data="liveledger",
            version=str(RULES_VERSION),
            app_version=RULES_VERSION,
            last_block_height=head.number,
            last_block_app_hash=app_hash,
        )

    async def init_chain(self, request: Any) -> Any:
        """Answers the execution genesis; Halt when CometBFT was born of another one."""
        given = [(update.pub_key.ed25519, update.power) for update in request.validators]
        self._rules.check_init(request.chain_id, request.app_state_bytes, given)
        genesis = Head(0, self._rules.genesis_hash, 0)
        for key, power in given:
            read = functools.partial(self._registry.power, key, genesis)
            found = await self._execution.forever("storage", read)
            if found != power:
                raise Halt(f"Consortium gives the validator {key.hex()} the power {found}, CometBFT's genesis {power}")
        return abci.ResponseInitChain(app_hash=self._rules.genesis_hash)

    async def prepare_proposal(self, request: Any) -> Any:
        """One packed payload, or none when the engine has no acceptable one in time."""
        try:
            with self._metrics.build.time():
                async with asyncio.timeout(PROPOSE_SECONDS):
                    packed = await self._propose(request.height, request.time.seconds, request.max_tx_bytes)
        except TimeoutError:
            return self._pass_up("too-late", f"the engine built no block within {PROPOSE_SECONDS} s")
        except (EngineUnavailable, EngineRefused) as trouble:
            return self._pass_up(trouble.stable_code, trouble.message)
        except PayloadError as trouble:
            return self._pass_up(trouble.reason, str(trouble))
        return abci.ResponsePrepareProposal(txs=[packed])

    async def _propose(self, height: int, block_time: int, limit: int) -> bytes:
        parent = self.head
        payload = await self._builder.build(parent, block_timestamp(parent.timestamp, block_time))
        if refusal := self._broken_rule(payload, height, block_time):
            raise PayloadError(refusal.reason, refusal.message)
        packed = payload.pack()
        if len(packed) > limit:
            raise PayloadError("too-large", f"{len(packed)} bytes do not fit into a block ({limit})")
        self._remember(packed, payload)
        self._metrics.payload_bytes.set(len(packed))
        return packed

    def _pass_up(self, reason: str, message: str) -> Any:
        self._metrics.skipped.labels(reason).inc()
        log.warning("no proposal", reason=reason, message=message)
        return abci.ResponsePrepareProposal()

    def _broken_rule(self, payload: ExecutionPayload, height: int, block_time: int) -> Refusal | None:
        return refuse(
            payload,
            height=height,
            block_time=block_time,
            parent=self.head,
            fee_recipient=self._rules.fee_recipient,
        )

    async def process_proposal(self, request: Any) -> Any:
        """Accepts the one block that all rules and the engine allow."""
        self._watch.proposed(request.height, request.time.seconds + request.time.nanos / 1e9)
        self._check_clock(request.height, request.time.seconds)
        accepted = self._verdicts.recall(request.hash)
        if accepted is None:
            accepted = await self._accepts(request)
            self._verdicts.note(request.hash, accepted)
        else:
            log.info("answered as before the restart", height=request.height, accepted=accepted)
        answer = abci.ResponseProcessProposal
        return answer(status=answer.ACCEPT if accepted else answer.REJECT)

    async def _accepts(self, request: Any) -> bool:
        refusal = await self._judge(request)
        if refusal is not None:
            self._metrics.refusals.labels(refusal.reason).inc()
            log.warning("proposal refused", height=request.height, reason=refusal.reason, message=refusal.message)
        return refusal is None

    async def _judge(self, request: Any) -> Refusal | None:
        try:
            payload = self._payload(request.txs)
        except PayloadError as trouble:
            return Refusal(trouble.reason, str(trouble))
        if refusal := self._broken_rule(payload, request.height, request.time.seconds):
            return refusal
        if refusal := await self._transactions.refuse(payload.transactions, self.head):
            return refusal
        began = self._clock.now()
        status = await self._execution.judge(payload)
        self._pool.learn(self._transactions.gas, self._clock.now() - began)
        if status.status != VALID:
            return Refusal(f"engine-{status.status.lower()}", status.error)
        await self._clock.reach(payload.timestamp)
        return None

    def _check_clock(self, height: int, block_time: int) -> None:
        """Stops a node whose clock is over a minute off. A chain that stood still has one old block, never several."""
        ahead = block_time - self._clock.now()
        if -ahead <= MAX_CLOCK_ERROR_SECONDS:
            self._late.clear()
        else:
            self._late.add(height)
        if ahead > MAX_CLOCK_ERROR_SECONDS or len(self._late) >= _LATE_BLOCKS:
            raise Halt(
                f"this machine's clock is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the chain's time",
                hint=CLOCK_HINT,
            )

    def _payload(self, transactions: Any) -> ExecutionPayload:
        if len(transactions) != 1:
            raise PayloadError("transaction-count", f"a block carries 1 payload, not {len(transactions)}")
        packed = transactions[0]
        payload = self._unpacked.get(_digest(packed))
        if payload is None:
            payload = ExecutionPayload.unpack(packed)
            self._remember(packed, payload)
        return payload

    def _remember(self, packed: bytes, payload: ExecutionPayload) -> None:
        """Keeps the newest payloads: each is needed by up to three calls."""
        self._unpacked[_digest(packed)] = payload
        while len(self._unpacked) > _REMEMBERED:
            self._unpacked.popitem(last=False)

    async def finalize_block(self, request: Any) -> Any:
        """Executes the decided block and returns the key change of the block before it."""
        started = self._clock.now()
        try:
            payload = self._payload(request.txs)
        except PayloadError as trouble:
            raise Halt(f"the decided block {request.height} carries no payload: {trouble}") from trouble
        if (payload.number, payload.parent_hash) != (request.height, self.head.hash):
            raise Halt(f"the decided block {request.height} does not follow the engine's head {self.head.number}")
        self._watch.decided(request)
        with self._metrics.execute.time():
            await self._execution.execute(payload)
        updates = await self._validator_updates(self.head)
        self._alert(request)
        self._decided = payload
        self._turns.saw(request.proposer_address)
        self._early = (len(request.decided_last_commit.votes) or len(self._rules.validators), int(started))
        return abci.ResponseFinalizeBlock(
            tx_results=[abci.ExecTxResult()], validator_updates=updates, app_hash=payload.block_hash
        )

    def _alert(self, request: Any) -> None:
        """Evidence in a decided block proves that a validator signed twice: somebody must look at its key today."""
        for found in request.misbehavior:
            kind = abci.MisbehaviorType.Name(found.type).lower().replace("_", "-")
            self._metrics.misbehaviour.labels(kind).inc()
            log.error(
                "a validator misbehaved",
                kind=kind,
                validator=found.validator.address.hex().upper(),
                power=found.validator.power,
                height=found.height,
                recorded=request.height,
                hint="its key is on two machines or in wrong hands: take it out of the set and find out",
            )

    async def _validator_updates(self, parent: Head) -> list[Any]:
        change = await self._execution.forever("storage", lambda: self._registry.change(parent))
        match change:
            case KeyChange() as found:
                self._metrics.validator_changes.labels("applied").inc()
                for key, power in found.updates():
                    log.info("validator changes", key=key.hex(), power=power, height=parent.number)
                return [abci.ValidatorUpdate(pub_key={"ed25519": key}, power=power) for key, power in found.updates()]
            case RefusedChange(reason):
                self._metrics.validator_changes.labels("left-out").inc()
                log.error("validator change left out", reason=reason, height=parent.number)
        return []

    async def commit(self, _: Any) -> Any:
        """Makes the decided block the engine's head. CometBFT keeps every block: an engine may come back at 0."""
        payload = self._decided
        if payload is None:
            raise Halt("Commit came without FinalizeBlock")
        self._adopt(await self._execution.commit(payload.block_hash, payload.number))
        self._watch.committed()
        self._build_early()
        return abci.ResponseCommit(retain_height=0)

    def _build_early(self) -> None:
        if self._early is None or self._clock.now() - self.head.timestamp > LIVE_SECONDS:
            return
        validators, decided_at = self._early
        if self._turns.mine_next(validators):
            self._builder.start_early(self.head, block_timestamp(self.head.timestamp, decided_at))

    async def query(self, request: Any) -> Any:
        """Only CometBFT's peer filters; the ledger is read from the execution engine."""
        code, reason = await self._peers.answer(request.path)
        if code != ALLOWED:
            self._metrics.peer_refusals.labels("id" if "/id/" in request.path else "addr").inc()
        return abci.ResponseQuery(code=code, log=reason)

    async def check_tx(self, _: Any) -> Any:
        """Nothing comes by CometBFT's own door: it refuses what it has seen, so nobody could send a lost one again."""
        return abci.ResponseCheckTx(code=NOT_HERE, log="send transactions to the node's JSON-RPC")

    async def insert_tx(self, request: Any) -> Any:
        """What a peer tells. It is answered from memory, because that peer's votes wait behind it."""
        code = self._pool.insert(request.tx)
        await asyncio.sleep(0)  # a flood of these leaves room for a vote
        return abci.ResponseInsertTx(code=code)

    async def reap_txs(self, request: Any) -> Any:
        """What CometBFT is to tell all direct peers now."""
        return abci.ResponseReapTxs(txs=self._pool.reap(request.max_bytes))


def _digest(packed: bytes) -> bytes:
    return hashlib.blake2b(packed, digest_size=16).digest()
