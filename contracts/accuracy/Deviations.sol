// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {AccuracyLevel, AccuracyLimits} from "./Constants.sol";
import {MoneyLimits} from "../lib/Constants.sol";

/// @title Arithmetic of comparisons, in basis points
library Deviations {
    /// @notice `difference / max(ledger, 1)`, rounded up, at most `AccuracyLimits.MAX_DEVIATION_BPS`.
    function deviationBpsUp(uint64 differenceUnits, uint64 ledgerUnits) internal pure returns (uint16) {
        uint256 whole = MoneyLimits.WHOLE_BPS;
        uint256 bps = Math.ceilDiv(uint256(differenceUnits) * whole, Math.max(ledgerUnits, 1));
        return uint16(Math.min(bps, AccuracyLimits.MAX_DEVIATION_BPS));
    }

    /// @notice `matching / skus`, rounded down. `skus` is not 0, `matching` at most `skus`.
    function accuracyBpsDown(uint32 skusMatching, uint32 skus) internal pure returns (uint16) {
        return uint16(uint256(skusMatching) * MoneyLimits.WHOLE_BPS / skus);
    }

    /// @notice The level of a deviation, see `AccuracyLevel`.
    function levelOf(uint16 deviationBps) internal pure returns (uint8) {
        if (deviationBps >= AccuracyLimits.AUDIT_BPS) return AccuracyLevel.AUDIT;
        if (deviationBps >= AccuracyLimits.FLAG_BPS) return AccuracyLevel.FLAGGED;
        if (deviationBps >= AccuracyLimits.RECOUNT_BPS) return AccuracyLevel.RECOUNT;
        return deviationBps >= AccuracyLimits.NOTICE_BPS ? AccuracyLevel.NOTICE : AccuracyLevel.NONE;
    }
}
