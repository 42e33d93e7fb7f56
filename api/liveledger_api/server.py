"""The API as a process: one a ledger."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import structlog
import uvicorn
from starlette.types import ASGIApp

from liveledger.node.logs import log_events, rotating_logger
from liveledger_api.app import create_app
from liveledger_api.parts import Parts
from liveledger_api.ports import listen
from liveledger_api.runfile import registered
from liveledger_api.settings import NO_LOGIN, ApiSettings

GRACE_SECONDS = 10
EVENTS_LOG = "api-events.log"
_log = structlog.get_logger(__name__)


def serve(settings: ApiSettings, build: Callable[[ApiSettings], Parts], announce: Callable[[str], None]) -> None:
    """Serves until the process is told to stop; ``announce`` is told the address once all parts are there.
    Events (a line for every refusal, among others) go to ``api-events.log`` in the ledger's folder as JSON lines.

    Raises ConfigurationError when a server of this ledger runs already, its port is taken, or it would listen beyond
    loopback without login. Without login it says so each time, in that file.
    """
    login = settings.needs_login()
    with listen(settings) as listener:
        port = listener.getsockname()[1]
        settings = settings.model_copy(update={"port": port})
        url = settings.url()
        with registered(settings.home(), url):
            events = rotating_logger(settings.home().directory / EVENTS_LOG)
            log_events(lambda: events)
            if not login:
                _log.warning("no_login", url=url, reason=NO_LOGIN)
            app = create_app(build(settings))
            announce(url)
            with suppress(KeyboardInterrupt):
                uvicorn.Server(server_config(app, settings)).run(sockets=[listener])


def server_config(app: ASGIApp, settings: ApiSettings) -> uvicorn.Config:
    """How the application is served: every connection may hold a whole body, so their number is limited as well."""
    return uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=settings.max_connections,
        # Who asks is what the connection says; of headers the door alone decides which count (`behind_proxy`).
        proxy_headers=False,
    )
