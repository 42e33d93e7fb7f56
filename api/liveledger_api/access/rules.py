"""Who may call each address: one table, which the API's description repeats and a test walks.

`open`: everybody, shoppers among them. `member`: any active account of an active organisation. `role`: a member whose
account has one of the roles. `party`: a member, who is shown what its organisation has a part in and nothing else
(`parties`). An address without a row is no address: the application does not start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from liveledger.bindings.constants import Role
from liveledger_api.access.principals import Interface

EXTENSION = "x-liveledger-access"
LOGIN_BYTES = 8_192


_NO_ROLE = Role(0)


class Who(StrEnum):
    """Kinds of rule."""

    OPEN = "open"
    MEMBER = "member"
    ROLE = "role"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address asks of its callers.

    ``interface``: the part of the API that an API key must have been given, None where no key may call; ``any_key``:
    every key may. ``roles``: one of them is enough. ``sees``: in words, what a party is shown, or what else it depends
    on. ``max_body``: bytes, where less than usual is read.
    """

    who: Who
    interface: Interface | None = None
    roles: Role = _NO_ROLE
    sees: str = ""
    max_body: int | None = None
    any_key: bool = False

    def as_json(self) -> dict[str, Any]:
        """What the description (OpenAPI) says of it."""
        interface = "any" if self.any_key else self.interface.value if self.interface else None
        told: dict[str, Any] = {"who": self.who.value, "interface": interface}
        if self.roles:
            told["roles"] = role_names(self.roles)
        return told | ({"sees": self.sees} if self.sees else {})


def role_names(roles: Role) -> list[str]:
    """Roles in kebab case, in the order of their bits."""
    return [str(role.name).lower().replace("_", "-") for role in Role if role in roles]


_OPEN = Rule(Who.OPEN, any_key=True)
_DOOR = Rule(Who.OPEN, any_key=True, max_body=LOGIN_BYTES)
_SELF = Rule(Who.MEMBER, max_body=LOGIN_BYTES)
_LEDGER = Rule(Who.MEMBER, Interface.LEDGER)
_OWN = "what the caller's organisation sent"


def _sends(interface: Interface, roles: Role) -> Rule:
    return Rule(Who.ROLE, interface, roles)


def _shown(interface: Interface, sees: str) -> Rule:
    return Rule(Who.PARTY, interface, sees=sees)


RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/health/live"): _OPEN,
    ("GET", "/health/ready"): _OPEN,
    ("GET", "/docs"): _OPEN,
    ("GET", "/trust"): _OPEN,
    ("GET", "/trust/chain"): _OPEN,
    ("GET", "/past/{block}"): _OPEN,
    ("GET", "/schemas"): _OPEN,
    ("GET", "/schemas/{name}/{version}"): _OPEN,
    ("GET", "/items/{item}/events"): Rule(
        Who.OPEN, sees="every event's hash and proof; the documents of events that it may read", any_key=True
    ),
    ("POST", "/login/challenge"): _DOOR,
    ("POST", "/login"): _DOOR,
    ("GET", "/login"): Rule(Who.MEMBER, sees="itself", any_key=True),
    ("POST", "/logout"): _SELF,
    ("POST", "/keys"): _SELF,
    ("GET", "/keys"): _SELF,
    ("DELETE", "/keys/{key_id}"): _SELF,
    ("GET", "/metrics"): _shown(Interface.METRICS, "the metrics, if its organisation has an account on this machine"),
    ("POST", "/capture"): _sends(Interface.EVENTS, Role.CAPTURE_EVENTS),
    ("GET", "/capture"): _shown(Interface.EVENTS, _OWN),
    ("GET", "/capture/{job_id}"): _shown(Interface.EVENTS, _OWN),
    ("POST", "/events"): _sends(Interface.EVENTS, Role.CAPTURE_EVENTS),
    ("GET", "/events/{event_id}"): _shown(
        Interface.EVENTS, "events that its organisation captured, or is named in as source or destination"
    ),
    ("POST", "/movements"): _sends(Interface.MOVEMENTS, Role.POST_MOVEMENTS),
    ("GET", "/movements"): _shown(Interface.MOVEMENTS, _OWN),
    ("GET", "/movements/{message_id}"): _shown(Interface.MOVEMENTS, _OWN),
    ("POST", "/snapshots"): _sends(Interface.SNAPSHOTS, Role.POST_MOVEMENTS | Role.REPORT),
    ("GET", "/snapshots"): _shown(Interface.SNAPSHOTS, "snapshots that its organisation sent, or of its own goods"),
    ("POST", "/returns"): _sends(Interface.RETURNS, Role.POST_MOVEMENTS),
    ("GET", "/returns/messages/{message_id}"): _shown(Interface.RETURNS, _OWN),
    ("GET", "/returns"): _LEDGER,
    ("GET", "/returns/{brand}/{sku}"): _LEDGER,
    ("POST", "/readings"): Rule(
        Who.ROLE, Interface.READINGS, Role.REPORT, "if its organisation has an account on this machine"
    ),
    ("GET", "/feeds/{feed}/reports/{sequence}/readings"): _LEDGER,
    ("GET", "/feeds/{feed}/reports"): _LEDGER,
    ("GET", "/agreements/{agreement}/settlements"): _shown(
        Interface.LEDGER, "agreements in which its organisation is brand, supplier or forecaster"
    ),
    ("GET", "/batches/{poster}/{lane}"): _LEDGER,
    ("GET", "/batches/{poster}/{lane}/{sequence}/movements/{index}"): _LEDGER,
    ("GET", "/stock/{brand}/{sku}/movements"): _LEDGER,
    ("GET", "/stock/{brand}/{sku}/lots"): _LEDGER,
    ("GET", "/stock/{brand}/{sku}/{place}"): _LEDGER,
    ("GET", "/stock/{brand}/{sku}/{place}/in-transit"): _LEDGER,
    ("GET", "/stock/health"): _LEDGER,
    ("POST", "/stock/health"): _LEDGER,
    ("GET", "/stock/heat-map"): _LEDGER,
    ("POST", "/stock/heat-map"): _LEDGER,
    ("GET", "/capital/{brand}"): _LEDGER,
    ("GET", "/places/{place}/movements"): _LEDGER,
    ("GET", "/replenishment/{brand}/{sku}"): _LEDGER,
    ("GET", "/replenishment/{brand}/{sku}/{place}/choice"): _LEDGER,
    ("GET", "/accuracy"): _LEDGER,
    ("GET", "/accuracy/{place}"): _LEDGER,
    ("GET", "/acts/{contract}"): _LEDGER,
    ("GET", "/contracts/{name}"): _LEDGER,
    ("GET", "/approvals/{brand}/{operator}"): _LEDGER,
    ("GET", "/organisations"): _LEDGER,
    ("GET", "/organisations/{organisation}"): _LEDGER,
    ("GET", "/brands"): _LEDGER,
    ("GET", "/brands/{brand}"): _LEDGER,
    ("GET", "/brands/{brand}/skus"): _LEDGER,
    ("GET", "/brands/{brand}/stock"): _LEDGER,
    ("GET", "/locations"): _LEDGER,
    ("GET", "/locations/{location}"): _LEDGER,
    ("GET", "/locations/{location}/stock"): _LEDGER,
    ("GET", "/skus"): _LEDGER,
    ("GET", "/skus/{brand}/{sku}"): _LEDGER,
    ("GET", "/skus/{brand}/{sku}/lots"): _LEDGER,
    ("GET", "/skus/{brand}/{sku}/stock"): _LEDGER,
    ("GET", "/lots"): _LEDGER,
}


def check_complete(routes: Iterable[BaseRoute], rules: Mapping[tuple[str, str], Rule] = RULES) -> None:
    """Raises RuntimeError unless every address has its row, and every row its address."""
    there = {
        (method, route.path_format) for route in routes if isinstance(route, APIRoute) for method in route.methods or ()
    }
    if there != rules.keys():
        without, idle = sorted(there - rules.keys()), sorted(rules.keys() - there)
        raise RuntimeError(f"addresses without a rule: {without}; rules without an address: {idle}")
