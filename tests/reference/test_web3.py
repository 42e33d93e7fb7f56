"""web3.py, which integrators know, beside our own reader of geth, and the example that uses it, on a real engine."""

from __future__ import annotations

import json
import random
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractCustomError, Web3RPCError

from liveledger.bindings import stock_ledger
from liveledger.chain.rpc.encoding import header_rlp
from liveledger.chain.rpc.nodes import ExecutionRpc, RpcError
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Kind, Movement
from tests.house.tree import ROOT
from tests.reference.warehouse import Warehouse, build
from tests.support.dev_chain import DevChain

pytestmark = pytest.mark.chain
ROUNDS = 120
POSTS = 12
EXAMPLE = ROOT / "examples" / "web3" / "goods.py"
PASSPHRASE = "a passphrase of a test"


@pytest.fixture(scope="module")
def warehouse(dev_chain: DevChain) -> Warehouse:
    """A trading world with some batches in it."""
    made, chance = build(dev_chain), random.Random(20261130)
    for _ in range(POSTS):
        sku, place = chance.choice(made.skus), chance.choice(made.brand_places)
        time = dev_chain.time() - 60
        made.post(made.brand_account, [Movement(sku, Kind.RECEIVE, 0, place, chance.randint(1, 500), time)])
    return made


@pytest.fixture(scope="module")
def w3(warehouse: Warehouse) -> Web3:
    """web3.py on the same node."""
    return Web3(Web3.HTTPProvider(warehouse.chain.url))


@pytest.fixture(scope="module")
def ours(warehouse: Warehouse) -> Iterator[ExecutionRpc]:
    """Our own reader."""
    reader = ExecutionRpc(warehouse.chain.url)
    yield reader
    reader.close()


def test_heads_and_transactions_are_the_same(w3: Web3, ours: ExecutionRpc) -> None:
    newest = w3.eth.block_number
    assert ours.chain_id() == w3.eth.chain_id
    for number in random.Random(1).sample(range(newest + 1), k=min(40, newest)):
        mine, theirs = ours.block(number), w3.eth.get_block(number)
        assert (mine.number, mine.hash, mine.parent_hash, mine.time) == (
            theirs["number"],
            bytes(theirs["hash"]),
            bytes(theirs["parentHash"]),
            theirs["timestamp"],
        )
        assert (mine.base_fee, mine.gas_used, mine.gas_limit, mine.transactions) == (
            theirs["baseFeePerGas"],
            theirs["gasUsed"],
            theirs["gasLimit"],
            len(theirs["transactions"]),
        )
        assert keccak(ours.header_rlp(number)) == bytes(theirs["hash"])
        hashes = [bytes(transaction) for transaction in theirs["transactions"]]
        assert [keccak(raw) for raw in ours.raw_transactions(number)] == hashes
        for mine_receipt, digest in zip(ours.receipts(hashes), hashes, strict=True):
            theirs_receipt = w3.eth.get_transaction_receipt(digest)
            assert mine_receipt is not None
            assert (mine_receipt.tx_hash, mine_receipt.tx_index) == (digest, theirs_receipt["transactionIndex"])
            assert mine_receipt.sender == bytes.fromhex(theirs_receipt["from"][2:])
            assert mine_receipt.status == theirs_receipt["status"]
            assert mine_receipt.gas_used == theirs_receipt["gasUsed"]
            assert [*map(as_log, theirs_receipt["logs"])] == [*mine_receipt.logs]
    assert ours.receipt(bytes(32)) is None
    assert header_rlp(ours.call_method("eth_getBlockByNumber", hex(newest), False)) == ours.header_rlp(newest)


def as_log(entry: Any) -> Log:
    """What web3 makes of a log, as ours."""
    return Log(
        address=bytes.fromhex(entry["address"][2:]),
        topics=tuple(bytes(topic) for topic in entry["topics"]),
        data=bytes(entry["data"]),
        block_number=entry["blockNumber"],
        block_hash=bytes(entry["blockHash"]),
        tx_hash=bytes(entry["transactionHash"]),
        tx_index=entry["transactionIndex"],
        log_index=entry["logIndex"],
    )


def test_logs_of_random_spans_are_the_same_and_decode_alike(w3: Web3, ours: ExecutionRpc, warehouse: Warehouse) -> None:
    chance, newest = random.Random(2), w3.eth.block_number
    stock = w3.eth.contract(Web3.to_checksum_address(warehouse.contract), abi=stock_ledger.ABI)
    decoded = 0
    for _ in range(30):
        first = chance.randint(0, newest)
        last = chance.randint(first, newest)
        query = {"fromBlock": first, "toBlock": last, "address": stock.address}
        theirs = w3.eth.get_logs(query)
        mine = ours.logs(first, last, [warehouse.contract])
        assert mine == [as_log(entry) for entry in theirs]
        for log, entry in zip(mine, theirs, strict=True):
            if log.topics[0] != stock_ledger.BatchPostedEvent.TOPIC:
                continue
            event, found = stock_ledger.BatchPostedEvent.decode(log.topics, log.data), stock.events.BatchPosted()
            args = found.process_log(entry)["args"]
            assert (event.poster, event.lane, event.sequence) == (
                bytes.fromhex(args["poster"][2:]),
                args["lane"],
                args["sequence"],
            )
            assert (event.records, event.movements_root) == (args["records"], args["movementsRoot"])
            decoded += 1
    assert decoded > POSTS


def test_random_calls_and_words_are_the_same_at_every_block(w3: Web3, ours: ExecutionRpc, warehouse: Warehouse) -> None:
    chance, newest = random.Random(3), w3.eth.block_number
    target = Web3.to_checksum_address(warehouse.contract)
    stock = w3.eth.contract(target, abi=stock_ledger.ABI)
    values = set()
    for _ in range(ROUNDS):
        block = chance.randint(newest - POSTS, newest)
        sku, place = chance.choice([*warehouse.skus, 0, 7]), chance.choice(warehouse.brand_places)
        mine = stock_ledger.decode_balance_of(
            ours.call(warehouse.contract, stock_ledger.BalanceOf(sku, 0, place).calldata(), block)
        )
        assert mine == stock.functions.balanceOf(sku, 0, place).call(block_identifier=block)
        values.add(mine)
        slot = chance.choice([chance.randbytes(32), chance.randint(0, 8).to_bytes(32)])
        word = int.from_bytes(w3.eth.get_storage_at(target, int.from_bytes(slot), block))
        assert ours.storage(warehouse.contract, slot, block) == word
        assert ours.storage_many(warehouse.contract, [slot], block) == [word]
        account = Web3.to_checksum_address(warehouse.brand_account.address)
        raw = bytes.fromhex(account[2:])
        assert ours.nonce(raw, block) == w3.eth.get_transaction_count(account, block)
        assert ours.balance(raw, block) == w3.eth.get_balance(account, block)
    assert len(values) > POSTS // 2
    assert ours.code(warehouse.contract, newest) == bytes(w3.eth.get_code(target, newest)) == stock_ledger.RUNTIME_CODE


def test_proofs_are_the_same(w3: Web3, ours: ExecutionRpc, warehouse: Warehouse) -> None:
    newest, slots = w3.eth.block_number, [bytes(32), (4).to_bytes(32)]
    mine = ours.proof(warehouse.contract, slots, newest)
    theirs = w3.eth.get_proof(Web3.to_checksum_address(warehouse.contract), [0, 4], newest)
    assert mine.account_nodes == [bytes(node) for node in theirs["accountProof"]]
    assert (mine.code_hash, mine.storage_hash) == (bytes(theirs["codeHash"]), bytes(theirs["storageHash"]))
    assert [entry.nodes for entry in mine.slots] == [[bytes(n) for n in e["proof"]] for e in theirs["storageProof"]]


def test_refusals_carry_the_same_data(w3: Web3, ours: ExecutionRpc, warehouse: Warehouse) -> None:
    stock = w3.eth.contract(Web3.to_checksum_address(warehouse.contract), abi=stock_ledger.ABI)
    stranger, newest = Account.create(), w3.eth.block_number
    call = stock_ledger.RegisterSkus(["A"], [0], [1]).calldata()
    with pytest.raises(RpcError) as mine:
        ours.call(warehouse.contract, call, newest, sender=bytes.fromhex(stranger.address[2:]))
    with pytest.raises(ContractCustomError) as theirs:
        stock.functions.registerSkus(["A"], [0], [1]).call({"from": stranger.address})
    assert f"0x{mine.value.data.hex()}" == theirs.value.data
    with pytest.raises(RpcError) as unknown:
        ours.call_method("eth_noSuchMethod")
    with pytest.raises(Web3RPCError) as unknown_to_both:
        w3.manager.request_blocking("eth_noSuchMethod", [])
    assert unknown.value.rpc_code == unknown_to_both.value.rpc_response["error"]["code"]


@pytest.fixture
def example(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Runs examples/web3/goods.py with words of its command line; returns what it prints."""
    keystore, phrase = tmp_path / "brand.json", tmp_path / "phrase"
    keystore.write_text(json.dumps(Account.encrypt(warehouse.brand_account.key, PASSPHRASE, iterations=2)))
    phrase.write_text(PASSPHRASE + "\n")
    common = ["--rpc", warehouse.chain.url, "--key", str(keystore), "--passphrase-file", str(phrase)]

    def run(*words: object) -> dict[str, Any]:
        monkeypatch.setattr("sys.argv", [EXAMPLE.name, *common, *map(str, words)])
        runpy.run_path(str(EXAMPLE), run_name="__main__")
        return dict(json.loads(capsys.readouterr().out))

    return run


def test_the_example_registers_receives_and_shows(warehouse: Warehouse, example: Callable[..., dict[str, Any]]) -> None:
    place = warehouse.brand_places[0]
    registered = example("register", "TEA-100")
    received = example("receive", warehouse.brand, "TEA-100", place, 12)
    assert received["movements"] == 1
    assert received["block"] > registered["block"]
    shown = example("show", warehouse.brand, "TEA-100", place)
    assert (shown["sku"], shown["registered"]) == (registered["sku"], registered["block"])
    assert (shown["available"], shown["reserved"], shown["in_transit"], shown["held"]) == (12, 0, 0, 0)
    with pytest.raises(SystemExit, match=r"refused: StockDuplicateCode\(index = 0, code = TEA-100\)"):
        example("register", "TEA-100")
    with pytest.raises(SystemExit, match="has no SKU TEA-101"):
        example("show", warehouse.brand, "TEA-101", place)
