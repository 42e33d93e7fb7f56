"""Anchor chains as texts: what each proves at a moment, or how it is refused."""

from __future__ import annotations

import base64
import copy
import functools
import json
from collections.abc import Callable
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.prover.trust_chains import make_chain
from liveledger.verifier import Refusal
from liveledger.verifier.commit import LightBlock
from liveledger.verifier.trust_chain import GenesisCode, check_chain
from tests.simulators.chain import EVM_CHAIN_ID
from tests.simulators.consensus import Signer
from tests.simulators.ledger import SimulatedLedger

DAY = 86_400
Chain = dict[str, Any]


@functools.cache
def _ledger() -> SimulatedLedger:
    """One validator; two that follow; a year and a half without a change; one again, at adjoining heights."""
    ledger = SimulatedLedger([Signer.make(1)], filled=False, form=1)
    ledger.mine()
    ledger.mine(following=[Signer.make(2, 3), Signer.make(3, 1)])
    for _ in range(6):
        ledger.ahead += 90 * DAY
        ledger.mine()
    ledger.mine(following=[Signer.make(3, 2)])
    ledger.mine(following=[Signer.make(4)])
    ledger.mine()
    ledger.mine()
    return ledger


@functools.cache
def _made() -> bytes:
    ledger = _ledger()
    made = json.loads(make_chain(ledger.execution, ledger.consensus, ledger, EVM_CHAIN_ID))
    # The rows are of a ledger of the first genesis, whose anchors were of form 1.
    return canonical_json({**made, "genesis": ledger.anchor(0).as_json()}) + b"\n"


def _good() -> Chain:
    found: Chain = json.loads(_made())
    return copy.deepcopy(found)


def _code() -> str:
    """The first 96 bits of the fingerprint, in hex."""
    return "0x" + base64.b32decode(_ledger().anchor(0).fingerprint())[:12].hex()


def outcome(chain: str, genesis: str, now: int) -> dict[str, Any]:
    """What this verifier says of a chain."""
    try:
        verdict = check_chain(chain.encode(), genesis=GenesisCode.read(genesis), now=now).as_json()
    except InvalidInput:
        return {"well_formed": False}
    except Refusal as refusal:
        return {"refusal": {"step": int(refusal.step), "code": refusal.stable_code}}
    names = ("chain_id", "genesis", "updates", "set_changes", "expired")
    newest = {name: verdict["newest"][name] for name in ("fingerprint", "height")}
    return {"verdict": {**{name: verdict[name] for name in names}, "newest": newest}}


def make() -> list[dict[str, Any]]:
    """The rows of trust-chains.json."""
    text, code, now = _made().decode(), _code(), _ledger().now
    fingerprint = _ledger().anchor(0).fingerprint()
    rows = [
        ("the chain, from 96 bits", text, code, now),
        ("the same long after: its newest anchor has expired too", text, code, now + 400 * DAY),
        ("the same at the beginning: nothing has expired", text, code, _ledger().anchor(0).issued_at.seconds),
        ("the second at which genesis ends", text, code, _ledger().anchor(0).valid_until.seconds),
        ("the second after it", text, code, _ledger().anchor(0).valid_until.seconds + 1),
        ("the whole fingerprint", text, fingerprint, now),
        ("100 bits in base32", text, fingerprint[:20], now),
        ("95 bits in base32 are too few", text, fingerprint[:19], now),
        ("88 bits in hex are too few", text, code[:-2], now),
        ("hex in capitals", text, code.upper().replace("0X", "0x"), now),
        ("the code of another genesis", text, "0x" + "00" * 12, now),
        ("white space and another order are free", json.dumps(_good(), indent=1), code, now),
        ("a key twice", text.replace('"format":', '"format":"x","format":', 1), code, now),
    ]
    rows += [(about, canonical_json(_changed(change)).decode(), code, now) for about, change in CHANGES]
    return [
        {"about": about, "chain": chain, "genesis": genesis, "now": moment, **outcome(chain, genesis, moment)}
        for about, chain, genesis, moment in rows
    ]


def _changed(change: Callable[[Chain], Any]) -> Chain:
    chain = _good()
    change(chain)
    return chain


def _header(chain: Chain, place: int) -> dict[str, Any]:
    found: dict[str, Any] = chain["updates"][place]["light_block"]["header"]
    return found


def _signatures(chain: Chain, place: int) -> list[Any]:
    found: list[Any] = chain["updates"][place]["light_block"]["commit"]["signatures"]
    return found


def _null(chain: Chain, place: int) -> None:
    signatures = _signatures(chain, place)
    signatures[:] = [None] * len(signatures)


def _neighbours(chain: Chain) -> int:
    """Place of the update whose height follows on the one before."""
    heights = [int(_header(chain, place)["height"]) for place in range(len(chain["updates"]))]
    return next(place for place in range(1, len(heights)) if heights[place] == heights[place - 1] + 1)


def _swap(chain: Chain, place: int) -> None:
    updates = chain["updates"]
    updates[place], updates[place + 1] = updates[place + 1], updates[place]


CHANGES: list[tuple[str, Callable[[Chain], Any]]] = [
    ("no updates: the newest is genesis", lambda chain: chain["updates"].clear()),
    ("without the newest update", lambda chain: chain["updates"].pop()),
    ("without the first change of the validators", lambda chain: chain["updates"].pop(0)),
    ("without the update in the year without a change", lambda chain: chain["updates"].pop(1)),
    ("an update twice", lambda chain: chain["updates"].insert(1, chain["updates"][1])),
    ("two updates in another order", lambda chain: _swap(chain, 0)),
    ("an update at height 0", lambda chain: _header(chain, 0).update(height="0")),
    ("another format", lambda chain: chain.update(format="liveledger-trust-chain/2")),
    ("a field more", lambda chain: chain.update(more=None)),
    ("genesis is an anchor of another height", lambda chain: chain.update(genesis=_ledger().anchor(2).as_json())),
    ("genesis with another power", lambda chain: chain["genesis"]["validators"][0].update(power="2")),
    ("another moment of issue does not count for the fingerprint", lambda chain: _issued(chain, "1600000000")),
    ("a moment of issue that is later than the first update", lambda chain: _issued(chain, "1800000000")),
    ("an update of another chain", lambda chain: _header(chain, 1).update(chain_id="simulated-2")),
    ("an update's header was changed", lambda chain: _header(chain, 1).update(proposer_address="0x" + "11" * 20)),
    ("nobody signed an update", lambda chain: _null(chain, 1)),
    ("a signature is another one", lambda chain: _signatures(chain, 0)[0].update(signature="0x" + "11" * 64)),
    ("a signature less than there are validators", lambda chain: _signatures(chain, 2).pop()),
    ("a change without its set", lambda chain: chain["updates"][0].update(validators=None)),
    ("a change with another set", lambda chain: chain["updates"][0].update(validators=chain["genesis"]["validators"])),
    (
        "a set where none changes",
        lambda chain: chain["updates"][1].update(validators=chain["updates"][0]["validators"]),
    ),
    ("an empty set", lambda chain: chain["updates"][0].update(validators=[])),
    ("an update without a set", lambda chain: chain["updates"][1].pop("validators")),
    ("the commit of another height", lambda chain: _commit_height(chain, 1)),
    ("updates at adjoining heights: the second follows on another header", lambda chain: _another_before(chain)),
]


def _issued(chain: Chain, seconds: str) -> None:
    chain["genesis"]["issued_at"]["seconds"] = seconds


def _commit_height(chain: Chain, place: int) -> None:
    chain["updates"][place]["light_block"]["commit"]["height"] = "9"


def _another_before(chain: Chain) -> None:
    """The same validators sign another header in the place of the first of two neighbours."""
    place = _neighbours(chain) - 1
    header = dict(_header(chain, place), proposer_address="0x" + "22" * 20)
    chain["updates"][place]["light_block"] = _resigned(header, chain["updates"][place]["light_block"]["commit"])


def _resigned(header: dict[str, Any], commit: dict[str, Any]) -> dict[str, Any]:
    signers = {
        "0x" + signer.validator.address.hex(): signer
        for signers in _ledger().consensus.sets.values()
        for signer in signers
    }
    digest = LightBlock.read({"header": header, "commit": commit}, "made").header.hash()
    again = {**commit, "block_id": {**commit["block_id"], "hash": "0x" + digest.hex()}}
    read = LightBlock.read({"header": header, "commit": again}, "made").commit
    again["signatures"] = [
        None
        if entry is None or vote is None
        else {
            **entry,
            "signature": "0x"
            + signers[entry["address"]].key.sign(read.sign_bytes(header["chain_id"], vote.time)).hex(),
        }
        for entry, vote in zip(commit["signatures"], read.signatures, strict=True)
    ]
    return {"header": header, "commit": again}
