"""Bundles out of foreign evidence: blocks of a 4-validator network recorded by an independent prototype."""

from __future__ import annotations

import base64
import datetime
import json
import re
from pathlib import Path
from typing import Any

from liveledger.domain.hashing import canonical_json
from liveledger.verifier import Question, TrustAnchor

VECTORS = json.loads((Path(__file__).parent / "vectors" / "vectors-4-validators.json").read_text())
DIRECTORY = {"address": "0x" + "4c" * 20, "code_hash": "0x" + "11" * 32}


def low(text: str) -> str:
    """Upper-case hex of CometBFT's RPC in the bundle's spelling."""
    return "0x" + text.lower()


def time_of(text: str) -> dict[str, Any]:
    """RFC 3339 with up to nine digits of fraction as seconds and nanos."""
    whole, fraction = re.fullmatch(r"([^.Z]+)(?:\.(\d+))?Z", text).groups()  # type: ignore[union-attr]
    moment = datetime.datetime.fromisoformat(whole + "+00:00")
    return {"seconds": str(int(moment.timestamp())), "nanos": int((fraction or "0").ljust(9, "0"))}


def block_id(value: dict[str, Any]) -> dict[str, Any]:
    parts = value["parts"]
    return {"hash": low(value["hash"]), "parts": {"total": parts["total"], "hash": low(parts["hash"])}}


def light_block(commit: dict[str, Any]) -> dict[str, Any]:
    """CometBFT's answer to /commit as a light block of the bundle."""
    source, signed = commit["header"], commit["commit"]
    header = {name: low(source[name]) for name in source if name.endswith(("_hash", "_address"))}
    header |= {
        "version": {"block": source["version"]["block"], "app": source["version"].get("app", "0")},
        "chain_id": source["chain_id"],
        "height": source["height"],
        "time": time_of(source["time"]),
        "last_block_id": block_id(source["last_block_id"]),
    }
    signatures = [
        {
            "address": low(entry["validator_address"]),
            "time": time_of(entry["timestamp"]),
            "signature": "0x" + base64.b64decode(entry["signature"]).hex(),
        }
        for entry in signed["signatures"]
    ]
    commit_part = {"height": signed["height"], "round": signed["round"], "block_id": block_id(signed["block_id"])}
    return {"header": header, "commit": {**commit_part, "signatures": signatures}}


def validators(entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"pub_key": "0x" + base64.b64decode(v["pub_key"]["value"]).hex(), "power": v["voting_power"]} for v in entries
    ]


def anchor(vector: dict[str, Any], height: int = 0) -> TrustAnchor:
    """An anchor that trusts the recorded validators from ``height`` on."""
    proof = vector["proof"]
    pin = {"address": proof["address"], "code_hash": proof["codeHash"], "version": "1"}
    return TrustAnchor.parse(
        canonical_json(
            {
                "format": "liveledger-trust/1",
                "chain_id": vector["cometbft_commit"]["header"]["chain_id"],
                "evm_chain_id": "1337",
                "height": str(height),
                "header_hash" if height else "genesis_hash": "0x" + "22" * 32,
                "validators": validators(vector["cometbft_validators"]),
                "directory": DIRECTORY,
                "contracts": {"Probe": pin},
                "valid_until": {"seconds": "4000000000", "nanos": 0},
                "issued_at": {"seconds": "1700000000", "nanos": 0},
            }
        )
    )


def question(vector: dict[str, Any]) -> Question:
    slots = ["0x" + entry["key"][2:].rjust(64, "0") for entry in vector["proof"]["storageProof"]]
    return Question.parse(
        {"view": "raw-storage/1", "parameters": {"address": vector["proof"]["address"], "slots": slots}}
    )


def bundle(vector: dict[str, Any]) -> dict[str, Any]:
    """A raw-storage/1 bundle of the recorded block."""
    proof = vector["proof"]
    storage = [entry["proof"] for entry in proof["storageProof"]]
    values = [entry["value"] for entry in proof["storageProof"]]
    return {
        "format": "liveledger-proof/1",
        "question": question(vector).as_json(),
        "set_changes": [],
        "light_block": light_block(vector["cometbft_commit"]),
        "execution_header": vector["execution_header_rlp"],
        "evidence": {"contracts": {"Account": {"account": proof["accountProof"], "storage": storage}}},
        "answer": {
            "code_hash": proof["codeHash"],
            "values": [None if value == "0x0" else "0x" + value[2:].rjust(64, "0") for value in values],
        },
    }
