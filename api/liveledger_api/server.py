"""The API as a process: one a ledger."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn

from liveledger_api.app import create_app
from liveledger_api.parts import Parts
from liveledger_api.runfile import registered
from liveledger_api.settings import ApiSettings

GRACE_SECONDS = 10


def serve(settings: ApiSettings, build: Callable[[ApiSettings], Parts]) -> None:
    """Serves until the process is told to stop. Raises ConfigurationError when a server runs already."""
    with registered(settings.home(), settings.url):
        app = create_app(build(settings))
        uvicorn.run(
            app, host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS
        )
