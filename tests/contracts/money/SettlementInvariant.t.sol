// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {FeedKind} from "../../../contracts/reports/Constants.sol";
import {SessionStatus} from "../../../contracts/settlement/Constants.sol";
import {Shares} from "../../../contracts/settlement/Shares.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice Acts at random within the rules: sessions of any outcome, deposits, withdrawals, late payments.
contract SettlementHandler is MoneyTest {
    uint256 public depositedFen;
    uint256 public withdrawnFen;
    uint256 public mintedFen;
    bytes32[2] public agreements;
    bytes32[] public sessions;
    uint256 public secondSettlements;

    uint32 private _sku;
    bytes private _rows;
    bytes32[] private _termPages;

    constructor() {
        MoneyTest.setUp();
        _sku = _registerSkus(1);
        (_rows, _termPages) = _terms(_sku, 1250);
        agreements[0] = _register(_agreement(_termPages, 7000));
        agreements[1] = _register(_agreement(_termPages, 3333));
    }

    function setUp() public override {}

    function sessionCount() external view returns (uint256) {
        return sessions.length;
    }

    function deposit(uint8 which, uint24 amountFen) external {
        _fund(agreements[which % 2], amountFen);
        depositedFen += amountFen;
        mintedFen += amountFen;
    }

    function withdraw(uint8 which, uint24 amountFen) external {
        bytes32 id = agreements[which % 2];
        ISettlement.AgreementState memory state = settlement.agreementOf(id);
        uint256 free = state.escrowFen > state.dueFen ? state.escrowFen - state.dueFen : 0;
        if (free == 0) return;
        CHEATS.prank(supplierAccount);
        settlement.withdraw(id, amountFen % free + 1);
        withdrawnFen += amountFen % free + 1;
    }

    function session(uint8 which, uint16 received, uint16 forecast, uint16 sold, uint16 returned) external {
        uint64 starts = uint64(block.timestamp + 10);
        bytes32 feedId = bytes32(uint256(3) << 240 | sessions.length + 1);
        bytes32 id = agreements[which % 2];
        _openFeed(feedId, FeedKind.FORECAST, starts, 1, 1);
        bytes memory consent = _consent(SUPPLIER_KEY, id, feedId, starts, starts + 10);
        CHEATS.startPrank(brandAccount);
        bytes32 sessionId = settlement.openSession(id, feedId, starts, starts + 10, _termPages, consent);
        settlement.snapshot(sessionId, 0, _rows);
        CHEATS.stopPrank();
        bytes memory page = abi.encodePacked(uint64(forecast));
        _submit(feedId, abi.encode(sessionId, _pages(page)), 1);
        CHEATS.warp(starts);
        _receive(_sku, received);
        _sell(_sku, uint24(received == 0 ? 0 : sold % received));
        _return(_sku, returned);
        CHEATS.warp(starts + 10);
        CHEATS.prank(supplierAccount);
        settlement.settlePage(sessionId, 0, _rows, page, _pages(page));
        sessions.push(sessionId);
    }

    function payDue(uint256 which) external {
        if (sessions.length == 0) return;
        bytes32 sessionId = sessions[which % sessions.length];
        ISettlement.Session memory settled = settlement.sessionOf(sessionId);
        if (settled.dueFen == 0 || settlement.agreementOf(settled.agreementId).escrowFen == 0) return;
        CHEATS.prank(brandAccount);
        settlement.payDue(sessionId);
    }

    function settleAgain(uint256 which) external {
        if (sessions.length == 0) return;
        bytes32 sessionId = sessions[which % sessions.length];
        CHEATS.prank(brandAccount);
        try settlement.settlePage(sessionId, 0, _rows, "", new bytes32[](0)) {
            ++secondSettlements;
        } catch {}
    }

    function tokenBalance(uint8 whose) external view returns (uint256) {
        if (whose == 0) return token.balanceOf(address(settlement));
        return token.balanceOf(whose == 1 ? brandAccount : supplierAccount);
    }

    function supply() external view returns (uint256) {
        return token.totalSupply();
    }

    function agreementState(uint256 which) external view returns (ISettlement.AgreementState memory) {
        return settlement.agreementOf(agreements[which]);
    }

    function sessionState(uint256 which) external view returns (ISettlement.Session memory) {
        return settlement.sessionOf(sessions[which]);
    }

    function leaves(uint256 which) external view returns (uint64) {
        return uint64(settlement.streamWord(agreements[which]));
    }
}

/// @notice What holds after any run of acts.
contract SettlementInvariantTest {
    SettlementHandler internal handler;

    function setUp() public {
        handler = new SettlementHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev One invariant of three parts, so that the acts are run once.
    function invariantMoneyIsConserved() public view {
        _escrowIsDepositsLessPaidLessWithdrawn();
        _sharesAddUpAndAreEitherPaidOrDue();
        _aSessionSettlesOnce();
    }

    function _escrowIsDepositsLessPaidLessWithdrawn() private view {
        uint256 paidFen = handler.tokenBalance(1);
        require(
            handler.tokenBalance(0) == handler.depositedFen() - paidFen - handler.withdrawnFen(),
            "balance = deposits - paid - withdrawn"
        );
        require(
            handler.tokenBalance(0) == handler.agreementState(0).escrowFen + handler.agreementState(1).escrowFen,
            "balance = all escrows"
        );
        require(handler.supply() == handler.mintedFen(), "no fen appears or vanishes");
    }

    function _sharesAddUpAndAreEitherPaidOrDue() private view {
        uint256 supplierFen = 0;
        uint256 dueFen = 0;
        for (uint256 i = 0; i < handler.sessionCount(); ++i) {
            ISettlement.Session memory session = handler.sessionState(i);
            uint256 bps = session.agreementId == handler.agreements(0) ? 7000 : 3333;
            (uint256 brandShare, uint256 supplierShare) = Shares.split(session.lossFen, bps);
            require(brandShare + supplierShare == session.lossFen, "shares = pot");
            require(session.status == SessionStatus.SETTLED, "settled");
            supplierFen += supplierShare;
            dueFen += session.dueFen;
        }
        require(handler.tokenBalance(1) + dueFen == supplierFen, "paid + due = the supplier's shares");
        require(handler.agreementState(0).dueFen + handler.agreementState(1).dueFen == dueFen, "dues agree");
    }

    function _aSessionSettlesOnce() private view {
        require(handler.secondSettlements() == 0, "no second settlement");
        require(handler.leaves(0) + handler.leaves(1) == handler.sessionCount(), "one leaf a session");
    }
}
