// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAccuracy} from "../../../contracts/interfaces/IAccuracy.sol";
import {AccuracyLimits} from "../../../contracts/accuracy/Constants.sol";
import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {AccuracyTest} from "./AccuracyTest.sol";

/// @notice What one record may not do: lift what more evidence raised, or fill the list.
contract AccuracyPowerTest is AccuracyTest {
    function testOneMatchingSkuLiftsNoFlag() public {
        _send(brandAccount, _comparison(1600));
        uint256 due = accuracy.recountBy(place);
        require(accuracy.flagged(place) && due != 0, "200 SKUs differ by 16 %");
        asOf += 1 hours;
        _send(brandAccount, _sized(0, 1, 1));
        require(accuracy.flagged(place), "one matching SKU lifts no flag");
        require(accuracy.recountBy(place) == due, "and ends no recount");
        _later(0, 199, LEDGER_UNITS);
        require(accuracy.flagged(place), "nor do 199");
        _later(0, 200, LEDGER_UNITS);
        require(!accuracy.flagged(place) && accuracy.recountBy(place) == 0, "as many do");
    }

    function testOneMatchingSkuOfAnAuditorLiftsNoFlag() public {
        _send(brandAccount, _comparison(2600));
        asOf += 1 hours;
        _send(auditorAccount, _sized(0, 1, 1));
        require(accuracy.flagged(place) && accuracy.recountBy(place) != 0, "an auditor counts as much as it lifts");
        asOf += 1 hours;
        _send(auditorAccount, _sized(0, 200, 1));
        require(!accuracy.flagged(place) && accuracy.recountBy(place) == 0, "of goods that left it says so");
    }

    function testUnitsBindTheOperatorsFlagAndNotItsRecount() public {
        _send(brandAccount, _comparison(1600));
        _later(0, 200, LEDGER_UNITS - 1);
        require(accuracy.flagged(place), "a unit less was on the ledger");
        require(accuracy.recountBy(place) == 0, "the recount is done: stock falls while people count");
        require(accuracy.findingOf(place) == _finding(200, LEDGER_UNITS), "what the flag rests on stays");
        _later(0, 200, LEDGER_UNITS);
        require(!accuracy.flagged(place) && accuracy.findingOf(place) == 0, "as many units");
    }

    /// @dev An operator states what it likes: the auditor's own figures, and no difference.
    function testTheOperatorDoesNotLiftWhatAnAuditorFound() public {
        _send(auditorAccount, _comparison(1600));
        require(uint8(accuracy.wordOf(place) >> 72) == 4 && _level() == 3, "level 3, for an auditor to lift");
        _later(0, 200, LEDGER_UNITS);
        require(accuracy.flagged(place), "its own figures back, with no difference");
        require(accuracy.recountBy(place) == 0, "it counted again, as it had to");
        _later(0, type(uint32).max, type(uint64).max);
        require(accuracy.flagged(place), "however much it states");
        CHEATS.warp(START + AccuracyLimits.FINDING_SECONDS + 1);
        _later(0, type(uint32).max, type(uint64).max);
        require(accuracy.flagged(place), "and however long it waits");
        asOf += 1 hours;
        _send(auditorAccount, _comparison(0));
        require(!accuracy.flagged(place), "an auditor does");
    }

    function testWhatAnAuditorOnlyToldToCountTheOperatorCounts() public {
        _send(auditorAccount, _comparison(1499));
        require(!accuracy.flagged(place) && accuracy.recountBy(place) != 0, "below level 3 nothing is flagged");
        _later(0, 200, LEDGER_UNITS);
        require(accuracy.recountBy(place) == 0 && accuracy.findingOf(place) == 0, "done");
    }

    function testAWeakRecordDoesNotLowerTheFlagEither() public {
        _send(auditorAccount, _comparison(2600));
        asOf += 1 hours;
        _send(auditorAccount, _sized(1600, 199, LEDGER_UNITS));
        require(uint8(accuracy.wordOf(place) >> 72) == 4 && _level() == 3, "level 4 stands");
    }

    function testAFindingIsTheGreatestOfWhatRaisedIt() public {
        require(accuracy.findingOf(place) == 0, "nothing stands");
        _later(0, 5000, LEDGER_UNITS);
        _later(799, 5000, LEDGER_UNITS);
        require(accuracy.findingOf(place) == 0, "below level 2 nothing is raised");
        _later(800, 40, 30_000);
        require(accuracy.findingOf(place) == _finding(40, 30_000), "the first");
        CHEATS.warp(START + 60);
        _later(900, 50, 20_000);
        require(accuracy.findingOf(place) == (50 | 30_000 << 32 | (START + 60) << 96), "the most of either, and when");
        bytes32 stored = CHEATS.load(address(accuracy), keccak256(abi.encode(place, uint256(1))));
        require(uint256(stored) == accuracy.findingOf(place), "docs/formats.md");
        _later(0, 49, LEDGER_UNITS);
        require(accuracy.findingOf(place) == (50 | 30_000 << 32 | (START + 60) << 96), "a weak record changes nothing");
        _later(0, 50, 0);
        require(accuracy.findingOf(place) == 0, "ended");
    }

    function testFiguresThatNoPlaceCanReachBindItForNinetyDays() public {
        asOf = uint32(START);
        _send(auditorAccount, _sized(2600, type(uint32).max, LEDGER_UNITS));
        uint16 other = consortium.registerOrganisation(OrganisationKind.AUDITOR, _nextGln(), 0);
        _account(0xe2, other, Role.REPORT);
        address honest = CHEATS.addr(0xe2);
        CHEATS.warp(START + AccuracyLimits.FINDING_SECONDS);
        asOf = uint32(START + AccuracyLimits.FINDING_SECONDS - 2 hours);
        _send(honest, _comparison(0));
        require(accuracy.flagged(place), "on the last second, too");
        CHEATS.warp(START + AccuracyLimits.FINDING_SECONDS + 1);
        asOf += 1 hours;
        _send(brandAccount, _comparison(0));
        require(accuracy.flagged(place), "never by the operator");
        _send(honest, _comparison(0));
        require(!accuracy.flagged(place) && accuracy.findingOf(place) == 0, "by an auditor, whatever it compared");
    }

    /// @dev A colluding auditor lifted another's flag at once, by the same figures with no difference.
    function testOneAuditorDoesNotLiftWhatAnotherFound() public {
        _send(auditorAccount, _comparison(1600));
        address second = _auditor(0xe2);
        asOf += 1 hours;
        uint64 entries = uint64(accuracy.streamWord(_stream()));
        _send(second, _comparison(0));
        require(accuracy.flagged(place), "one of them does not");
        require(uint64(accuracy.streamWord(_stream())) == entries, "nor is it on the list");
        uint16 waiting = uint16(consortium.memberOf(second));
        require(accuracy.auditOf(place) == (auditor | uint256(waiting) << 16), "it waits for another");
        asOf += 1 hours;
        _send(second, _comparison(0));
        require(accuracy.flagged(place), "twice the same is one");
        asOf += 1 hours;
        _send(_auditor(0xe3), _comparison(0));
        require(!accuracy.flagged(place) && accuracy.auditOf(place) == 0, "two do");
    }

    function testWhoRaisedAFlagLiftsIt() public {
        _send(auditorAccount, _comparison(2600));
        asOf += 1 hours;
        _send(_auditor(0xe2), _comparison(0));
        asOf += 1 hours;
        _send(auditorAccount, _comparison(0));
        require(!accuracy.flagged(place) && accuracy.auditOf(place) == 0, "by its own word");
    }

    /// @dev Whoever joined in raising it would else be the one that lifts it.
    function testWhoRaisesAFlagThatStandsDoesNotLiftItAlone() public {
        _send(auditorAccount, _comparison(1600));
        address second = _auditor(0xe2);
        asOf += 1 hours;
        _send(second, _sized(1600, 1, 10));
        asOf += 1 hours;
        _send(second, _comparison(0));
        require(accuracy.flagged(place), "the first one's stands");
        asOf += 1 hours;
        _send(auditorAccount, _comparison(1600));
        asOf += 1 hours;
        _send(_auditor(0xe3), _comparison(0));
        require(accuracy.flagged(place), "who found less before it was raised anew counts no more");
        asOf += 1 hours;
        _send(auditorAccount, _comparison(0));
        require(!accuracy.flagged(place), "two of them do");
    }

    function testOfAnAuditorThatIsNoneAnyMoreOneIsEnough() public {
        _send(auditorAccount, _comparison(1600));
        address second = _auditor(0xe2);
        consortium.setOrganisationStatus(auditor, 2);
        asOf += 1 hours;
        _send(second, _comparison(0));
        require(!accuracy.flagged(place), "it cannot lift its own any more");
    }

    function testWhoWaitedAndWasSuspendedIsNoSecond() public {
        _send(auditorAccount, _comparison(1600));
        address second = _auditor(0xe2);
        asOf += 1 hours;
        _send(second, _comparison(0));
        consortium.setOrganisationStatus(uint16(consortium.memberOf(second)), 2);
        asOf += 1 hours;
        _send(_auditor(0xe3), _comparison(0));
        require(accuracy.flagged(place), "one is left");
    }

    function testAnOperatorsFlagOneAuditorLifts() public {
        _send(brandAccount, _comparison(2600));
        asOf += 1 hours;
        _send(_auditor(0xe2), _comparison(0));
        require(!accuracy.flagged(place), "an auditor's word is stronger than the operator's");
    }

    function testRecordsASecondApartAreRefused() public {
        _send(brandAccount, _comparison(0));
        uint256 earliest = asOf + 3600;
        bytes4 tooSoon = IAccuracy.AccuracyTooSoon.selector;
        asOf += 1;
        _refuse(brandAccount, _comparison(0), abi.encodeWithSelector(tooSoon, place, asOf, earliest));
        asOf += 3598;
        _refuse(brandAccount, _comparison(0), abi.encodeWithSelector(tooSoon, place, asOf, earliest));
        _send(auditorAccount, _comparison(0));
        asOf += 1;
        _send(brandAccount, _comparison(0));
        bytes32 key = keccak256(abi.encode(uint256(place) << 16 | brand, uint256(2)));
        require(uint256(CHEATS.load(address(accuracy), key)) == asOf, "docs/formats.md");
        asOf += 3598;
        _refuse(auditorAccount, _comparison(0), abi.encodeWithSelector(tooSoon, place, asOf, earliest + 3599));
    }

    function testOldSnapshotsAreRefused() public {
        asOf = uint32(START - 400 days);
        _send(brandAccount, _comparison(0));
        asOf -= 1;
        bytes4 tooOld = IAccuracy.AccuracyTooOld.selector;
        _refuse(auditorAccount, _comparison(0), abi.encodeWithSelector(tooOld, asOf, START));
    }

    /// @dev What can be recorded at one moment, and in the year after it, stays below a page of 10,000.
    function testAYearOfAllThatMayBeRecordedFitsAPage() public pure {
        uint256 atOnce = AccuracyLimits.RECORD_AGE_SECONDS / AccuracyLimits.RECORD_SPACING_SECONDS;
        require(atOnce == 9600 && 365 days / AccuracyLimits.RECORD_SPACING_SECONDS == 8760, "below 10,000");
    }

    function _auditor(uint256 key) private returns (address account) {
        _account(key, consortium.registerOrganisation(OrganisationKind.AUDITOR, _nextGln(), 0), Role.REPORT);
        return CHEATS.addr(key);
    }

    function _later(uint64 bps, uint32 skus, uint64 units) private {
        asOf += 1 hours;
        _send(brandAccount, _sized(bps, skus, units));
    }

    /// @dev A comparison of now of so many SKUs and units; at most one SKU differs.
    function _sized(uint64 bps, uint32 skus, uint64 units) private view returns (IAccuracy.Comparison memory c) {
        c = _comparison(bps);
        (c.skus, c.skusMatching) = (skus, bps == 0 ? skus : skus - 1);
        c.differenceUnits = units * bps / 10_000;
        (c.ledgerUnits, c.snapshotUnits) = (units, units + c.differenceUnits);
    }

    function _finding(uint256 skus, uint256 units) private pure returns (uint256) {
        return skus | units << 32 | START << 96;
    }
}
