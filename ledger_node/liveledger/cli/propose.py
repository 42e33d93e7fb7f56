"""``liveledger member propose``: one command for each thing that members decide together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from liveledger.bindings import consortium, directory, governance
from liveledger.bindings.constants import Parameter, Role, RuleFamily, Status
from liveledger.chain.connection import Connection
from liveledger.chain.finality import final_height
from liveledger.chain.governance import propose, read_proposal
from liveledger.chain.members import Call
from liveledger.chain.registry import name_word
from liveledger.chain.roll import read_roll
from liveledger.cli.connected import AsOption, NodeOption, sending
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, kebab, read_limited
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.engine.admission import MAX_REQUEST_BYTES, read_request
from liveledger.engine.handover import SYSTEM

GlnArgument = Annotated[str, typer.Argument(help="The organisation's GLN (13 digits)")]
KeyArgument = Annotated[str, typer.Argument(help="Ed25519 public key of the validator (64 hex digits)")]
FamiliesArgument = Annotated[list[str], typer.Argument(help="stock, provenance, reports, settlement")]
_PARAMETERS = {kebab(parameter.name): parameter for parameter in Parameter}

propose_commands = typer.Typer(help="Make a proposal; every organisation then votes.", no_args_is_help=True)

Compose = Callable[[Connection], Sequence[Call]]


def _submit(home: Path | None, ledger: str, node: int, label: str, as_json: bool, compose: Compose) -> None:
    with sending(home, ledger, node, label) as sender:
        number = propose(sender, compose(sender.connection))
        report = read_proposal(sender.connection, number)
    Output(as_json).result(report.as_dict(), report.lines())


@propose_commands.command()
def admit(
    request: Annotated[Path, typer.Argument(help="The organisation's join request", exists=True, dir_okay=False)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Admit an organisation with its node; its validator is another proposal, once the node has caught up."""

    def compose(connection: Connection) -> Sequence[Call]:
        now = connection.execution.block(final_height(connection)).time
        return read_request(
            read_limited(request, MAX_REQUEST_BYTES), evm_chain_id=connection.evm_chain_id, now=now
        ).calls()

    _submit(home, ledger, node, label, as_json, compose)


@propose_commands.command()
def remove(
    gln: GlnArgument,
    key: Annotated[str | None, typer.Option("--validator", help="Key of its last validator, removed with it")] = None,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Remove an organisation for good; its history stays."""
    gs1.gln(gln)
    validator = _key(key) if key else bytes(32)

    def compose(connection: Connection) -> Sequence[Call]:
        return [consortium.RemoveOrganisation(read_roll(connection).find(gln).number, validator)]

    _submit(home, ledger, node, label, as_json, compose)


@propose_commands.command()
def suspend(
    gln: GlnArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Suspend an organisation: it cannot write or vote until it is reinstated."""
    _submit(home, ledger, node, label, as_json, _status(gln, Status.SUSPENDED))


@propose_commands.command()
def reinstate(
    gln: GlnArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Make a suspended organisation active again."""
    _submit(home, ledger, node, label, as_json, _status(gln, Status.ACTIVE))


@propose_commands.command()
def validator(
    gln: GlnArgument,
    key: KeyArgument,
    power: Annotated[int, typer.Option(help="Its voting power; 0 removes the key for good", min=0)] = 10,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Add a validator of an organisation, change its power, or remove it."""
    gs1.gln(gln)
    public = _key(key)

    def compose(connection: Connection) -> Sequence[Call]:
        return [consortium.SetValidator(read_roll(connection).find(gln).number, public, power)]

    _submit(home, ledger, node, label, as_json, compose)


@propose_commands.command()
def rotate_validator(
    old: KeyArgument,
    new: KeyArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Give a validator's power to a new key; the old one never comes back."""
    call = consortium.RotateValidator(_key(old), _key(new))
    _submit(home, ledger, node, label, as_json, lambda _: [call])


@propose_commands.command()
def roles(
    account: Annotated[str, typer.Argument(help="Address of a registered account (0x and 40 hex digits)")],
    names: Annotated[list[str], typer.Argument(help="All roles that it is to have, such as mint-deposits")],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Set the roles of an account, also those that its organisation cannot grant itself."""
    call = consortium.SetAccount(hex_argument(account, 20, "address"), Status.ACTIVE, int(parse_roles(names)))
    _submit(home, ledger, node, label, as_json, lambda _: [call])


@propose_commands.command("parameter")
def set_parameter(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(_PARAMETERS)}")],
    value: Annotated[int, typer.Argument(help="Its new value", min=0)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Set a parameter of the votes."""
    if name not in _PARAMETERS:
        raise InvalidInput(f"{name!r} is no parameter", hint=f"one of {', '.join(_PARAMETERS)}")
    call = governance.SetParameter(_PARAMETERS[name], value)
    _submit(home, ledger, node, label, as_json, lambda _: [call])


@propose_commands.command("contract")
def list_contract(
    name: Annotated[str, typer.Argument(help="Name in the directory, such as StockLedger")],
    address: Annotated[str, typer.Argument(help="Where the new version stands (0x and 40 hex digits)")],
    version: Annotated[int, typer.Argument(help="Its version, higher than the one listed", min=1)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """List a new version of a contract in the directory."""
    if not name.isascii() or not 1 <= len(name) <= 32:
        raise InvalidInput(f"{name[:40]!r} is no name of a contract", hint="1 to 32 ASCII characters")
    call = directory.Register(name_word(name), hex_argument(address, 20, "address"), version)
    _submit(home, ledger, node, label, as_json, lambda _: [call])


@propose_commands.command()
def pause(
    families: FamiliesArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Pause families of rules: nothing is written under them until they are resumed."""
    wanted = _families(families)
    _submit(home, ledger, node, label, as_json, lambda chain: [consortium.SetPausedFamilies(_paused(chain) | wanted)])


@propose_commands.command()
def resume(
    families: FamiliesArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Resume families of rules."""
    wanted = _families(families)
    _submit(home, ledger, node, label, as_json, lambda chain: [consortium.SetPausedFamilies(_paused(chain) & ~wanted)])


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
    gs1.gln(gln)
    return lambda chain: [consortium.SetOrganisationStatus(read_roll(chain).find(gln).number, status)]


def _paused(connection: Connection) -> int:
    return sum(RuleFamily[name.upper()] for name in read_roll(connection).paused)


def _families(names: Sequence[str]) -> int:
    for name in names:
        if name.upper() not in RuleFamily.__members__:
            known = ", ".join(family.lower() for family in RuleFamily.__members__)
            raise InvalidInput(f"{name!r} is no family of rules", hint=f"one of {known}")
    return sum({RuleFamily[name.upper()] for name in names})


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
