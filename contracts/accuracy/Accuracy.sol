// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IAccuracy} from "../interfaces/IAccuracy.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {AccuracyLevel, AccuracyLimits, Fixed, Limits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {Deviations} from "./Deviations.sol";

/// @title How well outside systems and the ledger agree, place by place
/// @dev See IAccuracy. The storage layout is part of docs/formats.md.
contract Accuracy is IAccuracy {
    uint64 public constant VERSION = 1;

    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant PLACE_STREAM = 1 << 248;
    uint256 private constant AUDITED = 1 << 240;

    mapping(uint16 place => uint256 word) private _words;

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
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    function _record(Comparison memory comparison) private {
        Members.requireOpen(RuleFamily.REPORTS);
        (uint16 organisation, bool audited) = _authorise(comparison.place);
        uint256 before = _words[comparison.place];
        _requireTimely(comparison, _newest(before, audited), audited);
        _requirePossible(comparison);

        uint256 word = _next(before, comparison, audited);
        _words[comparison.place] = word;
        bytes32 payloadHash = keccak256(abi.encode(comparison, organisation, audited, word));
        Streams.append(bytes32(comparison.place | PLACE_STREAM), 1, payloadHash);
        emit AccuracyRecorded(
            comparison.place, msg.sender, _level(word), organisation, audited, comparison, word
        );
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
        if (comparison.asOf <= latest) revert AccuracyNotNewer(comparison.place, comparison.asOf, latest);
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

    /// @dev The place's word after a comparison. What an open recount has left does not grow by a further record, and what
    /// an audit alone can lift stays under the operator's own, as does all that an auditor found at a later time.
    function _next(uint256 before, Comparison memory comparison, bool audited) private view returns (uint256 word) {
        uint256 deviation = Deviations.deviationBpsUp(comparison.differenceUnits, comparison.ledgerUnits);
        uint256 accuracy = Deviations.accuracyBpsDown(comparison.skusMatching, comparison.skus);
        uint256 level = Deviations.levelOf(uint16(deviation));
        uint256 other = _newest(before, !audited);
        bool decides = audited || comparison.asOf > other;

        uint256 due = _recountBy(before);
        if (decides && level < AccuracyLevel.RECOUNT) due = 0;
        else if (due == 0 && level >= AccuracyLevel.RECOUNT) {
            due = uint32(block.timestamp + AccuracyLimits.RECOUNT_SECONDS);
        }

        uint256 flag = level < AccuracyLevel.FLAGGED ? AccuracyLevel.NONE : level;
        uint256 held = _flag(before);
        if (!audited && held > flag && (!decides || held == AccuracyLevel.AUDIT)) flag = held;

        uint256 count = uint32(before >> 112) + 1;
        word = comparison.asOf | deviation << 32 | accuracy << 48 | level << 64 | flag << 72 | due << 80 | count << 112;
        word |= uint256(comparison.atBlock) << 144 | other << 208;
        if (audited) word |= AUDITED;
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
