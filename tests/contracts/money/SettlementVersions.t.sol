// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {SettlingTest} from "./SettlingTest.sol";

/// @notice What runs is carried to its end whatever is replaced; an escrow stays one as long as it is needed.
contract SettlementVersionsTest is SettlingTest {
    /// @dev Versions are asked where something begins: what runs is carried to its end with the contracts it began with.
    function testASessionEndsWithTheStockLedgerThatItBeganWith() public {
        _fund(agreementId, 100_000);
        _prepare(900);
        _trade(1000, 720, 20);
        _list("StockLedger", 3, address(hub), 0);
        _settle(900);
        require(token.balanceOf(brandAccount) == 75_000, "settled and paid");
    }

    /// @dev Its counters never move again: it would prove that nothing was left over and nothing is due.
    function testNoSessionBeginsOnAStockLedgerThatWasReplaced() public {
        bytes memory consent = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        _list("StockLedger", 3, address(hub), 0);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(_other("StockLedger", 2, 3));
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, consent);
    }

    function testNoAgreementEither() public {
        _list("StockLedger", 3, address(hub), 0);
        _expectAgreementRefused(_other("StockLedger", 2, 3));
    }

    function testASessionThatWasNotCountedYetIsGivenUp() public {
        _openOnly();
        _list("StockLedger", 3, address(hub), 0);
        CHEATS.prank(clerk);
        CHEATS.expectRevert(_other("StockLedger", 2, 3));
        settlement.snapshot(sessionId, 0, rows);
        CHEATS.warp(BEGIN);
        CHEATS.prank(clerk);
        settlement.voidSession(sessionId);
    }

    function testNothingBeginsOnAReportHubThatWasReplaced() public {
        bytes memory consent = _consent(SUPPLIER_KEY, agreementId, FEED, BEGIN, END);
        _list("ReportHub", 2, address(token), 0);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(_other("ReportHub", 1, 2));
        settlement.openSession(agreementId, FEED, BEGIN, END, pages, consent);
        _expectAgreementRefused(_other("ReportHub", 1, 2));
    }

    function testASettlementThatWasReplacedBeginsNothingAndEndsWhatRuns() public {
        _fund(agreementId, 100_000);
        _prepare(900);
        bytes32 another = _register(_agreement(pages, 7000));
        bytes memory consent = _consent(SUPPLIER_KEY, another, FEED, BEGIN, END);
        _list("Settlement", 2, _deployed("settlement/Settlement.sol:Settlement"), AGREEMENTS);
        bytes memory replaced = _replaced("Settlement", 2);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(replaced);
        settlement.openSession(another, FEED, BEGIN, END, pages, consent);
        _expectAgreementRefused(replaced);
        _trade(1000, 720, 20);
        _list("StockLedger", 3, address(hub), 0);
        _settle(900);
        require(token.balanceOf(brandAccount) == 75_000, "settled and paid");
    }

    function testANewSettlementDoesNotBeginWithAnotherStockLedger() public {
        ISettlement fresh = ISettlement(_deployed("settlement/Settlement.sol:Settlement"));
        _list("StockLedger", 3, address(hub), 0);
        ISettlement.Agreement memory agreement = _agreement(pages, 7000);
        bytes32 id = fresh.digestOf(agreement);
        bytes memory ours = _sign(BRAND_KEY, id);
        bytes memory theirs = _sign(SUPPLIER_KEY, id);
        CHEATS.expectRevert(_other("StockLedger", 2, 3));
        fresh.register(agreement, ours, theirs);
    }

    function testItIsAnEscrowInUseWhileASessionRunsOrSharesAreDue() public {
        IEscrow escrow = IEscrow(address(settlement));
        require(!escrow.escrowInUse(), "an agreement alone owes nothing");
        _prepare(900);
        require(escrow.escrowInUse(), "a session may come to owe");
        _trade(1000, 720, 20);
        _settle(900);
        require(escrow.escrowInUse(), "the supplier's share is due");
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryEscrowInUse.selector, address(settlement)));
        directory.setFlags(address(settlement), 0);
        _fund(agreementId, 75_000);
        CHEATS.prank(brandAccount);
        settlement.payDue(sessionId);
        require(!escrow.escrowInUse(), "paid, and nothing is left");
        directory.setFlags(address(settlement), 0);
    }

    function _other(bytes32 name, uint64 read, uint64 active) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDirectory.DirectoryOtherVersion.selector, name, read, active);
    }

    function _expectAgreementRefused(bytes memory refusal) private {
        ISettlement.Agreement memory agreement = _agreement(pages, 7000);
        bytes32 id = settlement.digestOf(agreement);
        (bytes memory ours, bytes memory theirs) = (_sign(BRAND_KEY, id), _sign(SUPPLIER_KEY, id));
        CHEATS.expectRevert(refusal);
        settlement.register(agreement, ours, theirs);
    }
}
