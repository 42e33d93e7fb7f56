// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {IStockHealth} from "../../../contracts/interfaces/IStockHealth.sol";
import {ReplenishmentTest} from "./ReplenishmentTest.sol";

/// @notice The real StockHealth says whether the supplier may be asked.
contract ReplenishmentHealthTest is ReplenishmentTest {
    IStockHealth private capital;

    function setUp() public override {
        super.setUp();
        CHEATS.etch(address(health), CHEATS.getDeployedCode("contracts/health/StockHealth.sol:StockHealth"));
        capital = IStockHealth(address(health));
    }

    /// @dev A year that ended so many days ago.
    function _report(uint64 stockValueFen, uint32 daysAgo) private {
        uint32 periodTo = uint32(block.timestamp) - daysAgo * 1 days;
        CHEATS.prank(oracle);
        capital.report(brand, stockValueFen, 10_000, periodTo - 365 days, periodTo, 0, "rows");
    }

    function testAReportAboveTheLimitFreezesTheSupplierAndALaterOneDoesNot() public {
        require(_isChoice(contract_.choiceOf(sku, place), SUPPLIER, supplier, 100), "before the first report");
        _report(3501, 3);
        require(capital.purchasingFrozen(brand), "over 35 %");
        bytes memory frozen = abi.encodeWithSelector(IReplenishment.ReplenishmentPurchasingFrozen.selector, brand);
        _refused(place, SUPPLIER, supplier, 100, frozen);
        _stockAt(near, 20);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 20), "places of the brand still give");
        _postGroup(_record(SELL, near, 0, 20));
        _report(3500, 1);
        _order(place, SUPPLIER, supplier, 100);
    }
}
