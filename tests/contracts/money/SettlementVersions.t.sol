// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {SettlingTest} from "./SettlingTest.sol";

/// @notice What runs is carried to its end whatever is replaced; an escrow stays one as long as it is needed.
contract SettlementVersionsTest is SettlingTest {
    /// @dev Versions are asked once: what runs is carried to its end with the contracts that it began with.
    function testASessionEndsWithTheStockLedgerThatItBeganWith() public {
        _fund(agreementId, 100_000);
        _prepare(900);
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
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryOtherVersion.selector, bytes32("StockLedger"), uint64(2), uint64(3)
            )
        );
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
}
