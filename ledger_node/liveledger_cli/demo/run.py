"""``liveledger demo``: starts what does not run, plays one run, asks, verifies, tampers, reports."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from liveledger.chain.contracts.gaps import WrongContract
from liveledger.chain.contracts.ledger import Ledger, open_ledger
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.services.deployment import deploy
from liveledger_cli.demo import questions
from liveledger_cli.demo.asking import Asked, Auditor, Checked, Lie
from liveledger_cli.demo.client import ApiClient
from liveledger_cli.demo.desk import Desk
from liveledger_cli.demo.founding import trust_own_genesis
from liveledger_cli.demo.offline import Isolation, find_isolation
from liveledger_cli.demo.outcome import report_of
from liveledger_cli.demo.play import Play, Played
from liveledger_cli.demo.prepare import Prepared, prepare
from liveledger_cli.demo.progress import Stage
from liveledger_cli.demo.settings import DemoSettings
from liveledger_cli.demo.stack import start_api, start_node, stop_all
from liveledger_cli.demo.state import DemoState, Run
from liveledger_cli.demo.world import World

STATE_FILE = "demo.json"


def reset(home: LedgerHome) -> None:
    """Stops the demo's processes and deletes its ledger. Raises InvalidInput for a folder that is no demo's."""
    if not home.directory.exists():
        return
    if not (home.directory / STATE_FILE).exists():
        raise InvalidInput(
            f"{home.directory} holds no demo", hint="name the demo's ledger, or delete the folder yourself"
        )
    stop_all(home)
    shutil.rmtree(home.directory)


def run_demo(home: LedgerHome, settings: DemoSettings, stage: Stage, *, keep: bool = False) -> dict[str, Any]:
    """Plays one run, or goes on with the one that was cut off, and returns its report.

    A node and an API server that run already are used and left as they are; what the demo starts it stops, unless
    ``keep``.
    """
    began = time.monotonic()
    state = DemoState(home.directory / STATE_FILE)
    run = state.open_run()
    with ThreadPoolExecutor(2, thread_name_prefix="prepare") as pool:
        preparing = pool.submit(prepare, settings)
        started = start_node(home, stage.say)
        try:
            report = _with_node(home, settings, stage, state, run, preparing, pool)
        finally:
            if started and not keep:
                stop_all(home)
    report["seconds"] = round(time.monotonic() - began, 1)
    state.finish(run)
    return report


def _with_node(
    home: LedgerHome,
    settings: DemoSettings,
    stage: Stage,
    state: DemoState,
    run: Run,
    preparing: Future[Prepared],
    pool: ThreadPoolExecutor,
) -> dict[str, Any]:
    began = time.monotonic()
    with stage.bar("contracts"):
        ledger = _open(home)
    outbox = open_outbox(ledger)
    try:
        api = pool.submit(lambda: ApiClient(start_api(home)[0]))
        if not home.trust.exists():
            stage.say(trust_own_genesis(ledger))
        play = Play(ledger, Desk(ledger, outbox), api, state, settings, stage)
        play.phases["contracts"] = round(time.monotonic() - began, 2)
        prepared = preparing.result()
        world = play.set_up(prepared)
        played = play.perform(run, prepared, world)
        isolation = find_isolation()
        with play.phase("questions, verification, lies", 1):
            checked, lies = _audit(ledger, api.result(), run, played, world, settings, isolation)
        api.result().close()
        report = report_of(run, prepared, played, checked, lies, isolation)
        return {**report, "phases": play.phases, "chain": _chain(ledger)}
    finally:
        outbox.close()
        ledger.close()


def _open(home: LedgerHome) -> Ledger:
    """Deploys what is missing. Raises ConfigurationError for a chain that an older version of the contracts made."""
    try:
        deploy(home)
        return open_ledger(home)
    except WrongContract as wrong:
        raise ConfigurationError(
            wrong.message, hint="make the demo's ledger anew: `liveledger demo --reset`"
        ) from wrong


def _audit(
    ledger: Ledger,
    client: ApiClient,
    run: Run,
    played: Played,
    world: World,
    settings: DemoSettings,
    isolation: Isolation,
) -> tuple[list[Checked], list[Lie]]:
    """Questions are on disk before the API is asked; what it answers is believed by the verifier alone."""
    expected = questions.Stock(**played.stock_expected)
    stock = questions.stock_question(world.brand, played.stock_code, expected)
    history = questions.item_question(played.captured)
    asked: list[Asked] = [
        stock,
        history,
        questions.settlement_question(played.agreement.id, played.session, settings.brand_share),
        questions.reading_question(played.box),
        questions.unknown_item_question(played.captured),
        questions.unknown_stock_question(world.brand),
    ]
    auditor = Auditor(ledger.home.directory / "answers" / f"run-{run.number}", ledger.home.trust, isolation)
    auditor.write_questions(asked)
    auditor.fetch(client, asked, final_height(ledger))
    return auditor.check(asked), auditor.lie(stock, history)


def _chain(ledger: Ledger) -> dict[str, Any]:
    height = final_height(ledger)
    return {
        "chain_id": ledger.chain_id,
        "evm_chain_id": ledger.evm_chain_id,
        "height": height,
        "home": str(ledger.home.directory),
    }
