// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {ICreator} from "../../../contracts/interfaces/ICreator.sol";
import {IDepositToken} from "../../../contracts/interfaces/IDepositToken.sol";
import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IGovernance} from "../../../contracts/interfaces/IGovernance.sol";
import {IReportHub} from "../../../contracts/interfaces/IReportHub.sol";
import {IValidators} from "../../../contracts/interfaces/IValidators.sol";
import {ContractFlag, Fixed, ProposalStatus, Role, RuleFamily, Status} from "../../../contracts/lib/Constants.sol";
import {FeedKind} from "../../../contracts/reports/Constants.sol";
import {GovernedTest} from "./GovernedTest.sol";

/// @dev What one account alone may have done: it would decide, count votes, list.
contract Owned {
    uint64 public constant VERSION = 3;
    address private immutable OWNER = msg.sender;

    function act(address target, bytes calldata data) external {
        require(msg.sender == OWNER, "mine");
        (bool done,) = target.call(data);
        require(done, "refused");
    }
}

/// @notice What votes and organisations cannot do, however many agree.
contract BoundedPowerTest is GovernedTest {
    uint256 private constant A_WEEK_OF_BLOCKS = 604_800;

    function testARefusalNeverCarriesAProposalOut() public {
        uint256 id = _agreedByThreeOfSix();
        _pass(abi.encodeCall(IConsortium.setOrganisationStatus, (_founder(4), Status.SUSPENDED)));
        _pass(abi.encodeCall(IConsortium.setOrganisationStatus, (_founder(5), Status.SUSPENDED)));
        // Three of four that still vote agreed: the fourth says no.
        _vote(3, id, false);
        require(_status(id) == ProposalStatus.OPEN, "a no carries nothing out");
        require(consortium.organisationByGln(5_000_000_000_099) == 0, "nobody was registered");
        CHEATS.prank(_account(3, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceVotedAlready.selector, id, _founder(3)));
        governance.vote(id, true);
        _vote(0, id, true);
        require(_status(id) == ProposalStatus.EXECUTED, "who agreed says yes once more");
        (,, uint16[] memory approving,) = governance.proposalOf(id);
        require(approving.length == 3, "and counts once");
    }

    function testAYesOnceMoreNeedsTwoThirds() public {
        uint256 id = _agreedByThreeOfSix();
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceVotedAlready.selector, id, _founder(0)));
        governance.vote(id, true);
    }

    function testAKeyThatIsNoValidatorsIsNotAssignedByRemovingIt() public {
        _refusedProposal(
            abi.encodeCall(IValidators.setValidator, (_founder(1), "unknown", 0)),
            abi.encodeWithSelector(IValidators.ConsortiumValidatorUnknown.selector, bytes32("unknown"))
        );
    }

    function testUndefinedRolesAreNobodysToGrant() public {
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUndefinedRole.selector, 512));
        consortium.setAccount(_account(0, 0), Status.ACTIVE, 64 | 512);
        bytes memory proof = _possession(0x77, CHEATS.addr(0x77), _founder(0));
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUndefinedRole.selector, 1 << 31));
        consortium.registerAccount(_founder(0), CHEATS.addr(0x77), 1 | 1 << 31, type(uint256).max, proof);
    }

    function testTwoPausesDoNotOverwriteEachOther() public {
        uint256 stockId = _propose(0, abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        uint256 reportsId = _propose(1, abi.encodeCall(IConsortium.pause, (RuleFamily.REPORTS)));
        for (uint256 i = 0; i < 4; ++i) {
            _vote(i, stockId, true);
            _vote(i, reportsId, true);
        }
        bytes32[] memory paused = consortium.pausedRules();
        require(paused.length == 2 && paused[0] == RuleFamily.STOCK && paused[1] == RuleFamily.REPORTS, "both");
        _pass(abi.encodeCall(IConsortium.resume, (RuleFamily.STOCK)));
        paused = consortium.pausedRules();
        require(paused.length == 1 && paused[0] == RuleFamily.REPORTS, "resuming one leaves the other");
        consortium.requireOpen(RuleFamily.STOCK);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumFamilyPaused.selector, RuleFamily.REPORTS));
        consortium.requireOpen(RuleFamily.REPORTS);
    }

    function testWhatIsPausedHasBounds() public {
        bytes memory refused = abi.encodeWithSelector(IConsortium.ConsortiumPauseRefused.selector, RuleFamily.STOCK);
        _pass(abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        _refusedProposal(abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)), refused);
        _refusedProposal(
            abi.encodeCall(IConsortium.pause, (0)),
            abi.encodeWithSelector(IConsortium.ConsortiumPauseRefused.selector, bytes32(0))
        );
        for (uint256 i = 1; i < 32; ++i) {
            CHEATS.prank(address(governance));
            consortium.pause(bytes32(i));
        }
        _refusedProposal(
            abi.encodeCall(IConsortium.pause, ("more")),
            abi.encodeWithSelector(IConsortium.ConsortiumPauseRefused.selector, bytes32("more"))
        );
    }

    function testNoVoteActsWithinAnOrganisation() public {
        bytes memory refused =
            abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, address(governance));
        bytes memory proof = _possession(0x77, CHEATS.addr(0x77), supplier);
        _refusedProposal(
            abi.encodeCall(
                IConsortium.registerAccount, (supplier, CHEATS.addr(0x77), 8, type(uint256).max, proof)
            ),
            refused
        );
        _refusedProposal(abi.encodeCall(IConsortium.setAccount, (clerk, Status.ACTIVE, 8)), refused);
        _refusedProposal(abi.encodeCall(IConsortium.setAccount, (supplierAccount, Status.SUSPENDED, 8)), refused);
        _refusedProposal(abi.encodeCall(IConsortium.registerDevice, (bytes32(uint256(1) << 240), brand, 0)), refused);
        _refusedProposal(abi.encodeCall(IConsortium.registerPlace, (brand, 4_888_888_888_888)), refused);
        bytes memory stranger =
            abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, address(governance));
        _refusedProposal(abi.encodeCall(IConsortium.approveOperator, (brand, _founder(0), true)), stranger);
        _refusedProposal(
            abi.encodeCall(
                IConsortium.setApproval, (brand, _founder(0), 15, 0, new uint16[](0), new uint32[](0))
            ),
            stranger
        );
        _refusedProposal(
            abi.encodeCall(IConsortium.widenApproval, (brand, _founder(0), new uint16[](1), new uint32[](0))),
            stranger
        );
    }

    function testAPlaceIsItsOperatorsToGive() public {
        CHEATS.prank(_account(5, 0));
        uint16 number = consortium.registerPlace(_founder(5), 4_888_888_888_888);
        bytes memory taking = abi.encodeCall(IConsortium.setPlace, (number, _founder(0), Status.ACTIVE));
        _refusedProposal(
            taking, abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, address(governance))
        );
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, _account(0, 0)));
        consortium.setPlace(number, _founder(0), Status.ACTIVE);
        CHEATS.prank(_account(5, 0));
        consortium.setPlace(number, _founder(4), Status.ACTIVE);
        require(uint16(consortium.placeOf(number)) == _founder(4), "given by its operator");
        CHEATS.prank(_account(4, 0));
        consortium.setPlace(number, _founder(5), Status.ACTIVE);
        _passAll(_removal(5));
        _pass(taking);
        require(uint16(consortium.placeOf(number)) == _founder(0), "nobody's place is given by votes");
    }

    function testVotesGrantGovernedRolesOnly() public {
        _pass(abi.encodeCall(IConsortium.grantRoles, (clerk, Role.MINT_DEPOSITS)));
        require(consortium.memberOf(clerk) >> 24 == Role.MINT_DEPOSITS, "granted");
        _pass(abi.encodeCall(IConsortium.grantRoles, (bank, 0)));
        require(consortium.memberOf(bank) >> 24 == 0, "taken");
        _refusedProposal(
            abi.encodeCall(IConsortium.grantRoles, (clerk, Role.SIGN_AGREEMENTS)),
            abi.encodeWithSelector(IConsortium.ConsortiumRoleNotGoverned.selector, Role.SIGN_AGREEMENTS)
        );
        _refusedProposal(
            abi.encodeCall(IConsortium.grantRoles, (_account(0, 2), Role.MINT_DEPOSITS)),
            abi.encodeWithSelector(IConsortium.ConsortiumPowersNotSeparate.selector, 256 | 32)
        );
        _refusedProposal(
            abi.encodeCall(IConsortium.grantRoles, (outsider, Role.MINT_DEPOSITS)),
            abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider)
        );
    }

    function testARoleThatVotesDefineAsGovernedIsTheirs() public {
        _pass(abi.encodeCall(IConsortium.defineRoles, (512, true)));
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumRoleNotGrantable.selector, 512));
        consortium.setAccount(_account(0, 0), Status.ACTIVE, 64 | 512);
        _pass(abi.encodeCall(IConsortium.grantRoles, (_account(0, 0), 512)));
        require(consortium.memberOf(_account(0, 0)) >> 24 == 64 | 512, "granted");
    }

    function testASuspendedAccountStaysSoWhateverVotesGrant() public {
        CHEATS.prank(_account(1, 1));
        consortium.setAccount(_account(1, 0), Status.SUSPENDED, 64);
        _pass(abi.encodeCall(IConsortium.grantRoles, (_account(1, 0), Role.MINT_DEPOSITS)));
        require(uint8(consortium.memberOf(_account(1, 0)) >> 16) == Status.SUSPENDED, "still");
    }

    function testNobodyAdministersAloneAgain() public {
        _refusedProposal(
            abi.encodeCall(IConsortium.setAdministrator, (outsider)),
            abi.encodeWithSelector(IConsortium.ConsortiumGovernedForGood.selector)
        );
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(address(directory), abi.encodeCall(IDirectory.setAdministrator, (outsider)));
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryGovernedForGood.selector));
        governance.propose(calls);
    }

    /// @dev Two thirds could put one account's contract in the place of who decides, who votes or who lists, and by any of
    /// them that account would administer alone.
    function testNoVoteReplacesWhoDecidesVotesOrLists() public {
        bytes32[4] memory names = [bytes32("Governance"), bytes32("Validators"), bytes32("Creator"), bytes32("Directory")];
        address owned = address(new Owned());
        for (uint256 i = 0; i < names.length; ++i) {
            bytes memory refused = abi.encodeWithSelector(IDirectory.DirectoryForGood.selector, names[i]);
            IGovernance.Call[] memory calls = new IGovernance.Call[](1);
            bytes memory data = abi.encodeCall(ICreator.approve, (keccak256(type(Owned).creationCode), names[i], 3, 0, 0));
            calls[0] = IGovernance.Call(Fixed.CREATOR_ADDRESS, data);
            CHEATS.prank(_account(0, 0));
            CHEATS.expectRevert(refused);
            governance.propose(calls);
            // Nor by any other way that the Creator could be brought to it: the Directory itself refuses.
            CHEATS.prank(Fixed.CREATOR_ADDRESS);
            CHEATS.expectRevert(refused);
            directory.register(names[i], 3, owned, 0, 0);
        }
        CHEATS.roll(block.number + 2 * A_WEEK_OF_BLOCKS);
        (address decides,) = directory.activeOf("Governance");
        require(decides == address(governance) && directory.administrator() == decides, "the votes, as ever");
        require(consortium.administrator() == decides, "of the members, too");
    }

    function testNoProposalLeavesOneVoter() public {
        uint8[4] memory twoThirds = [4, 4, 3, 2];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory call = abi.encodeCall(IConsortium.setOrganisationStatus, (_founder(5 - i), Status.SUSPENDED));
            uint256 id = _propose(0, call);
            for (uint256 voter = 0; voter < twoThirds[i]; ++voter) {
                _vote(voter, id, true);
            }
        }
        _refusedProposal(
            abi.encodeCall(IConsortium.setOrganisationStatus, (_founder(1), Status.SUSPENDED)),
            abi.encodeWithSelector(IGovernance.GovernanceTooFewVoters.selector, 1, 2)
        );
    }

    function testNothingReplacesRecoveryWhoseDelayIsAWeekWithinAWeek() public {
        _expectAWeek("Recovery");
        _expectAWeek("Consortium");
    }

    /// @dev Whatever a next Creator asks for: the Directory, which nothing replaces, counts.
    function testNoCreatorMakesTheWeekShorter() public {
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        directory.register("Allowances", 2, address(token), uint64(block.number + 5), 0);
        uint256 from = directory.versionsOf("Allowances").nextFrom;
        require(from == block.number + A_WEEK_OF_BLOCKS, "a week");
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        directory.register("Recovery", 2, address(token), uint64(block.number + 700_000), 0);
        require(directory.versionsOf("Recovery").nextFrom == block.number + 700_000, "longer is as voted");
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        directory.register("ReportHub", 2, address(token), 0, 0);
        require(directory.versionsOf("ReportHub").active == 2, "what is no contract of genesis");
    }

    function testAListedContractIsGovernableWhereTheDirectorySaysSo() public {
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(address(token), abi.encodeCall(IDepositToken.setMintLimit, (77)));
        _passAll(calls);
        require(token.mintLimit() == 77, "set by a vote");
        IGovernance.Call[] memory flags = new IGovernance.Call[](1);
        flags[0] = IGovernance.Call(address(directory), abi.encodeCall(IDirectory.setFlags, (address(token), 0)));
        _passAll(flags);
        require(directory.flagsOf(address(token)) == 0, "no longer");
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IGovernance.GovernanceForeignTarget.selector, 0, address(token)));
        governance.propose(calls);
    }

    function testNoVoteRotatesAnothersSigners() public {
        _openFeed(FEED, FeedKind.FORECAST, uint64(block.timestamp + 1 hours), 1, 1);
        IGovernance.Call[] memory flags = new IGovernance.Call[](1);
        bytes memory setting = abi.encodeCall(IDirectory.setFlags, (address(hub), ContractFlag.GOVERNABLE));
        flags[0] = IGovernance.Call(address(directory), setting);
        _passAll(flags);
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(address(hub), abi.encodeCall(IReportHub.rotateSigners, (FEED, _signers(2), 2, 2)));
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.FeedNotOwner.selector, FEED, address(governance)));
        governance.propose(calls);
        CHEATS.prank(CHEATS.addr(reporterKeys[0]));
        hub.rotateSigners(FEED, _signers(2), 2, 2);
        require(hub.feedOf(FEED).version == 2, "its owner does");
    }

    function testOnlyGenesisReportsActs() public {
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, _account(0, 0)));
        consortium.recordAct(_account(1, 0), "made up");
        CHEATS.prank(Fixed.GOVERNANCE_ADDRESS);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, address(governance)));
        consortium.recoverAccount(brand, outsider);
    }

    function testActsOfValidatorsAreEntriesOfTheOneLog() public {
        uint64 before = uint64(consortium.streamWord("acts"));
        bytes memory call = abi.encodeCall(IValidators.rotateValidator, (_validator(2), "fresh"));
        CHEATS.expectEmit(true, true, false, true);
        emit ActRecorded(before, address(governance), call);
        CHEATS.prank(address(governance));
        validators.rotateValidator(_validator(2), "fresh");
        require(uint64(consortium.streamWord("acts")) == before + 1, "one more");
    }

    event ActRecorded(uint256 indexed index, address indexed poster, bytes data);

    /// @dev A vote approves any code as the next version, and anybody creates it.
    function _expectAWeek(bytes32 name) private {
        // It leaves one byte of code, and stops whoever calls it.
        bytes memory code = abi.encodePacked(hex"600160005260016000f3", name);
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        bytes memory data = abi.encodeCall(ICreator.approve, (keccak256(code), name, 2, 0, 0));
        calls[0] = IGovernance.Call(Fixed.CREATOR_ADDRESS, data);
        _passAll(calls);
        ICreator(Fixed.CREATOR_ADDRESS).create(code);
        IDirectory.Versions memory versions = directory.versionsOf(name);
        require(versions.active == 1 && versions.next == 2, "it waits");
        require(versions.nextFrom == block.number + A_WEEK_OF_BLOCKS, "a week");
    }

    function _agreedByThreeOfSix() private returns (uint256 id) {
        id = _propose(0, abi.encodeCall(IConsortium.registerOrganisation, (4, 5_000_000_000_099, 0)));
        for (uint256 i = 0; i < 3; ++i) {
            _vote(i, id, true);
        }
    }
}
