// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockHealth} from "../../../contracts/interfaces/IStockHealth.sol";
import {HealthLimits} from "../../../contracts/health/Constants.sol";
import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
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

    /// @dev A colluding auditor lifted what another found, by a report of a day later.
    function testWithinASideOneDoesNotLiftWhatAnotherFound() public {
        _report(auditorAccount, 50, 100);
        address second = _reporter(0xf1);
        _later(1 days);
        uint64 entries = uint64(health.streamWord(_stream(brand)));
        _report(second, 1, 100);
        require(health.purchasingFrozen(brand), "one of them does not");
        require(uint64(health.streamWord(_stream(brand))) == entries, "nor is it on the list");
        uint256 waits = auditor | uint256(uint16(consortium.memberOf(second))) << 16;
        require(health.auditOf(brand, OrganisationKind.AUDITOR) == waits, "it waits for another");
        _later(1 days);
        _report(second, 1, 100);
        require(health.purchasingFrozen(brand), "twice the same is one");
        _later(1 days);
        _report(_reporter(0xf2), 1, 100);
        require(!health.purchasingFrozen(brand), "two do");
    }

    function testWhoJoinedInAFindingDoesNotLiftItAlone() public {
        _report(auditorAccount, 50, 100);
        address second = _reporter(0xf1);
        _later(1 days);
        _report(second, 50, 100);
        _later(1 days);
        _report(second, 1, 100);
        require(health.purchasingFrozen(brand), "the first one's stands");
        _later(1 days);
        _report(auditorAccount, 1, 100);
        require(!health.purchasingFrozen(brand), "both do");
    }

    function testOfWhoReportsNoMoreOneIsEnough() public {
        _report(auditorAccount, 50, 100);
        address second = _reporter(0xf1);
        consortium.setOrganisationStatus(auditor, 2);
        _later(1 days);
        _report(second, 1, 100);
        require(!health.purchasingFrozen(brand), "it cannot lift its own any more");
    }

    function _reporter(uint256 key) private returns (address account) {
        uint64 gln = uint64(4_100_000_000_000 + key);
        _account(key, consortium.registerOrganisation(OrganisationKind.AUDITOR, gln, 0), Role.REPORT);
        return CHEATS.addr(key);
    }

    function testReportsASecondApartAreRefused() public {
        _report(brandAccount, 1, 100);
        uint256 earliest = time + HealthLimits.REPORT_SPACING_SECONDS;
        _later(1);
        bytes4 tooSoon = IStockHealth.HealthTooSoon.selector;
        _refused(brandAccount, 1, 100, abi.encodeWithSelector(tooSoon, brand, time, earliest));
    }
}
