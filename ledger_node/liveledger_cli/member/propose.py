"""``liveledger member propose``: one command for each thing that members decide together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.bindings.constants import MAX_KIND, Parameter, Role, RuleFamily, Status
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.keys import SYSTEM
from liveledger_cli.common.connections import sending
from liveledger_cli.common.context import kebab, read_limited
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.member.validator_proofs import ProofOption, owner_of, require_proven

if TYPE_CHECKING:
    from liveledger.chain.rpc.connection import Connection
    from liveledger.services.members import Call

    Compose = Callable[[Connection], Sequence[Call]]

GlnArgument = Annotated[str, typer.Argument(help="The organisation's GLN (13 digits)")]
KeyArgument = Annotated[str, typer.Argument(help="Ed25519 public key of the validator (64 hex digits)")]
FamiliesArgument = Annotated[list[str], typer.Argument(help="stock, provenance, reports, settlement")]
_PARAMETERS = {kebab(parameter.name): parameter for parameter in Parameter}

propose_commands = Commands(help="Make a proposal; every organisation then votes.", no_args_is_help=True)


def _submit(here: LedgerContext, compose: Compose) -> None:
    from liveledger.services.governance import propose, read_proposal

    with sending(here) as sender:
        number = propose(sender, compose(sender.connection))
        report = read_proposal(sender.connection, number)
    here.output.result(report.as_dict(), report.lines())


@propose_commands.command(acts_as=SYSTEM)
def admit(
    here: LedgerContext,
    request: Annotated[Path, typer.Argument(help="The organisation's join request", exists=True, dir_okay=False)],
) -> None:
    """Admit an organisation with its node; its validator is another proposal, once the node has caught up."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.node.admission import MAX_REQUEST_BYTES, read_request

    def compose(connection: Connection) -> Sequence[Call]:
        now = connection.execution.block(final_height(connection)).time
        return read_request(
            read_limited(request, MAX_REQUEST_BYTES), evm_chain_id=connection.evm_chain_id, now=now
        ).calls()

    _submit(here, compose)


@propose_commands.command(acts_as=SYSTEM)
def recover(
    here: LedgerContext,
    request: Annotated[
        Path, typer.Argument(help="The request of an organisation whose keys were lost", exists=True, dir_okay=False)
    ],
) -> None:
    """Begin the recovery of an organisation: a week later a new account is its security administrator's.

    Any of its accounts may object until then. Make sure over another way that the organisation itself asks.
    """
    from liveledger.chain.rpc.finality import final_height
    from liveledger.node.recovery_request import MAX_RECOVERY_BYTES, read_recovery
    from liveledger.services.membership import read_roll

    def compose(connection: Connection) -> Sequence[Call]:
        now = connection.execution.block(final_height(connection)).time
        data = read_limited(request, MAX_RECOVERY_BYTES)
        asked = read_recovery(data, evm_chain_id=connection.evm_chain_id, now=now)
        found = read_roll(connection).find(gs1.gln_text(asked.gln))
        require("the number of the request's organisation", asked.organisation, found.number)
        return [asked.call()]

    _submit(here, compose)


@propose_commands.command(acts_as=SYSTEM)
def remove(
    here: LedgerContext,
    gln: GlnArgument,
    key: Annotated[str | None, typer.Option("--validator", help="Key of its last validator, removed with it")] = None,
) -> None:
    """Remove an organisation for good; its history stays."""
    from liveledger.bindings import consortium, validators
    from liveledger.services.membership import read_roll

    gs1.gln(gln)
    validator = _key(key) if key else b""

    def compose(connection: Connection) -> Sequence[Call]:
        number = read_roll(connection).find(gln).number
        taken = [validators.SetValidator(number, validator, 0)] if key else []
        return [*taken, consortium.RemoveOrganisation(number)]

    _submit(here, compose)


@propose_commands.command(acts_as=SYSTEM)
def suspend(here: LedgerContext, gln: GlnArgument) -> None:
    """Suspend an organisation: it cannot write or vote until it is reinstated."""
    _submit(here, _status(gln, Status.SUSPENDED))


@propose_commands.command(acts_as=SYSTEM)
def reinstate(here: LedgerContext, gln: GlnArgument) -> None:
    """Make a suspended organisation active again."""
    _submit(here, _status(gln, Status.ACTIVE))


@propose_commands.command(acts_as=SYSTEM)
def validator(
    here: LedgerContext,
    gln: GlnArgument,
    key: KeyArgument,
    power: Annotated[int, typer.Option(help="Its voting power; 0 removes the key for good", min=0)] = 10,
    proof: ProofOption = None,
) -> None:
    """Add a validator of an organisation (with --proof), change its power, or remove it."""
    from liveledger.bindings import validators
    from liveledger.services.membership import read_roll

    gs1.gln(gln)
    public = _key(key)

    def compose(connection: Connection) -> Sequence[Call]:
        number = read_roll(connection).find(gln).number
        if power:
            require_proven(connection, number, public, proof)
        return [validators.SetValidator(number, public, power)]

    _submit(here, compose)


@propose_commands.command(acts_as=SYSTEM)
def rotate_validator(here: LedgerContext, old: KeyArgument, new: KeyArgument, proof: ProofOption = None) -> None:
    """Give a validator's power to a new key (with --proof); the old one never comes back."""
    from liveledger.bindings import validators

    call = validators.RotateValidator(_key(old), _key(new))

    def compose(connection: Connection) -> Sequence[Call]:
        require_proven(connection, owner_of(connection, call.old_key), call.new_key, proof)
        return [call]

    _submit(here, compose)


@propose_commands.command(acts_as=SYSTEM)
def roles(
    here: LedgerContext,
    account: Annotated[str, typer.Argument(help="Address of a registered account (0x and 40 hex digits)")],
    names: Annotated[
        list[str] | None, typer.Argument(help="All of them that it is to have, such as mint-deposits; none takes them")
    ] = None,
) -> None:
    """Set which of the roles that only votes give an account has; what its organisation gave it stays."""
    from liveledger.bindings import consortium

    call = consortium.GrantRoles(hex_argument(account, 20, "address"), int(parse_roles(names or [])))
    _submit(here, lambda _: [call])


@propose_commands.command("parameter", acts_as=SYSTEM)
def set_parameter(
    here: LedgerContext,
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(_PARAMETERS)}")],
    value: Annotated[int, typer.Argument(help="Its new value", min=0)],
) -> None:
    """Set a parameter of the votes."""
    from liveledger.bindings import governance

    if name not in _PARAMETERS:
        raise InvalidInput(f"{name!r} is no parameter", hint=f"one of {', '.join(_PARAMETERS)}")
    call = governance.SetParameter(_PARAMETERS[name], value)
    _submit(here, lambda _: [call])


@propose_commands.command("contract", acts_as=SYSTEM)
def approve_contract(
    here: LedgerContext,
    name: Annotated[str, typer.Argument(help="Name of a contract that this release brings, such as StockLedger")],
    start: Annotated[
        int, typer.Option("--from", help="Block from which it takes over; 0: as soon as it may", min=0)
    ] = 0,
) -> None:
    """Approve this release's version of a contract; once that passed, `liveledger deploy --as LABEL` creates it."""
    from liveledger.services.creation import approval

    call = approval(_deployable(name), start)
    _submit(here, lambda _: [call])


@propose_commands.command(acts_as=SYSTEM)
def pause(here: LedgerContext, families: FamiliesArgument) -> None:
    """Pause families of rules: nothing is written under them until they are resumed."""
    from liveledger.bindings import consortium

    calls = [consortium.Pause(name) for name in _families(families)]
    _submit(here, lambda _: calls)


@propose_commands.command(acts_as=SYSTEM)
def resume(here: LedgerContext, families: FamiliesArgument) -> None:
    """Resume families of rules."""
    from liveledger.bindings import consortium

    calls = [consortium.Resume(name) for name in _families(families)]
    _submit(here, lambda _: calls)


@propose_commands.command("mint-limit", acts_as=SYSTEM)
def mint_limit(
    here: LedgerContext,
    amount_fen: Annotated[
        int, typer.Argument(metavar="FEN", help="Most fen that are minted within a day (UTC)", min=1)
    ],
) -> None:
    """Set how much may be minted within a day."""
    from liveledger.bindings import deposit_token

    call = deposit_token.SetMintLimit(amount_fen)
    _submit(here, lambda _: [call])


@propose_commands.command(acts_as=SYSTEM)
def limits(
    here: LedgerContext,
    gln: GlnArgument,
    accounts: Annotated[int, typer.Option(help="Most accounts that it registers; 0: as many as others", min=0)] = 0,
    places: Annotated[int, typer.Option(help="Most places that it registers; 0: as many as others", min=0)] = 0,
    top_ups: Annotated[int, typer.Option(help="Most top-ups of its accounts a day; 0: as many as others", min=0)] = 0,
) -> None:
    """Set how many accounts and places an organisation registers itself, how often its accounts get gas money a day."""
    from liveledger.bindings import allowances, consortium
    from liveledger.services.membership import read_roll

    gs1.gln(gln)

    def compose(connection: Connection) -> Sequence[Call]:
        number = read_roll(connection).find(gln).number
        return [consortium.SetLimits(number, accounts, places), allowances.SetTopUps(number, top_ups)]

    _submit(here, compose)


@propose_commands.command("role", acts_as=SYSTEM)
def define_role(
    here: LedgerContext,
    number: Annotated[int, typer.Argument(help="Number of the bit that it is to be", min=9, max=31)],
    governed: Annotated[bool, typer.Option("--governed", help="Only votes give it")] = False,
) -> None:
    """Define a role for a contract to come; what is defined keeps its meaning."""
    from liveledger.bindings import consortium

    call = consortium.DefineRoles(1 << number, governed)
    _submit(here, lambda _: [call])


@propose_commands.command("kind", acts_as=SYSTEM)
def define_kind(
    here: LedgerContext, number: Annotated[int, typer.Argument(help="Its number", min=10, max=MAX_KIND)]
) -> None:
    """Define a kind of organisation."""
    from liveledger.bindings import consortium

    call = consortium.DefineKind(number)
    _submit(here, lambda _: [call])


def _deployable(name: str) -> ModuleType:
    from liveledger.chain.contracts.manifest import DEPLOYED_CONTRACTS

    for module in DEPLOYED_CONTRACTS:
        if name == module.NAME:
            return module
    known = ", ".join(module.NAME for module in DEPLOYED_CONTRACTS)
    raise InvalidInput(f"{name[:40]!r} is no contract that this release brings", hint=f"one of {known}")


def parse_roles(names: Sequence[str]) -> Role:
    """Roles by their names in kebab case. Raises InvalidInput for one that there is not."""
    found = Role(0)
    for name in names:
        key = name.upper().replace("-", "_")
        if key not in Role.__members__:
            known = ", ".join(kebab(role) for role in Role.__members__)
            raise InvalidInput(f"{name!r} is no role", hint=f"one of {known}")
        found |= Role[key]
    return found


def _status(gln: str, status: Status) -> Compose:
    from liveledger.bindings import consortium
    from liveledger.services.membership import read_roll

    gs1.gln(gln)
    return lambda chain: [consortium.SetOrganisationStatus(read_roll(chain).find(gln).number, status)]


def _families(names: Sequence[str]) -> list[bytes]:
    for name in names:
        if name.upper() not in RuleFamily.__members__:
            known = ", ".join(family.lower() for family in RuleFamily.__members__)
            raise InvalidInput(f"{name!r} is no family of rules", hint=f"one of {known}")
    return [RuleFamily[name.upper()].value for name in dict.fromkeys(names)]


def _key(text: str) -> bytes:
    return hex_argument(text, 32, "validator key")


def hex_argument(text: str, size: int, what: str) -> bytes:
    """Bytes of an argument in hex. Raises InvalidInput for another size."""
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        data = b""
    if len(data) != size:
        raise InvalidInput(f"{text[:80]!r} is no {what}", hint=f"{2 * size} hex digits")
    return data
