// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {FeedKind} from "../../../contracts/reports/Constants.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice An agreement, its feed and the steps of a session.
abstract contract SettlingTest is MoneyTest {
    uint32 internal sku;
    bytes internal rows;
    bytes32[] internal pages;
    bytes32 internal agreementId;
    bytes32 internal sessionId;

    function setUp() public override {
        super.setUp();
        sku = _registerSkus(2);
        (rows, pages) = _terms(sku, 1250);
        agreementId = _register(_agreement(pages, 7000));
        _openFeed(FEED, FeedKind.FORECAST, BEGIN, 1, 1);
    }

    function _expectUnconsented(bytes memory consent, bytes memory refusal) internal {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(refusal);
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, consent);
    }

    function _openOnly() internal {
        bytes memory consent = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        CHEATS.prank(brandAccount);
        sessionId = settlement.openSession(agreementId, FEED, BEGIN, END, pages, consent);
    }

    function _open() internal {
        _openOnly();
        CHEATS.prank(clerk);
        settlement.snapshot(sessionId, 0, rows);
    }

    function _prepare(uint64 forecast) internal {
        _open();
        _submit(FEED, abi.encode(sessionId, _pages(abi.encodePacked(forecast))), 1);
    }

    function _trade(uint24 received, uint24 sold, uint24 returned) internal {
        CHEATS.warp(BEGIN + 60);
        _receive(sku, received);
        _sell(sku, sold);
        _return(sku, returned);
    }

    function _settle(uint64 forecast) internal {
        CHEATS.warp(END);
        bytes memory forecasts = abi.encodePacked(forecast);
        CHEATS.prank(brandAccount);
        settlement.settlePage(sessionId, 0, rows, forecasts, _pages(forecasts));
    }

    function _expectClosed(uint8 status) internal {
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementSessionClosed.selector, sessionId, status)
        );
    }

    function _expectSettleRefused(uint8 status) internal {
        bytes memory forecasts = abi.encodePacked(uint64(900));
        CHEATS.warp(END);
        CHEATS.prank(brandAccount);
        _expectClosed(status);
        settlement.settlePage(sessionId, 0, rows, forecasts, _pages(forecasts));
    }

    function _expectRowRefused(bytes memory badRows, bytes memory refusal) internal {
        bytes32 id = _register(_agreement(_pages(badRows), 7000));
        bytes memory consent = _consent(SUPPLIER_KEY, id, FEED, BEGIN, END);
        CHEATS.prank(brandAccount);
        bytes32 session = settlement.openSession(id, FEED, BEGIN, END, _pages(badRows), consent);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(refusal);
        settlement.snapshot(session, 0, badRows);
    }
}
