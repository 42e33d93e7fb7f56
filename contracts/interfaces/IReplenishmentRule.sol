// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "./IReplenishment.sol";

/// @title The rule of replenishment
/// @notice A contract of its own, listed as `ReplenishmentRule`: it keeps nothing, reads what its caller, a Replenishment, and
/// the ledger hold, and says what may be ordered. Refusals are those of IReplenishment.
interface IReplenishmentRule {
    /// @notice What the rule gives for a SKU at a place; reverts with the reason when nothing may be ordered.
    function choice(uint32 sku, uint16 to) external view returns (IReplenishment.Choice memory chosen);
}
