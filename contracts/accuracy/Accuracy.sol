// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IAccuracy} from "../interfaces/IAccuracy.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {AccuracyLevel, AccuracyLimits} from "./Constants.sol";
import {Audits} from "../lib/Audits.sol";
import {Fixed, Limits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {Deviations} from "./Deviations.sol";
import {Findings} from "./Findings.sol";

/// @title How well outside systems and the ledger agree, place by place
/// @dev See IAccuracy. The storage layout is part of docs/formats.md.
contract Accuracy is IAccuracy {
    uint64 public constant VERSION = 3;

    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant PLACE_STREAM = 1 << 248;
    uint256 private constant AUDITED = 1 << 240;

    mapping(uint16 place => uint256 word) private _words;
    mapping(uint16 place => uint256 finding) private _findings;
    /// @dev Of when the newest record of an organisation is; the key is `place << 16 | organisation`.
    mapping(uint32 key => uint256 asOf) private _recorded;
    /// @dev Which auditors raised a place's flag, and who of them found less since (lib/Audits.sol).
    mapping(uint16 place => uint256 audit) private _audits;

    /// @inheritdoc IAccuracy
    function record(
        uint16 place,
        uint32 asOf,
        uint64 atBlock,
        uint32 skus,
        uint32 skusMatching,
        uint64 ledgerUnits,
        uint64 snapshotUnits,
        uint64 differenceUnits,
        bytes32 snapshotRoot
    ) external {
        _record(
            Comparison(
                place,
                asOf,
                atBlock,
                skus,
                skusMatching,
                ledgerUnits,
                snapshotUnits,
                differenceUnits,
                snapshotRoot
            )
        );
    }

    /// @inheritdoc IAccuracy
    function flagged(uint16 place) external view returns (bool) {
        return _flag(_words[place]) != AccuracyLevel.NONE;
    }

    /// @inheritdoc IAccuracy
    function recountBy(uint16 place) external view returns (uint32) {
        return _recountBy(_words[place]);
    }

    /// @inheritdoc IAccuracy
    function wordOf(uint16 place) external view returns (uint256 word) {
        return _words[place];
    }

    /// @inheritdoc IAccuracy
    function findingOf(uint16 place) external view returns (uint256 finding) {
        return _findings[place];
    }

    /// @inheritdoc IAccuracy
    function auditOf(uint16 place) external view returns (uint256 audit) {
        return _audits[place];
    }

    /// @inheritdoc IAccuracy
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    function _record(Comparison memory comparison) private {
        Members.requireOpen(RuleFamily.REPORTS);
        Members.requireActive("Accuracy");
        (uint16 organisation, bool audited) = _authorise(comparison.place);
        uint256 before = _words[comparison.place];
        _requireTimely(comparison, _newest(before, audited), audited);
        _requireSpaced(comparison.place, comparison.asOf, organisation);
        _requirePossible(comparison);

        (uint256 word, uint256 finding) = _next(before, comparison, audited);
        if (audited && _waits(comparison.place, organisation, word)) {
            emit AccuracySecondAwaited(comparison.place, msg.sender, organisation, comparison);
            return;
        }
        (_words[comparison.place], _findings[comparison.place]) = (word, finding);
        bytes32 payloadHash = keccak256(abi.encode(comparison, organisation, audited, word, finding));
        Streams.append(bytes32(comparison.place | PLACE_STREAM), 1, payloadHash);
        emit AccuracyRecorded(
            comparison.place, msg.sender, _level(word), organisation, audited, comparison, word, finding
        );
    }

    /// @dev Whether an auditor's record, with which the place's word would be `word`, lifts what another raised, and so waits
    /// until a second one finds less, too. Of what nobody raised anew for so long one says what it has seen.
    function _waits(uint16 place, uint16 organisation, uint256 word) private returns (bool) {
        uint256 audit = _audits[place];
        if (_level(word) >= AccuracyLevel.FLAGGED) {
            _audits[place] = Audits.raised(audit, organisation);
            return false;
        }
        // No auditor's flag, or one that the record is too weak for: it stays.
        if (audit == 0 || _flag(word) == AccuracyLevel.AUDIT) return false;
        bool waits = !Findings.isOld(_findings[place]) && !Audits.lifts(audit, organisation, OrganisationKind.AUDITOR);
        _audits[place] = waits ? Audits.asked(audit, organisation) : 0;
        return waits;
    }

    /// @dev An auditor that operates the place is not independent: it counts as the operator.
    function _authorise(uint16 place) private view returns (uint16 organisation, bool audited) {
        organisation = Members.organisationWith(msg.sender, Role.POST_MOVEMENTS);
        if (organisation == 0) organisation = Members.requireRole(msg.sender, Role.REPORT);
        uint256 placeWord = CONSORTIUM.placeOf(place);
        if (placeWord == 0) revert AccuracyUnknownPlace(place);
        if (uint16(placeWord) == organisation) return (organisation, false);
        if (!Members.isKind(organisation, OrganisationKind.AUDITOR)) revert AccuracyNotOperator(place, organisation);
        audited = true;
    }

    /// @dev An auditor's record shuts out all auditors up to its time, and the operator from lifting: that may not lie ahead.
    function _requireTimely(Comparison memory comparison, uint32 latest, bool audited) private view {
        if (comparison.atBlock >= block.number) revert AccuracyBlockNotPast(comparison.atBlock, block.number);
        uint256 ahead = audited ? 0 : Limits.MAX_AHEAD_SECONDS;
        if (comparison.asOf > block.timestamp + ahead) {
            revert AccuracyFromFuture(comparison.asOf, block.timestamp);
        }
        if (comparison.asOf + AccuracyLimits.RECORD_AGE_SECONDS < block.timestamp) {
            revert AccuracyTooOld(comparison.asOf, block.timestamp);
        }
        if (comparison.asOf <= latest) revert AccuracyNotNewer(comparison.place, comparison.asOf, latest);
    }

    /// @dev Bounds the list: who may be as old as that and no closer adds less than a page of 10,000 records a year.
    function _requireSpaced(uint16 place, uint32 asOf, uint16 organisation) private {
        uint32 key = uint32(place) << 16 | organisation;
        uint256 last = _recorded[key];
        uint256 earliest = last + AccuracyLimits.RECORD_SPACING_SECONDS;
        if (last != 0 && asOf < earliest) revert AccuracyTooSoon(place, asOf, earliest);
        _recorded[key] = asOf;
    }

    /// @dev A SKU that does not match differs by a unit at least, and one that matches by none.
    function _requirePossible(Comparison memory comparison) private pure {
        if (comparison.skus == 0) revert AccuracyNoSkus(comparison.place);
        if (comparison.skusMatching > comparison.skus) {
            revert AccuracyTooManyMatching(comparison.skusMatching, comparison.skus);
        }
        (uint256 ledger, uint256 snapshot) = (comparison.ledgerUnits, comparison.snapshotUnits);
        uint256 differing = comparison.skus - comparison.skusMatching;
        uint256 least = Math.max(Math.max(ledger, snapshot) - Math.min(ledger, snapshot), differing);
        uint256 most = differing == 0 ? 0 : ledger + snapshot;
        if (comparison.differenceUnits < least || comparison.differenceUnits > most) {
            revert AccuracyImpossibleDifference(comparison.differenceUnits, least, most);
        }
    }

    /// @dev The place's word and finding after a comparison. What an open recount has left does not grow by a further
    /// record; what ends a recount or lifts a flag is as strong as what raised it.
    function _next(uint256 before, Comparison memory comparison, bool audited)
        private
        view
        returns (uint256 word, uint256 finding)
    {
        uint256 deviation = Deviations.deviationBpsUp(comparison.differenceUnits, comparison.ledgerUnits);
        uint256 level = Deviations.levelOf(uint16(deviation));
        uint256 other = _newest(before, !audited);
        bool decides = audited || comparison.asOf > other;

        finding = _findings[comparison.place];
        uint256 due = _due(_recountBy(before), level, decides && Findings.isAsWide(finding, comparison, audited));
        bool lifts = decides && Findings.isAsStrong(finding, comparison, audited);
        uint256 flag = _raised(_flag(before), level, lifts, audited);
        finding = due == 0 && flag == 0 ? 0 : Findings.raised(finding, comparison, level);

        word = comparison.asOf | deviation << 32 | level << 64 | flag << 72 | due << 80;
        word |= uint256(Deviations.accuracyBpsDown(comparison.skusMatching, comparison.skus)) << 48;
        word |= uint256(uint32(before >> 112) + 1) << 112 | uint256(comparison.atBlock) << 144 | other << 208;
        if (audited) word |= AUDITED;
    }

    /// @dev Deadline of the recount after a record of this level; `ends`: it may end one.
    function _due(uint256 due, uint256 level, bool ends) private view returns (uint256) {
        if (level < AccuracyLevel.RECOUNT) return ends ? 0 : due;
        return due == 0 ? uint32(block.timestamp + AccuracyLimits.RECOUNT_SECONDS) : due;
    }

    /// @dev The flag after a record of this level. Whatever raises it does, and an audit raises one that audits alone lift: the
    /// operator's figures are its own word. Such a one stays, as does one that the record is too weak for.
    function _raised(uint256 held, uint256 level, bool lifts, bool audited) private pure returns (uint256 flag) {
        if (level >= AccuracyLevel.FLAGGED) flag = audited ? AccuracyLevel.AUDIT : level;
        bool stays = !lifts || (held == AccuracyLevel.AUDIT && !audited);
        if (held > flag && stays) flag = held;
    }

    /// @dev Time of the newest comparison by auditors (`audited`) or by the operator; 0 before the first. The word has that
    /// of the latest record's side at the bottom, and the other side's at bit 208.
    function _newest(uint256 word, bool audited) private pure returns (uint32) {
        return uint32(audited == (word & AUDITED != 0) ? word : word >> 208);
    }

    function _level(uint256 word) private pure returns (uint8) {
        return uint8(word >> 64);
    }

    function _flag(uint256 word) private pure returns (uint8) {
        return uint8(word >> 72);
    }

    function _recountBy(uint256 word) private pure returns (uint32) {
        return uint32(word >> 80);
    }
}
