"""The page about logins holds the table that the API's description gives, and no table is started incomplete."""

from __future__ import annotations

import pytest
from fastapi import APIRouter

from liveledger_api.access.rules import RULES, Rule, Who, check_complete
from liveledger_api.app import ROUTERS
from tests.api.access_table import description, in_page, table


def test_the_page_has_the_table_of_the_description() -> None:
    assert in_page() == table(description())


def test_an_address_without_a_rule_and_a_rule_without_an_address_start_nothing() -> None:
    routes = [route for router in ROUTERS for route in router.routes]
    check_complete(routes)
    router = APIRouter()
    router.add_api_route("/new", lambda: None, methods=["POST"])
    with pytest.raises(RuntimeError, match=r"POST.*/new"):
        check_complete([*routes, *router.routes])
    with pytest.raises(RuntimeError, match=r"rules without an address.*/gone"):
        check_complete(routes, {**RULES, ("GET", "/gone"): Rule(Who.OPEN)})
