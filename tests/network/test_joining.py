"""docs/governance.md followed on hosts of their own: founders, the vote that lets somebody mint, a fifth that joins."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.member_words import roles_of
from tests.docs.blocks import Block, command_blocks
from tests.house.tree import ROOT
from tests.network.test_hosts import FOUNDERS, desk_of, found_hosts
from tests.support.hosts import Host, Lan, lan

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(900)]
PAGE = ROOT / "docs/governance.md"
FOUND, KEY, ROLES, JOIN, REQUEST, PROPOSE, VOTE, START = (
    block for block in command_blocks(PAGE) if block.run_by == "tests/network/test_joining.py"
)
KINDS = ("brand", "supplier", "warehouse", "platform")
GLNS = ("9521239000018", "9521239000025", "9521239000032", "9521239000049")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    """Four organisations that govern together, each on its host, and a fifth host that has nothing yet."""
    with lan(tmp_path_factory.mktemp("members"), FOUNDERS + 1) as hosts:
        found_hosts(hosts)
        first = hosts.host(1)
        for host, kind, gln in zip(hosts.hosts, KINDS, GLNS, strict=False):
            typed(host, f"liveledger member request --kind {kind} --gln {gln} --name {kind} --out {kind}.json")
            if host is not first:
                shutil.copy(host.root / f"{kind}.json", first.root)
        desk_of(first).run([FOUND])
        yield hosts


def typed(host: Host, command: str) -> str:
    """A command that no page has, as a reader types it."""
    return desk_of(host).run([Block(PAGE, 0, "sh", command, ())])


def carried(net: Lan, printed: str) -> None:
    """Three of four vote for the proposal that a member's command printed."""
    _, _, said = printed.partition("\n")
    number = next(word for word in said.replace(":", " ").split() if word.isdigit())
    for host in net.hosts[:3]:
        desk_of(host).run([VOTE], {"NUMBER": number})


def roles(host: Host, address: str) -> int:
    """The roles of an account, as a host's node has them."""
    call = consortium.MemberOf(bytes.fromhex(address[2:])).calldata()
    word = host.rpc("eth_call", {"to": hex_bytes(CONSORTIUM_ADDRESS), "data": hex_bytes(call)}, "latest")
    return roles_of(int(word, 16))


def test_a_vote_lets_an_account_mint_deposits(net: Lan) -> None:
    first, second = net.host(1), net.host(2)
    desk_of(second).run([KEY])
    address = typed(second, "liveledger key address deposits").split()[-1]
    assert roles(second, address) == Role.REPORT
    carried(net, desk_of(first).run([ROLES], {"ACCOUNT": address}))
    assert roles(first, address) == Role.MINT_DEPOSITS | Role.REPORT


def test_a_member_joins_with_nothing_but_the_package(net: Lan) -> None:
    first, fifth = net.host(1), net.host(5)
    typed(first, "liveledger network export --out package-again.json")
    shutil.copy(first.root / "package-again.json", fifth.root / "package.json")
    desk_of(fifth).run([JOIN], {"ADDRESS": fifth.address, "NAME": "north"})
    desk_of(fifth).run([REQUEST])
    shutil.copy(fifth.root / "request.json", first.root)
    carried(net, desk_of(first).run([PROPOSE]))
    desk_of(fifth).run([START])
    fifth.wait_height(first.height())
    assert "4012345000009" in typed(fifth, "liveledger member list")
    assert not fifth.home.manifest.exists()
    assert fifth.try_cli("sku", "show", "1", "NONE").returncode == 3
    assert json.loads(fifth.home.manifest.read_text()) == json.loads(first.home.manifest.read_text())
