// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {VectorsTest} from "../VectorsTest.sol";
import {HealthTest} from "./HealthTest.sol";

/// @notice Shares, staleness and what stands are what was worked out by hand, by the contract itself.
contract HealthVectorsTest is HealthTest, VectorsTest {
    function setUp() public override {
        super.setUp();
        _load("stock_health");
    }

    function testShare() public {
        for (uint256 i = 0; _goTo("share", i); ++i) {
            _later(1 days);
            _report(brandAccount, uint64(_number("stock_value_fen")), uint64(_number("revenue_fen")));
            require(health.capitalOf(brand).shareBps == _number("share_bps"), _why());
            require(health.purchasingFrozen(brand) == _truth("above_limit"), _why());
        }
    }

    function testStale() public {
        for (uint256 i = 0; _goTo("stale", i); ++i) {
            _later(1 days);
            _report(brandAccount, 1, 100);
            _later(_number("seconds_since_period"));
            require(health.isStale(brand) == _truth("result"), _why());
            require(health.purchasingFrozen(brand) == _truth("result"), "what is stale freezes, and nothing else does");
        }
    }

    function testStands() public {
        for (uint256 i = 0; _goTo("stands", i); ++i) {
            _later(1 days);
            _report(auditorAccount, _truth("above") ? 36 : 35, 100);
            _report(brandAccount, 1, 100);
            _later(_number("seconds_since_report"));
            require(health.purchasingFrozen(brand) == _truth("result"), _why());
        }
    }
}
