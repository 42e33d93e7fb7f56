"""What is measured for the worst call is all that there is: every function of every contract, by its ABI."""

from __future__ import annotations

from importlib import resources

from liveledger.domain.hashing import keccak
from liveledger.domain.transactions import MAX_TX_BYTES
from tests.support.hard_calls import LENGTHS, MODULES, functions, hard_calls, signature_of


def test_every_function_of_every_contract_is_called() -> None:
    files = resources.files("liveledger.bindings").iterdir()
    assert {file.name.removesuffix(".json") for file in files if file.name.endswith(".json")} == {
        module.__name__.rpartition(".")[2] for module in MODULES
    }
    wanted = {(module.NAME, signature_of(entry)) for module in MODULES for entry in functions(module)}
    calls = list(hard_calls(b"\x01" * 20))
    assert {(call.name, call.function) for call in calls} == wanted
    assert len(wanted) >= 75
    for call in calls:
        assert call.data[:4] == keccak(call.function.encode())[:4]
        assert len(call.data) < MAX_TX_BYTES - 1_000


def test_arrays_come_in_all_lengths() -> None:
    posts = [call for call in hard_calls(b"\x01" * 20) if call.function.startswith("post(")]
    assert [call.length for call in posts] == list(LENGTHS)
    assert max(len(call.data) for call in posts) > 100_000
