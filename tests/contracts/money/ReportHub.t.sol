// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IReportHub} from "../../../contracts/interfaces/IReportHub.sol";
import {Role} from "../../../contracts/lib/Constants.sol";
import {FeedKind} from "../../../contracts/reports/Constants.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice Reports: two of three sign, strictly next, in time, in the form of their kind.
contract ReportHubTest is MoneyTest {
    bytes32 internal constant ALERTS = "\x00\x03alerts";
    bytes32 internal constant SENSORS = "\x00\x03sensors";
    bytes internal payload = abi.encode(uint8(2), uint32(7), uint16(1), uint64(5), uint64(3));

    function setUp() public override {
        super.setUp();
        _openFeed(ALERTS, FeedKind.ALERT, 0, 3, 2);
        _openFeed(SENSORS, FeedKind.SENSOR_BATCH, 0, 1, 1);
        _openFeed(FEED, FeedKind.FORECAST, BEGIN, 1, 1);
    }

    function testQuorumLands() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        CHEATS.expectEmit(true, true, true, true);
        emit IReportHub.ReportSubmitted(
            ALERTS, 0, brandAccount, report.configDigest, report.payloadHash, report.observedAt, payload
        );
        _land(report, payload, _signatures(report, 2));
        (uint256 count, bytes32 payloadHash) = hub.latest(ALERTS);
        require(count == 1 && payloadHash == keccak256(payload), "latest");
        require(uint64(hub.streamWord(ALERTS)) == 1, "one leaf");
        _submit(ALERTS, payload, 3);
    }

    function testAReplacedOneOpensNoFeedAndEndsThoseWithoutAnEnd() public {
        _list("ReportHub", 2, address(stock), 0);
        address reporter = CHEATS.addr(reporterKeys[0]);
        CHEATS.startPrank(reporter);
        CHEATS.expectRevert(_replaced("ReportHub", 2));
        hub.openFeed("\x00\x03new", FeedKind.ALERT, 0, _signers(1), 1, 1);
        CHEATS.expectRevert(_replaced("ReportHub", 2));
        hub.rotateSigners(ALERTS, _signers(1), 1, 2);
        CHEATS.stopPrank();
        IReportHub.Report memory report = _report(ALERTS, payload);
        _refuse(report, _signatures(report, 2), _replaced("ReportHub", 2));
        _submit(FEED, abi.encode(bytes32("session"), _pages("page")), 1);
        (uint256 count,) = hub.latest(FEED);
        require(count == 1, "what an agreement may rest on runs to its end");
    }

    function testStaleAndSkippedAreToldApart() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        _land(report, payload, signatures);
        _refuse(report, signatures, abi.encodeWithSelector(IReportHub.ReportStale.selector, ALERTS, 0, 1));
        report.sequence = 2;
        _refuse(
            report, _signatures(report, 2), abi.encodeWithSelector(IReportHub.ReportSkipped.selector, ALERTS, 2, 1)
        );
    }

    function testQuorumMissing() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        _refuse(
            report,
            _signatures(report, 1),
            abi.encodeWithSelector(IReportHub.ReportQuorumMissing.selector, ALERTS, 1, 2)
        );
    }

    function testDuplicateSignerIsRefused() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        signatures[1] = signatures[0];
        address signer = CHEATS.addr(reporterKeys[0]);
        _refuse(
            report,
            signatures,
            abi.encodeWithSelector(IReportHub.ReportSignersNotAscending.selector, ALERTS, 1, signer)
        );
    }

    function testSignaturesOutOfOrderAreRefused() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        address signer = CHEATS.addr(reporterKeys[0]);
        _refuse(
            report,
            signatures,
            abi.encodeWithSelector(IReportHub.ReportSignersNotAscending.selector, ALERTS, 1, signer)
        );
    }

    function testHighSIsRefused() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(reporterKeys[1], hub.digestOf(report));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        signatures[1] = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _refuse(
            report, signatures, abi.encodeWithSelector(IReportHub.ReportBadSignature.selector, ALERTS, 1)
        );
    }

    function testStrangersSignatureIsRefused() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = new bytes[](2);
        bytes32 digest = hub.digestOf(report);
        bool first = clerk < CHEATS.addr(reporterKeys[0]);
        (signatures[0], signatures[1]) = (_sign(reporterKeys[0], digest), _sign(CLERK_KEY, digest));
        if (first) (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        _refuse(
            report,
            signatures,
            abi.encodeWithSelector(IReportHub.ReportUnknownSigner.selector, ALERTS, first ? 0 : 1, clerk)
        );
    }

    function testSignerWithoutItsRoleDoesNotCount() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        address dropped = CHEATS.addr(reporterKeys[1]);
        consortium.setAccount(dropped, 1, 0);
        _refuse(
            report,
            signatures,
            abi.encodeWithSelector(IReportHub.ReportUnknownSigner.selector, ALERTS, 1, dropped)
        );
    }

    function testLateForecastIsRefused() public {
        bytes memory forecast = abi.encode(bytes32("session"), _pages("page"));
        CHEATS.warp(BEGIN - 1);
        IReportHub.Report memory report = _report(FEED, forecast);
        bytes[] memory signatures = _signatures(report, 1);
        CHEATS.warp(BEGIN);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.ReportTooLate.selector, FEED, BEGIN));
        hub.submit(report, forecast, signatures);
        CHEATS.warp(BEGIN - 1);
        _land(report, forecast, signatures);
    }

    function testDeadlineAndFuture() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        report.observedAt = block.timestamp + 301;
        _refuse(
            report,
            _signatures(report, 2),
            abi.encodeWithSelector(IReportHub.ReportFromFuture.selector, ALERTS, report.observedAt)
        );
        report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        CHEATS.warp(report.deadline + 1);
        _refuse(
            report, signatures, abi.encodeWithSelector(IReportHub.ReportExpired.selector, ALERTS, report.deadline)
        );
    }

    function testOtherChainIsRefused() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        CHEATS.chainId(block.chainid + 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectPartialRevert(IReportHub.ReportUnknownSigner.selector);
        hub.submit(report, payload, signatures);
    }

    function testUnknownFeedAndStrangerAreRefused() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        report.feedId = "nowhere";
        _refuse(
            report,
            _signatures(report, 2),
            abi.encodeWithSelector(IReportHub.FeedUnknown.selector, bytes32("nowhere"))
        );
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        hub.submit(report, payload, new bytes[](0));
    }

    function testRotationVoidsOldSignatures() public {
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.FeedNotOwner.selector, ALERTS, brandAccount));
        hub.rotateSigners(ALERTS, _signers(3), 2, 2);
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.FeedVersionNotNext.selector, ALERTS, 3, 2));
        hub.rotateSigners(ALERTS, _signers(3), 2, 3);
        hub.rotateSigners(ALERTS, _signers(3), 2, 2);
        bytes32 config = hub.configDigest(ALERTS, _signers(3), 2, 2);
        _refuse(
            report,
            signatures,
            abi.encodeWithSelector(
                IReportHub.ReportConfigMismatch.selector, ALERTS, report.configDigest, config
            )
        );
        _submit(ALERTS, payload, 2);
    }

    function testFeedRules() public {
        CHEATS.startPrank(CHEATS.addr(reporterKeys[0]));
        _refuseFeed(ALERTS, 2, 0, 1, 1, 1, abi.encodeWithSelector(IReportHub.FeedAlreadyOpen.selector, ALERTS));
        _refuseFeed("\x00\x03a", 0, 0, 1, 1, 1, abi.encodeWithSelector(IReportHub.FeedUnknownKind.selector, bytes32("\x00\x03a"), 0));
        _refuseFeed("\x00\x03a", 4, 0, 1, 1, 1, abi.encodeWithSelector(IReportHub.FeedUnknownKind.selector, bytes32("\x00\x03a"), 4));
        _refuseFeed(
            "\x00\x03a", 1, START, 1, 1, 1, abi.encodeWithSelector(IReportHub.FeedCutoffPassed.selector, bytes32("\x00\x03a"), START)
        );
        _refuseFeed("\x00\x03a", 2, 0, 1, 0, 1, abi.encodeWithSelector(IReportHub.FeedQuorum.selector, bytes32("\x00\x03a"), 0, 1));
        _refuseFeed("\x00\x03a", 2, 0, 1, 2, 1, abi.encodeWithSelector(IReportHub.FeedQuorum.selector, bytes32("\x00\x03a"), 2, 1));
        _refuseFeed(
            "\x00\x03a", 2, 0, 1, 1, 2, abi.encodeWithSelector(IReportHub.FeedVersionNotNext.selector, bytes32("\x00\x03a"), 2, 1)
        );
        CHEATS.stopPrank();
        CHEATS.prank(brandAccount);
        _refuseFeed(
            "a",
            2,
            0,
            1,
            1,
            1,
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, brandAccount, Role.REPORT)
        );
    }

    function testAFeedBearsItsOrganisation() public {
        address[] memory signers = _signers(1);
        CHEATS.prank(CHEATS.addr(reporterKeys[0]));
        CHEATS.expectRevert(
            abi.encodeWithSelector(IReportHub.FeedOfAnother.selector, bytes32("\x00\x01feed"), platform)
        );
        hub.openFeed("\x00\x01feed", 2, 0, signers, 1, 1);
    }

    function testSignersAreAscendingReporters() public {
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = (CHEATS.addr(reporterKeys[1]), CHEATS.addr(reporterKeys[0]));
        CHEATS.prank(CHEATS.addr(reporterKeys[0]));
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.FeedSignersNotAscending.selector, 1, signers[1]));
        hub.openFeed("\x00\x03a", 2, 0, signers, 1, 1);
        signers = new address[](1);
        signers[0] = brandAccount;
        CHEATS.prank(CHEATS.addr(reporterKeys[0]));
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.FeedSignerNotReporter.selector, 0, brandAccount));
        hub.openFeed("\x00\x03a", 2, 0, signers, 1, 1);
    }

    function testAlertForm() public {
        _refuseForm(ALERTS, 2, abi.encode(uint8(0), uint32(7), uint16(1), uint64(5), uint64(3)), 0);
        _refuseForm(ALERTS, 2, abi.encode(uint8(4), uint32(7), uint16(1), uint64(5), uint64(3)), 0);
        _refuseForm(ALERTS, 2, abi.encode(uint8(1), uint256(1 << 32), uint16(1), uint64(5), uint64(3)), 1);
        _refuseForm(ALERTS, 2, abi.encode(uint8(1), uint32(7), uint256(1 << 16), uint64(5), uint64(3)), 2);
        _refuseForm(ALERTS, 2, abi.encode(uint8(1), uint32(7), uint16(1), uint256(1 << 64), uint64(3)), 3);
        _refuseForm(ALERTS, 2, abi.encode(uint8(1), uint32(7), uint16(1), uint64(5), uint256(1 << 64)), 4);
        _refuseForm(ALERTS, 2, abi.encodePacked(payload, uint8(0)), 5);
        _refuseForm(ALERTS, 2, "", 0);
    }

    function testForecastForm() public {
        _refuseForm(FEED, 1, abi.encode(bytes32(0), _pages("page")), 0);
        _refuseForm(FEED, 1, abi.encode(bytes32("s"), uint256(0x60), uint256(1), bytes32(0)), 1);
        _refuseForm(FEED, 1, abi.encode(bytes32("s"), new bytes32[](0)), 2);
        _refuseForm(FEED, 1, abi.encode(bytes32("s"), uint256(0x40), type(uint256).max, bytes32(0)), 2);
        _refuseForm(FEED, 1, abi.encode(bytes32("s"), uint256(0x40), uint256(2), bytes32(0)), 4);
        _refuseForm(FEED, 1, abi.encode(bytes32("s")), 1);
    }

    function testSensorForm() public {
        bytes32 device = "\x00\x03device";
        uint64 time = uint64(block.timestamp);
        bytes32 root = "root";
        _refuseForm(SENSORS, 3, abi.encode(device, bytes32(0), 1, time, time, -1, 1), 1);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 0, time, time, -1, 1), 2);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 1, time + 1, time, -1, 1), 3);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 1, time, time + 301, -1, 1), 4);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 1, time, time, int256(2), int256(1)), 5);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 1, time, time, type(int256).min, int256(1)), 5);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 1, time, time, -1, int256(1) << 31), 6);
        _refuseForm(SENSORS, 3, abi.encode(device, root, 1, time, time, -1), 6);
    }

    function testDeviceMustBeActive() public {
        bytes32 device = "\x00\x03device";
        uint64 time = uint64(block.timestamp);
        bytes memory batch = abi.encode(device, bytes32("root"), uint32(9), time, time, int32(-18500), int32(-17900));
        IReportHub.Report memory report = _report(SENSORS, batch);
        bytes[] memory signatures = _signatures(report, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.ReportUnknownDevice.selector, SENSORS, device));
        hub.submit(report, batch, signatures);
        consortium.registerDevice(device, platform, keccak256("key"));
        _land(report, batch, signatures);
        consortium.setDeviceStatus(device, 2);
        report = _report(SENSORS, batch);
        signatures = _signatures(report, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.ReportUnknownDevice.selector, SENSORS, device));
        hub.submit(report, batch, signatures);
    }

    function testDeviceIsTheFeedOwners() public {
        bytes32 device = "\x00\x02device";
        uint64 time = uint64(block.timestamp);
        bytes memory batch = abi.encode(device, bytes32("root"), uint32(9), time, time, int32(-18500), int32(-17900));
        IReportHub.Report memory report = _report(SENSORS, batch);
        bytes[] memory signatures = _signatures(report, 1);
        consortium.registerDevice(device, supplier, keccak256("key"));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IReportHub.ReportForeignDevice.selector, SENSORS, device, supplier, platform)
        );
        hub.submit(report, batch, signatures);
    }

    function testFuzzChangedReportIsRefused(uint8 field, uint256 change) public {
        CHEATS.assume(change != 0);
        IReportHub.Report memory report = _report(ALERTS, payload);
        bytes[] memory signatures = _signatures(report, 2);
        unchecked {
            if (field % 6 == 0) report.configDigest = bytes32(uint256(report.configDigest) + change);
            if (field % 6 == 1) report.feedId = bytes32(uint256(report.feedId) + change);
            if (field % 6 == 2) report.sequence += change;
            if (field % 6 == 3) report.payloadHash = bytes32(uint256(report.payloadHash) + change);
            if (field % 6 == 4) report.observedAt += change;
            if (field % 6 == 5) report.deadline += change;
        }
        CHEATS.prank(brandAccount);
        try hub.submit(report, payload, signatures) {
            revert("a changed report landed");
        } catch {}
        (uint256 count,) = hub.latest(ALERTS);
        require(count == 0, "nothing was written");
    }

    function _land(IReportHub.Report memory report, bytes memory data, bytes[] memory signatures) private {
        CHEATS.prank(brandAccount);
        hub.submit(report, data, signatures);
    }

    function _refuse(IReportHub.Report memory report, bytes[] memory signatures, bytes memory refusal) private {
        uint256 before = hub.streamWord(report.feedId);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(refusal);
        hub.submit(report, payload, signatures);
        require(hub.streamWord(report.feedId) == before, "nothing was written");
    }

    function _refuseForm(bytes32 feedId, uint8 kind, bytes memory bad, uint256 word) private {
        IReportHub.Report memory report = _report(feedId, bad);
        bytes[] memory signatures = _signatures(report, 2);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IReportHub.ReportPayloadMalformed.selector, feedId, kind, word)
        );
        hub.submit(report, bad, signatures);
    }

    function _refuseFeed(
        bytes32 feedId,
        uint8 kind,
        uint256 cutoff,
        uint256 signers,
        uint8 quorum,
        uint32 version,
        bytes memory refusal
    ) private {
        address[] memory list = _signers(signers);
        CHEATS.expectRevert(refusal);
        hub.openFeed(feedId, kind, uint64(cutoff), list, quorum, version);
    }
}
