"""Allowances, a contract of genesis, is replaced by name on four validators: gas money goes on coming."""

from __future__ import annotations

import pytest

from liveledger.bindings import allowances, creator
from liveledger.bindings.constants import (
    ALLOWANCE_WEI,
    ALLOWANCES_ADDRESS,
    CREATOR_ADDRESS,
    OrganisationKind,
    Role,
)
from liveledger.chain.accounts.accounts import address_of, create_account, load_account
from liveledger.chain.contracts.registry import active_address, name_word
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import connect
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import keccak
from liveledger.node.network import ADMINISTRATOR
from liveledger.services.creation import created_address
from liveledger.services.members import Act, OrganisationDraft, Registrar
from tests.support.network import RunningNetwork, eventually

pytestmark = pytest.mark.network
NEXT, AHEAD = 2, 6
GLN = 6901234580006
# One transaction that does nothing, with such a tip, takes more than half of an allowance.
GAS, TIP_WEI = 25_000, 3 * 10**7


def test_whoever_runs_dry_is_funded_by_the_next_version(four: RunningNetwork) -> None:
    connection = connect(four.home)
    outbox = open_outbox(connection)
    administrator = Registrar(Sender(connection, load_account(four.home, ADMINISTRATOR), outbox))
    drafts = [OrganisationDraft(OrganisationKind.LOGISTICS, GLN, bytes(32))]
    (number,) = administrator.register_organisations(drafts)
    early, late = (create_account(four.home, f"gas-money-{when}") for when in ("early", "late"))
    administrator.register_accounts([(early, number, Role.REPORT)])

    new = _replace(administrator, connection_height=final_height(connection))
    eventually("the next version", lambda: active_address(connection, allowances.NAME, final_height(connection)) == new)
    administrator.carry_out([Act("follow", ALLOWANCES_ADDRESS, allowances.Follow().calldata())])
    assert four.rpc("eth_getBalance", "0x" + new.hex(), "latest") != "0x0"

    spent = four.send(
        to=ALLOWANCES_ADDRESS,
        value=0,
        account=early,
        gas=GAS,
        maxFeePerGas=TIP_WEI + 1_000,
        maxPriorityFeePerGas=TIP_WEI,
        nonce=0,
    )
    assert spent["status"] == "0x1"
    assert _balance(four, address_of(early)) < ALLOWANCE_WEI // 2
    sender = Sender(connection, early, outbox)
    for count in range(2):  # the balance is seen with what is sent, the question goes out in turn with the next
        sender.submit(f"gas-money:{count}", ALLOWANCES_ADDRESS, b"", gas=GAS)
        sender.wait(f"gas-money:{count}")
    eventually("gas money", lambda: _pumped(sender) and _balance(four, address_of(early)) > ALLOWANCE_WEI * 9 // 10)
    # The Consortium has new accounts funded by the active version, too.
    administrator.register_accounts([(late, number, Role.REPORT)])
    assert _balance(four, address_of(late)) == ALLOWANCE_WEI
    outbox.close()
    connection.close()


def _replace(administrator: Registrar, *, connection_height: int) -> bytes:
    """Has the same code listed as the next version, which is active some blocks later; returns its address."""
    name, code = name_word(allowances.NAME), allowances.CREATION_CODE
    approval = creator.Approve(keccak(code), name, NEXT, connection_height + AHEAD, 0)
    for what, call in (("approve", approval), ("create", creator.Create(code))):
        administrator.carry_out([Act(f"{what}:gas-money", CREATOR_ADDRESS, call.calldata())])
    return created_address(allowances.NAME, NEXT, code)


def _pumped(sender: Sender) -> bool:
    sender.pump()
    return True


def _balance(net: RunningNetwork, account: bytes) -> int:
    return int(net.rpc("eth_getBalance", "0x" + account.hex(), "latest"), 16)
