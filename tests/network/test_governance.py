"""Members govern a network of five: votes, a rotated key, a removed member whose connections end."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.bindings import consortium, creator, directory, validators
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    CREATOR_ADDRESS,
    DIRECTORY_ADDRESS,
    NOTICE_BLOCKS,
    VALIDATORS_ADDRESS,
    OrganisationKind,
    ProposalStatus,
    RuleFamily,
)
from liveledger.chain.accounts.accounts import create_account, load_account
from liveledger.chain.contracts.calls import decode_act, decode_call
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.contracts.registry import Listed, active_of, name_word
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.consensus.peers import host_bytes
from liveledger.domain.errors import RuleViolation
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.hashing import hex_bytes, keccak, uint_word
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import AUDIT, SECURITY, SYSTEM
from liveledger.node import cometbft
from liveledger.node.admission import write_request
from liveledger.node.descriptors import write_card
from liveledger.node.genesis import validator_address
from liveledger.node.possession import NodeKeys
from liveledger.node.runstate import stop_node
from liveledger.node.validator_proofs import write_proof
from liveledger.prover.anchors import export_anchor
from liveledger.services.creation import created_address
from liveledger.services.deployment import ADMINISTRATOR
from liveledger.services.governance import read_proposals
from liveledger.verifier import TrustAnchor
from tests.network.governing import (
    MISTAKES,
    accounts,
    approval,
    assert_one_chain,
    assert_proven,
    bundle,
    leaving,
    proven,
    refusal,
    run,
    trial_versions,
)
from tests.support.members import Members, Newcomer, governed
from tests.support.network import connected, eventually, powers, proposed, running_network

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]
GONE_SECONDS = 30.0
# The organisation of node 4.
HOSTILE = 5
NEWCOMER_GLN = int(with_check_digit("952123990000"))


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    with running_network(tmp_path_factory.mktemp("governed"), validators=5) as net, governed(net) as made:
        yield made


@pytest.fixture(scope="module")
def old(members: Members) -> tuple[TrustAnchor, bytes]:
    """The genesis anchor, and a bundle issued before anything changed."""
    ledger = open_ledger(members.net.home)
    try:
        return export_anchor(ledger, 0), bundle(members)
    finally:
        ledger.close()


def test_votes_change_what_nobody_may_change_alone(members: Members, old: tuple[TrustAnchor, bytes]) -> None:
    assert old[1]
    administrator = Sender(members.connection, load_account(members.net.home, ADMINISTRATOR), members.outbox)
    with pytest.raises(RuleViolation, match="ConsortiumNotAdministrator"):
        administrator.gas_for(CONSORTIUM_ADDRESS, consortium.Pause(RuleFamily.STOCK.value).calldata())
    number = members.propose([consortium.Pause(RuleFamily.STOCK.value)])
    for member in (0, 1, 2):
        assert members.vote(number, member).status == "open"
    with pytest.raises(RuleViolation, match="GovernanceVotedAlready"):
        members.vote(number, 1)
    assert members.vote(number, 3).status == "executed"
    assert members.roll().paused == ("stock",)
    members.carry([consortium.Resume(RuleFamily.STOCK.value)], (4, 3, 2, 1))
    assert members.roll().fault_tolerant


def test_a_third_in_one_hand_is_refused_with_the_figure(members: Members) -> None:
    key = bytes.fromhex(members.net.network.nodes[0].validator_key)
    with pytest.raises(
        RuleViolation,
        match=r"organisation 1 \(GLN 9521239000018\) would have 20 of 60 of the voting power, a third or more",
    ):
        members.propose([validators.SetValidator(1, key, 20)])


def test_what_a_hostile_administrator_lists_cuts_nobody_off(members: Members) -> None:
    """An address that CometBFT cannot take, a victim's address, a victim's id elsewhere."""
    net, hostile = members.net, members.sender(4, SYSTEM)
    victim = net.network.nodes[0]
    entries = {b"\x01" * 20: "0.0.0.0", b"\x02" * 20: victim.host, bytes.fromhex(victim.node_id): "2001:db8::7"}
    for node_id, host in entries.items():
        node = validators.Node(HOSTILE, victim.consensus_p2p, host_bytes(host))
        hostile.run(f"list:{host}", VALIDATORS_ADDRESS, validators.SetNode(node_id, node).calldata())
    net.wait_blocks(3)
    net.stop(2)
    net.start(2)  # it dials all that is listed
    eventually("all honest peers", lambda: all(net.peers(node) == net.size - 1 for node in range(net.size)))
    for node_id, host in entries.items():
        hostile.run(f"strike:{host}", VALIDATORS_ADDRESS, validators.RemoveNode(HOSTILE, node_id).calldata())
    net.wait_blocks(5)
    assert all(net.peers(node) == net.size - 1 for node in range(net.size))


def test_a_vote_approves_a_contract_and_any_member_has_it_created(
    members: Members, old: tuple[TrustAnchor, bytes]
) -> None:
    code = [leaving(number) for number in (1, 2)]
    sender, call = members.sender(4, AUDIT), creator.Create(code[0]).calldata()
    with pytest.raises(RuleViolation, match="CreatorNotApproved"):
        sender.gas_for(CREATOR_ADDRESS, call)
    with pytest.raises(RuleViolation, match="CreatorNotAdministrator"):
        members.sender(0, SYSTEM).gas_for(CREATOR_ADDRESS, approval(code[0], 1).calldata())
    members.carry([approval(code[0], 1)], (0, 1, 2, 3))
    assert sender.run("trial-1", CREATOR_ADDRESS, call).status == 1
    height = final_height(members.connection)
    found = active_of(members.connection, "Trial", height)
    assert found == Listed(created_address("Trial", 1, code[0]), 1, keccak(b"\x01"))
    members.carry([approval(code[1], 2)], (0, 1, 2, 3))
    assert sender.run("trial-2", CREATOR_ADDRESS, creator.Create(code[1]).calldata()).status == 1
    height = final_height(members.connection)
    assert active_of(members.connection, "Trial", height) == found, "a replacement comes with notice"
    versions = trial_versions(members, height)
    assert (versions.active, versions.next) == (1, 2)
    assert height < versions.next_from <= height + NOTICE_BLOCKS
    members.net.wait_blocks(2)
    acts = proven(members, old[0], "acts/2", contract="Creator")["acts"]
    names = [decode_call(CREATOR_ADDRESS, bytes.fromhex(act["data"][2:])).arguments["name"] for act in acts]
    assert names[-2:] == [hex_bytes(name_word("Trial"))] * 2


@pytest.fixture(scope="module")
def newcomer(members: Members, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    home = LedgerHome(tmp_path_factory.mktemp("newcomer"), "test")
    try:
        yield members.admit(home, NEWCOMER_GLN, (0, 1, 2, 3))
    finally:
        stop_node(home.node(), patience=60)


def test_an_organisation_joins_and_votes(members: Members, old: tuple[TrustAnchor, bytes], newcomer: Newcomer) -> None:
    net = members.net
    newcomer.node.wait_height(net.height())
    assert not members.roll().find(f"{NEWCOMER_GLN}").votes
    number = members.propose([consortium.Pause(RuleFamily.STOCK.value)])
    with pytest.raises(RuleViolation, match="GovernanceNoVote"):
        newcomer.vote(number, approve=False)
    members.carry([validators.SetValidator(newcomer.number, newcomer.key, 3)], (0, 1, 2, 3))
    net.wait_blocks(3)
    assert sum(powers(net).values()) == 53
    since = net.height()
    eventually("a block of the newcomer", lambda: proposed(net, newcomer.key, since))
    assert newcomer.vote(number, approve=False).refusing == (newcomer.number,)
    assert_one_chain(net, newcomer)
    assert assert_proven(old[0], bundle(members)) == 1


def test_a_key_is_rotated_while_blocks_go_on(
    members: Members, old: tuple[TrustAnchor, bytes], newcomer: Newcomer, tmp_path: Path
) -> None:
    net, anchor = members.net, old[0]
    assert newcomer.number
    fresh, _ = cometbft.create_keys(tmp_path)
    before = bytes.fromhex(net.network.nodes[4].validator_key)
    members.carry([validators.RotateValidator(before, fresh)], (0, 1, 2, 3))
    net.wait_blocks(3)
    assert net.network.nodes[4].address not in powers(net)
    assert sum(powers(net).values()) == 53
    net.stop(4)
    home = net.home.node(4).cometbft
    for part in ("config/priv_validator_key.json", "data/priv_validator_state.json"):
        shutil.copy(tmp_path / part, home / part)
    net.start(4)
    height = net.height()
    # Its turn comes: a block that only the new key can have proposed.
    eventually("a block of the rotated key", lambda: proposed(net, fresh, height))
    assert assert_proven(anchor, old[1]) == 0
    assert assert_proven(anchor, bundle(members)) == 2


def test_a_removed_member_is_gone(members: Members, old: tuple[TrustAnchor, bytes], newcomer: Newcomer) -> None:
    net = members.net
    gone = newcomer.node.network.member(0)
    write = consortium.RegisterPlace(newcomer.number, 9521239900013).calldata()
    sender = load_account(newcomer.node.home, SYSTEM).address
    assert refusal(members, sender, write) is None
    taken = validators.SetValidator(newcomer.number, newcomer.key, 0)
    members.carry([taken, consortium.RemoveOrganisation(newcomer.number)], (0, 1, 2, 4))
    assert refusal(members, sender, write) == "ConsortiumNotAdministrator"
    eventually("its end", lambda: not any(connected(net, node, gone.node_id) for node in range(net.size)), GONE_SECONDS)
    net.wait_blocks(3)
    assert gone.address not in powers(net)
    behind = newcomer.node.height()
    net.wait_blocks(5)
    assert newcomer.node.height() <= behind + 1
    number = members.propose([consortium.Pause(RuleFamily.STOCK.value)])
    with pytest.raises(RuleViolation, match="ConsortiumOrganisationSuspended"):
        members.vote_as(load_account(newcomer.node.home, SECURITY), number)
    assert members.roll().members[newcomer.number - 1].status == "removed"
    assert assert_proven(old[0], old[1]) == 0
    assert assert_proven(old[0], bundle(members)) == 3
    assert_one_chain(net, newcomer)
    newcomer.node.stop()


def test_every_decision_is_proven(members: Members, old: tuple[TrustAnchor, bytes]) -> None:
    members.net.wait_blocks(2)  # what was done last is verifiable then
    decided = proven(members, old[0], "acts/1", contract="Governance")
    reports = read_proposals(members.connection)
    outcomes = [act for act in decided["acts"] if act["kind"] == "outcome"]
    assert {act["proposal"]: act["status"] for act in outcomes} == {
        str(report.id): str(int(ProposalStatus[report.status.upper()])) for report in reports if report.decided_at
    }
    votes = sum(len(report.approving) + len(report.refusing) for report in reports)
    assert int(decided["count"]) == len(reports) + votes + len(outcomes)
    acts = proven(members, old[0], "acts/1", contract="Consortium")["acts"]
    names = [decode_act(consortium, bytes.fromhex(act["data"][2:])).function for act in acts]
    assert names.count("admit") == members.net.size + 1
    assert names[-4:] == ["setValidator", "rotateValidator", "setValidator", "removeOrganisation"]


def test_the_command_line_says_the_same(members: Members) -> None:
    listed = json.loads(run(members, "member", "list", "--json").stdout)
    assert (listed["governed"], listed["voters"], listed["fault_tolerant"]) == (True, "5", True)
    made = run(members, "member", "propose", "pause", "reports", "--as", "node1-system-admin", "--json")
    number = json.loads(made.stdout)["id"]
    voted = run(members, "member", "vote", str(number), "no", "--as", "node2-security-admin", "--json")
    assert json.loads(voted.stdout)["refusing"] == ["3"]
    assert "Consortium.pause(name = 0x7265706f727473" in run(members, "member", "show", str(number)).stdout
    assert json.loads(run(members, "member", "proposals", "--open", "--json").stdout)["proposals"][-1]["id"] == number
    assert run(members, "member", "withdraw", str(number), "--as", "node1-system-admin").returncode == 0


def test_the_next_version_takes_over_at_its_block(members: Members, old: tuple[TrustAnchor, bytes]) -> None:
    """Nobody sends anything in that block; a version is asked for by its number as before."""
    connection = members.connection
    eventually(
        "version 2 of Trial",
        lambda: trial_versions(members, final_height(connection)) == directory.Versions(2, 0, 0),
        120.0,
    )
    topics = (directory.ContractRegisteredEvent.TOPIC, name_word("Trial"), uint_word(2))
    (log,) = connection.execution.logs(0, final_height(connection), [DIRECTORY_ADDRESS], topics)
    begins = directory.ContractRegisteredEvent.decode(log.topics, log.data).from_
    for number, height in ((1, begins - 1), (2, begins)):
        found = active_of(connection, "Trial", height)
        assert found == Listed(created_address("Trial", number, leaving(number)), number, keccak(bytes((number,))))
    members.net.wait_blocks(2)
    for version, state in (("1", "frozen"), ("2", "active")):
        answer = proven(members, old[0], "contract/1", name="Trial", version=version)
        assert (answer["active"], answer["version"], answer["state"]) == ("2", version, state)
        assert answer["address"] == hex_bytes(created_address("Trial", int(version), leaving(int(version))))


def test_an_organisation_keeps_its_accounts_and_nodes_itself(members: Members, tmp_path: Path) -> None:
    account = create_account(members.net.home, "clerk")
    by = ("--as", "node1-security-admin", "--json")
    added = json.loads(run(members, "member", "account", "add", "clerk", "post-movements", "report", *by).stdout)
    assert (added["organisation"], added["roles"]) == ("2", ["post-movements", "report"])
    again = json.loads(run(members, "member", "account", "add", "clerk", "report", "post-movements", *by).stdout)
    assert (added.pop("changed"), again.pop("changed"), again == added) == (True, False, True)
    other = run(members, "member", "account", "add", "clerk", "capture-events", *by)
    assert (other.returncode, json.loads(other.stdout)["error"]["code"]) == (1, "registered-otherwise")
    elsewhere = run(members, "member", "account", "add", "clerk", "report", "--as", "node0-security-admin")
    assert (elsewhere.returncode, "registered-otherwise" in elsewhere.stderr) == (1, True)
    (listed,) = accounts(members, "--organisation", "2", "--role", "post-movements")
    assert listed == added
    suspended = run(members, "member", "account", "set", account.address, "--suspend", *by)
    assert json.loads(suspended.stdout) == {**added, "status": "suspended", "roles": []}
    assert suspended.returncode == 0
    assert added["address"] in {one["address"] for one in accounts(members) if one["status"] == "suspended"}
    assert len(accounts(members)) > 15
    refused = run(members, "member", "account", "set", account.address, "mint-deposits", *by)
    assert (refused.returncode, "ConsortiumRoleNotGrantable" in refused.stderr) == (1, True)
    foreign = run(members, "member", "account", "set", account.address, "--as", "node0-security-admin")
    assert (foreign.returncode, "ConsortiumNotAdministrator" in foreign.stderr) == (1, True)
    node = members.net.network.nodes[1]
    key = cometbft.validator_key(members.net.home.node(1).cometbft)
    card = tmp_path / "card.json"
    card.write_bytes(write_card(node, key))
    assert run(members, "member", "node", "set", str(card), "--as", "node1-system-admin").returncode == 0
    assert members.roll().members[1].nodes == (node.node_id,)


def test_a_vote_may_be_bound_to_the_request_that_it_is_about(members: Members, tmp_path: Path) -> None:
    accounts = [create_account(members.net.home, f"applicant-{number}") for number in range(3)]
    chain = members.connection.evm_chain_id
    files = []
    for number, gln in enumerate((9521239000070, 9521239000087)):
        keys = NodeKeys(Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())
        node = replace(
            members.net.network.nodes[0],
            node_id=validator_address(keys.node.public_key().public_bytes_raw()).hex(),
            validator_key=keys.validator.public_key().public_bytes_raw().hex(),
        )
        kind, later = OrganisationKind.LOGISTICS, int(time.time()) + 3_600
        files.append(tmp_path / f"request-{number}.json")
        files[-1].write_bytes(
            write_request(kind, gln, bytes(32), accounts, node, keys, evm_chain_id=chain, deadline=later)
        )
    made = run(members, "member", "propose", "admit", str(files[0]), "--as", "node0-system-admin", "--json")
    number = json.loads(made.stdout)["id"]
    ballot = ("member", "vote", number, "yes", "--as", "node2-security-admin", "--request")
    other = run(members, *ballot, str(files[1]))
    assert (other.returncode, "not-asked" in other.stderr) == (1, True)
    assert json.loads(run(members, "member", "show", number, "--json").stdout)["approving"] == []
    assert run(members, *ballot, str(files[0])).returncode == 0
    assert json.loads(run(members, "member", "show", number, "--json").stdout)["approving"] == ["3"]
    assert run(members, "member", "withdraw", number, "--as", "node0-system-admin").returncode == 0


def test_lost_keys_are_replaced_by_a_vote_unless_the_organisation_objects(members: Members, tmp_path: Path) -> None:
    account, gln = create_account(members.net.home, "found-again"), members.roll().members[1].gln
    file = tmp_path / "recovery.json"
    asked = run(members, "member", "recovery", "request", gln, "--out", str(file), "--as", "found-again", "--json")
    assert json.loads(asked.stdout)["organisation"] == "2"
    made = run(members, "member", "propose", "recover", str(file), "--as", "node0-system-admin", "--json")
    number = json.loads(made.stdout)["id"]
    for member in (0, 2, 3, 4):
        report = members.vote(int(number), member)
    assert report.status == "executed"
    shown = json.loads(run(members, "member", "recovery", "show", gln, "--json").stdout)
    assert (shown["state"], shown["account"]) == ("waiting", account.address.lower())
    early = run(members, "member", "recovery", "complete", gln, "--as", "node0-system-admin")
    assert (early.returncode, "RecoveryTooEarly" in early.stderr) == (1, True)
    stranger = run(members, "member", "recovery", "object", "--as", "node0-system-admin")
    assert (stranger.returncode, "RecoveryNone" in stranger.stderr) == (1, True)
    ended = json.loads(run(members, "member", "recovery", "object", "--as", "node1-system-admin", "--json").stdout)
    assert (ended["state"], int(ended["rest_until"]) > 0) == ("none", True)
    assert account.address.lower() not in {one["address"] for one in accounts(members)}


@pytest.mark.parametrize(("arguments", "exit_code", "says"), MISTAKES)
def test_mistakes_are_named(members: Members, arguments: tuple[str, ...], exit_code: int, says: str) -> None:
    found = run(members, "member", *arguments)
    assert (found.returncode, says in found.stderr) == (exit_code, True), found.stderr


def test_a_later_validator_key_comes_with_its_holders_word(members: Members, tmp_path: Path) -> None:
    key, chain = Ed25519PrivateKey.generate(), members.connection.evm_chain_id
    gln, other = (members.roll().members[index].gln for index in (1, 2))
    old, new = members.net.network.nodes[1].validator_key, key.public_key().public_bytes_raw().hex()
    files = {owner: tmp_path / f"{owner}.json" for owner in (gln, other)}
    for owner, file in files.items():
        file.write_bytes(write_proof(key, int(owner), evm_chain_id=chain))
    by = ("--as", "node1-system-admin", "--json")
    for line in (("rotate-validator", old, new), ("validator", gln, new)):
        bare = run(members, "member", "propose", *line, *by)
        foreign = run(members, "member", "propose", *line, "--proof", str(files[other]), *by)
        assert [json.loads(done.stdout)["error"]["code"] for done in (bare, foreign)] == ["unproven-key"] * 2
    made: dict[str, Any] = {}

    def accepted() -> bool:
        members.net.wait_blocks(1)
        done = run(members, "member", "propose", "rotate-validator", old, new, "--proof", str(files[gln]), *by)
        made.update(json.loads(done.stdout))
        return "id" in made

    # The tests before have changed a third of the power, and that is all that a hundred blocks may.
    eventually("room for a change of the set", accepted)
    number = made["id"]
    ballot = ("member", "vote", number, "yes", "--as", "node2-security-admin", "--request")
    refused = run(members, *ballot, str(files[other]))
    assert (refused.returncode, "not-asked" in refused.stderr) == (1, True)
    assert run(members, *ballot, str(files[gln])).returncode == 0
    assert run(members, "member", "withdraw", number, "--as", "node1-system-admin").returncode == 0
    # What is the organisation's already needs no word.
    changed = run(members, "member", "propose", "validator", gln, old, "--power", "11", *by)
    assert changed.returncode == 0, changed.stderr
    assert run(members, "member", "withdraw", json.loads(changed.stdout)["id"], *by).returncode == 0
