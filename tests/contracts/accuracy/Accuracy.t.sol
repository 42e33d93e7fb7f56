// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAccuracy} from "../../../contracts/interfaces/IAccuracy.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {AccuracyLimits} from "../../../contracts/accuracy/Constants.sol";
import {OrganisationKind, Role, RuleFamily} from "../../../contracts/lib/Constants.sol";
import {Streams} from "../../../contracts/lib/Streams.sol";
import {AccuracyTest} from "./AccuracyTest.sol";

/// @notice Who may record what, the levels of a place, and what ends them.
contract AccuracyRulesTest is AccuracyTest {
    function testARecordIsTheWordTheStreamAndTheEvent() public {
        IAccuracy.Comparison memory c = _comparison(10);
        uint256 word = uint256(c.asOf) | 10 << 32 | 9950 << 48 | 1 << 112 | (block.number - 1) << 144;
        CHEATS.expectEmit(true, true, true, true);
        emit IAccuracy.AccuracyRecorded(place, brandAccount, 0, brand, false, c, word, 0);
        _send(brandAccount, c);
        require(accuracy.wordOf(place) == word, "word");
        bytes memory payload = abi.encode(c, brand, false, word, 0);
        require(accuracy.streamWord(_stream()) == _expectedStream(payload), "head and count");
        require(!accuracy.flagged(place) && accuracy.recountBy(place) == 0, "nothing stands out");
        bytes32 stored = CHEATS.load(address(accuracy), keccak256(abi.encode(place, uint256(0))));
        require(uint256(stored) == word, "docs/formats.md");
    }

    function testAReplacedOneRecordsNothing() public {
        _list("Accuracy", 3, address(hub), 0);
        _refuse(brandAccount, _comparison(10), _replaced("Accuracy", 3));
        _refuse(auditorAccount, _comparison(10), _replaced("Accuracy", 3));
    }

    function testLevelsBeginAtTheirThresholds() public {
        uint64[10] memory bps = [uint64(0), 299, 300, 799, 800, 1499, 1500, 2499, 2500, 9999];
        for (uint256 i = 0; i < bps.length; ++i) {
            _recordBps(auditorAccount, bps[i]);
            require(_level() == i / 2, "level");
            require(accuracy.flagged(place) == (i / 2 >= 3), "flag");
            require((accuracy.recountBy(place) != 0) == (i / 2 >= 2), "recount");
        }
    }

    function testARecountKeepsItsDeadlineUntilItIsDone() public {
        _recordBps(brandAccount, 800);
        uint256 due = START + 1 days;
        require(accuracy.recountBy(place) == due, "a day");
        CHEATS.warp(START + 1 hours);
        _recordBps(brandAccount, 1600);
        require(accuracy.recountBy(place) == due, "not moved by a record that does not end it");
        _recordBps(brandAccount, 799);
        require(accuracy.recountBy(place) == 0, "done");
        _recordBps(brandAccount, 800);
        require(accuracy.recountBy(place) == due + 1 hours, "a new one");
    }

    function testAFlagIsLiftedByALowerRecord() public {
        _recordBps(brandAccount, 1500);
        require(accuracy.flagged(place), "flagged");
        _recordBps(brandAccount, 1499);
        require(!accuracy.flagged(place), "lifted by the operator");
    }

    function testOnlyAnAuditorLiftsTheHighestLevel() public {
        _recordBps(brandAccount, 2500);
        _recordBps(brandAccount, 0);
        require(accuracy.flagged(place) && _level() == 0, "the operator's own record does not lift it");
        _recordBps(brandAccount, 1500);
        _recordBps(brandAccount, 0);
        require(accuracy.flagged(place), "nor do two of them");
        _recordBps(auditorAccount, 1500);
        require(accuracy.flagged(place), "the auditor found level 3");
        _recordBps(brandAccount, 0);
        require(accuracy.flagged(place), "which the operator does not lift either");
        _recordBps(auditorAccount, 299);
        require(!accuracy.flagged(place), "lifted by the auditor");
    }

    function testNeitherSideShutsTheOtherOut() public {
        IAccuracy.Comparison memory c = _comparison(0);
        c.asOf = uint32(START - 10);
        _send(brandAccount, c);
        c = _comparison(2600);
        c.asOf = uint32(START - 7200);
        _send(auditorAccount, c);
        require(accuracy.flagged(place) && accuracy.recountBy(place) != 0, "two hours older, and it decides");
        uint256 word = accuracy.wordOf(place);
        require(uint32(word) == c.asOf && uint32(word >> 208) == START - 10 && word >> 240 == 1, "both times");
        bytes4 notNewer = IAccuracy.AccuracyNotNewer.selector;
        _refuse(auditorAccount, c, abi.encodeWithSelector(notNewer, place, c.asOf, c.asOf));
        IAccuracy.Comparison memory own = _comparison(0);
        own.asOf = uint32(START - 10);
        _refuse(brandAccount, own, abi.encodeWithSelector(notNewer, place, own.asOf, own.asOf));
        c = _comparison(0);
        c.asOf = uint32(START - 3600);
        _send(auditorAccount, c);
        require(!accuracy.flagged(place) && accuracy.recountBy(place) == 0, "and lifts");
    }

    function testAnOlderRecordOfTheOperatorLiftsNothing() public {
        uint32 audit = uint32(START - 4 hours);
        IAccuracy.Comparison memory c = _comparison(1600);
        c.asOf = audit;
        _send(auditorAccount, c);
        uint256 due = accuracy.recountBy(place);
        c = _comparison(0);
        c.asOf = audit - 1 hours;
        _send(brandAccount, c);
        require(accuracy.flagged(place) && accuracy.recountBy(place) == due && _level() == 0, "older than the audit");
        c.asOf = audit;
        _send(brandAccount, c);
        require(accuracy.flagged(place), "of the same time");
        c.asOf = audit + 1 hours;
        _send(brandAccount, c);
        require(accuracy.flagged(place) && accuracy.recountBy(place) == 0, "newer: it was counted again");
        c = _comparison(0);
        c.asOf = audit + 3 hours;
        _send(auditorAccount, c);
        require(!accuracy.flagged(place), "and the auditor says whether that is right");
        c = _comparison(2600);
        c.asOf = audit + 2 hours;
        _send(brandAccount, c);
        require(uint8(accuracy.wordOf(place) >> 72) == 4, "it may raise");
    }

    function testAnAuditorThatOperatesThePlaceIsNotIndependent() public {
        consortium.setPlace(place, auditor, 1);
        _recordBps(auditorAccount, 2500);
        _recordBps(auditorAccount, 0);
        require(accuracy.flagged(place), "its own record does not lift it");
    }

    function testStrangersAreRefused() public {
        IAccuracy.Comparison memory c = _comparison(0);
        bytes4 missing = IConsortium.ConsortiumMissingRole.selector;
        _refuse(clerk, c, abi.encodeWithSelector(missing, clerk, Role.REPORT));
        _refuse(outsider, c, abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        address reporter = CHEATS.addr(reporterKeys[0]);
        bytes4 notOperator = IAccuracy.AccuracyNotOperator.selector;
        _refuse(reporter, c, abi.encodeWithSelector(notOperator, place, platform));
        consortium.setOrganisationStatus(auditor, 2);
        bytes4 suspended = IConsortium.ConsortiumOrganisationSuspended.selector;
        _refuse(auditorAccount, c, abi.encodeWithSelector(suspended, auditor));
        consortium.setAccount(clerk, 1, Role.AUDIT_ADMIN);
        _refuse(clerk, c, abi.encodeWithSelector(missing, clerk, Role.REPORT));
        c.place = 999;
        _refuse(brandAccount, c, abi.encodeWithSelector(IAccuracy.AccuracyUnknownPlace.selector, 999));
        c.place = 0;
        _refuse(brandAccount, c, abi.encodeWithSelector(IAccuracy.AccuracyUnknownPlace.selector, 0));
    }

    function testEitherRoleSuffices() public {
        consortium.setAccount(brandAccount, 1, Role.REPORT);
        _recordBps(brandAccount, 0);
        consortium.setAccount(brandAccount, 1, Role.POST_MOVEMENTS);
        _recordBps(brandAccount, 0);
        require(uint64(accuracy.streamWord(_stream())) == 2, "both");
    }

    function testPausedWithReports() public {
        consortium.pause(RuleFamily.REPORTS);
        bytes4 paused = IConsortium.ConsortiumFamilyPaused.selector;
        _refuse(brandAccount, _comparison(0), abi.encodeWithSelector(paused, RuleFamily.REPORTS));
    }

    function testTimesAndBlocks() public {
        IAccuracy.Comparison memory c = _comparison(0);
        c.atBlock = uint64(block.number);
        bytes4 notPast = IAccuracy.AccuracyBlockNotPast.selector;
        _refuse(brandAccount, c, abi.encodeWithSelector(notPast, block.number, block.number));
        c = _comparison(0);
        c.asOf = uint32(block.timestamp + 301);
        _refuse(
            brandAccount, c, abi.encodeWithSelector(IAccuracy.AccuracyFromFuture.selector, c.asOf, block.timestamp)
        );
        c.asOf -= 1;
        _send(brandAccount, c);
        bytes4 notNewer = IAccuracy.AccuracyNotNewer.selector;
        _refuse(brandAccount, c, abi.encodeWithSelector(notNewer, place, c.asOf, c.asOf));
        c.asOf -= 1;
        _refuse(brandAccount, c, abi.encodeWithSelector(notNewer, place, c.asOf, c.asOf + 1));
    }

    function testAnAuditorsRecordIsNotAheadOfItsBlock() public {
        IAccuracy.Comparison memory c = _comparison(2600);
        bytes4 fromFuture = IAccuracy.AccuracyFromFuture.selector;
        c.asOf = uint32(block.timestamp + 1);
        _refuse(auditorAccount, c, abi.encodeWithSelector(fromFuture, c.asOf, block.timestamp));
        c.asOf -= 1;
        _send(auditorAccount, c);
        bytes4 notNewer = IAccuracy.AccuracyNotNewer.selector;
        _refuse(auditorAccount, c, abi.encodeWithSelector(notNewer, place, c.asOf, c.asOf));
        uint16 other = consortium.registerOrganisation(OrganisationKind.AUDITOR, _nextGln(), 0);
        _account(0xe2, other, Role.REPORT);
        CHEATS.warp(block.timestamp + 1);
        c = _comparison(0);
        c.asOf = uint32(block.timestamp);
        _send(CHEATS.addr(0xe2), c);
        require(accuracy.auditOf(place) >> 16 == other, "a second later another auditor's counts");
    }

    function testAnAuditorAtItsOwnPlaceHasTheOperatorsTolerance() public {
        consortium.setPlace(place, auditor, 1);
        IAccuracy.Comparison memory c = _comparison(0);
        c.asOf = uint32(block.timestamp + 300);
        _send(auditorAccount, c);
    }

    function testFiguresThatNoStockCanHave() public {
        IAccuracy.Comparison memory c = _comparison(10);
        c.skus = 0;
        _refuse(brandAccount, c, abi.encodeWithSelector(IAccuracy.AccuracyNoSkus.selector, place));
        c.skus = 198;
        _refuse(brandAccount, c, abi.encodeWithSelector(IAccuracy.AccuracyTooManyMatching.selector, 199, 198));
        c = _comparison(10);
        bytes4 impossible = IAccuracy.AccuracyImpossibleDifference.selector;
        c.differenceUnits = 9;
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 9, 10, 20_010));
        c.differenceUnits = 20_011;
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 20_011, 10, 20_010));
        c.differenceUnits = 20_010;
        _send(brandAccount, c);
    }

    function testEverySkuThatDoesNotMatchDiffersByAUnit() public {
        IAccuracy.Comparison memory c = _comparison(10);
        bytes4 impossible = IAccuracy.AccuracyImpossibleDifference.selector;
        c.skusMatching = 189;
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 10, 11, 20_010));
        c.skusMatching = 190;
        _send(brandAccount, c);
        asOf += 1 hours;
        c = _comparison(0);
        c.skusMatching = 199;
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 0, 1, 20_000));
        (c.skusMatching, c.ledgerUnits, c.snapshotUnits, c.differenceUnits) = (198, 1, 0, 1);
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 1, 2, 1));
    }

    function testNothingDiffersWhereAllSkusMatch() public {
        IAccuracy.Comparison memory c = _comparison(0);
        bytes4 impossible = IAccuracy.AccuracyImpossibleDifference.selector;
        c.differenceUnits = 2;
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 2, 0, 0));
        (c.snapshotUnits, c.differenceUnits) = (LEDGER_UNITS + 7, 7);
        _refuse(brandAccount, c, abi.encodeWithSelector(impossible, 7, 7, 0));
        (c.ledgerUnits, c.snapshotUnits, c.differenceUnits) = (0, 0, 0);
        _send(brandAccount, c);
    }

    function testTheLargestFiguresFit() public {
        IAccuracy.Comparison memory c = _comparison(0);
        (c.skus, c.skusMatching) = (type(uint32).max, type(uint32).max - 1);
        (c.ledgerUnits, c.snapshotUnits, c.differenceUnits) = (0, type(uint64).max, type(uint64).max);
        _send(brandAccount, c);
        require(uint16(accuracy.wordOf(place) >> 32) == type(uint16).max, "deviation is capped");
        require(uint16(accuracy.wordOf(place) >> 48) == 9999, "accuracy");
        c.asOf += 1 hours;
        c.skusMatching = 0;
        _send(brandAccount, c);
        require(uint16(accuracy.wordOf(place) >> 48) == 0, "none matches");
    }

    function _expectedStream(bytes memory payload) private view returns (uint256) {
        bytes24 head = bytes24(keccak256(abi.encode(Streams.DOMAIN, block.chainid, address(accuracy), _stream())));
        bytes32 leaf = keccak256(
            abi.encode(
                Streams.LEAF_TYPE,
                _stream(),
                uint256(0),
                uint256(1),
                block.number,
                block.timestamp,
                brandAccount,
                keccak256(payload)
            )
        );
        return uint256(bytes32(bytes24(keccak256(abi.encode(head, leaf))))) | 1;
    }
}
