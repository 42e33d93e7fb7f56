// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IReportHub} from "../../../contracts/interfaces/IReportHub.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {IStockCuts} from "../../../contracts/interfaces/IStockCuts.sol";
import {MoneyLimits, Role} from "../../../contracts/lib/Constants.sol";
import {FeedKind} from "../../../contracts/reports/Constants.sol";
import {SessionStatus} from "../../../contracts/settlement/Constants.sol";
import {SettlingTest} from "./SettlingTest.sol";

/// @notice A session from agreement to payment, and what it refuses on the way.
contract SettlementTest is SettlingTest {
    function testWorkedExample() public {
        _fund(agreementId, 100_000);
        _prepare(900);
        _trade(1000, 720, 20);
        bytes memory inputs =
            abi.encodePacked(sku, uint64(1250), uint64(1000), uint64(900), uint64(720), uint64(20), uint64(200));
        CHEATS.expectEmit(true, true, false, true);
        emit ISettlement.PageSettled(sessionId, 0, inputs);
        CHEATS.expectEmit(true, true, true, true);
        emit ISettlement.SessionSettled(agreementId, sessionId, brandAccount, 250_000, 175_000, 75_000, 75_000);
        _settle(900);
        require(token.balanceOf(brandAccount) == 75_000, "the brand was paid");
        require(settlement.agreementOf(agreementId).escrowFen == 25_000, "the rest stays");
        require(uint64(settlement.streamWord(agreementId)) == 1, "one leaf");
        require(settlement.sessionOf(sessionId).inputsHash == keccak256(abi.encode(bytes32(0), keccak256(inputs))), "hash");
    }

    function testStockBeforeTheSnapshotDoesNotCount() public {
        _receive(sku, 500);
        _sell(sku, 100);
        _prepare(900);
        _trade(10, 4, 0);
        _settle(900);
        require(settlement.sessionOf(sessionId).lossFen == 6 * 1250, "only what moved since");
    }

    /// @dev Else who settles late, or posts early after the end, moves the shares.
    function testNothingThatIsPostedFromTheEndOnMovesTheShares() public {
        _prepare(900);
        _trade(1000, 720, 20);
        CHEATS.warp(END);
        _sell(sku, 200);
        CHEATS.warp(END + 1 days);
        _return(sku, 40);
        bytes memory forecasts = abi.encodePacked(uint64(900));
        CHEATS.prank(supplierAccount);
        settlement.settlePage(sessionId, 0, rows, forecasts, _pages(forecasts));
        require(settlement.sessionOf(sessionId).lossFen == 250_000, "as at the end");
    }

    function testASessionEndsWhileACutMayBeRegistered() public {
        uint64 late = uint64(block.timestamp + 400 days + 1);
        bytes memory consent = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, late);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockCuts.CutsMoment.selector, late, block.timestamp));
        settlement.openSession(agreementId, FEED, BEGIN, late, pages, consent);
    }

    function testNoForecastMeansNoLoss() public {
        _open();
        _trade(1000, 10, 0);
        CHEATS.warp(END);
        CHEATS.prank(clerk);
        settlement.settlePage(sessionId, 0, rows, "", new bytes32[](0));
        ISettlement.Session memory session = settlement.sessionOf(sessionId);
        require(session.status == SessionStatus.SETTLED && session.lossFen == 0, "settled at nothing");
    }

    function testReturnsWithoutSalesDoNotDrainTheEscrow() public {
        _fund(agreementId, 100_000);
        _open();
        _trade(1000, 1, 500);
        CHEATS.warp(END);
        CHEATS.prank(brandAccount);
        settlement.settlePage(sessionId, 0, rows, "", new bytes32[](0));
        require(settlement.sessionOf(sessionId).lossFen == 0, "no forecast, no loss");
        require(settlement.agreementOf(agreementId).escrowFen == 100_000, "nothing was paid");
    }

    function testReturnsRaiseTheLossToWhatCameInAtMost() public {
        _prepare(10);
        _trade(1000, 1, 500);
        _settle(10);
        require(settlement.sessionOf(sessionId).lossFen == 10 * 1250, "ten units came in for the forecast");
    }

    function testSessionNeedsTheOtherPartysConsent() public {
        bytes memory own = _consent(BRAND_KEY, agreementId, FEED, BEGIN, END);
        _expectUnconsented(
            own, abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, supplier, brandAccount)
        );
        bytes memory stranger = _consent(OUTSIDER_KEY, agreementId, FEED, BEGIN, END);
        _expectUnconsented(
            stranger, abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, supplier, outsider)
        );
        _expectUnconsented("", abi.encodeWithSelector(ISettlement.SettlementBadSignature.selector, supplier));
        bytes memory good = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        consortium.setAccount(supplierAccount, 1, 0);
        _expectUnconsented(
            good, abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, supplier, supplierAccount)
        );
    }

    function testConsentIsForOnePeriodAndFeed() public {
        bytes memory consent = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        CHEATS.startPrank(brandAccount);
        CHEATS.expectPartialRevert(ISettlement.SettlementWrongSigner.selector);
        settlement.openSession(agreementId, FEED, BEGIN, END + 1, pages, consent);
        CHEATS.stopPrank();
        _openFeed("\x00\x03other", FeedKind.FORECAST, BEGIN, 1, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectPartialRevert(ISettlement.SettlementWrongSigner.selector);
        settlement.openSession(agreementId, "\x00\x03other", BEGIN, END, pages, consent);
    }

    function testSupplierOpensWithTheBrandsConsent() public {
        bytes memory own = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, brand, supplierAccount)
        );
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, own);
        bytes memory consent = _consent(BRAND_KEY, agreementId, FEED, BEGIN, END);
        CHEATS.prank(supplierAccount);
        sessionId = settlement.openSession(agreementId, FEED, BEGIN, END, pages, consent);
        require(settlement.sessionOf(sessionId).status == SessionStatus.OPEN, "open");
    }

    function testConsentIsUsedOnce() public {
        bytes memory consent = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        _openOnly();
        CHEATS.warp(BEGIN);
        CHEATS.prank(brandAccount);
        settlement.voidSession(sessionId);
        CHEATS.warp(START);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementSessionExists.selector, sessionId));
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, consent);
    }

    function testSessionDigestIsEip712() public view {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Session(bytes32 agreementId,bytes32 feedId,uint64 startsAt,uint64 endsAt)"),
                agreementId,
                FEED,
                BEGIN,
                END
            )
        );
        bytes32 digest = settlement.sessionDigestOf(agreementId, FEED, BEGIN, END);
        require(_typedDigest("LiveLedger Settlement", address(settlement), hash) == digest, "EIP-712");
    }

    function testNoForecastCannotBeInvented() public {
        _open();
        CHEATS.warp(END);
        CHEATS.prank(brandAccount);
        CHEATS.expectPartialRevert(ISettlement.SettlementForecastMismatch.selector);
        settlement.settlePage(sessionId, 0, rows, abi.encodePacked(uint64(900)), _pages(abi.encodePacked(uint64(900))));
    }

    function testForecastOfAnotherSessionIsRefused() public {
        _open();
        bytes32[] memory reported = _pages(abi.encodePacked(uint64(900)));
        _submit(FEED, abi.encode(bytes32("another session"), reported), 1);
        CHEATS.warp(END);
        CHEATS.prank(brandAccount);
        CHEATS.expectPartialRevert(ISettlement.SettlementForecastMismatch.selector);
        settlement.settlePage(sessionId, 0, rows, abi.encodePacked(uint64(900)), reported);
    }

    function testForecastCannotBeHidden() public {
        _prepare(900);
        CHEATS.warp(END);
        CHEATS.prank(supplierAccount);
        CHEATS.expectPartialRevert(ISettlement.SettlementForecastMismatch.selector);
        settlement.settlePage(sessionId, 0, rows, "", new bytes32[](0));
    }

    function testForecastPageMustBeTheReportedOne() public {
        _prepare(900);
        CHEATS.warp(END);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementForecastPage.selector, sessionId, 0));
        settlement.settlePage(sessionId, 0, rows, abi.encodePacked(uint64(901)), _pages(abi.encodePacked(uint64(900))));
    }

    function testSettlesOnce() public {
        _prepare(900);
        _settle(900);
        _expectSettleRefused(SessionStatus.SETTLED);
        CHEATS.prank(brandAccount);
        _expectClosed(SessionStatus.SETTLED);
        settlement.voidSession(sessionId);
        CHEATS.warp(START);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementSessionExists.selector, sessionId));
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, "");
    }

    function testTooEarlyToSettle() public {
        _prepare(900);
        CHEATS.warp(END - 1);
        bytes memory forecasts = abi.encodePacked(uint64(900));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementNotEnded.selector, sessionId, END, uint256(END - 1))
        );
        settlement.settlePage(sessionId, 0, rows, forecasts, _pages(forecasts));
    }

    function testOpensBeforeItsStartOnly() public {
        CHEATS.warp(BEGIN);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementAlreadyStarted.selector, BEGIN, uint256(BEGIN))
        );
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, "");
    }

    function testOneSessionAtATime() public {
        _open();
        _openFeed("\x00\x03later", FeedKind.FORECAST, END, 1, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementSessionOpen.selector, agreementId, sessionId)
        );
        settlement.openSession(agreementId, "\x00\x03later", END, END + 1, pages, "");
    }

    function testFeedMustFit() public {
        _openFeed("\x00\x03alert", FeedKind.ALERT, BEGIN, 1, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementFeedKind.selector, bytes32("\x00\x03alert"), FeedKind.ALERT)
        );
        settlement.openSession(agreementId, "\x00\x03alert", BEGIN, END, pages, "");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementFeedCutoff.selector, FEED, BEGIN, BEGIN + 1)
        );
        settlement.openSession(agreementId, FEED, BEGIN + 1, END, pages, "");
    }

    function testFeedIsTheForecasters() public {
        consortium.setAccount(clerk, 1, Role.REPORT);
        CHEATS.prank(clerk);
        hub.openFeed("\x00\x01own", FeedKind.FORECAST, BEGIN, _signers(1), 1, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementFeedOwner.selector, bytes32("\x00\x01own"), brand, platform)
        );
        settlement.openSession(agreementId, "\x00\x01own", BEGIN, END, pages, "");
    }

    function testNewSignersCannotChangeTheForecastAfterTheStart() public {
        _prepare(900);
        CHEATS.warp(BEGIN);
        hub.rotateSigners(FEED, _signers(2), 1, 2);
        bytes memory payload = abi.encode(sessionId, _pages(abi.encodePacked(uint64(1000))));
        IReportHub.Report memory report = _report(FEED, payload);
        bytes[] memory signed = _signatures(report, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.ReportTooLate.selector, FEED, BEGIN));
        hub.submit(report, payload, signed);
        CHEATS.prank(CHEATS.addr(reporterKeys[0]));
        CHEATS.expectRevert(abi.encodeWithSelector(IReportHub.FeedAlreadyOpen.selector, FEED));
        hub.openFeed(FEED, FeedKind.FORECAST, END, _signers(1), 1, 1);
        _trade(1000, 720, 20);
        _settle(900);
        require(settlement.sessionOf(sessionId).lossFen == 250_000, "what was reported before the start");
    }

    function testPeriodAndTermsMustFit() public {
        CHEATS.startPrank(brandAccount);
        CHEATS.expectPartialRevert(ISettlement.SettlementPeriod.selector);
        settlement.openSession(agreementId, FEED, BEGIN, BEGIN, pages, "");
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementTermsMismatch.selector, agreementId));
        settlement.openSession(agreementId, FEED, BEGIN, END, new bytes32[](1), "");
    }

    function testPartiesOnly() public {
        _openOnly();
        CHEATS.prank(bank);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNotAParty.selector, agreementId, bank));
        settlement.snapshot(sessionId, 0, rows);
        CHEATS.prank(clerk);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.SIGN_AGREEMENTS)
        );
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, "");
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        settlement.snapshot(sessionId, 0, rows);
    }

    function testSnapshotIsRefusedAfterTheStart() public {
        _openOnly();
        CHEATS.warp(BEGIN);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementAlreadyStarted.selector, BEGIN, uint256(BEGIN))
        );
        settlement.snapshot(sessionId, 0, rows);
    }

    function testSettlementNeedsTheWholeSnapshot() public {
        _openOnly();
        CHEATS.warp(END);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementSnapshotIncomplete.selector, sessionId, 0, 1)
        );
        settlement.settlePage(sessionId, 0, rows, "", new bytes32[](0));
    }

    function testUnpreparedSessionIsVoidedFromItsStart() public {
        _openOnly();
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNotVoidable.selector, sessionId));
        settlement.voidSession(sessionId);
        CHEATS.warp(BEGIN);
        CHEATS.prank(supplierAccount);
        settlement.voidSession(sessionId);
        require(settlement.agreementOf(agreementId).openSession == 0, "the agreement is free again");
        _expectSettleRefused(SessionStatus.VOID);
    }

    function testStuckSessionIsVoidedAfterItsGrace() public {
        _fund(agreementId, 1000);
        _open();
        _submit(FEED, abi.encode(sessionId, _pages("no page that anybody has")), 1);
        CHEATS.warp(END + MoneyLimits.VOID_GRACE_SECONDS - 1);
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNotVoidable.selector, sessionId));
        settlement.voidSession(sessionId);
        CHEATS.warp(END + MoneyLimits.VOID_GRACE_SECONDS);
        CHEATS.startPrank(supplierAccount);
        settlement.voidSession(sessionId);
        settlement.withdraw(agreementId, 1000);
        require(token.balanceOf(supplierAccount) == 1000, "the escrow is free again");
    }

    function testRowsAreTheAgreedOnes() public {
        _openOnly();
        CHEATS.startPrank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementWrongRows.selector, sessionId, 0));
        settlement.snapshot(sessionId, 0, abi.encodePacked(sku, uint64(1251)));
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementPageOutOfOrder.selector, sessionId, 1, 0));
        settlement.snapshot(sessionId, 1, rows);
    }

    function testSkusOfAnotherBrandUnknownOrUnsortedAreNamed() public {
        uint32 foreign = uint32(supplier) << 20 | 1;
        _expectRowRefused(
            abi.encodePacked(foreign, uint64(1)),
            abi.encodeWithSelector(ISettlement.SettlementForeignSku.selector, 0, foreign, brand)
        );
        _expectRowRefused(
            abi.encodePacked(sku, uint64(1), sku + 2, uint64(1)),
            abi.encodeWithSelector(ISettlement.SettlementUnknownSku.selector, 1, sku + 2)
        );
        _expectRowRefused(
            abi.encodePacked(sku, uint64(1), sku, uint64(1)),
            abi.encodeWithSelector(ISettlement.SettlementSkusNotAscending.selector, 1, sku)
        );
    }
}
