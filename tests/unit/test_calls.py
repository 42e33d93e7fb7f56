"""Calls in words: every function of the genesis contracts, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liveledger.bindings import consortium, directory, governance
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS, GOVERNANCE_ADDRESS
from liveledger.chain.calls import decode_call
from liveledger.chain.governance import target_of
from liveledger.domain.errors import InvalidInput


def test_arguments_have_names() -> None:
    call = consortium.SetValidator(7, b"\x01" * 32, 10)
    found = decode_call(CONSORTIUM_ADDRESS, call.calldata())
    assert found.text() == f"Consortium.setValidator(organisation = 7, key = 0x{'01' * 32}, power = 10)"


def test_structs_and_lists_are_plain() -> None:
    call = governance.Propose([governance.Call(DIRECTORY_ADDRESS, b"\xaa")])
    found = decode_call(GOVERNANCE_ADDRESS, call.calldata())
    assert found.arguments == {"calls": [{"target": "0x" + DIRECTORY_ADDRESS.hex(), "data": "0xaa"}]}


def test_each_call_knows_its_contract() -> None:
    assert target_of(consortium.RemoveNode(bytes(20))) == CONSORTIUM_ADDRESS
    assert target_of(directory.SetAdministrator(bytes(20))) == DIRECTORY_ADDRESS
    assert target_of(governance.SetParameter(1, 60)) == GOVERNANCE_ADDRESS


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
