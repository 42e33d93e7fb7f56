// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ICreator} from "../../../contracts/interfaces/ICreator.sol";
import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IGovernance} from "../../../contracts/interfaces/IGovernance.sol";
import {ContractFlag, CreationLimits, Fixed} from "../../../contracts/lib/Constants.sol";
import {GovernedTest} from "../governance/GovernedTest.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice What was approved is created once, listed at once, and nothing else ever is.
contract CreatorTest is MoneyTest {
    ICreator internal creator = ICreator(Fixed.CREATOR_ADDRESS);

    function _code() internal view returns (bytes memory) {
        return CHEATS.getCode("contracts/provenance/Provenance.sol:Provenance");
    }

    function _expected(bytes memory code, bytes32 name, uint64 version) internal view returns (address) {
        bytes32 salt = keccak256(abi.encode(name, version));
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(creator), salt, keccak256(code)));
        return address(uint160(uint256(hash)));
    }

    function testWhatWasApprovedIsCreatedAndListed() public {
        bytes memory code = _code();
        creator.approve(keccak256(code), "Provenance", 1, 0, ContractFlag.GOVERNABLE);
        CHEATS.prank(outsider);
        address made = creator.create(code);
        require(made == _expected(code, "Provenance", 1), "where CREATE2 puts it");
        (address target, uint64 version) = directory.activeOf("Provenance");
        require(target == made && version == 1, "listed in the same transaction");
        require(directory.flagsOf(made) == ContractFlag.GOVERNABLE, "with its flags");
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotApproved.selector, keccak256(code)));
        creator.create(code);
    }

    function testNothingElseIsCreated(bytes calldata code) public {
        creator.approve(keccak256(_code()), "Provenance", 1, 0, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotApproved.selector, keccak256(code)));
        creator.create(code);
    }

    function testAnApprovalIsTakenBack() public {
        bytes memory code = _code();
        creator.approve(keccak256(code), "Provenance", 1, 0, 0);
        require(creator.approvalOf(keccak256(code)).version == 1, "there");
        creator.withdraw(keccak256(code));
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotApproved.selector, keccak256(code)));
        creator.create(code);
        require(uint64(creator.streamWord("acts")) == 2, "both are acts");
    }

    function testOnlyTheAdministratorApproves() public {
        CHEATS.startPrank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotAdministrator.selector, outsider));
        creator.approve("hash", "Provenance", 1, 0, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotAdministrator.selector, outsider));
        creator.withdraw("hash");
        CHEATS.stopPrank();
    }

    function testNamesAreLettersAndDigits() public {
        bytes32[5] memory bad = [
            bytes32(0),
            bytes32("No space"),
            bytes32("Gr\xc3\xb6sse"),
            bytes32("Dash-ed"),
            bytes32(uint256(bytes32("Gap")) | 0x41)
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorBadName.selector, bad[i]));
            creator.approve("hash", bad[i], 1, 0, 0);
        }
        CHEATS.expectRevert(
            abi.encodeWithSelector(ICreator.CreatorVersionNotNewer.selector, bytes32("A"), uint64(0), uint64(0))
        );
        creator.approve("hash", "A", 0, 0, 0);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                ICreator.CreatorVersionNotNewer.selector, bytes32("StockLedger"), uint64(2), uint64(2)
            )
        );
        creator.approve("hash", "StockLedger", 2, 0, 0);
        creator.approve("hash", "aZ09", 1, 0, 0);
        creator.approve("hash", "abcdefghijklmnopqrstuvwxyzABCDEF", 1, 0, 0);
    }

    function testInitCodeThatLeavesNoCodeIsRefused() public {
        bytes memory stops = hex"00";
        creator.approve(keccak256(stops), "Empty", 1, 0, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorFailed.selector, bytes32("Empty"), uint64(1)));
        creator.create(stops);
        bytes memory fails = hex"fe";
        creator.approve(keccak256(fails), "Empty", 1, 0, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorFailed.selector, bytes32("Empty"), uint64(1)));
        creator.create(fails);
    }

    /// @dev Init code that calls `create` with itself: the approval is gone by then.
    function testInitCodeCannotUseItsApprovalTwice() public {
        bytes memory again = abi.encodePacked(
            hex"63",
            ICreator.create.selector,
            hex"60e01b600052602060045238602452386000604439600060003860640160006000",
            hex"73",
            address(creator),
            hex"5af15060016000f3"
        );
        creator.approve(keccak256(again), "Again", 1, 0, 0);
        address made = creator.create(again);
        require(directory.entryOf("Again", 1).target == made, "once");
        require(creator.approvalOf(keccak256(again)).name == 0, "gone");
    }

    function testAVersionListedMeanwhileIsRefused() public {
        bytes memory code = _code();
        creator.approve(keccak256(code), "Provenance", 1, 0, 0);
        _list("Provenance", 1, address(stock), 0);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryVersionNotNewer.selector, bytes32("Provenance"), uint64(1), uint64(1)
            )
        );
        creator.create(code);
    }

    function testWhatTheFounderApprovedIsVoidAfterTheHandOver() public {
        bytes memory code = _code();
        creator.approve(keccak256(code), "Provenance", 1, 0, 0);
        directory.setAdministrator(outsider);
        require(creator.approvalOf(keccak256(code)).name == 0, "void");
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotApproved.selector, keccak256(code)));
        creator.create(code);
        CHEATS.prank(outsider);
        creator.approve(keccak256(code), "Provenance", 1, 0, 0);
        creator.create(code);
    }

    function testTheFounderReplacesAtOnce() public {
        bytes memory code = _code();
        creator.approve(keccak256(code), "StockLedger", 3, 0, 0);
        creator.create(code);
        (, uint64 version) = directory.activeOf("StockLedger");
        require(version == 3, "before the hand-over");
    }
}

/// @notice After the hand-over a vote approves, and replacements come with notice.
contract CreatorByVoteTest is GovernedTest {
    ICreator private creator = ICreator(Fixed.CREATOR_ADDRESS);

    function _voteFor(bytes memory code, bytes32 name, uint64 version, uint64 from) private {
        IGovernance.Call[] memory calls = new IGovernance.Call[](1);
        bytes memory data = abi.encodeCall(ICreator.approve, (keccak256(code), name, version, from, 0));
        calls[0] = IGovernance.Call(address(creator), data);
        CHEATS.prank(_account(0, 0));
        uint256 id = governance.propose(calls);
        for (uint256 i = 0; i < 4; ++i) {
            _vote(i, id, true);
        }
    }

    function testAVoteApprovesAndAnybodyCreates() public {
        bytes memory code = CHEATS.getCode("contracts/provenance/Provenance.sol:Provenance");
        CHEATS.expectRevert(abi.encodeWithSelector(ICreator.CreatorNotAdministrator.selector, address(this)));
        creator.approve(keccak256(code), "Provenance", 1, 0, 0);
        _voteFor(code, "Provenance", 1, 0);
        CHEATS.prank(clerk);
        address made = creator.create(code);
        (address target,) = directory.activeOf("Provenance");
        require(target == made, "a first version is active at once");
    }

    function testAReplacementComesWithNotice() public {
        bytes memory code = CHEATS.getCode("contracts/provenance/Provenance.sol:Provenance");
        _voteFor(code, "StockLedger", 3, 0);
        creator.create(code);
        IDirectory.Versions memory versions = directory.versionsOf("StockLedger");
        require(versions.active == 2 && versions.next == 3, "waits");
        require(versions.nextFrom == block.number + CreationLimits.NOTICE_BLOCKS, "for what is under way");
        CHEATS.roll(versions.nextFrom);
        require(directory.versionsOf("StockLedger").active == 3, "takes over");
    }

    function testAReplacementComesAtTheVotedBlock() public {
        bytes memory code = CHEATS.getCode("contracts/provenance/Provenance.sol:Provenance");
        _voteFor(code, "StockLedger", 3, 5000);
        creator.create(code);
        require(directory.versionsOf("StockLedger").nextFrom == 5000, "as voted");
    }
}
