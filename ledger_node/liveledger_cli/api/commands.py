"""``liveledger api``: the API server of this machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger.domain.errors import ConfigurationError, NotFound, Unavailable
from liveledger.domain.home import LOGIN_REQUIRED, LedgerHome
from liveledger.domain.keys import reservations_label
from liveledger.domain.waiting import wait_until
from liveledger_api.runfile import Running, running
from liveledger_api.runfile import stop as stop_server
from liveledger_cli.api.keys import keys_commands
from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.signing_accounts import PassphraseOption, account_store

if TYPE_CHECKING:
    from liveledger_api.settings import ApiSettings


START_SECONDS = 60.0
STOP_SECONDS = 45.0
_POLL_SECONDS = 0.1

api_commands = Commands(help="The API server: capture, queries, proofs.", no_args_is_help=True)
api_commands.add_typer(keys_commands, name="keys")


@api_commands.command()
def start(
    here: LedgerContext,
    port: Annotated[
        int | None,
        typer.Option(
            help="Port on loopback, remembered; 0: a free one, once [the ledger's, 8600 first]", min=0, max=65535
        ),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Label of the key that signs submissions [operator]")] = None,
    passphrase_file: PassphraseOption = None,
    login: Annotated[
        bool | None,
        typer.Option(
            "--login/--no-login",
            help="Whether callers log in, remembered [--no-login where all nodes of the ledger are on this machine]",
        ),
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return once the server answers")] = False,
) -> None:
    """Serve a ledger's API, in the foreground or in the background with --detach: on loopback, or with login beyond."""
    from liveledger_api.settings import ApiSettings

    where = here.home
    _remember_login(where, login)
    chosen: dict[str, Any] = {"port": port, "account": account, "login": login}
    settings = ApiSettings(
        root=where.root, ledger=where.name, **{name: value for name, value in chosen.items() if value is not None}
    )
    if not detach:
        _serve(settings, passphrase_file, quiet=here.quiet)
        return
    settings.needs_login()
    found = running(where) or _spawn(where, settings, passphrase_file)
    _warn(settings, quiet=here.quiet)
    here.output.result({"url": found.url, "pid": found.pid}, found.url)


@api_commands.command()
def stop(here: LedgerContext) -> None:
    """Stop the API server."""
    stopped = stop_server(here.home, patience=STOP_SECONDS)
    here.output.result({"stopped": stopped}, "stopped" if stopped else "the API was not running")


@api_commands.command()
def status(here: LedgerContext) -> None:
    """Say whether the API runs and keeps up with the chain (exit 1 when it does not)."""
    found = running(here.home)
    state = {"status": "not running"} if found is None else _ready(found)
    here.output.result(state, [f"{name}: {value}" for name, value in state.items()])
    if state["status"] != "ready":
        raise typer.Exit(1)


def _remember_login(where: LedgerHome, login: bool | None) -> None:
    """Keeps what was said, for every later start too. Raises ConfigurationError while the API runs otherwise."""
    if login is None or (where.login_setting() == LOGIN_REQUIRED) is login:
        return
    if running(where) is not None:
        raise ConfigurationError(
            "the API runs, and asks for a login or not as it did when it started",
            hint="`liveledger api stop` first",
        )
    where.set_login(required=login)


def _warn(settings: ApiSettings, *, quiet: bool) -> None:
    """Says at every start that there is no login; the server's log has it, too, and so does `liveledger doctor`."""
    from liveledger_api.settings import NO_LOGIN

    if not quiet and not settings.needs_login():
        messages.print(f"{NO_LOGIN}; `liveledger api start --login` ends that", markup=False)


def _serve(settings: ApiSettings, passphrase_file: Path | None, *, quiet: bool) -> None:
    """The server's modules are loaded here, so that every other command starts without them."""
    from liveledger_api.build import build_parts
    from liveledger_api.server import serve

    def announce(url: str) -> None:
        if not quiet:
            messages.print(f"API of {settings.ledger} on {url}", markup=False)
        _warn(settings, quiet=quiet)

    accounts = account_store(settings.home(), passphrase_file)
    # Opened now, while somebody can be asked and told; a request must not wait for a terminal.
    for label in (settings.account, reservations_label(settings.account)):
        with contextlib.suppress(NotFound):
            accounts.load(label)
    accounts.stop_asking()
    serve(settings, lambda chosen: build_parts(chosen, accounts), announce)


def _spawn(home: LedgerHome, settings: ApiSettings, passphrase_file: Path | None) -> Running:
    log = home.directory / "api.log"
    command = [
        sys.executable,
        "-m",
        "liveledger_cli.main",
        "api",
        "start",
        "--home",
        str(home.root),
        "--ledger",
        home.name,
    ]
    command += ["--account", settings.account]
    command += [] if settings.login is None else ["--login" if settings.login else "--no-login"]
    command += [] if settings.port is None else ["--port", str(settings.port)]
    if passphrase_file:
        command += ["--passphrase-file", str(passphrase_file.absolute())]
    with log.open("ab") as console:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True, env=os.environ
        )

    def answering() -> Running | None:
        found = running(home)
        if found is not None and _is_live(found):
            return found
        if process.poll() is not None:
            raise Unavailable(f"the API did not start: {_last_line(home)}", hint=f"see {log}")
        return None

    def late() -> Exception:
        process.terminate()
        return Unavailable(f"the API does not answer after {START_SECONDS:.0f} s", hint=f"see {log}")

    return wait_until(answering, START_SECONDS, late, pause=_POLL_SECONDS)


def _is_live(found: Running) -> bool:
    import httpx

    try:
        return httpx.get(f"{found.url}/health/live", timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _ready(found: Running) -> dict[str, Any]:
    import httpx

    try:
        state: dict[str, Any] = httpx.get(f"{found.url}/health/ready", timeout=10.0, trust_env=False).json()
    except (httpx.HTTPError, ValueError) as error:
        return {"status": "not ready", "url": found.url, "error": str(error)}
    return {"url": found.url, **state}


def _last_line(home: LedgerHome) -> str:
    lines = (home.directory / "api.log").read_text(errors="replace").strip().splitlines()
    told = [line for line in lines if line.startswith("error")]
    return (told or lines or ["it said nothing"])[-1]
