// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAccuracy} from "../../../contracts/interfaces/IAccuracy.sol";
import {AccuracyTest} from "./AccuracyTest.sol";

/// @notice Records at random, by the operator or the auditor, of more or less goods; notes what ends with what.
contract AccuracyHandler is AccuracyTest {
    uint256 public recorded;
    /// @notice A deviation of 25 % was recorded, or of 15 % by an auditor, and no auditor recorded less since with as many SKUs.
    bool public awaitsAudit;
    /// @notice The latest record's deviation, basis points.
    uint64 public latestBps;
    /// @notice Since when the open recount is due in a day; 0 = none is open.
    uint256 public recountSince;
    /// @notice The most SKUs and units of the records that raised what stands.
    uint32 public skusNeeded;
    uint64 public unitsNeeded;
    /// @notice A flag fell by a record of fewer SKUs, or by the operator with fewer units; a recount ended by fewer SKUs.
    bool public liftedByLess;

    constructor() {
        AccuracyTest.setUp();
    }

    function setUp() public override {}

    function record(bool byAuditor, uint16 bps, uint16 passed, uint8 more, bool half) external {
        CHEATS.warp(block.timestamp + passed);
        latestBps = bps % 4000 & ~uint64(1);
        (uint256 flag, uint256 due) = (_flag(), accuracy.recountBy(place));
        asOf += 1 hours;
        IAccuracy.Comparison memory c = _of(latestBps, 1 + uint32(more), half ? LEDGER_UNITS / 2 : LEDGER_UNITS);
        _send(byAuditor ? auditorAccount : brandAccount, c);
        ++recorded;
        bool wide = c.skus >= skusNeeded;
        bool strong = wide && (byAuditor || c.ledgerUnits >= unitsNeeded);
        if ((_flag() < flag && !strong) || (due != 0 && accuracy.recountBy(place) == 0 && !wide)) liftedByLess = true;
        _note(byAuditor, byAuditor && strong, wide, c);
    }

    function word() external view returns (uint256) {
        return accuracy.wordOf(place);
    }

    function finding() external view returns (uint256) {
        return accuracy.findingOf(place);
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

    function _note(bool byAuditor, bool audits, bool wide, IAccuracy.Comparison memory c) private {
        if (latestBps >= 2500 || (byAuditor && latestBps >= 1500)) awaitsAudit = true;
        else if (audits) awaitsAudit = false;
        if (latestBps >= 800 && recountSince == 0) recountSince = block.timestamp;
        else if (latestBps < 800 && wide) recountSince = 0;
        if (!accuracy.flagged(place) && recountSince == 0) {
            (skusNeeded, unitsNeeded) = (0, 0);
        } else if (latestBps >= 800) {
            if (c.skus > skusNeeded) skusNeeded = c.skus;
            if (c.ledgerUnits > unitsNeeded) unitsNeeded = c.ledgerUnits;
        }
    }

    function _of(uint64 bps, uint32 skus, uint64 units) private view returns (IAccuracy.Comparison memory c) {
        c = _comparison(bps);
        (c.skus, c.skusMatching) = (skus, bps == 0 ? skus : skus - 1);
        c.differenceUnits = units * bps / 10_000;
        (c.ledgerUnits, c.snapshotUnits) = (units, units + c.differenceUnits);
    }

    function _flag() private view returns (uint8) {
        return uint8(accuracy.wordOf(place) >> 72);
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

    function testWeakerRecordsAreNoted() public {
        handler.record(false, 2600, 0, 99, false);
        handler.record(true, 0, 0, 98, false);
        require(handler.flagged() && handler.awaitsAudit(), "99 SKUs lift nothing that 100 raised");
        handler.record(true, 0, 0, 99, true);
        require(!handler.flagged() && !handler.awaitsAudit() && !handler.liftedByLess(), "100 do");
    }

    function invariantNothingIsLiftedByLess() public view {
        require(!handler.liftedByLess(), "weaker evidence lifted something");
    }

    function invariantWhatIsFoundIsFlagged() public view {
        bool found = handler.awaitsAudit() || handler.latestBps() >= 1500;
        require(handler.flagged() || !found, "flag");
        require(!handler.awaitsAudit() || uint8(handler.word() >> 72) == 4, "level 4");
    }

    function invariantARecountIsDueADayAfterItWasOrdered() public view {
        uint256 since = handler.recountSince();
        require(handler.recountBy() == (since == 0 ? 0 : since + 1 days), "recount");
    }

    function invariantAFindingIsTheMostOfWhatRaisedIt() public view {
        bool stands = handler.flagged() || handler.recountBy() != 0;
        require((handler.finding() != 0) == stands, "it stands as long as a flag or recount does");
        require(uint32(handler.finding()) == handler.skusNeeded(), "SKUs");
        require(uint64(handler.finding() >> 32) == handler.unitsNeeded(), "units");
    }

    function invariantWordAndStreamCountAlike() public view {
        require(handler.count() == handler.recorded(), "one record, one leaf");
        require(uint32(handler.word() >> 112) == handler.recorded(), "and the word counts them");
    }
}
