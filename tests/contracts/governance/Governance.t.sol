// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAllowances} from "../../../contracts/interfaces/IAllowances.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IValidators} from "../../../contracts/interfaces/IValidators.sol";
import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IGovernance} from "../../../contracts/interfaces/IGovernance.sol";
import {Fixed, Parameter, ProposalStatus, RuleFamily, Status} from "../../../contracts/lib/Constants.sol";
import {GovernedTest} from "./GovernedTest.sol";

/// @notice Proposals: who makes them, who votes, when they pass, and what they can do.
contract GovernanceTest is GovernedTest {
    function testNobodyAdministersAlone() public {
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, address(this))
        );
        consortium.registerOrganisation(1, 1, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNotAdministrator.selector, address(this)));
        directory.setFlags(address(stock), 0);
    }

    function testTwoThirdsCarryItOutInTheDecidingVote() public {
        uint256 id = _propose(0, abi.encodeCall(IConsortium.admit, (_application(20))));
        for (uint256 i = 0; i < 3; ++i) {
            _vote(i, id, true);
        }
        require(_status(id) == ProposalStatus.OPEN, "three of six are not two thirds");
        _vote(3, id, true);
        require(_status(id) == ProposalStatus.EXECUTED, "four are");
        uint16 number = consortium.organisationByGln(5_000_000_000_020);
        require(number == first + FOUNDERS && !validators.votes(number), "admitted, without a vote before it has power");
        require(consortium.authorise(_account(20, 0), 64) == number, "its system administrator");
    }

    function testMoreThanAThirdAgainstEndIt() public {
        uint256 id = _propose(1, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        _vote(0, id, false);
        _vote(1, id, false);
        require(_status(id) == ProposalStatus.OPEN, "two of six may be outvoted");
        _vote(2, id, false);
        require(_status(id) == ProposalStatus.REJECTED, "three cannot");
        CHEATS.prank(_account(3, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceClosed.selector, id, 3));
        governance.vote(id, true);
    }

    function testAVoteIsOneForEachOrganisation() public {
        uint256 id = _propose(0, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        _vote(0, id, true);
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceVotedAlready.selector, id, _founder(0)));
        governance.vote(id, true);
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        governance.vote(id, true);
        CHEATS.prank(_account(1, 0));
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, _account(1, 0), 128)
        );
        governance.vote(id, true);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, brandAccount, 128));
        governance.vote(id, true);
        CHEATS.prank(_account(1, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceUnknownProposal.selector, 77));
        governance.vote(77, true);
    }

    function testProposalsExpire() public {
        uint256 id = _propose(0, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        CHEATS.warp(block.timestamp + 604800);
        _vote(0, id, true);
        CHEATS.warp(block.timestamp + 1);
        CHEATS.prank(_account(1, 1));
        CHEATS.expectPartialRevert(IGovernance.GovernanceExpired.selector);
        governance.vote(id, true);
    }

    function testTheProposerMayTakeItBack() public {
        uint256 id = _propose(0, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        CHEATS.prank(_account(1, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceNotProposer.selector, _account(1, 0)));
        governance.withdraw(id);
        CHEATS.prank(_account(0, 1));
        governance.withdraw(id);
        require(_status(id) == ProposalStatus.WITHDRAWN, "withdrawn");
    }

    function testWhatCannotPassIsRefusedAtOnce() public {
        uint16 one = _founder(1);
        _refusedProposal(
            abi.encodeCall(IValidators.setValidator, (one, _validator(1), 35)),
            abi.encodeWithSelector(IValidators.ConsortiumPowerChangeTooLarge.selector, 25, 20)
        );
        _refusedProposal(
            abi.encodeCall(IValidators.setValidator, (one, _validator(1), 30)),
            abi.encodeWithSelector(IValidators.ConsortiumPowerConcentrated.selector, one, 30, 80)
        );
        _refusedProposal(
            abi.encodeCall(IValidators.setValidator, (0, "nobody", 1)),
            abi.encodeWithSelector(IConsortium.ConsortiumUnknownOrganisation.selector, 0)
        );
        _refusedProposal(
            abi.encodeCall(IValidators.setValidator, (brand, "no voter", 1)),
            abi.encodeWithSelector(IConsortium.ConsortiumNoSecurityAdministrator.selector, brand)
        );
        require(governance.proposals() == 0, "nothing was kept");
    }

    function testOnlyTheLedgersOwnContractsAreCalled() public {
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(address(hub), "");
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceForeignTarget.selector, 0, address(hub)));
        governance.propose(calls);
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceCallCount.selector, 0));
        governance.propose(new IGovernance.Call[](0));
        calls[0] = IGovernance.Call(address(consortium), new bytes(16385));
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceCallsTooLarge.selector, 16385));
        governance.propose(calls);
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceOnlyItself.selector, address(this)));
        governance.trial(calls);
    }

    function testAnOrganisationKeepsEightOpen() public {
        bytes memory data = abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK));
        for (uint256 i = 0; i < 8; ++i) {
            _propose(0, data);
        }
        _refusedProposal(data, abi.encodeWithSelector(IGovernance.GovernanceTooManyOpen.selector, _founder(0)));
        CHEATS.prank(_account(0, 0));
        governance.withdraw(5);
        require(_propose(0, data) == 9, "a place is free again");
        require(_propose(1, data) == 10, "others have their own");
    }

    function testParametersHaveBounds() public {
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(
            address(governance), abi.encodeCall(IGovernance.setParameter, (Parameter.VOTING_SECONDS, 59))
        );
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(
            abi.encodeWithSelector(IGovernance.GovernanceParameterRange.selector, 1, 59, 60, 7776000)
        );
        governance.propose(calls);
        calls[0].data = abi.encodeCall(IGovernance.setParameter, (Parameter.VOTING_SECONDS, 60));
        CHEATS.prank(_account(0, 0));
        uint256 id = governance.propose(calls);
        for (uint256 i = 0; i < 4; ++i) {
            _vote(i, id, true);
        }
        require(governance.parameterOf(Parameter.VOTING_SECONDS) == 60, "set");
    }

    function testALeastNumberOfVotersIsKept() public {
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(
            address(governance), abi.encodeCall(IGovernance.setParameter, (Parameter.MINIMUM_VOTERS, 6))
        );
        CHEATS.prank(_account(0, 0));
        uint256 id = governance.propose(calls);
        for (uint256 i = 0; i < 4; ++i) {
            _vote(i, id, true);
        }
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceTooFewVoters.selector, 5, 6));
        governance.propose(_removal(5));
    }

    function testAFamilyIsPausedAndResumed() public {
        _pass(abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumFamilyPaused.selector, RuleFamily.STOCK));
        stock.post(0, 0, 0, hex"00");
        _list("Provenance", 2, address(provenance), 0);
        bytes32[] memory items = new bytes32[](1);
        items[0] = "item";
        CHEATS.prank(brandAccount);
        provenance.anchor("event", 0, new uint64[](1), items);
        _pass(abi.encodeCall(IConsortium.resume, (RuleFamily.STOCK)));
        CHEATS.prank(brandAccount);
        CHEATS.expectPartialRevert(bytes4(keccak256("StockUnknownSku(uint256,uint32)")));
        stock.post(0, 0, 0, hex"000000010001000001000000010000010000000a");
        _refusedProposal(
            abi.encodeCall(IConsortium.resume, (RuleFamily.STOCK)),
            abi.encodeWithSelector(IConsortium.ConsortiumNotPaused.selector, RuleFamily.STOCK)
        );
    }

    function testAMemberThatIsRemovedCannotWrite() public {
        uint16 gone = _founder(5);
        _passAll(_removal(5));
        (uint16 voting, uint16 withPower) = validators.voters();
        require(voting == 5 && withPower == 5, "five are left");
        require(consortium.organisationOf(gone).status == Status.REMOVED && validators.powerOf(_validator(5)) == 0, "gone");
        uint256 id = _propose(0, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        CHEATS.prank(_account(5, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumOrganisationSuspended.selector, gone));
        governance.vote(id, true);
        CHEATS.prank(_account(5, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, _account(5, 0)));
        consortium.registerPlace(gone, 4_999_999_999_999);
        _refusedProposal(
            abi.encodeCall(IConsortium.setOrganisationStatus, (gone, Status.ACTIVE)),
            abi.encodeWithSelector(IConsortium.ConsortiumOrganisationRemoved.selector, gone)
        );
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumOrganisationSuspended.selector, gone));
        IAllowances(Fixed.ALLOWANCES_ADDRESS).topUp(_account(5, 0));
    }

    function testVotesOfWhoLeftDoNotCount() public {
        uint256 id = _propose(0, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        _vote(5, id, true);
        _vote(0, id, true);
        _vote(1, id, true);
        _passAll(_removal(5));
        _vote(2, id, true);
        require(_status(id) == ProposalStatus.OPEN, "three of five");
        _vote(3, id, true);
        require(_status(id) == ProposalStatus.EXECUTED, "four of five");
    }

    function testEveryActIsALeaf() public {
        uint64 before = uint64(governance.streamWord("acts"));
        uint64 registered = uint64(consortium.streamWord("acts"));
        _pass(abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        require(uint64(governance.streamWord("acts")) == before + 6, "a proposal, four votes, an outcome");
        require(uint64(consortium.streamWord("acts")) == registered + 1, "and what it did");
    }

    function testARuleThatBreaksAtTheDecidingVoteLeavesTheVoteUncast() public {
        uint256 early = _propose(0, abi.encodeCall(IValidators.setValidator, (_founder(0), _validator(0), 11)));
        uint256 late = _propose(1, abi.encodeCall(IValidators.setValidator, (_founder(1), _validator(1), 11)));
        for (uint256 i = 0; i < 3; ++i) {
            _vote(i, early, true);
            _vote(i, late, true);
        }
        _vote(3, early, true);
        CHEATS.prank(_account(3, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IValidators.ConsortiumSecondKeyChange.selector, 1000));
        governance.vote(late, true);
        CHEATS.roll(1001);
        _vote(3, late, true);
        require(_status(late) == ProposalStatus.EXECUTED, "a block later");
    }
}
