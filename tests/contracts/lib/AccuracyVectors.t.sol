// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Deviations} from "../../../contracts/accuracy/Deviations.sol";
import {Findings} from "../../../contracts/accuracy/Findings.sol";
import {IAccuracy} from "../../../contracts/interfaces/IAccuracy.sol";
import {ContractTest} from "../ContractTest.sol";
import {VectorsTest} from "../VectorsTest.sol";

/// @notice Ratios, levels and the strength of a record are what was worked out by hand.
contract AccuracyVectorsTest is ContractTest, VectorsTest {
    function setUp() public {
        _load("accuracy");
    }

    function testDeviation() public {
        for (uint256 i = 0; _goTo("deviation", i); ++i) {
            uint64 difference = uint64(_number("difference_units"));
            uint256 found = Deviations.deviationBpsUp(difference, uint64(_number("ledger_units")));
            require(found == _number("result"), _why());
        }
    }

    function testAccuracy() public {
        for (uint256 i = 0; _goTo("accuracy", i); ++i) {
            uint256 found = Deviations.accuracyBpsDown(uint32(_number("skus_matching")), uint32(_number("skus")));
            require(found == _number("result"), _why());
        }
    }

    function testLevel() public {
        for (uint256 i = 0; _goTo("level", i); ++i) {
            require(Deviations.levelOf(uint16(_number("deviation_bps"))) == _number("result"), _why());
        }
    }

    function testStrength() public {
        for (uint256 i = 0; _goTo("strength", i); ++i) {
            CHEATS.warp(_number("block_time"));
            uint256 finding = _number("finding_skus") | _number("finding_units") << 32 | _number("raised_at") << 96;
            IAccuracy.Comparison memory comparison;
            comparison.skus = uint32(_number("skus"));
            comparison.ledgerUnits = uint64(_number("ledger_units"));
            bool audited = _truth("audited");
            require(Findings.isAsWide(finding, comparison, audited) == _truth("wide"), _why());
            require(Findings.isAsStrong(finding, comparison, audited) == _truth("strong"), _why());
        }
    }
}
