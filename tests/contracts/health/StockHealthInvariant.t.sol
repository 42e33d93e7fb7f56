// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {HealthLimits} from "../../../contracts/health/Constants.sol";
import {HealthTest} from "./HealthTest.sol";

/// @notice Reports at random, by the brand and by independent organisations, with days in between.
contract HealthHandler is HealthTest {
    uint256 public expectedWord;
    uint256 public landed;
    /// @notice By side (0 the brand, 1 auditors, 2 finance): when it reported last, and whether that was above the limit.
    uint256[3] public reportedAt;
    bool[3] public above;
    /// @notice The side that reported last, and the end of its year.
    uint256 public newestSide;
    uint256 public newestTo;

    constructor() {
        HealthTest.setUp();
    }

    function setUp() public override {}

    function report(uint8 who, uint16 stockValueFen, uint16 revenueFen, uint8 pauseDays) external {
        _later(uint256(pauseDays % 64) * 1 days + 1);
        uint256 side = [0, 1, 2, 0, 3][who % 5];
        address reporter = [brandAccount, auditorAccount, financeAccount, supplierAccount][side];
        uint16 organisation = [brand, auditor, finance, supplier][side];
        (uint64 value, uint64 revenue) = (stockValueFen, revenueFen);
        uint32 to = uint32(time);
        CHEATS.prank(reporter);
        try health.report(brand, value, revenue, to - 365 days, to, AT_BLOCK, ROOT) {
            uint96 share = health.capitalOf(brand).shareBps;
            bytes memory payload = abi.encode(organisation, value, revenue, to - 365 days, to, AT_BLOCK, ROOT, share);
            expectedWord = _appended(expectedWord, _stream(brand), reporter, payload);
            ++landed;
            (reportedAt[side], above[side]) = (time, uint256(value) * 100 > uint256(revenue) * 35);
            (newestSide, newestTo) = (side, to);
        } catch {}
    }

    /// @notice By the rule, of what this handler noted.
    function frozenByTheRule() external view returns (bool) {
        if (landed == 0) return false;
        if (above[newestSide] || time > newestTo + HealthLimits.STALE_SECONDS) return true;
        return _stands(1) || _stands(2);
    }

    function frozen() external view returns (bool) {
        return health.purchasingFrozen(brand);
    }

    function word() external view returns (uint256) {
        return health.streamWord(_stream(brand));
    }

    function _stands(uint256 side) private view returns (bool) {
        return above[side] && time <= reportedAt[side] + HealthLimits.INDEPENDENT_SECONDS;
    }
}

/// @notice Whoever reports whatever: an independent finding stands, and the stream is what its reports make it.
contract StockHealthInvariantTest {
    HealthHandler private handler;

    function setUp() public {
        handler = new HealthHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function testNoSideLiftsWhatAnotherFound() public {
        handler.report(1, 50, 100, 3);
        handler.report(0, 20, 100, 3);
        handler.report(2, 20, 100, 3);
        require(handler.landed() == 3 && handler.frozen(), "the brand's and the finance side's lift nothing");
        handler.report(1, 20, 100, 0);
        require(handler.landed() == 4 && !handler.frozen(), "lifted by the auditors");
        handler.report(1, 50, 100, 0);
        require(handler.landed() == 4, "not twice in a day");
    }

    function invariantFrozenAsTheRuleHasIt() public view {
        require(handler.frozen() == handler.frozenByTheRule(), "a finding stands against all others");
    }

    function invariantTheStreamIsWhole() public view {
        require(handler.word() == handler.expectedWord(), "head and count");
        require(uint64(handler.word()) == handler.landed(), "one leaf a report");
    }
}
