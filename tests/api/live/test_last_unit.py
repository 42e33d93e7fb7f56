"""A thousand clients reserve the last unit at the same moment: one has it, and everyone hears what came of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.api.ledger import CODES, WAREHOUSE, RunningApi
from tests.support.network import eventually

pytestmark = pytest.mark.network
CLIENTS = 1_000
# What the server takes at once is its own affair: a client that is told to come again does so.
COME_AGAIN = (429, 503)
ON_ITS_WAY = ("acknowledged", "parked")


async def ask(http: httpx.AsyncClient, message: dict[str, Any]) -> httpx.Response:
    while True:
        pause = 0.5
        try:
            answer = await http.post("/movements", json=message)
        except httpx.TransportError:
            pass  # over its most connections the server hangs up; a message's id counts once, so it is sent again
        else:
            if answer.status_code not in COME_AGAIN:
                return answer
            pause = float(answer.headers.get("retry-after", pause))
        await asyncio.sleep(pause)


async def all_at_once(url: httpx.URL, messages: list[dict[str, Any]]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, timeout=250, trust_env=False, limits=limits) as http:
        return await asyncio.gather(*(ask(http, message) for message in messages))


def state_of(api: RunningApi, message_id: str) -> str:
    return str(api.http.get(f"/movements/{message_id}").json()["state"])


@pytest.mark.parametrize("clients", [pytest.param(CLIENTS, marks=pytest.mark.slow, id="thousand"), 60])
def test_many_clients_and_one_unit(api: RunningApi, clients: int) -> None:
    sku = CODES[int(clients == CLIENTS)]
    unit = api.movement(f"unit-{clients}", "receive", 1, sku=sku, to=WAREHOUSE)
    assert api.http.post("/movements", json=unit).status_code == 202
    api.final(f"unit-{clients}")
    names = [f"client-{number}-of-{clients}" for number in range(clients)]
    messages = [api.movement(name, "reserve", 1, sku=sku, **{"from": WAREHOUSE}) for name in names]
    answers = asyncio.run(all_at_once(api.http.base_url, messages))
    by_status = Counter(answer.status_code for answer in answers)
    assert set(by_status) <= {202, 409}, by_status
    for answer in answers:
        assert answer.status_code == 202 or "StockOversell" in answer.text
    taken = [name for name, answer in zip(names, answers, strict=True) if answer.status_code == 202]

    def settled() -> bool:
        return all(state_of(api, name) not in ON_ITS_WAY for name in taken)

    eventually("every client knows what came of it", settled)
    outcomes = Counter(state_of(api, name) for name in taken)
    assert outcomes["final"] == 1
    assert outcomes["final"] + outcomes["refused"] == len(taken)
    (winner,) = [name for name in taken if state_of(api, name) == "final"]
    api.final(winner)
    answer = api.get(f"/stock/{api.brand}/{sku}/{WAREHOUSE}").json()["answer"]
    assert (answer["available"], answer["reserved"]) == ("0", "1")
