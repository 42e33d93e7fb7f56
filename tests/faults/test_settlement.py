"""Rows 1 and 3 under a settlement (O2): its shares add up to the fen whoever is killed, and are paid once."""

from __future__ import annotations

import time

import pytest

from tests.faults.test_kills import bring_back, kill_everything, kill_part
from tests.support.promises import World, opened
from tests.support.settling import PAGES, Market, assert_shares
from tests.support.tally import Tally

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(900)]
SESSIONS = 3
LEAD_SECONDS = 20
# What is posted after the end is not shared: the goods are final by then, also when a node was killed meanwhile.
LENGTH_SECONDS = 24


def test_shares_add_up_and_are_paid_once_whoever_is_killed(world: World, tally: Tally) -> None:
    net, random = world.net, tally.random("settlement")
    market, in_flight = Market(world.trading), 0
    for _ in range(SESSIONS):
        session = market.open_session(LEAD_SECONDS, LENGTH_SECONDS)
        # The client is connected to node 0, which stays while goods are traded.
        victim = random.randrange(1, net.size)
        poster = market.trade(session)
        kill_part(net, victim, random.choice(("geth", "cometbft", "all")))
        poster.wait(timeout=120)
        market.wait_for(session.ends_at)
        bring_back(net, victim)
        for page in range(PAGES):
            market.hand_in_page(session, page)
            # A block is made about once a second: the first page is hardly in one yet, the second may be.
            time.sleep(random.uniform(0.0, 2.0 if page else 0.1))
            in_flight += not market.page_is_final(session, page)
            kill_everything(net, random)
            net.start()
            net.wait_height(net.height() + 1)
        assert_shares(market.settled(session), market.expected(session))
        net.wait_blocks(2)
        top = net.height()
        for node in range(net.size):
            net.wait_height(top, node)
            with opened(world.trading, node) as ledger:
                assert len(set(market.moved(ledger))) == 1
        tally.add(1, "O2: kill -9 of one while a session trades")
        tally.add(3, "O2: kill -9 of everything while a page settles", PAGES, loss_fen=market.expected(session).loss)
    assert in_flight
    tally.add(3, "O2: of these, before the page was final", in_flight)
