"""A node without any API archives the hashes of its blocks, in its turn, with an account that has no role."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection, connect
from liveledger.chain.rpc.finality import final_height
from liveledger.domain import gs1
from liveledger.domain.block_hashes import HASHES_A_BATCH, TURN_BLOCKS, turn_of
from liveledger.node.hash_keeper import LOOK_SECONDS, USUAL_ACCOUNT
from liveledger.services.block_hashes import missing_batches
from liveledger.services.members import OrganisationDraft, Registrar
from tests.support.network import RunningNetwork, eventually

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(2_400)]
GLN = int(gs1.with_check_digit("690123410099"))


@pytest.fixture
def connection(one: RunningNetwork) -> Iterator[Connection]:
    found = connect(one.home)
    yield found
    found.close()


def test_a_node_archives_without_an_api(
    one: RunningNetwork, connection: Connection, tell: Callable[[str], None]
) -> None:
    admit_an_account(one, connection)
    turn = turn_of(bytes.fromhex(one.network.member(0).node_id), 0)
    assert turn < TURN_BLOCKS
    due = HASHES_A_BATCH + turn
    one.wait_height(due - 5, seconds=2_000.0)
    assert missing_batches(connection, final_height(connection)) == [0]
    seconds = LOOK_SECONDS + 60.0
    eventually("batch 0 is archived", lambda: missing_batches(connection, final_height(connection)) == [], seconds)
    eventually("the process that archived it ended", lambda: bool(ended(one)), seconds)
    assert ended(one) == [(0, "archived: 0")]
    at = final_height(connection)
    tell(f"block hashes: a node without an API archived batch 0 by block {at}, its turn was {due}")


def admit_an_account(one: RunningNetwork, connection: Connection) -> None:
    """The account that a node archives with, of an organisation, with no role at all."""
    outbox = open_outbox(connection)
    registrar = Registrar(Sender(connection, load_account(one.home, "administrator"), outbox))
    (number,) = registrar.register_organisations([OrganisationDraft(OrganisationKind.LOGISTICS, GLN, bytes(32))])
    registrar.register_accounts([(load_or_create_account(one.home, USUAL_ACCOUNT), number, Role(0))])
    outbox.close()


def ended(one: RunningNetwork) -> list[tuple[int, str]]:
    """Status and outcome of the processes that archived, by the node's log."""
    lines = [json.loads(line) for line in (one.home.node().logs / "node.log").read_text().splitlines()]
    return [(line["status"], line["outcome"]) for line in lines if line["event"] == "block hashes archived"]
