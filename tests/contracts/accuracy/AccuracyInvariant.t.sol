// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccuracyTest} from "./AccuracyTest.sol";

/// @notice Records at random, by the operator or the auditor; keeps what must hold of the place beside the contract.
contract AccuracyHandler is AccuracyTest {
    uint256 public recorded;
    /// @notice A deviation of 25 % was recorded, and no auditor recorded less since.
    bool public awaitsAudit;
    /// @notice The latest record's deviation, basis points.
    uint64 public latestBps;
    /// @notice Since when every record called for a recount; 0 = the latest one does not.
    uint256 public recountSince;

    constructor() {
        AccuracyTest.setUp();
    }

    function setUp() public override {}

    function record(bool byAuditor, uint16 bps, uint16 passed) external {
        CHEATS.warp(block.timestamp + passed);
        latestBps = bps % 4000;
        _recordBps(byAuditor ? auditorAccount : brandAccount, latestBps);
        ++recorded;
        if (latestBps >= 2500) awaitsAudit = true;
        else if (byAuditor) awaitsAudit = false;
        if (latestBps < 800) recountSince = 0;
        else if (recountSince == 0) recountSince = block.timestamp;
    }

    function word() external view returns (uint256) {
        return accuracy.wordOf(place);
    }

    function count() external view returns (uint64) {
        return uint64(accuracy.streamWord(_stream()));
    }

    function flagged() external view returns (bool) {
        return accuracy.flagged(place);
    }

    function recountBy() external view returns (uint256) {
        return accuracy.recountBy(place);
    }
}

/// @notice Whatever is recorded: a flag, a recount and the count of records are those of the history.
contract AccuracyInvariantTest {
    AccuracyHandler private handler;

    function setUp() public {
        handler = new AccuracyHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantFlagsFollowTheHistory() public view {
        require(handler.flagged() == (handler.awaitsAudit() || handler.latestBps() >= 1500), "flag");
    }

    function invariantARecountIsDueADayAfterItWasOrdered() public view {
        uint256 since = handler.recountSince();
        require(handler.recountBy() == (since == 0 ? 0 : since + 1 days), "recount");
    }

    function invariantWordAndStreamCountAlike() public view {
        require(handler.count() == handler.recorded(), "one record, one leaf");
        require(uint32(handler.word() >> 112) == handler.recorded(), "and the word counts them");
    }
}
