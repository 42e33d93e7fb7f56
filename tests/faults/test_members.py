"""Row 13, the other half: a member throws at the ledger what its rules allow it to send. Blocks go on."""

from __future__ import annotations

import os
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tests.faults.test_kills import GAP_SECONDS, Gaps
from tests.network.one.test_one import BLOB_SIDECAR_TEXT, WITHDRAWALS
from tests.support.network import MAX_GAS, RunningNetwork
from tests.support.promises import World
from tests.support.tally import Tally

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(900)]
# JUMPDEST, PUSH0, JUMP: burns all gas that it is given.
ENDLESS = bytes.fromhex("5b5f56")
FLOOD = 75
FEE_WEI = 10**9


@pytest.fixture
def member(world: World) -> LocalAccount:
    """An account with money for gas and nothing good in mind."""
    account: LocalAccount = Account.create()
    world.net.send(to=bytes.fromhex(account.address[2:]), value=10**21)
    return account


def fields(net: RunningNetwork, **changes: Any) -> dict[str, Any]:
    fees = {"maxFeePerGas": FEE_WEI, "maxPriorityFeePerGas": 10}
    return {"chainId": net.network.evm_chain_id, "value": 0, "data": b"", "type": 2} | fees | changes


def test_a_blob_transaction(world: World, tally: Tally, member: LocalAccount) -> None:
    net = world.net
    blob = fields(net, type=3, maxFeePerBlobGas=FEE_WEI, gas=100_000, nonce=0, to=b"\x02" * 20)
    raw = member.sign_transaction(blob, blobs=[BLOB_SIDECAR_TEXT]).raw_transaction
    with world.load(node=0):
        answers = [net.try_rpc("eth_sendRawTransaction", "0x" + raw.hex(), node=node) for node in range(net.size)]
        first = net.height()
        net.wait_height(first + 9)
    used = {net.rpc("eth_getBlockByNumber", hex(height), False)["blobGasUsed"] for height in range(first, first + 9)}
    assert used == {"0x0"}
    tally.add(13, "a member sends a blob transaction", len(answers), pool_took_it=sum("result" in a for a in answers))


def test_execution_requests(world: World, tally: Tally, member: LocalAccount) -> None:
    """EIP-7002: anybody may ask for withdrawals. The requests travel with the block and are otherwise ignored."""
    net = world.net
    with world.load(node=0):
        calls = [
            fields(net, gas=400_000, nonce=nonce, to=WITHDRAWALS, value=10**6, data=os.urandom(48) + bytes(8))
            for nonce in range(12)
        ]
        hashes = [net.submit(bytes(member.sign_transaction(call).raw_transaction)) for call in calls]
        receipts = [net.receipt(tx_hash) for tx_hash in hashes]
        net.wait_blocks(4)
    assert {receipt["status"] for receipt in receipts} == {"0x1"}
    tally.add(13, "a member makes execution requests", len(receipts))


def test_a_flood_of_gas(world: World, tally: Tally, member: LocalAccount) -> None:
    """Full blocks of endless loops, three in a row: trade is slower and dearer, and every message still lands once."""
    net = world.net
    loop = [fields(net, gas=MAX_GAS, nonce=nonce, data=ENDLESS) for nonce in range(FLOOD)]
    raws = [bytes(member.sign_transaction(call).raw_transaction) for call in loop]
    with world.load(node=1), Gaps(net, list(range(net.size))).watching() as gaps:
        hashes = [net.submit(raw, node=2) for raw in raws]
        receipts = [net.receipt(tx_hash, node=0) for tx_hash in hashes]
        net.wait_blocks(4)
    assert {receipt["status"] for receipt in receipts} == {"0x0"}
    assert gaps.longest < GAP_SECONDS
    full = len({receipt["blockNumber"] for receipt in receipts})
    gas = sum(int(receipt["gasUsed"], 16) for receipt in receipts)
    tally.add(13, "a member floods the blocks", FLOOD, mgas=gas / 1e6, blocks=full, longest_gap_s=gaps.longest)
