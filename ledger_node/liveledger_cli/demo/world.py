"""Who takes part: organisations, their accounts, places and a device, and every product as a SKU."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.bindings import consortium, provenance, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, OrganisationKind, Role
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import Unavailable
from liveledger.domain.gs1 import gln, with_check_digit
from liveledger.domain.hashing import keccak
from liveledger.domain.payloads import id_of
from liveledger.domain.typed_data import PossessionMessage, sign
from liveledger.services.organisations import organisation_by_gln
from liveledger_cli.demo.desk import Call, Desk
from liveledger_cli.demo.state import DemoState

ADMINISTRATOR = "administrator"
POSSESSION_SECONDS = 30 * 24 * 3600
SKUS_A_CALL = 180
EACH = 1
SCANNERS = 4
IMPORTED = "IMPORTED-CHEESE"
# Deposits are minted by accounts of two organisations together.
MINTERS = ("finance", "platform-deposits")


@dataclass(frozen=True, slots=True)
class Cast:
    """One organisation of the demo: its kind, its GLN, and its accounts with their roles."""

    name: str
    kind: OrganisationKind
    gln: int
    accounts: dict[str, Role]


def _gln(serial: int) -> int:
    return gln(with_check_digit(f"9521234{serial:05}"))


CAST = (
    Cast("brand", OrganisationKind.BRAND, _gln(10001), {"brand": Role.SIGN_AGREEMENTS | Role.REGISTER_SKUS}),
    Cast("supplier", OrganisationKind.SUPPLIER, _gln(10002), {"supplier": Role.SIGN_AGREEMENTS}),
    Cast(
        "platform",
        OrganisationKind.PLATFORM,
        _gln(10003),
        {"operator": Role.CAPTURE_EVENTS | Role.POST_MOVEMENTS, MINTERS[1]: Role.MINT_DEPOSITS},
    ),
    Cast(
        "warehouse",
        OrganisationKind.WAREHOUSE,
        _gln(10004),
        {"warehouse": Role.POST_MOVEMENTS, **{f"scanner-{i}": Role.POST_MOVEMENTS for i in range(1, SCANNERS + 1)}},
    ),
    Cast("inspector", OrganisationKind.INSPECTOR, _gln(10005), {"oracle": Role.REPORT}),
    Cast("finance", OrganisationKind.FINANCE, _gln(10006), {MINTERS[0]: Role.MINT_DEPOSITS}),
    Cast("logistics", OrganisationKind.LOGISTICS, _gln(10007), {}),
)
WAREHOUSE_GLN = _gln(20001)
STUDIO_GLN = _gln(20002)
PLACES = (WAREHOUSE_GLN, STUDIO_GLN)
DEVICE = b"cold-box-7 (simulated)"


@dataclass(frozen=True, slots=True)
class World:
    """Numbers that the ledger gave: organisations by name, the two places, and SKUs by product code."""

    organisations: dict[str, int]
    warehouse: int
    studio: int
    skus: dict[str, int]

    @property
    def device(self) -> bytes:
        """Id of the inspector's device."""
        return id_of(self.organisations["inspector"], DEVICE)

    @property
    def brand(self) -> int:
        """The brand's organisation number."""
        return self.organisations["brand"]


def admit_members(desk: Desk, state: DemoState) -> dict[str, int]:
    """Admits organisations, then accounts, places, the device and the approval. Returns organisation numbers."""
    plan = state.plan(state.set_up, "members", _new_members_plan)
    key = state.set_up.key
    acts: list[tuple[str, bytes, Call]] = [
        (
            key("organisation", cast.name),
            CONSORTIUM_ADDRESS,
            consortium.RegisterOrganisation(cast.kind, cast.gln, _commitment(cast.name, plan)),
        )
        for cast in CAST
    ]
    desk.do(ADMINISTRATOR, acts)
    numbers = {cast.name: organisation_by_gln(desk.connection, cast.gln) for cast in CAST}
    acts = [
        (
            key("account", label),
            CONSORTIUM_ADDRESS,
            _account_call(desk, numbers[cast.name], label, roles, plan["deadline"]),
        )
        for cast in CAST
        for label, roles in cast.accounts.items()
    ]
    acts += [
        (key("place", place), CONSORTIUM_ADDRESS, consortium.RegisterPlace(numbers["warehouse"], place))
        for place in PLACES
    ]
    device_key = keccak(bytes.fromhex(plan["device_key"]))
    device = consortium.RegisterDevice(id_of(numbers["inspector"], DEVICE), numbers["inspector"], device_key)
    acts.append((key("device"), CONSORTIUM_ADDRESS, device))
    for label, operator in (("approval", "warehouse"), ("approval-of-capture", "platform")):
        approval = consortium.ApproveOperator(numbers["brand"], numbers[operator], True)
        acts.append((key(label), CONSORTIUM_ADDRESS, approval))
    desk.do(ADMINISTRATOR, acts)
    return numbers


def register_skus(desk: Desk, state: DemoState, stock: bytes, codes: Sequence[str]) -> list[str]:
    """Hands the registration of all products to the brand's outbox; returns the keys to wait for."""
    acts: list[tuple[str, bytes, Call]] = []
    for start in range(0, len(codes), SKUS_A_CALL):
        part = codes[start : start + SKUS_A_CALL]
        call = stock_ledger.RegisterSkus(part, [0] * len(part), [EACH] * len(part))
        acts.append((state.set_up.key("skus", start), stock, call))
    return desk.send("brand", acts)


def claim_imported(desk: Desk, state: DemoState, contracts: tuple[bytes, bytes], gtin: int, products: int) -> None:
    """Registers the imported goods behind ``products`` SKUs and claims their GTIN for the brand.

    ``contracts``: StockLedger and Provenance. From then on what was captured of them is one history.
    """
    stock, anchors = contracts
    (brand,) = (organisation_by_gln(desk.connection, cast.gln) for cast in CAST if cast.name == "brand")
    register = stock_ledger.RegisterSkus([IMPORTED], [gtin], [EACH])
    desk.do("brand", [(state.set_up.key("imported"), stock, register)])
    claim = provenance.Claim([brand << 20 | products + 1])
    desk.do("brand", [(state.set_up.key("claim"), anchors, claim)])


def find_world(desk: Desk, stock: bytes, numbers: dict[str, int], codes: Sequence[str]) -> World:
    """Reads back what the ledger gave. SKUs are numbered in the order of registration; first and last are checked."""
    height = final_height(desk.connection)
    brand = numbers["brand"]
    skus = {code: brand << 20 | serial for serial, code in enumerate(codes, start=1)}
    for code in (codes[0], codes[-1]):
        answer = desk.connection.execution.call(stock, stock_ledger.SkuByCode(brand, code).calldata(), height)
        if stock_ledger.decode_sku_by_code(answer) != skus[code]:
            raise Unavailable(f"the ledger numbers product {code} otherwise", hint="start anew with --reset", code=code)
    return World(numbers, _place(desk, WAREHOUSE_GLN), _place(desk, STUDIO_GLN), skus)


def _new_members_plan() -> dict[str, Any]:
    return {
        "deadline": int(time.time()) + POSSESSION_SECONDS,
        "salts": {cast.name: secrets.token_hex(16) for cast in CAST},
        "device_key": secrets.token_hex(32),
    }


def _commitment(name: str, plan: dict[str, Any]) -> bytes:
    return keccak(bytes.fromhex(plan["salts"][name]) + name.encode())


def _account_call(desk: Desk, organisation: int, label: str, roles: Role, deadline: int) -> consortium.RegisterAccount:
    account = desk.address(label)
    message = PossessionMessage(account, organisation, deadline)
    chain_id = desk.connection.evm_chain_id
    signature = sign(message, desk.account(label), chain_id=chain_id, contract=CONSORTIUM_ADDRESS)
    return consortium.RegisterAccount(organisation, account, int(roles), deadline, signature)


def _place(desk: Desk, number: int) -> int:
    call = consortium.PlaceByGln(number).calldata()
    answer = desk.connection.execution.call(CONSORTIUM_ADDRESS, call, final_height(desk.connection))
    return consortium.decode_place_by_gln(answer)
