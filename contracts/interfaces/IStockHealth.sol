// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Capital bound in a brand's stock
/// @notice A report says what a brand's stock was worth and what it took in over a year. Above
/// `HealthLimits.MAX_SHARE_BPS` of the revenue the brand's purchasing is frozen, until a later report shows less. The year
/// has 365 days, give or take `HealthLimits.PERIOD_TOLERANCE_SECONDS`, also for a brand that is younger: the limit is one of
/// a year's revenue, and stock by the revenue of more years would always be below it. A report is stale
/// `HealthLimits.STALE_SECONDS` after the end of its year: who reported once and no more buys nothing until the next report.
/// Money is integer fen, ratios are basis points, times are Unix seconds.
/// @dev Trust: values come from outside the ledger, their reporter is believed. Whoever holds the documents behind
/// `evidenceRoot` can compute them again. Three sides report: the brand, auditors, finance organisations. Each goes forward in
/// time by itself, so that none shuts another out. The report that landed last decides; and what the auditors' side or the
/// finance side found above the limit freezes for `HealthLimits.INDEPENDENT_SECONDS` whatever others report: it is lifted by
/// a report of that side, or by time. Within a side what one organisation found another does not lift alone: the one that
/// raised it does, or two others that each reported less since it was last raised; the first of them waits
/// (`CapitalSecondAwaited`), and its report is not on the list. One is enough where the only one that raised it is active no more. Reports of one organisation on a brand end at least
/// `HealthLimits.REPORT_SPACING_SECONDS` apart: nobody fills a brand's list.
interface IStockHealth {
    /// @notice A brand's newest report, and where each side stands.
    /// @param stockValueFen Value of the brand's stock at the end of the period.
    /// @param revenueFen Revenue of the period.
    /// @param periodFrom First second of the period.
    /// @param periodTo Second behind the period's last.
    /// @param atBlock The figures are those of the period as the ledger knew it at this block: what was posted later about
    /// earlier facts is not in them.
    /// @param evidenceRoot Merkle root over the rows behind the two figures, which stay off the chain.
    /// @param shareBps `stockValueFen` by `revenueFen`, rounded up; the type's maximum when there is stock without revenue.
    /// @param reportedAt Block time of the report; 0 when there is none.
    /// @param organisation Of the reporter.
    /// @param ownPeriodTo Where the last period ends that the brand itself reported on; 0 when there is none.
    /// @param auditorsPeriodTo The same of auditors.
    /// @param auditorsAbove Whether the auditors' newest report is above the limit.
    /// @param financeAbove The same of finance organisations.
    /// @param financePeriodTo Where the last period ends that a finance organisation reported on.
    /// @param auditorsAt Block time of the auditors' newest report; 0 when there is none.
    /// @param financeAt The same of finance organisations.
    struct Capital {
        uint64 stockValueFen;
        uint64 revenueFen;
        uint32 periodFrom;
        uint32 periodTo;
        uint64 atBlock;
        bytes32 evidenceRoot;
        uint96 shareBps;
        uint64 reportedAt;
        uint16 organisation;
        uint32 ownPeriodTo;
        uint32 auditorsPeriodTo;
        bool auditorsAbove;
        bool financeAbove;
        uint32 financePeriodTo;
        uint64 auditorsAt;
        uint64 financeAt;
    }

    /// @notice A report landed; `poster` is the caller, so that the leaf can be rebuilt from the event (docs/formats.md).
    event CapitalReported(
        uint16 indexed brand,
        uint16 indexed organisation,
        address indexed poster,
        uint64 stockValueFen,
        uint64 revenueFen,
        uint32 periodFrom,
        uint32 periodTo,
        uint64 atBlock,
        bytes32 evidenceRoot,
        uint96 shareBps
    );

    /// @notice An organisation reported less than what another of its side found: a second one has to.
    event CapitalSecondAwaited(
        uint16 indexed brand, uint16 indexed organisation, address indexed poster, uint32 periodTo, bytes32 evidenceRoot
    );

    /// @notice The number is not that of an active brand.
    error HealthNotBrand(uint16 brand);
    /// @notice Only the brand itself, auditors and finance organisations report on it.
    error HealthNotEntitled(uint16 brand, uint16 organisation);
    /// @notice The period is empty.
    error HealthEmptyPeriod(uint16 brand, uint32 periodFrom, uint32 periodTo);
    /// @notice The period ends after the block.
    error HealthPeriodNotOver(uint16 brand, uint32 periodTo, uint256 blockTime);
    /// @notice The period is not a year, see `HealthLimits.PERIOD_SECONDS`.
    error HealthNotAYear(uint16 brand, uint32 periodFrom, uint32 periodTo);
    /// @notice The period ended so long ago that the report would be stale at once.
    error HealthTooOld(uint16 brand, uint32 periodTo, uint256 blockTime);
    /// @notice The period does not end after that of the last report of the same side: the brand, auditors or finance.
    error HealthStale(uint16 brand, uint32 periodTo, uint32 lastPeriodTo);
    /// @notice The stock can be valued at a block of the past only.
    error HealthBlockAhead(uint16 brand, uint64 atBlock, uint256 blockNumber);
    /// @notice The period ends too soon after the last one that the same organisation reported on: `earliest` would do.
    error HealthTooSoon(uint16 brand, uint32 periodTo, uint256 earliest);

    /// @notice Reports a brand's stock value and revenue. The sender needs `Role.REPORT`.
    /// @param brand Organisation number of the brand.
    /// @param periodTo Later than in the last report of the same side and a day later than in the sender's own, not after the
    /// block, and a year after `periodFrom`.
    /// @param atBlock Before this block.
    function report(
        uint16 brand,
        uint64 stockValueFen,
        uint64 revenueFen,
        uint32 periodFrom,
        uint32 periodTo,
        uint64 atBlock,
        bytes32 evidenceRoot
    ) external;

    /// @notice Whether the brand's newest report is above the limit or stale, or a finding of auditors or of the finance side
    /// stands; false before the first.
    function purchasingFrozen(uint16 brand) external view returns (bool frozen);

    /// @notice Whether the year of the brand's newest report ended longer ago than `HealthLimits.STALE_SECONDS`; false
    /// before the first report.
    function isStale(uint16 brand) external view returns (bool stale);

    /// @notice The brand's newest report; all zero before the first.
    function capitalOf(uint16 brand) external view returns (Capital memory capital);

    /// @notice Which organisation of a side (kind: auditor or finance) raised its finding (uint16; 0: none did, 65,535: more than
    /// one), and which one reported less since and waits for a second (uint16 at bit 16). It counts while the finding stands.
    function auditOf(uint16 brand, uint8 kind) external view returns (uint256 audit);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
