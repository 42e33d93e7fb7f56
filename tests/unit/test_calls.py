"""Calls in words: every function of the genesis contracts, and what is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import (
    allowances,
    consortium,
    creator,
    deposit_token,
    directory,
    governance,
    provenance,
    recovery,
    validators,
)
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    CREATOR_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
    VALIDATORS_ADDRESS,
)
from liveledger.chain.contracts.calls import decode_act, decode_call
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.services.governance import target_of


def selector_of(entry: dict[str, Any]) -> bytes:
    return keccak(f"{entry['name']}({','.join(map(_kind, entry['inputs']))})".encode())[:4]


def _kind(entry: dict[str, Any]) -> str:
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    return f"({','.join(map(_kind, entry['components']))}){entry['type'].removeprefix('tuple')}"


def test_arguments_have_names() -> None:
    call = validators.SetValidator(7, b"\x01" * 32, 10)
    found = decode_call(VALIDATORS_ADDRESS, call.calldata())
    assert found.text() == f"Validators.setValidator(organisation = 7, key = 0x{'01' * 32}, power = 10)"


def test_structs_and_lists_are_plain() -> None:
    call = governance.Propose([governance.Call(DIRECTORY_ADDRESS, b"\xaa")])
    found = decode_call(GOVERNANCE_ADDRESS, call.calldata())
    assert found.arguments == {"calls": [{"target": "0x" + DIRECTORY_ADDRESS.hex(), "data": "0xaa"}]}


def test_each_call_knows_its_contract() -> None:
    assert target_of(validators.RemoveNode(1, bytes(20))) == VALIDATORS_ADDRESS
    assert target_of(consortium.RemoveOrganisation(1)) == CONSORTIUM_ADDRESS
    assert target_of(directory.SetAdministrator(bytes(20))) == DIRECTORY_ADDRESS
    assert target_of(governance.SetParameter(1, 60)) == GOVERNANCE_ADDRESS
    assert target_of(creator.Withdraw(bytes(32))) == CREATOR_ADDRESS


def test_a_call_of_a_listed_contract_goes_where_it_is_listed() -> None:
    call = deposit_token.SetMintLimit(7)
    assert target_of(call, {deposit_token.NAME: b"\x07" * 20}) == b"\x07" * 20
    assert target_of(provenance.Prefer(9521234567899, 7), {provenance.NAME: b"\x08" * 20}) == b"\x08" * 20
    with pytest.raises(InvalidInput, match="SetMintLimit"):
        target_of(call)


def test_an_act_of_the_registry_tells_its_contract() -> None:
    for call in (
        consortium.RemoveOrganisation(1),
        validators.RemoveNode(1, bytes(20)),
        recovery.Object(2),
        allowances.SetTopUps(1, 2),
    ):
        act = decode_act(consortium, call.calldata())
        assert type(call).__module__.endswith(act.contract.lower())


def test_contracts_of_one_log_of_acts_share_no_function() -> None:
    # Else an entry of the log could be read as the act of another contract; and none may look like an outcome.
    acts = [
        selector_of(entry)
        for module in (consortium, validators, recovery, allowances)
        for entry in module.ABI
        if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
    ]
    assert len(set(acts)) == len(acts) > 25
    assert bytes(4) not in acts


@given(st.binary(max_size=300))
def test_junk_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_call(CONSORTIUM_ADDRESS, b"\0\0\0\0" + data)
    with pytest.raises(InvalidInput):
        decode_call(bytes(20), data)


@given(st.binary(max_size=100))
def test_cut_arguments_are_refused(data: bytes) -> None:
    selector = consortium.RegisterAccount.SELECTOR
    with pytest.raises(InvalidInput):
        decode_call(CONSORTIUM_ADDRESS, selector + data[:95])
