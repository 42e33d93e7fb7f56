// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title How well outside systems and the ledger agree, place by place
/// @notice Somebody compared a snapshot of a warehouse system, shop or platform with the ledger's stock of one place and
/// records the outcome. Figures are totals over what was compared: SKUs counted, and units (available and reserved, in
/// base units). `deviation` = difference / ledger units, rounded up; `accuracy` = SKUs without a difference / SKUs,
/// rounded down; both in basis points. A deviation of `AccuracyLimits` and more has a level, and each includes those below:
/// 1 notice: recorded, and watchers raise an alarm;
/// 2 recount: goods are to be counted again within `AccuracyLimits.RECOUNT_SECONDS` (`recountBy`), until a newer record is
///   below this level. Records that do not end it do not move the deadline;
/// 3 flagged: `flagged` holds until a newer record is below this level; where an auditor that does not operate the place
///   found it, until an auditor finds less. Other contracts may ask it;
/// 4 audit: `flagged` holds until an organisation of kind `AUDITOR` that does not operate the place records less; the
///   operator's own records do not lift it.
/// What ends a recount or lifts a flag is as strong as what raised it (`findingOf`): a recount takes as many SKUs as the
/// widest record that raised what stands; a flag also as many ledger units, unless an auditor lifts it. One SKU that matches
/// lifts nothing that two hundred raised. After `AccuracyLimits.FINDING_SECONDS` in which nobody raised it anew, an auditor
/// lifts a finding by whatever it compared: figures that no place can reach would bind it for ever.
/// What one auditor found another does not lift alone: the one that raised the flag lifts it, or two others that each found less
/// since it was last raised. The first of them waits (`AccuracySecondAwaited`): its record is not on the list, and changes
/// nothing until the second's, which is. One is enough where the only one that raised it is no active auditor any more, and
/// after `AccuracyLimits.FINDING_SECONDS`.
/// The operator and auditors each go forward in time by themselves, so that neither can shut the other out: an auditor's
/// record decides even when it is of an earlier time than the operator's last; the operator's decides when it is of a later
/// time than the auditors' last, and before that it can raise a level and not lift one. An auditor's record is not of a time
/// ahead of its block, for no other auditor's could follow it until then. Records of one organisation and place are at least
/// `AccuracyLimits.RECORD_SPACING_SECONDS` apart, and none is older than `AccuracyLimits.RECORD_AGE_SECONDS`: nobody fills
/// the list of a place.
/// @dev Trust: the operator, or an auditor, is believed for what it compared; the contract checks only that the figures can
/// be true of some stock, and that nothing is taken back. `snapshotRoot` lets single rows be shown later. Times are Unix
/// seconds. A place's word and stream are in docs/formats.md; the stream's leaves hold the word after each record.
interface IAccuracy {
    /// @notice One comparison.
    /// @param asOf When the snapshot was taken, Unix seconds.
    /// @param atBlock The block whose stock it was compared with.
    /// @param skus SKUs compared, at least 1.
    /// @param skusMatching Those of them without any difference.
    /// @param ledgerUnits Units that the ledger had, over all rows.
    /// @param snapshotUnits Units that the snapshot had.
    /// @param differenceUnits Sum of the absolute differences of all rows.
    /// @param snapshotRoot Merkle root over the rows (docs/reconcile.md).
    struct Comparison {
        uint16 place;
        uint32 asOf;
        uint64 atBlock;
        uint32 skus;
        uint32 skusMatching;
        uint64 ledgerUnits;
        uint64 snapshotUnits;
        uint64 differenceUnits;
        bytes32 snapshotRoot;
    }

    /// @notice A comparison was recorded; `level` is 0 below the first threshold, `word` and `finding` the place's from now on.
    /// @param audited Whether the organisation is an auditor that does not operate the place.
    event AccuracyRecorded(
        uint16 indexed place,
        address indexed poster,
        uint8 indexed level,
        uint16 organisation,
        bool audited,
        Comparison comparison,
        uint256 word,
        uint256 finding
    );

    /// @notice An auditor found less than a flag that another one raised: a second one has to.
    event AccuracySecondAwaited(
        uint16 indexed place, address indexed poster, uint16 indexed organisation, Comparison comparison
    );

    /// @notice There is no such place.
    error AccuracyUnknownPlace(uint16 place);
    /// @notice The sender's organisation neither operates the place nor audits.
    error AccuracyNotOperator(uint16 place, uint16 organisation);
    /// @notice The ledger's side is of this block or a later one: its stock may still change.
    error AccuracyBlockNotPast(uint64 atBlock, uint256 blockNumber);
    /// @notice The snapshot lies further in the future than clocks may differ, or an auditor's lies in the future at all.
    error AccuracyFromFuture(uint32 asOf, uint256 blockTime);
    /// @notice A comparison of this time or a later one was recorded already by the same side, operator or auditors.
    error AccuracyNotNewer(uint16 place, uint32 asOf, uint32 latest);
    /// @notice The snapshot is older than a record may be.
    error AccuracyTooOld(uint32 asOf, uint256 blockTime);
    /// @notice The same organisation's newest record of this place is too close: its next is of `earliest` or later.
    error AccuracyTooSoon(uint16 place, uint32 asOf, uint256 earliest);
    /// @notice Nothing was compared.
    error AccuracyNoSkus(uint16 place);
    /// @notice More SKUs agree than were compared.
    error AccuracyTooManyMatching(uint32 skusMatching, uint32 skus);
    /// @notice No stock has these totals and this sum of differences. It is at least the difference of both totals and one
    /// for each SKU that does not match, and at most their sum; 0 when all match.
    error AccuracyImpossibleDifference(uint64 differenceUnits, uint256 least, uint256 most);

    /// @notice Records a comparison. The sender needs `Role.POST_MOVEMENTS` or `Role.REPORT`, and its organisation operates
    /// the place or is an active organisation of kind `AUDITOR`. Parameters as in `Comparison`.
    /// @dev Stream leaf: `abi.encode(comparison, organisation, audited, word, finding)`.
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
    ) external;

    /// @notice Whether the latest records of the place left a deviation of level 3 or 4 standing.
    function flagged(uint16 place) external view returns (bool);

    /// @notice When the open recount of the place is due, Unix seconds; 0 when none is open.
    function recountBy(uint16 place) external view returns (uint32);

    /// @notice Word of a place, 0 before its first record: asOf (uint32), deviation (uint16 at bit 32, basis points, at most
    /// 65,535), accuracy (uint16 at bit 48, basis points), level (uint8 at bit 64), flag (uint8 at bit 72: 0, 3,
    /// or 4 where audits alone lift it), recountBy (uint32 at bit 80), count of records (uint32 at bit 112), atBlock (uint64 at bit 144), newest asOf of the
    /// other side (uint32 at bit 208), whether the latest record is an auditor's (bit 240).
    function wordOf(uint16 place) external view returns (uint256 word);

    /// @notice What the flag or recount of a place rests on, 0 while neither stands: the most SKUs (uint32) and the most ledger
    /// units (uint64 at bit 32) of the records that raised it, block time of the newest of them (uint64 at bit 96).
    function findingOf(uint16 place) external view returns (uint256 finding);

    /// @notice Which auditor raised the place's flag (uint16; 0: none did, 65,535: more than one), and which one found less since
    /// and waits for a second (uint16 at bit 16).
    function auditOf(uint16 place) external view returns (uint256 audit);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
