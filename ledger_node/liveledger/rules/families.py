"""The one list of rule families: what belongs together, from its contracts to its commands.

Each layer finds its half of a family by the family's name: the bindings of its contracts, ``index/<name>`` (tables,
handlers, queries), and what the verifier, the API and the command line have of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liveledger.bindings.constants import ContractFlag


@dataclass(frozen=True, slots=True)
class Family:
    """A family of rules: ``contracts`` are names in the Directory, in the order of deployment.

    ``flags``: what the Directory says of a contract beside its name, from its creation on. A ledger has the contracts
    of all ``required`` families; one that lacks another one's answers everything but its questions. ``older``: versions
    of a contract that this program knows beside the newest one, whose bindings stand in ``bindings/<name>_<version>``.
    """

    name: str
    contracts: tuple[str, ...]
    flags: Mapping[str, ContractFlag] = field(default_factory=dict)
    required: bool = True
    older: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


FAMILIES = (
    Family("stock", ("StockLedger", "StockCuts")),
    Family("provenance", ("Provenance",), {"Provenance": ContractFlag.GOVERNABLE}),
    Family("reports", ("ReportHub",)),
    Family(
        "settlement",
        ("DepositToken", "Settlement"),
        {"DepositToken": ContractFlag.GOVERNABLE, "Settlement": ContractFlag.ESCROW | ContractFlag.CUTS},
    ),
    Family("returns", ("Returns",)),
    Family("stock_health", ("StockHealth",)),
    Family("accuracy", ("Accuracy",)),
    Family("replenishment", ("ReplenishmentRule", "Replenishment")),
)
