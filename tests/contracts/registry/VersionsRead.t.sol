// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IVersioned} from "../ContractTest.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @dev What contracts say of those that they rest on.
interface IReads {
    function READS_STOCK_LEDGER() external view returns (uint64);
    function READS_STOCK_CUTS() external view returns (uint64);
    function READS_REPORT_HUB() external view returns (uint64);
    function READS_DEPOSIT_TOKEN() external view returns (uint64);
    function READS_STOCK_HEALTH() external view returns (uint64);
    function READS_REPLENISHMENT_RULE() external view returns (uint64);
}

/// @notice Contracts that rest on others name the versions that ship beside them.
contract VersionsReadTest is MoneyTest {
    function testTheyReadWhatShipsBesideThem() public {
        IReads returns_ = IReads(_deployed("returns/Returns.sol:Returns"));
        IReads replenishment = IReads(_deployed("replenishment/Replenishment.sol:Replenishment"));
        address rule = _deployed("replenishment/ReplenishmentRule.sol:ReplenishmentRule");
        IReads money = IReads(address(settlement));
        uint64 stockVersion = IVersioned(address(stock)).VERSION();
        require(returns_.READS_STOCK_LEDGER() == stockVersion, "Returns");
        require(replenishment.READS_STOCK_LEDGER() == stockVersion, "Replenishment");
        require(IReads(rule).READS_STOCK_LEDGER() == stockVersion, "its rule");
        require(replenishment.READS_REPLENISHMENT_RULE() == IVersioned(rule).VERSION(), "rests on it");
        require(money.READS_STOCK_LEDGER() == stockVersion, "Settlement");
        require(IReads(address(provenance)).READS_STOCK_LEDGER() == stockVersion, "Provenance");
        require(money.READS_STOCK_CUTS() == IVersioned(address(cuts)).VERSION(), "its cuts");
        require(IReads(address(cuts)).READS_STOCK_LEDGER() == stockVersion, "StockCuts");
        require(money.READS_REPORT_HUB() == IVersioned(address(hub)).VERSION(), "its feeds");
        require(money.READS_DEPOSIT_TOKEN() == IVersioned(address(token)).VERSION(), "its tokens");
        IVersioned health = IVersioned(_deployed("health/StockHealth.sol:StockHealth"));
        require(IReads(rule).READS_STOCK_HEALTH() == health.VERSION(), "purchasing");
    }
}
