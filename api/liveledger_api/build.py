"""Builds the server's parts from its settings: the one place where they are wired."""

from __future__ import annotations

from collections.abc import Callable

from liveledger.chain.accounts.accounts import AccountStore
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.index.database import index_engine
from liveledger.index.follower import Index
from liveledger.messages.snapshot_resolving import SnapshotResolver
from liveledger.prover.anchors import export_anchor
from liveledger.prover.prover import Prover
from liveledger.prover.stored_index import StoredIndex
from liveledger.prover.trust_chains import export_chain
from liveledger_api.access.door import Door, Limits, Login
from liveledger_api.access.home_accounts import HomeAccounts
from liveledger_api.access.parties import Parties, agreement_parties
from liveledger_api.access.principals import Standing
from liveledger_api.access.rates import Rate
from liveledger_api.access.rights import Rights, read_standing
from liveledger_api.accuracy.figures import AccuracyFigures
from liveledger_api.archiving import archiving
from liveledger_api.capture.service import CaptureService
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database
from liveledger_api.keys.service import ApiKeys
from liveledger_api.login.challenges import Challenges
from liveledger_api.login.tokens import Tokens
from liveledger_api.loops import Loop, Loops, Turns
from liveledger_api.metrics import ApiMetrics
from liveledger_api.movements.reserving import Reserving
from liveledger_api.movements.service import MovementService
from liveledger_api.off_chain import StoredOffChain
from liveledger_api.parts import Follower, Parts
from liveledger_api.provenance.anchoring import Anchoring
from liveledger_api.provenance.service import EventService
from liveledger_api.readings.service import ReadingService
from liveledger_api.returns.service import ReturnService
from liveledger_api.settings import ApiSettings
from liveledger_api.snapshots.service import SnapshotService
from liveledger_api.standing import Standings
from liveledger_api.stock_health.service import StockHealthService
from liveledger_api.store.schema import open_store
from liveledger_api.trust.published import PublishedChain


def build_parts(settings: ApiSettings, accounts: AccountStore | None = None) -> Parts:
    """Opens ledger, outbox, index and store; without ``accounts`` submissions are signed with plain keys only.

    Raises ConfigurationError (no ledger here, nothing deployed, another chain) or Unavailable (the node is away).
    """
    home = settings.home()
    ledger = open_ledger(home)
    outbox = open_outbox(ledger)
    store = open_store(home.store)
    engine = index_engine(home)
    metrics = ApiMetrics()
    accounts = accounts or AccountStore(home)
    chain = ChainAccess(ledger, lambda label: Sender(ledger, accounts.load(label), outbox, metrics=metrics.sender))
    events = EventService(store, chain)
    capture = CaptureService(store, events, settings.max_capture_events, settings.max_open_captures)
    anchoring = Anchoring(store, chain)
    rights = Rights(lambda account: read_standing(ledger, account)).of
    movements = _movements(settings, store, chain, outbox, StoredIndex(engine), rights)
    door = _door(settings, store, chain, rights)

    pause = settings.follow_seconds
    workers = _workers(pause, chain, capture, anchoring, movements)
    follower = Follower(ledger, Index(engine, ledger), pause)
    metrics.follow(Standings(ledger, outbox, follower, workers, settings.ready_lag_blocks))
    accuracy = AccuracyFigures(engine)
    metrics.watch_accuracy(accuracy)
    return Parts(
        settings=settings,
        door=door,
        metrics=metrics,
        ledger=ledger,
        store=store,
        stored_index=StoredIndex(engine),
        off_chain=StoredOffChain(store, door.parties.may_read, settings.shown()),
        prover=Prover(ledger, engine, export_anchor(ledger, 0)),
        events=events,
        capture=capture,
        movements=movements,
        readings=ReadingService(store),
        snapshots=_snapshots(settings, store, chain, StoredIndex(engine)),
        returns=ReturnService(store, chain),
        follower=follower,
        workers=workers,
        stock_health=StockHealthService(engine),
        accuracy=accuracy,
        trust_chain=PublishedChain(lambda: export_chain(ledger, StoredIndex(engine))),
        archiving=archiving(ledger, chain, settings.account),
    )


def _movements(
    settings: ApiSettings,
    store: Database,
    chain: ChainAccess,
    outbox: Outbox,
    index: StoredIndex,
    rights: Callable[[bytes], Standing],
) -> MovementService:
    reserving = Reserving(lambda label: chain.sender(label).address, rights)
    limits = {"lane": settings.lane, "max_movements": settings.max_movements}
    return MovementService(store, chain, outbox, index, reserving=reserving, **limits)


def _workers(
    pause: float, chain: ChainAccess, capture: CaptureService, anchoring: Anchoring, movements: MovementService
) -> Loops:
    anchor = _in_turn(anchoring.submit_received, chain.pump, anchoring.record_final)
    steps: dict[str, Callable[[], object]] = {
        "capture": capture.work_off,
        "anchoring": anchor,
        "movements": movements.pump,
    }
    return Loops(*(Loop(name, step, pause) for name, step in steps.items()))


def _door(settings: ApiSettings, store: Database, chain: ChainAccess, rights: Callable[[bytes], Standing]) -> Door:
    """The door of this API, with login or without, as the settings say. Raises ConfigurationError."""
    ledger = chain.ledger
    home = HomeAccounts(ledger.home, rights, lambda label: chain.sender(label).address)
    parties = Parties(
        home,
        lambda agreement: agreement_parties(ledger, agreement),
        documents_for_all=settings.public_documents,
    )
    if not settings.needs_login():
        return Door(None, parties)
    challenges = Challenges(settings.own_origins())
    tokens = Tokens(store, settings.token_seconds)
    limits = Limits(
        Rate(settings.member_rate, settings.member_burst),
        Rate(settings.stranger_rate, settings.stranger_burst),
        Rate(settings.organisation_rate, settings.organisation_burst),
    )
    return Door(Login(challenges, tokens, ApiKeys(store), rights, home, ledger.evm_chain_id), parties, limits)


def _snapshots(settings: ApiSettings, store: Database, chain: ChainAccess, index: StoredIndex) -> SnapshotService:
    resolver = SnapshotResolver(chain.ledger, index.brands_of)
    return SnapshotService(store, chain, resolver, limit=settings.max_snapshots)


def _in_turn(*steps: Callable[[], object]) -> Callable[[], None]:
    """A round of anchoring: every step has its turn, then the first error is raised."""

    def anchor() -> None:
        turns = Turns("anchoring")
        for step in steps:
            turns.take(step.__name__, step)
        turns.finish()

    return anchor
