"""Reads and writes LiveLedger's contracts with web3.py and the ABIs that the package brings (docs/integrators.md).

    pip install 'liveledger[web3]'
    python goods.py --rpc http://127.0.0.1:26650 show 1 TEA-100 3
    python goods.py --rpc http://127.0.0.1:26650 --key brand.json --passphrase-file phrase register TEA-100
    python goods.py --rpc http://127.0.0.1:26650 --key brand.json --passphrase-file phrase receive 1 TEA-100 3 12

What is read here is what this node says: whoever does not run the node asks for a proof (docs/bundle.md).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.bindings.errors import decode_revert
from liveledger.domain.movements import Kind, Lane, Movement, pack
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractCustomError

WAIT_SECONDS = 30
NO_DOCUMENTS = bytes(32)


def contract(w3: Web3, name: str) -> Contract:
    """A contract of the ledger: its address is in the Directory of genesis, its ABI in the package."""
    directory = w3.eth.contract(Web3.to_checksum_address(DIRECTORY_ADDRESS), abi=abi("directory"))
    [target, _version] = directory.functions.activeOf(name.encode().ljust(32, b"\0")).call()
    file = "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
    return w3.eth.contract(target, abi=abi(file))


def abi(file: str) -> list[dict[str, Any]]:
    """The ABI of a contract, as the compiler gave it."""
    text = resources.files("liveledger.bindings").joinpath(f"{file}.json").read_text()
    return list(json.loads(text)["abi"])


def show(stock: Contract, brand: int, code: str, place: int) -> dict[str, Any]:
    """A SKU's stock without a lot at a place, all of it from one block, and the events of its registration."""
    block = stock.w3.eth.block_number
    sku = stock.functions.skuByCode(brand, code).call(block_identifier=block)
    if not sku:
        raise SystemExit(f"brand {brand} has no SKU {code}")
    word = stock.functions.balanceOf(sku, 0, place).call(block_identifier=block)
    lanes = {lane.name.lower(): word >> (64 * lane) & (1 << 64) - 1 for lane in Lane}
    registered = stock.events.SkuRegistered.get_logs(from_block=0, to_block=block, argument_filters={"sku": sku})
    return {"block": block, "sku": sku, **lanes, "registered": registered[0]["blockNumber"]}


def register(stock: Contract, account: LocalAccount, code: str) -> dict[str, Any]:
    """Registers a SKU of the account's brand, counted in pieces."""
    receipt = send(stock, account, stock.functions.registerSkus([code], [0], [1]))
    [event] = stock.events.SkuRegistered().process_receipt(receipt)
    return {"block": receipt["blockNumber"], "sku": event["args"]["sku"]}


def receive(stock: Contract, account: LocalAccount, brand: int, code: str, place: int, units: int) -> dict[str, Any]:
    """Posts a batch of one movement: goods that came from outside.

    Batches of an account are numbered in each lane. Whoever does not know whether a batch arrived sends the same number
    again: it counts once.
    """
    sku = stock.functions.skuByCode(brand, code).call()
    lane, sequence = 0, stock.functions.nextSequence(account.address, 0).call()
    records = pack([Movement(sku, Kind.RECEIVE, 0, place, units, int(time.time()) - 1)])
    receipt = send(stock, account, stock.functions.post(lane, sequence, NO_DOCUMENTS, records))
    [event] = stock.events.BatchPosted().process_receipt(receipt)
    return {
        "block": receipt["blockNumber"],
        "sequence": event["args"]["sequence"],
        "movements": event["args"]["movements"],
    }


def send(stock: Contract, account: LocalAccount, call: Any) -> Any:
    """Sends a call from an account and waits for its block, which is final. Gas costs members nothing but a low bid."""
    w3 = stock.w3
    transaction = call.build_transaction(
        {
            "from": account.address,
            "nonce": w3.eth.get_transaction_count(account.address, "pending"),
            "maxFeePerGas": 8 * w3.eth.get_block("latest")["baseFeePerGas"] + 1_000,
            "maxPriorityFeePerGas": 1,
        }
    )
    digest = w3.eth.send_raw_transaction(account.sign_transaction(transaction).raw_transaction)
    receipt = w3.eth.wait_for_transaction_receipt(digest, timeout=WAIT_SECONDS, poll_latency=0.2)
    if receipt["status"] != 1:
        raise SystemExit(f"refused in block {receipt['blockNumber']}: another transaction came first")
    return receipt


def main() -> None:
    """Reads the command line, acts, prints one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rpc", required=True, help="JSON-RPC of your own node: execution_http in node.json")
    parser.add_argument("--key", type=Path, help="encrypted key, as `liveledger key export` writes it")
    parser.add_argument("--passphrase-file", type=Path, help="file with its passphrase")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, numbers in (("show", 1), ("register", 0), ("receive", 2)):
        command = commands.add_parser(name)
        if numbers:
            command.add_argument("brand", type=int)
        command.add_argument("code")
        for number in ("place", "units")[:numbers]:
            command.add_argument(number, type=int)
    given = parser.parse_args()

    stock = contract(Web3(Web3.HTTPProvider(given.rpc)), "StockLedger")
    try:
        if given.command == "show":
            found = show(stock, given.brand, given.code, given.place)
        else:
            passphrase = given.passphrase_file.read_text().strip()
            account: LocalAccount = Account.from_key(Account.decrypt(given.key.read_text(), passphrase))
            if given.command == "register":
                found = register(stock, account, given.code)
            else:
                found = receive(stock, account, given.brand, given.code, given.place, given.units)
    except ContractCustomError as refusal:
        sys.exit(f"refused: {decode_revert(bytes.fromhex(str(refusal.data)[2:]))}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
