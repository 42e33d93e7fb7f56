// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {HealthLimits} from "../../../contracts/lib/Constants.sol";
import {HealthTest} from "./HealthTest.sol";

/// @notice Reports at random, by the brand and by independent organisations, with days in between.
contract HealthHandler is HealthTest {
    uint256 public expectedWord;
    uint256 public landed;
    uint256 public newestIndependentAt;
    bool public newestIndependentFrozen;
    bool public liftedAgainstTheRule;

    constructor() {
        HealthTest.setUp();
    }

    function setUp() public override {}

    function report(uint8 who, uint16 stockValueFen, uint16 revenueFen, uint8 pauseDays) external {
        _later(uint256(pauseDays % 64) * 1 days + 1);
        address reporter = [brandAccount, auditorAccount, financeAccount, brandAccount, supplierAccount][who % 5];
        uint16 organisation = [brand, auditor, finance, brand, supplier][who % 5];
        (uint64 value, uint64 revenue) = (stockValueFen, revenueFen);
        uint32 to = uint32(time);
        CHEATS.prank(reporter);
        try health.report(brand, value, revenue, to - 365 days, to, AT_BLOCK, ROOT) {
            uint96 share = health.capitalOf(brand).shareBps;
            bytes memory payload = abi.encode(organisation, value, revenue, to - 365 days, to, AT_BLOCK, ROOT, share);
            expectedWord = _appended(expectedWord, _stream(brand), reporter, payload);
            ++landed;
            _judge(organisation == brand);
        } catch {}
    }

    function frozen() external view returns (bool) {
        return health.purchasingFrozen(brand);
    }

    function word() external view returns (uint256) {
        return health.streamWord(_stream(brand));
    }

    function _judge(bool own) private {
        bool above = health.purchasingFrozen(brand);
        if (!own) (newestIndependentAt, newestIndependentFrozen) = (time, above);
        bool stands = newestIndependentFrozen
            && time - newestIndependentAt <= HealthLimits.INDEPENDENT_SECONDS;
        if (own && stands && !above) liftedAgainstTheRule = true;
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

    function testReportsLandAndAreRefused() public {
        handler.report(1, 50, 100, 3);
        handler.report(0, 20, 100, 3);
        require(handler.landed() == 1 && handler.frozen(), "the brand's is refused");
        handler.report(2, 20, 100, 3);
        require(handler.landed() == 2 && !handler.frozen(), "lifted by another");
    }

    function invariantNobodyLiftsAnIndependentFinding() public view {
        require(!handler.liftedAgainstTheRule(), "the brand lifted it");
    }

    function invariantTheStreamIsWhole() public view {
        require(handler.word() == handler.expectedWord(), "head and count");
        require(uint64(handler.word()) == handler.landed(), "one leaf a report");
    }
}
