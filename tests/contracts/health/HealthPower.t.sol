// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockHealth} from "../../../contracts/interfaces/IStockHealth.sol";
import {HealthLimits} from "../../../contracts/health/Constants.sol";
import {HealthTest} from "./HealthTest.sol";

/// @notice What one side may not do: shut another out, or lift what another found.
contract HealthPowerTest is HealthTest {
    function testAnAuditorDoesNotShutFinanceOut() public {
        _report(auditorAccount, 1, 100);
        uint32 month = uint32(time) - 20 days;
        CHEATS.prank(financeAccount);
        health.report(brand, 50, 100, month - 365 days, month, AT_BLOCK, ROOT);
        require(uint64(health.streamWord(_stream(brand))) == 2, "both are on record");
        require(health.purchasingFrozen(brand), "and what the finance side found counts");
    }

    function testNoSideLiftsWhatAnotherFound() public {
        _report(auditorAccount, 50, 100);
        _later(1 days);
        _report(financeAccount, 1, 100);
        require(health.purchasingFrozen(brand), "the auditors' finding stands");
        _later(1 days);
        _report(auditorAccount, 1, 100);
        require(!health.purchasingFrozen(brand), "until they report less");
    }

    function testReportsASecondApartAreRefused() public {
        _report(brandAccount, 1, 100);
        uint256 earliest = time + HealthLimits.REPORT_SPACING_SECONDS;
        _later(1);
        bytes4 tooSoon = IStockHealth.HealthTooSoon.selector;
        _refused(brandAccount, 1, 100, abi.encodeWithSelector(tooSoon, brand, time, earliest));
    }
}
