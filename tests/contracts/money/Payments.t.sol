// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {SettlingTest} from "./SettlingTest.sol";

/// @notice What is due is paid out of the escrow, now or later, and to whom.
contract PaymentsTest is SettlingTest {
    function testDueIsPaidLater() public {
        _fund(agreementId, 50_000);
        _prepare(900);
        _trade(1000, 720, 20);
        _settle(900);
        require(settlement.sessionOf(sessionId).dueFen == 25_000, "what the escrow did not reach for");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementEscrowEmpty.selector, agreementId));
        settlement.payDue(sessionId);
        _fund(agreementId, 30_000);
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementEscrowNeeded.selector, agreementId, 30_000, 5_000)
        );
        settlement.withdraw(agreementId, 30_000);
        CHEATS.prank(clerk);
        require(settlement.payDue(sessionId) == 25_000, "paid");
        require(token.balanceOf(brandAccount) == 75_000, "the whole share");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNothingDue.selector, sessionId));
        settlement.payDue(sessionId);
        CHEATS.prank(supplierAccount);
        settlement.withdraw(agreementId, 5_000);
    }

    function testSuspendedPayeeDoesNotHoldTheSettlementUp() public {
        _fund(agreementId, 100_000);
        _prepare(900);
        _trade(1000, 720, 20);
        consortium.setAccount(brandAccount, 2, 0);
        CHEATS.warp(END);
        bytes memory forecasts = abi.encodePacked(uint64(900));
        CHEATS.prank(supplierAccount);
        settlement.settlePage(sessionId, 0, rows, forecasts, _pages(forecasts));
        require(settlement.sessionOf(sessionId).dueFen == 75_000, "stays due");
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNoPayee.selector, agreementId));
        settlement.payDue(sessionId);
        consortium.setAccount(clerk, 1, 8);
        CHEATS.prank(clerk);
        settlement.payDue(sessionId);
        require(token.balanceOf(clerk) == 75_000, "another signer of the brand collects");
    }

    function testEscrowIsLockedWhileASessionIsOpen() public {
        _fund(agreementId, 1000);
        _open();
        CHEATS.startPrank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementEscrowNeeded.selector, agreementId, 1, 0));
        settlement.withdraw(agreementId, 1);
    }

    function testEscrowIsTheSuppliers() public {
        CHEATS.startPrank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementNotAParty.selector, agreementId, brandAccount)
        );
        settlement.deposit(agreementId, 1);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementNotAParty.selector, agreementId, brandAccount)
        );
        settlement.withdraw(agreementId, 1);
    }
}
