"""How long the engine takes for calls: many of them simulated in one block, on the state of the newest one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from liveledger.bindings.constants import ALL_ROLES, CONSORTIUM_ADDRESS, OrganisationKind, Role, Status
from liveledger.bindings.errors import decode_revert
from liveledger.domain.hashing import address_word, hex_bytes, mapping_slot, uint_word
from liveledger.domain.transactions import MAX_TX_GAS

# Enough gas in one simulation for its seconds to be told from the request's own.
_GAS_ENOUGH = 12_000_000
_MOST_CALLS = 400
_TURNS = 3
_MEMBERS, _ORGANISATIONS, _ADMINISTRATOR = 3, 2, 0
# Who audits writes nothing.
_ROLES = ALL_ROLES & ~Role.AUDIT_ADMIN
LOOP = bytes.fromhex("53" * 20)
# Copies the calldata, then asks the precompile 1 (ecrecover) about it until little gas is left.
RECOVERING = bytes.fromhex("60805f5f375b6020608060805f60015afa505a6127101060055700")

Call = tuple[bytes, bytes]


@dataclass(frozen=True)
class Timed:
    """Gas and seconds of one call; ``refusal`` is the error of the last one, empty when it was carried out."""

    gas: int
    seconds: float
    refusal: str


class Stopwatch:
    """Simulates calls of ``accounts[0]`` at a node's geth.

    All ``accounts`` have every role that writes, of the organisation, which counts as an active brand, and the first is
    the administrator besides, as whoever carries out a vote is. At ``LOOP`` there is a contract that does nothing but
    recover signatures.
    """

    def __init__(self, url: str, organisation: int, accounts: Sequence[bytes]) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False, limits=httpx.Limits(keepalive_expiry=2.0))
        self._account = accounts[0]
        word = hex_bytes(uint_word(organisation | Status.ACTIVE << 16 | _ROLES << 24))
        words = {hex_bytes(mapping_slot(address_word(account), _MEMBERS)): word for account in accounts}
        kind = hex_bytes(uint_word(OrganisationKind.BRAND | Status.ACTIVE << 8))
        words[hex_bytes(mapping_slot(uint_word(organisation), _ORGANISATIONS))] = kind
        words[hex_bytes(uint_word(_ADMINISTRATOR))] = hex_bytes(address_word(accounts[0]))
        self._state: dict[str, dict[str, Any]] = {hex_bytes(CONSORTIUM_ADDRESS): {"stateDiff": words}}
        self.put_code(LOOP, RECOVERING)

    def put_code(self, address: bytes, code: bytes) -> None:
        """From now on ``code`` is what stands at an address; its storage stays."""
        self._state[hex_bytes(address)] = {"code": hex_bytes(code)}

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()

    def time(self, target: bytes, data: bytes) -> Timed:
        """One call, made as often as it takes to tell its seconds; the best of some turns."""
        once = self._simulate([(target, data)])
        count = max(1, min(_GAS_ENOUGH // once.gas, _MOST_CALLS))
        return self.time_each([(target, data)] * count)

    def time_each(self, calls: Sequence[Call], before: Sequence[Call] = ()) -> Timed:
        """The mean of ``calls``, which follow each other and what is done ``before``; the best of some turns."""
        turns = [self._simulate([*before, *calls]) for _ in range(_TURNS)]
        best = min(turns, key=lambda timed: timed.seconds)
        first = min((self._simulate(before) for _ in range(_TURNS)), key=lambda timed: timed.seconds)
        gas, seconds = best.gas - first.gas, max(best.seconds - first.seconds, 0.0)
        return Timed(gas // len(calls), seconds / len(calls), best.refusal)

    def _simulate(self, calls: Sequence[Call]) -> Timed:
        bodies = [
            {
                "from": hex_bytes(self._account),
                "to": hex_bytes(target),
                "input": hex_bytes(data),
                "gas": hex(MAX_TX_GAS),
            }
            for target, data in calls
        ]
        options: dict[str, Any] = {"blockStateCalls": [{"stateOverrides": self._state, "calls": bodies}]}
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_simulateV1", "params": [options, "latest"]}
        began = time.perf_counter()
        answer = self._http.post("", json=body).json()
        took = time.perf_counter() - began
        assert "result" in answer, str(answer)[:300]
        found = answer["result"][0]["calls"]
        return Timed(sum(int(call["gasUsed"], 16) for call in found), took, _refusal(found[-1]) if found else "")


def _refusal(call: dict[str, Any]) -> str:
    if "error" not in call:
        return ""
    data = call["error"].get("data") or "0x"
    revert = decode_revert(bytes.fromhex(data[2:]))
    return str(revert.name if revert else call["error"]["message"])
