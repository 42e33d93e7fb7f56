// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {Limits, OrganisationKind, Role, Status} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice Admission of organisations, accounts, places and devices, and who is let through afterwards.
contract ConsortiumTest is MoneyTest {
    uint256 private constant NEW_KEY = 0xd1;
    bytes32 private constant DEVICE = "\x00\x03device";

    function testOrganisationsAreNumbered() public {
        uint64 gln = _nextGln();
        uint16 number = consortium.registerOrganisation(OrganisationKind.CUSTOMS, gln, "name");
        IConsortium.Organisation memory organisation = consortium.organisationOf(number);
        require(number == 5 && consortium.organisationByGln(gln) == 5, "after the four that are there");
        require(organisation.kind == 7 && organisation.status == 1 && organisation.gln == gln, "as registered");
        require(organisation.nameCommitment == "name", "commitment");
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumGlnTaken.selector, gln));
        consortium.registerOrganisation(OrganisationKind.BRAND, gln, 0);
    }

    function testStrangeOrganisationsAreRefused() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownKind.selector, 0));
        consortium.registerOrganisation(0, 1, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownKind.selector, 10));
        consortium.registerOrganisation(10, 1, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumBadGln.selector, 0));
        consortium.registerOrganisation(1, 0, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumBadGln.selector, 10 ** 13));
        consortium.registerOrganisation(1, 10 ** 13, 0);
        CHEATS.store(address(consortium), bytes32(uint256(1)), bytes32(uint256(4095)));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumFull.selector));
        consortium.registerOrganisation(1, 1, 0);
    }

    function testAnAccountIsFundedAndMayAct() public {
        address account = CHEATS.addr(NEW_KEY);
        _account(NEW_KEY, supplier, Role.REPORT | Role.SIGN_AGREEMENTS);
        require(account.balance == Limits.ALLOWANCE_WEI, "allowance");
        require(consortium.authorise(account, Role.REPORT) == supplier, "has the role");
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, account, Role.MINT_DEPOSITS)
        );
        consortium.authorise(account, Role.MINT_DEPOSITS);
    }

    function testAnAccountMustSignForItself() public {
        address account = CHEATS.addr(NEW_KEY);
        bytes memory good = _possession(NEW_KEY, account, supplier, block.timestamp);
        bytes memory bad = abi.encodeWithSelector(IConsortium.ConsortiumBadPossessionProof.selector, account);
        _refused(supplier, account, block.timestamp, _possession(BRAND_KEY, account, supplier, block.timestamp), bad);
        _refused(brand, account, block.timestamp, good, bad);
        _refused(supplier, account, block.timestamp + 1, good, bad);
        _refused(supplier, account, block.timestamp, "", bad);
        CHEATS.chainId(block.chainid + 1);
        _refused(supplier, account, block.timestamp, good, bad);
        CHEATS.chainId(block.chainid - 1);
        consortium.registerAccount(supplier, account, 0, block.timestamp, good);
        bytes memory taken = abi.encodeWithSelector(IConsortium.ConsortiumAccountTaken.selector, account);
        _refused(supplier, account, block.timestamp, good, taken);
    }

    function testALateOrHomelessAccountIsRefused() public {
        address account = CHEATS.addr(NEW_KEY);
        uint256 deadline = block.timestamp - 1;
        bytes memory late =
            abi.encodeWithSelector(IConsortium.ConsortiumDeadlinePassed.selector, deadline, block.timestamp);
        _refused(supplier, account, deadline, _possession(NEW_KEY, account, supplier, deadline), late);
        bytes memory unknown = abi.encodeWithSelector(IConsortium.ConsortiumUnknownOrganisation.selector, 99);
        _refused(99, account, block.timestamp, _possession(NEW_KEY, account, 99, block.timestamp), unknown);
    }

    function testSuspensionStopsAccountAndOrganisation() public {
        consortium.setAccount(brandAccount, Status.SUSPENDED, 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAccountSuspended.selector, brandAccount));
        consortium.authorise(brandAccount, 0);
        consortium.setAccount(brandAccount, Status.ACTIVE, 1);
        require(consortium.authorise(brandAccount, 1) == brand, "active again");
        consortium.setOrganisationStatus(brand, Status.SUSPENDED);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumOrganisationSuspended.selector, brand));
        consortium.authorise(brandAccount, 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownStatus.selector, 0));
        consortium.setOrganisationStatus(brand, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        consortium.setAccount(outsider, 1, 1);
    }

    function testVotesDefineRolesAndKinds() public {
        consortium.defineRoles(512, false);
        consortium.defineRoles(1024, true);
        consortium.setAccount(clerk, 1, 512 | 1024);
        require(consortium.authorise(clerk, 512 | 1024) == brand, "roles like others");
        uint32[3] memory again = [uint32(0), 512, 32 | 2048];
        uint32[3] memory known = [uint32(0), 512, 32];
        for (uint256 i = 0; i < 3; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumRoleDefined.selector, known[i]));
            consortium.defineRoles(again[i], true);
        }
        consortium.defineKind(10);
        require(consortium.registerOrganisation(10, _nextGln(), 0) != 0, "a kind like others");
        uint8[4] memory bad = [0, 9, 10, 64];
        for (uint256 i = 0; i < 4; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownKind.selector, bad[i]));
            consortium.defineKind(bad[i]);
        }
        (uint32 roles, uint32 governed, uint64 kinds) = consortium.defined();
        require(roles == 512 | 1024 && governed == 1024 && kinds == 1024, "as defined");
    }

    function testPlacesAreNumberedAndMoved() public {
        uint64 gln = _nextGln();
        uint16 number = consortium.registerPlace(supplier, gln);
        require(number == place + 1 && consortium.placeByGln(gln) == number, "numbered");
        require(consortium.placeOf(number) == (supplier | 1 << 16 | uint256(gln) << 24), "word");
        consortium.setPlace(number, brand, Status.SUSPENDED);
        require(consortium.placeOf(number) == (brand | 2 << 16 | uint256(gln) << 24), "changed");
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumGlnTaken.selector, gln));
        consortium.registerPlace(supplier, gln);
    }

    /// @dev Whoever registers another's GLN first keeps a number, and loses the GLN by a vote.
    function testAVoteGivesAGlnToWhomItIs() public {
        uint64 gln = _nextGln();
        uint16 taken = consortium.registerPlace(supplier, gln);
        consortium.reserveGln(gln, brand);
        require(consortium.reservedFor(gln) == brand && consortium.placeByGln(gln) == taken, "until it registers it");
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumGlnTaken.selector, gln));
        consortium.registerPlace(supplier, gln);
        uint16 own = consortium.registerPlace(brand, gln);
        require(consortium.placeByGln(gln) == own && own != taken, "the GLN means its place");
        require(uint16(consortium.placeOf(taken)) == supplier, "the older place keeps its number and operator");
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumGlnTaken.selector, gln));
        consortium.registerPlace(supplier, gln);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumGlnTaken.selector, gln));
        consortium.registerPlace(brand, gln);
        bytes32 slot = keccak256(abi.encode(uint256(gln) | 1 << 63, uint256(5)));
        require(CHEATS.load(address(consortium), slot) == 0, "used up; docs/formats.md");
    }

    function testAGlnIsReservedAheadAndForNobodyAnyMore() public {
        uint64 gln = _nextGln();
        consortium.reserveGln(gln, brand);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumGlnTaken.selector, gln));
        consortium.registerPlace(supplier, gln);
        consortium.reserveGln(gln, 0);
        consortium.registerPlace(supplier, gln);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownOrganisation.selector, 4000));
        consortium.reserveGln(gln, 4000);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumBadGln.selector, 0));
        consortium.reserveGln(0, brand);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, brandAccount));
        consortium.reserveGln(gln, brand);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownPlace.selector, 77));
        consortium.setPlace(77, brand, 1);
    }

    function testDevices() public {
        consortium.registerDevice(DEVICE, platform, "key");
        IConsortium.Device memory device = consortium.deviceOf(DEVICE);
        require(device.organisation == platform && device.status == 1 && device.publicKeyHash == "key", "as registered");
        consortium.setDeviceStatus(DEVICE, Status.SUSPENDED);
        require(consortium.deviceOf(DEVICE).status == 2, "suspended");
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumDeviceTaken.selector, DEVICE));
        consortium.registerDevice(DEVICE, platform, "key");
        bytes32 another = "\x00\x02device";
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumDeviceOfAnother.selector, another, platform));
        consortium.registerDevice(another, platform, "key");
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownDevice.selector, bytes32("other")));
        consortium.setDeviceStatus("other", 1);
    }

    function testABrandApprovesItsOperators() public {
        require(consortium.mayOperate(brand, brand) && !consortium.mayOperate(brand, platform), "itself only");
        CHEATS.prank(brandAccount);
        consortium.approveOperator(brand, platform, true);
        require(consortium.mayOperate(brand, platform) && !consortium.mayOperate(platform, brand), "one way");
        consortium.approveOperator(brand, platform, false);
        require(!consortium.mayOperate(brand, platform), "no longer");
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotBrand.selector, supplierAccount, brand));
        consortium.approveOperator(brand, supplier, true);
    }

    function testStrangersDoNothing() public {
        bytes memory reason = abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, outsider);
        bytes[] memory calls = new bytes[](9);
        calls[0] = abi.encodeCall(IConsortium.registerOrganisation, (1, 1, 0));
        calls[1] = abi.encodeCall(IConsortium.setOrganisationStatus, (1, 1));
        calls[2] = abi.encodeCall(IConsortium.registerAccount, (1, outsider, 1, type(uint256).max, ""));
        calls[3] = abi.encodeCall(IConsortium.setAccount, (outsider, 1, 1));
        calls[4] = abi.encodeCall(IConsortium.registerPlace, (1, 1));
        calls[5] = abi.encodeCall(IConsortium.setPlace, (1, 1, 1));
        calls[6] = abi.encodeCall(IConsortium.registerDevice, (DEVICE, 3, 0));
        calls[7] = abi.encodeCall(IConsortium.setDeviceStatus, (DEVICE, 1));
        calls[8] = abi.encodeCall(IConsortium.setAdministrator, (outsider));
        for (uint256 i = 0; i < calls.length; ++i) {
            CHEATS.prank(outsider);
            (bool done, bytes memory answer) = address(consortium).call(calls[i]);
            require(!done && keccak256(answer) == keccak256(reason), "refused");
        }
    }

    function testAdministrationIsHandedOver() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNoAdministrator.selector));
        consortium.setAdministrator(address(0));
        consortium.setAdministrator(outsider);
        require(consortium.administrator() == outsider, "handed over");
    }

    function _refused(
        uint16 organisation,
        address account,
        uint256 deadline,
        bytes memory signature,
        bytes memory reason
    ) private {
        CHEATS.expectRevert(reason);
        consortium.registerAccount(organisation, account, 1, deadline, signature);
    }
}
