"""The FastAPI application, built from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from liveledger.rules.families import FAMILIES
from liveledger_api import description, problems
from liveledger_api.access.keeper import DoorKeeper
from liveledger_api.access.rules import check_complete
from liveledger_api.acts.routes import router as acts
from liveledger_api.approvals.routes import router as approvals
from liveledger_api.batches.routes import router as batches
from liveledger_api.capture.routes import router as capture
from liveledger_api.contracts.routes import router as contracts
from liveledger_api.declared import HeadRequests, only_declared
from liveledger_api.goods.routes import router as goods
from liveledger_api.health.routes import router as health
from liveledger_api.keys.routes import router as keys
from liveledger_api.limits import RequestLimits
from liveledger_api.locations.routes import router as locations
from liveledger_api.login.routes import router as login
from liveledger_api.metrics import RequestMetrics
from liveledger_api.movements.routes import router as movements
from liveledger_api.organisations.routes import router as organisations
from liveledger_api.parts import Parts
from liveledger_api.past.routes import router as past
from liveledger_api.paths import RawPaths
from liveledger_api.places.routes import router as places
from liveledger_api.readings.routes import router as readings
from liveledger_api.reference.routes import router as reference
from liveledger_api.schemas.routes import router as schemas
from liveledger_api.snapshots.routes import router as snapshots
from liveledger_api.trust.routes import router as trust


def routes_of(family: str) -> APIRouter:
    """The addresses of a family."""
    found: APIRouter = import_module(f"liveledger_api.{family}.routes").router
    return found


# The API's own first, then those of each family of rules.
ROUTERS = (
    *(health, login, keys, capture, movements, batches, readings, acts),
    *(contracts, trust, past, snapshots, schemas, places, approvals),
    *(organisations, locations, goods, reference),
    *(routes_of(family.name) for family in FAMILIES),
)

DESCRIPTION = """
Answers of a consortium ledger. Each answer may carry a **proof bundle** (`?proof=true`, or `?proof=bundle` for the
bundle alone) that anyone with the trust anchor checks offline with `liveledger verify`; without one it says
`"proof": null`, and is only as good as this server. What is not on the ledger is proven, too. While a proof waits for
the next block, the answer is 202 with `Retry-After`. Errors are `application/problem+json`. A parameter that an
address does not know is refused by name, and so is one that stands there twice. `HEAD` answers wherever `GET` does.
Who may call an address stands with it (`x-liveledger-access`): open to everybody, to members of the ledger, to members
with a role, or to members who are shown what they have a part in. Members send `Authorization: Bearer`, and a token
(`POST /login`) or an API key (`POST /keys`); an API without login, on loopback alone, lets its own machine do all.
"""


def operation_id(route: APIRoute) -> str:
    """The name of an operation for generated clients: its group and what it is, `stock_movements`."""
    return f"{str(route.tags[0]).lower().replace(' ', '_')}_{route.name}"


def create_app(parts: Parts) -> FastAPI:
    """The application; it starts the loops of ``parts`` when it is served and stops them afterwards."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.start()
        try:
            yield
        finally:
            parts.stop()

    app = FastAPI(
        title="LiveLedger",
        description=DESCRIPTION,
        version=version("liveledger"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        dependencies=[Depends(only_declared)],
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router)
    routes = [route for router in ROUTERS for route in router.routes]
    check_complete(routes)
    problems.install(app, parts.metrics, routes)
    description.install(app)
    app.add_middleware(RawPaths)
    app.add_middleware(
        RequestLimits,
        max_bytes=parts.settings.max_body_bytes,
        seconds=parts.settings.max_body_seconds,
        metrics=parts.metrics,
        names=parts.settings.own_names() if parts.door.needs_login else frozenset(),
    )
    # Outside of the limits: nobody's body is read who may not send one.
    app.add_middleware(
        DoorKeeper,
        door=parts.door,
        routes=routes,
        metrics=parts.metrics,
        behind_proxy=parts.settings.behind_proxy,
    )
    app.add_middleware(HeadRequests)
    # Added last, it is the outermost: what the limits refuse is counted, too.
    app.add_middleware(RequestMetrics, metrics=parts.metrics)
    return app
