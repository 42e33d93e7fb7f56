"""What members register: organisations, accounts, places, operators, devices, validators, SKUs and their lots.

Every act may be repeated: what the chain has already is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from liveledger.bindings import consortium, provenance, stock_ledger, validators
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, VALIDATORS_ADDRESS, OrganisationKind, Role, Status
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.outbox.outbox import State
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.item_keys import organisations_in
from liveledger.domain.typed_data import PossessionMessage, sign
from liveledger.services.sku_numbers import sku_numbers

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

# Gas of one SKU's registration is about 60,000, of a lot's less: a transaction of so many stays under the limit.
_SKUS_A_TRANSACTION = _LOTS_A_TRANSACTION = 150
_POSSESSION_SECONDS = 3_600


class Call(Protocol):
    """A call of a contract, as the bindings have it."""

    def calldata(self) -> bytes:
        """Selector and encoded arguments."""


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation to admit; ``gln`` has 13 digits, ``name_commitment`` is a salted hash (32 bytes)."""

    kind: OrganisationKind
    gln: int
    name_commitment: bytes


@dataclass(frozen=True, slots=True)
class SkuDraft:
    """A SKU to register: the brand's code, GTIN (0 = none) and code of the base unit."""

    code: str
    gtin: int = 0
    unit: int = 0


@dataclass(frozen=True, slots=True)
class LotDraft:
    """A lot to register: the brand's code of its SKU, the lot's own code, its expiry as YYYYMMDD (0 = none)."""

    sku: str
    code: str
    expiry: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """A call that has its effect once; ``key`` names the effect. ``gas``: its limit where an estimate would not do."""

    key: str
    to: bytes
    data: bytes
    gas: int | None = None


class Registrar:
    """Acts of one account: the administrator's, or a member's for what is its own."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self._connection = sender.connection

    def carry_out(self, acts: Sequence[Act], *, timeout: float = 60.0) -> None:
        """Submits all acts, waits for all. Raises RuleViolation with the reason of the first that the chain refused."""
        keys = []
        for act in acts:
            key = self._fresh_key(act.key)
            if self.sender.outbox.find(self.sender.address, key) is None:
                self.sender.submit(key, act.to, act.data, gas=act.gas)
            keys.append(key)
        for key, outcome in zip(keys, self.sender.wait_all(keys, timeout=timeout), strict=True):
            if outcome.status != 1:
                raise self.sender.reason(key)

    def _fresh_key(self, key: str) -> str:
        """``key``, or with a number behind it when earlier tries were reverted."""
        tries, candidate = 0, key
        while True:
            entry = self.sender.outbox.find(self.sender.address, candidate)
            if entry is None or entry.state != State.FINAL or entry.status == 1:
                return candidate
            tries += 1
            candidate = f"{key}#{tries}"

    def register_organisations(self, drafts: Sequence[OrganisationDraft]) -> list[int]:
        """Admits organisations; returns their numbers, also of those that were there before."""
        known = self._numbers([consortium.OrganisationByGln(draft.gln) for draft in drafts])
        acts = [
            _consortium(
                f"organisation:{draft.gln}",
                consortium.RegisterOrganisation(draft.kind, draft.gln, draft.name_commitment),
            )
            for draft, number in zip(drafts, known, strict=True)
            if number == 0
        ]
        self.carry_out(acts)
        return self._numbers([consortium.OrganisationByGln(draft.gln) for draft in drafts])

    def register_accounts(self, accounts: Sequence[tuple[LocalAccount, int, Role]]) -> None:
        """Registers (account, organisation, roles); each account proves that it has its key, and is funded."""
        words = self._numbers([consortium.MemberOf(address_of(account)) for account, _, _ in accounts])
        deadline = self._connection.execution.block(final_height(self._connection)).time + _POSSESSION_SECONDS
        acts = []
        for (account, organisation, roles), word in zip(accounts, words, strict=True):
            if word == 0:
                proof = self._possession(account, organisation, deadline)
                call = consortium.RegisterAccount(organisation, address_of(account), roles, deadline, proof)
                acts.append(_consortium(f"account:{account.address}:{organisation}:{deadline}", call))
        self.carry_out(acts)

    def _possession(self, account: LocalAccount, organisation: int, deadline: int) -> bytes:
        message = PossessionMessage(address_of(account), organisation, deadline)
        return sign(message, account, chain_id=self._connection.evm_chain_id, contract=CONSORTIUM_ADDRESS)

    def register_places(self, places: Sequence[tuple[int, int]]) -> list[int]:
        """Registers (operator, GLN); returns the numbers of the places, also of those that were there before."""
        known = self._numbers([consortium.PlaceByGln(gln) for _, gln in places])
        reserved = self._numbers([consortium.ReservedFor(gln) for _, gln in places])
        acts = [
            # A vote may have reserved the GLN of a place that is there: the number tells one time from the next.
            _consortium(f"place:{gln}:{number}" if number else f"place:{gln}", consortium.RegisterPlace(operator, gln))
            for (operator, gln), number, whose in zip(places, known, reserved, strict=True)
            if number == 0 or whose == operator
        ]
        self.carry_out(acts)
        return self._numbers([consortium.PlaceByGln(gln) for _, gln in places])

    def approve_operators(self, pairs: Sequence[tuple[int, int]], *, approved: bool = True) -> None:
        """Lets (brand, operator) move the brand's goods, or no longer."""
        now = self._numbers([consortium.MayOperate(brand, operator) for brand, operator in pairs])
        height = final_height(self._connection)
        acts = [
            # A permission may be given, taken and given again: the height tells one time from the next.
            _consortium(
                f"operator:{brand}:{operator}:{approved}:{height}",
                consortium.ApproveOperator(brand, operator, approved),
            )
            for (brand, operator), current in zip(pairs, now, strict=True)
            if bool(current) is not approved
        ]
        self.carry_out(acts)

    def register_devices(self, devices: Sequence[tuple[bytes, int, bytes]]) -> None:
        """Registers (device id, organisation, keccak of its public key)."""
        acts = [
            _consortium(f"device:{hex_bytes(device)}", consortium.RegisterDevice(device, organisation, key_hash))
            for device, organisation, key_hash in devices
            if self._status_of_device(device) == Status.NONE
        ]
        self.carry_out(acts)

    def _status_of_device(self, device: bytes) -> int:
        data = consortium.DeviceOf(device).calldata()
        answer = self._connection.execution.call(CONSORTIUM_ADDRESS, data, final_height(self._connection))
        return consortium.decode_device_of(answer).status

    def set_validator(self, key: bytes, power: int, organisation: int = 0) -> None:
        """Adds a validator's Ed25519 key, changes its power, or removes it (power 0); organisation 0 is nobody."""
        height = final_height(self._connection)
        (before,) = self._words(VALIDATORS_ADDRESS, [validators.PowerOf(key).calldata()])
        if before != power:
            name = f"validator:{hex_bytes(key)}:{power}:{height}"
            data = validators.SetValidator(organisation, key, power).calldata()
            self.carry_out([Act(name, VALIDATORS_ADDRESS, data)])

    def register_skus(self, ledger: bytes, brand: int, drafts: Sequence[SkuDraft]) -> dict[str, int]:
        """Registers SKUs of the sender's organisation ``brand`` at the StockLedger ``ledger``; returns SKUs by code."""
        known = self._skus(ledger, brand, [draft.code for draft in drafts])
        missing = [draft for draft in drafts if known[draft.code] == 0]
        acts = []
        for start in range(0, len(missing), _SKUS_A_TRANSACTION):
            part = missing[start : start + _SKUS_A_TRANSACTION]
            call = stock_ledger.RegisterSkus(
                [draft.code for draft in part], [draft.gtin for draft in part], [draft.unit for draft in part]
            )
            digest = hashlib.sha256(call.calldata()).hexdigest()[:32]
            acts.append(Act(f"skus:{brand}:{digest}", ledger, call.calldata()))
        self.carry_out(acts)
        return self._skus(ledger, brand, [draft.code for draft in drafts])

    def register_lots(self, ledger: bytes, brand: int, drafts: Sequence[LotDraft]) -> dict[tuple[str, str], int]:
        """Registers lots of ``brand``'s SKUs at the StockLedger ``ledger``; returns lots by codes of SKU and lot.

        The sender's organisation is the brand or one that it approved. Raises NotFound for a SKU that there is not.
        """
        skus = self._skus(ledger, brand, list(dict.fromkeys(draft.sku for draft in drafts)))
        for code, number in skus.items():
            if number == 0:
                raise NotFound(f"brand {brand} has no SKU {code!r}", hint="`liveledger sku add` comes first", sku=code)
        known = self._lots(ledger, skus, drafts)
        missing: dict[int, list[LotDraft]] = {}
        for draft in drafts:
            if known[draft.sku, draft.code] == 0:
                missing.setdefault(skus[draft.sku], []).append(draft)
        self.carry_out([act for sku, lots in missing.items() for act in _lot_acts(ledger, sku, lots)])
        return self._lots(ledger, skus, drafts)

    def correct_lot(self, ledger: bytes, brand: int, draft: LotDraft) -> int:
        """Makes a lot of the sender's ``brand`` its own, with the draft's expiry; returns the lot's info word then.

        Raises NotFound for a SKU or lot that there is not, and what the contract refuses: a lot is corrected once.
        """
        sku = self._skus(ledger, brand, [draft.sku])[draft.sku]
        lot = self._lots(ledger, {draft.sku: sku}, [draft])[draft.sku, draft.code] if sku else 0
        if not lot:
            raise NotFound(
                f"brand {brand} has no lot {draft.code!r} of a SKU {draft.sku!r}",
                hint="`liveledger sku lots` comes first",
            )
        data = stock_ledger.CorrectLot(sku, lot, draft.expiry).calldata()
        self.carry_out([Act(f"lot:{sku}:{lot}:{draft.expiry}", ledger, data)])
        return self._words(ledger, [stock_ledger.LotInfo(sku, lot).calldata()])[0]

    def claim_gtins(self, contract: bytes, brand: int, skus: Mapping[int, int]) -> None:
        """Claims GTINs for the sender's organisation ``brand`` at ``contract``, Provenance; ``skus``: GTIN by SKU."""
        named = {sku: gtin for sku, gtin in skus.items() if gtin}
        words = self._words(contract, [provenance.ClaimsOf(gtin).calldata() for gtin in named.values()])
        missing = [sku for sku, word in zip(named, words, strict=True) if brand not in organisations_in(word)]
        acts = []
        for start in range(0, len(missing), _SKUS_A_TRANSACTION):
            call = provenance.Claim(missing[start : start + _SKUS_A_TRANSACTION]).calldata()
            acts.append(Act(f"claims:{brand}:{hashlib.sha256(call).hexdigest()[:32]}", contract, call))
        self.carry_out(acts)

    def _lots(self, ledger: bytes, skus: dict[str, int], drafts: Sequence[LotDraft]) -> dict[tuple[str, str], int]:
        calls = [stock_ledger.LotByCode(skus[draft.sku], draft.code).calldata() for draft in drafts]
        names = [(draft.sku, draft.code) for draft in drafts]
        return dict(zip(names, self._words(ledger, calls), strict=True))

    def _skus(self, ledger: bytes, brand: int, codes: Sequence[str]) -> dict[str, int]:
        block = final_height(self._connection)
        return dict(zip(codes, sku_numbers(self._connection.execution, ledger, brand, codes, block), strict=True))

    def _numbers(self, calls: Sequence[Call]) -> list[int]:
        return self._words(CONSORTIUM_ADDRESS, [call.calldata() for call in calls])

    def _words(self, to: bytes, calls: Sequence[bytes]) -> list[int]:
        """Results of view functions that return one word, on the final state."""
        return view_words(self._connection.execution, to, calls, final_height(self._connection))


def _lot_acts(ledger: bytes, sku: int, lots: Sequence[LotDraft]) -> Iterator[Act]:
    """Registrations of one SKU's lots, as many as fit a transaction in each."""
    for start in range(0, len(lots), _LOTS_A_TRANSACTION):
        part = lots[start : start + _LOTS_A_TRANSACTION]
        data = stock_ledger.RegisterLots(sku, [lot.code for lot in part], [lot.expiry for lot in part]).calldata()
        yield Act(f"lots:{sku}:{hashlib.sha256(data).hexdigest()[:32]}", ledger, data)


def _consortium(key: str, call: Call) -> Act:
    return Act(key, CONSORTIUM_ADDRESS, call.calldata())
