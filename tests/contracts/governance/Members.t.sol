// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IGovernance} from "../../../contracts/interfaces/IGovernance.sol";
import {IValidators} from "../../../contracts/interfaces/IValidators.sol";
import {Fixed, Limits, Role, Status} from "../../../contracts/lib/Constants.sol";
import {GovernedTest} from "./GovernedTest.sol";

/// @notice The three powers inside an organisation, its nodes, its validators' keys.
contract MembersTest is GovernedTest {
    bytes20 private constant NODE_ID = bytes20(uint160(0xabcd));

    function testThePowersAreDisjoint() public {
        uint32[4] memory mixed = [uint32(64 | 128), 128 | 256, 64 | 256, 256 | 1];
        for (uint256 i = 0; i < mixed.length; ++i) {
            CHEATS.prank(_account(0, 1));
            CHEATS.expectRevert(
                abi.encodeWithSelector(IConsortium.ConsortiumPowersNotSeparate.selector, mixed[i])
            );
            consortium.setAccount(_account(0, 0), Status.ACTIVE, mixed[i]);
        }
    }

    function testFuzzNoAccountHoldsTwoPowers(uint32 seed) public {
        uint32 roles = seed % 1024;
        uint32 powers = roles & (64 | 128 | 256);
        bool separate = (powers == 0 || powers == 64 || powers == 128 || powers == 256)
            && (powers != 256 || roles == 256) && roles & Role.MINT_DEPOSITS == 0 && roles <= Limits.ALL_ROLES;
        CHEATS.prank(_account(0, 1));
        (bool done,) =
            address(consortium).call(abi.encodeCall(IConsortium.setAccount, (_account(0, 0), Status.ACTIVE, roles)));
        require(done == separate, "refused unless separate");
    }

    function testAnAuditorWritesNothing() public {
        address auditor = _account(0, 2);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAuditorCannotWrite.selector, auditor));
        consortium.authorise(auditor, 0);
        CHEATS.prank(auditor);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, auditor, 128));
        governance.vote(1, true);
        CHEATS.prank(auditor);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, auditor, 64));
        validators.removeNode(_founder(0), NODE_ID);
        CHEATS.prank(auditor);
        CHEATS.expectPartialRevert(bytes4(keccak256("DepositNotAMember(address)")));
        token.transfer(brandAccount, 0);
    }

    function testSecurityAdministratorsKeepTheirOwnAccountsOnly() public {
        CHEATS.prank(_account(0, 1));
        consortium.setAccount(_account(0, 0), Status.SUSPENDED, 64);
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, _account(0, 1)));
        consortium.setAccount(_account(1, 0), Status.SUSPENDED, 64);
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumRoleNotGrantable.selector, 32));
        consortium.setAccount(_account(0, 0), Status.ACTIVE, 64 | 32);
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumNoSecurityAdministrator.selector, _founder(0))
        );
        consortium.setAccount(_account(0, 1), Status.SUSPENDED, 128);
    }

    function testSystemAdministratorsKeepNodesPlacesDevices() public {
        CHEATS.prank(_account(0, 0));
        validators.setNode(NODE_ID, _node(_founder(0)));
        (bytes20[] memory ids, IValidators.Node[] memory nodes) = validators.nodes();
        require(ids.length == 1 && ids[0] == NODE_ID && nodes[0].consensusPort == 26656, "listed");
        CHEATS.prank(_account(1, 0));
        validators.setNode(NODE_ID, _node(_founder(1)));
        require(validators.nodeOf(_founder(0), NODE_ID).organisation == _founder(0), "whoever lists it too hides nobody");
        CHEATS.prank(_account(1, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, _account(1, 0)));
        validators.removeNode(_founder(0), NODE_ID);
        CHEATS.prank(_account(0, 0));
        validators.removeNode(_founder(0), NODE_ID);
        (ids, nodes) = validators.nodes();
        require(ids.length == 1 && nodes[0].organisation == _founder(1), "the other's entry");
        require(validators.powersOf(_founder(0)).nodes == 0, "gone");
        CHEATS.prank(_account(0, 0));
        consortium.registerDevice(bytes32(uint256(_founder(0)) << 240 | 1), _founder(0), "key");
        CHEATS.prank(_account(0, 0));
        uint16 number = consortium.registerPlace(_founder(0), 4_888_888_888_888);
        require(uint16(consortium.placeOf(number)) == _founder(0), "operator");
    }

    function testAnAdmittedOrganisationBringsItsNode() public {
        IValidators.Node memory node = _node(0);
        IGovernance.Call[] memory calls = new IGovernance.Call[](2);
        calls[0] = IGovernance.Call(address(consortium), abi.encodeCall(IConsortium.admit, (_application(20))));
        bytes memory listing = abi.encodeCall(IValidators.listNode, (5_000_000_000_020, NODE_ID, node));
        calls[1] = IGovernance.Call(address(validators), listing);
        _passAll(calls);
        require(validators.nodeOf(_founder(6), NODE_ID).organisation == _founder(6), "its own number");
        _refusedProposal(listing, abi.encodeWithSelector(IValidators.ConsortiumNodesListed.selector, _founder(6), 1));
    }

    function testNodesAreFewAndWellFormed() public {
        for (uint160 i = 1; i <= 4; ++i) {
            CHEATS.prank(_account(0, 0));
            validators.setNode(bytes20(i), _node(_founder(0)));
        }
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IValidators.ConsortiumNodesFull.selector, _founder(0)));
        validators.setNode(bytes20(uint160(5)), _node(_founder(0)));
        IValidators.Node memory bad = _node(_founder(1));
        bad.host = 0;
        CHEATS.prank(_account(1, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IValidators.ConsortiumBadNode.selector, bytes20(uint160(6))));
        validators.setNode(bytes20(uint160(6)), bad);
    }

    function testNodesOfSuspendedOrganisationsAreNobodysPeers() public {
        CHEATS.prank(_account(0, 0));
        validators.setNode(NODE_ID, _node(_founder(0)));
        _pass(abi.encodeCall(IConsortium.setOrganisationStatus, (_founder(0), Status.SUSPENDED)));
        (bytes20[] memory ids,) = validators.nodes();
        require(ids.length == 0, "not listed");
        (uint16 voting, uint16 withPower) = validators.voters();
        require(voting == 5 && withPower == 6, "no vote, but its power");
    }

    function testAKeyIsRotatedInOneChange() public {
        _pass(abi.encodeCall(IValidators.rotateValidator, (_validator(2), "fresh")));
        IValidators.KeyChange memory change = validators.keyChangeAt(1000);
        require(change.key == "fresh" && change.power == (1 << 255 | 10) && change.replaced == _validator(2), "journal");
        require(validators.powerOf("fresh") == 10 && validators.powerOf(_validator(2)) == 0, "powers");
        require(validators.validatorOwner("fresh") == _founder(2), "owner");
        (uint16 count, uint64 total) = validators.totals();
        require(count == 6 && total == 60, "totals stay");
        CHEATS.roll(2000);
        bytes memory retired = abi.encodeWithSelector(IValidators.ConsortiumValidatorRetired.selector, _validator(2));
        _refusedProposal(abi.encodeCall(IValidators.rotateValidator, ("fresh", _validator(2))), retired);
        _refusedProposal(abi.encodeCall(IValidators.setValidator, (_founder(2), _validator(2), 5)), retired);
    }

    function testRotationCountsInTheWindow() public {
        _pass(abi.encodeCall(IValidators.rotateValidator, (_validator(0), "a")));
        CHEATS.roll(1001);
        _pass(abi.encodeCall(IValidators.rotateValidator, (_validator(1), "b")));
        CHEATS.roll(1002);
        _refusedProposal(
            abi.encodeCall(IValidators.rotateValidator, (_validator(2), "c")),
            abi.encodeWithSelector(IValidators.ConsortiumPowerChangeTooLarge.selector, 30, 20)
        );
    }

    function testAKeyBelongsToOneOrganisation() public {
        _refusedProposal(
            abi.encodeCall(IValidators.setValidator, (_founder(1), _validator(0), 12)),
            abi.encodeWithSelector(IValidators.ConsortiumValidatorOfAnother.selector, _validator(0), _founder(0))
        );
        _refusedProposal(
            abi.encodeCall(IConsortium.removeOrganisation, (_founder(1))),
            abi.encodeWithSelector(IConsortium.ConsortiumValidatorsLeft.selector, _founder(1), 1)
        );
    }

    function testWhoWasRemovedMayBeAdmittedAnew() public {
        _passAll(_removal(5));
        IConsortium.Application memory again = _application(30);
        again.gln = 5_000_000_000_005;
        _refusedProposal(
            abi.encodeCall(IConsortium.admit, (again)),
            abi.encodeWithSelector(IConsortium.ConsortiumBadPossessionProof.selector, _account(30, 0))
        );
        _pass(abi.encodeCall(IConsortium.registerOrganisation, (4, 5_000_000_000_005, 0)));
        require(consortium.organisationByGln(5_000_000_000_005) == _founder(6), "a new number");
    }

    function testAnOrganisationKeepsAFewAccountsAndPlacesItself() public {
        bytes32 slot = keccak256(abi.encode(uint256(_founder(0)), uint256(13)));
        uint256 word = uint256(CHEATS.load(address(consortium), slot));
        require(consortium.standingOf(_founder(0)).accounts == 3, "its administrators");
        uint256 full = word & ~(uint256(type(uint32).max) << 16) | uint256(64) << 16 | uint256(1000) << 32;
        CHEATS.store(address(consortium), slot, bytes32(full));
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumPlacesFull.selector, _founder(0)));
        consortium.registerPlace(_founder(0), 4_777_777_777_777);
        address fresh = CHEATS.addr(0x77);
        bytes memory proof = _possession(0x77, fresh, _founder(0));
        CHEATS.prank(_account(0, 1));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAccountsFull.selector, _founder(0)));
        consortium.registerAccount(_founder(0), fresh, 1, type(uint256).max, proof);
        _pass(abi.encodeCall(IConsortium.setLimits, (_founder(0), 65, 0)));
        CHEATS.prank(_account(0, 1));
        consortium.registerAccount(_founder(0), fresh, 1, type(uint256).max, proof);
        require(consortium.authorise(fresh, 1) == _founder(0), "registered by its own security administrator");
    }

    function testTheAllowanceBoundsAFlood() public view {
        // At the fees' floor (7 wei and a tip of 1) an account pays for at most so many full blocks.
        uint256 blocks = Limits.ALLOWANCE_WEI / 8 / 400_000_000;
        require(_account(0, 0).balance == Limits.ALLOWANCE_WEI && blocks == 312, "bounded");
    }

    function testFuzzCountsHold(uint256 seed) public {
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            CHEATS.roll(block.number + 30);
            uint256 founder = seed % FOUNDERS;
            uint64 power = uint64(seed >> 8) % 15;
            CHEATS.prank(Fixed.GOVERNANCE_ADDRESS);
            if (seed >> 16 & 1 == 0) {
                try validators.setValidator(_founder(founder), _validator(founder), power) {} catch {}
            } else {
                uint8 status = seed >> 17 & 1 == 0 ? Status.ACTIVE : Status.SUSPENDED;
                consortium.setOrganisationStatus(_founder(founder), status);
            }
            _requireCounts();
        }
    }

    function _requireCounts() private view {
        uint256 voting = 0;
        uint256 withPower = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < FOUNDERS; ++i) {
            uint256 power = validators.powersOf(_founder(i)).power;
            require(power == validators.powerOf(_validator(i)), "standing");
            sum += power;
            if (power != 0) ++withPower;
            if (power != 0 && consortium.organisationOf(_founder(i)).status == Status.ACTIVE) ++voting;
        }
        (uint16 voting_, uint16 holders) = validators.voters();
        (, uint64 total) = validators.totals();
        require(voting_ == voting && holders == withPower && total == sum, "counts");
        for (uint256 i = 0; i < FOUNDERS; ++i) {
            require(holders < 4 || validators.powersOf(_founder(i)).power * 3 < sum, "no third in one hand");
        }
    }

    function _node(uint16 organisation) private pure returns (IValidators.Node memory node) {
        node.organisation = organisation;
        node.consensusPort = 26656;
        node.host = bytes16(uint128(0xffff7f000001));
    }
}
