// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IAccuracy} from "../interfaces/IAccuracy.sol";
import {AccuracyLevel, AccuracyLimits} from "./Constants.sol";

/// @title What the flag or recount of a place rests on, and what is as strong
/// @dev A finding's word: SKUs (uint32), ledger units (uint64 at bit 32), block time of the newest record that raised it
/// (uint64 at bit 96). 0 while nothing stands.
library Findings {
    /// @notice Whether a record compared as many SKUs as the finding. Of a finding that nobody raised anew for
    /// `AccuracyLimits.FINDING_SECONDS` an auditor says what it has seen: figures nobody can reach bind nobody for ever.
    function isAsWide(uint256 finding, IAccuracy.Comparison memory comparison, bool audited)
        internal
        view
        returns (bool)
    {
        if (comparison.skus >= uint32(finding)) return true;
        return audited && isOld(finding);
    }

    /// @notice Whether nobody raised the finding anew for `AccuracyLimits.FINDING_SECONDS`.
    function isOld(uint256 finding) internal view returns (bool) {
        return block.timestamp > uint64(finding >> 96) + AccuracyLimits.FINDING_SECONDS;
    }

    /// @notice Whether it also had as many units on the ledger, which binds the operator alone: of goods that left since,
    /// an auditor says so.
    function isAsStrong(uint256 finding, IAccuracy.Comparison memory comparison, bool audited)
        internal
        view
        returns (bool)
    {
        return isAsWide(finding, comparison, audited) && (audited || comparison.ledgerUnits >= uint64(finding >> 32));
    }

    /// @notice The finding after a record of this level, while a flag or recount stands.
    function raised(uint256 finding, IAccuracy.Comparison memory comparison, uint256 level)
        internal
        view
        returns (uint256)
    {
        if (level < AccuracyLevel.RECOUNT) return finding;
        uint256 skus = Math.max(uint32(finding), comparison.skus);
        uint256 units = Math.max(uint64(finding >> 32), comparison.ledgerUnits);
        return skus | units << 32 | block.timestamp << 96;
    }
}
