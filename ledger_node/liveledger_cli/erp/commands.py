"""``liveledger erp``: stock messages of other systems over MQTT."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain.errors import InvalidInput, NotFound, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger_api.runfile import running
from liveledger_cli.common.context import (
    Output,
    field,
    messages,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext

if TYPE_CHECKING:
    from liveledger_oracles.gateways.mqtt.inbox import DeadLetter, Inbox

EVENTS_LOG = "erp-events.log"
_DAY_SECONDS = 86_400

erp_commands = Commands(help="Stock messages of other systems over MQTT.", no_args_is_help=True)


@erp_commands.command()
def run(
    here: LedgerContext,
    settings: Annotated[Path, typer.Option("--settings", help="TOML file: broker and white list", dir_okay=False)],
) -> None:
    """Take messages from the broker and hand them to this member's API, until stopped (SIGINT or SIGTERM)."""
    from liveledger.node.logs import log_events, rotating_logger
    from liveledger_oracles.gateways.mqtt.bridge import Bridge, alone
    from liveledger_oracles.gateways.mqtt.inbox import Inbox
    from liveledger_oracles.gateways.mqtt.settings import read_settings

    where = here.home
    chosen = read_settings(settings)
    with alone(where.directory / "erp.lock"):
        inbox = Inbox(inbox_file(where), max_pending=chosen.limits.max_pending, max_dead=chosen.limits.max_dead)
        events = rotating_logger(where.directory / EVENTS_LOG)
        log_events(lambda: events)
        bridge = Bridge(chosen, inbox, lambda: _api_of(where))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: bridge.stop())
        if not here.quiet:
            count = len(chosen.interface)
            messages.print(f"{count} interfaces, broker {chosen.broker.host}:{chosen.broker.port}", markup=False)
        try:
            bridge.run()
        finally:
            inbox.close()


@erp_commands.command()
def status(here: LedgerContext) -> None:
    """Say what waits, what is dead, and what was counted for each interface since ever."""
    with _opened(here.home) as inbox:
        state = {**inbox.state(), "counts": inbox.counts()}
    lines = [f"{name}: {value}" for name, value in state.items() if name != "counts"]
    lines += [
        f"{one['interface']:<20} {one['kind']:<10} {one['outcome']:<30} {one['n']:>10}" for one in state["counts"]
    ]
    here.output.result(state, lines)


@erp_commands.command()
def dead(
    here: LedgerContext,
    after: Annotated[int, typer.Option(help="Only those behind this number", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="At most so many", min=1, max=10_000)] = 100,
    retry: Annotated[list[int] | None, typer.Option("--retry", help="Send the one with this number again")] = None,
    discard: Annotated[list[int] | None, typer.Option("--discard", help="Forget the one with this number")] = None,
    discard_older: Annotated[
        int | None, typer.Option("--discard-older", help="Forget all that died more than so many days ago", min=0)
    ] = None,
) -> None:
    """List the messages that were refused, each with its reason; send some again, or forget them for good.

    Exit 3 when one that was named is not there.
    """
    if retry and (discard or discard_older is not None):
        raise InvalidInput("--retry and --discard exclude each other", hint="do one after the other")
    with _opened(here.home) as inbox:
        if retry:
            moved = inbox.retry(retry)
            here.output.result({"retried": moved}, f"{moved} of {len(retry)} are sent again")
            if moved < len(set(retry)):
                raise typer.Exit(NotFound.exit_code)
            return
        if discard or discard_older is not None:
            before = 0.0 if discard_older is None else time.time() - discard_older * _DAY_SECONDS
            gone = inbox.discard(discard or [], before=before)
            here.output.result({"discarded": gone}, f"{gone} are forgotten")
            if gone < len(set(discard or [])):
                raise typer.Exit(NotFound.exit_code)
            return
        found = inbox.dead(after=after, most=limit)
    _show(found, as_json=here.as_json)


def _show(found: Sequence[DeadLetter], *, as_json: bool) -> None:
    shown = [
        {
            "number": one.number,
            "interface": one.interface,
            "kind": one.kind,
            "id": one.message_id,
            "code": one.code,
            "reason": one.reason,
            "died_at": one.died_at,
            "whole": one.whole,
            "message": one.line.decode("utf-8", "backslashreplace"),
        }
        for one in found
    ]
    times = [datetime.fromtimestamp(one.died_at, UTC).isoformat(timespec="seconds") for one in found]
    lines = [
        f"{one.number}  {time}  {field(one.interface)}/{one.kind}  {field(one.message_id)}  "
        f"{one.code}: {field(one.reason)}"
        for one, time in zip(found, times, strict=True)
    ]
    Output(as_json).result({"dead": shown}, lines or "no dead letters")


def inbox_file(home: LedgerHome) -> Path:
    """SQLite file of what was taken from the broker."""
    return home.directory / "erp.db"


def _api_of(home: LedgerHome) -> str:
    found = running(home)
    if found is None:
        raise Unavailable(f"the API of the ledger {home.name} does not run", hint="see `liveledger api start`")
    return found.url


@contextmanager
def _opened(home: LedgerHome) -> Iterator[Inbox]:
    """The inbox of a bridge that ran here. Raises NotFound."""
    from liveledger_oracles.gateways.mqtt.inbox import Inbox

    path = inbox_file(home)
    if not path.exists():
        raise NotFound(f"no bridge ran for the ledger {home.name}", hint="start it with `liveledger erp run`")
    inbox = Inbox(path, max_pending=0, max_dead=0)
    try:
        yield inbox
    finally:
        inbox.close()
