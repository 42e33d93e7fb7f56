"""What the page says that an organisation can add to the ledger follows from the numbers of the contracts."""

from __future__ import annotations

from pathlib import Path

from liveledger.bindings.constants import ALLOWANCE_WEI, MAX_ACCOUNTS_EACH, TOP_UPS_A_DAY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "governance.md"
# EIP-1559's base fee never falls below 7 wei, and a tip of 1 is the least that is taken; EIP-7623: 40 gas a byte.
WEI_A_GAS, GAS_A_BYTE = 8, 40


def gigabytes(allowances: int) -> str:
    return f"{allowances * ALLOWANCE_WEI / WEI_A_GAS / GAS_A_BYTE / 1e9:g} GB"


def test_the_bounds_on_growth_are_those_of_the_contracts() -> None:
    (section,) = (part for part in PAGE.read_text().split("\n## ") if part.startswith("Gas money"))
    assert f"topped up {TOP_UPS_A_DAY} times a day" in section
    assert f"at most {MAX_ACCOUNTS_EACH} accounts itself" in section
    assert f"{gigabytes(TOP_UPS_A_DAY)} a day, and {gigabytes(MAX_ACCOUNTS_EACH)} once" in section
