// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Signed reports of oracles
/// @notice A feed has signers and a quorum. A report is EIP-712 typed data that at least the quorum of them signed; it
/// binds chain, contract, the feed's configuration, its sequence number and a deadline.
/// @dev Trust: a feed's owner chooses its signers, and a quorum of signers is believed for what it observed. A signer
/// whose account loses its role or its organisation its place stops counting at once. Times are Unix seconds.
interface IReportHub {
    /// @notice One report, as its signers sign it.
    /// @param configDigest The feed's configuration in force, see `configDigest`.
    /// @param sequence The count of reports before this one.
    /// @param payloadHash `keccak256` of the payload.
    /// @param observedAt Unix seconds; at most `Limits.MAX_AHEAD_SECONDS` ahead of the block.
    /// @param deadline Unix seconds; the last block time that may carry the report.
    struct Report {
        bytes32 configDigest;
        bytes32 feedId;
        uint256 sequence;
        bytes32 payloadHash;
        uint256 observedAt;
        uint256 deadline;
    }

    /// @notice State of a feed.
    /// @param kind What its reports speak about, see `FeedKind` in Constants.sol.
    /// @param quorum Signatures that a report needs.
    /// @param cutoff Unix seconds from which on reports are refused; 0 = never.
    /// @param owner Organisation that opened the feed.
    /// @param version Of the configuration, from 1.
    /// @param observedAt Time of the latest report; 0 before the first.
    /// @param payloadHash Of the latest report; 0 before the first.
    /// @param configDigest Of the configuration in force.
    /// @param signers Ascending by address.
    struct Feed {
        uint8 kind;
        uint8 quorum;
        uint16 owner;
        uint32 version;
        uint64 cutoff;
        uint64 observedAt;
        bytes32 payloadHash;
        bytes32 configDigest;
        address[] signers;
    }

    /// @notice A feed was opened by an account of the organisation `owner`.
    event FeedOpened(
        bytes32 indexed feedId, uint8 indexed kind, uint16 indexed owner, uint64 cutoff
    );
    /// @notice The feed's signers were set; signatures for any other configuration are void from here on.
    event SignersRotated(
        bytes32 indexed feedId, uint32 indexed version, address[] signers, uint8 quorum, bytes32 configDigest
    );
    /// @notice A report landed; `poster` is the caller, so that the leaf can be rebuilt from the event (docs/formats.md).
    event ReportSubmitted(
        bytes32 indexed feedId,
        uint256 indexed sequence,
        address indexed poster,
        bytes32 configDigest,
        bytes32 payloadHash,
        uint256 observedAt,
        bytes payload
    );

    /// @notice The feed was never opened.
    error FeedUnknown(bytes32 feedId);
    /// @notice A feed's id begins with the number of its organisation.
    error FeedOfAnother(bytes32 feedId, uint16 organisation);
    /// @notice The feed is open already; its signers change by `rotateSigners`.
    error FeedAlreadyOpen(bytes32 feedId);
    /// @notice There is no such kind of feed.
    error FeedUnknownKind(bytes32 feedId, uint8 kind);
    /// @notice The cutoff is not after the block's time.
    error FeedCutoffPassed(bytes32 feedId, uint64 cutoff);
    /// @notice The version is not the one that comes next.
    error FeedVersionNotNext(bytes32 feedId, uint32 version, uint32 expected);
    /// @notice Quorum or number of signers is out of range: 1 ≤ quorum ≤ signers ≤ `MoneyLimits.MAX_SIGNERS`.
    error FeedQuorum(bytes32 feedId, uint256 quorum, uint256 signers);
    /// @notice Signer number `index` is no active account with the role `REPORT`.
    error FeedSignerNotReporter(uint256 index, address signer);
    /// @notice Signer number `index` is not greater than the one before it.
    error FeedSignersNotAscending(uint256 index, address signer);
    /// @notice Only an account of the feed's owner with the role `REPORT` may do this; before the handing over the founders too.
    error FeedNotOwner(bytes32 feedId, address caller);

    /// @notice The signed configuration is not the one in force.
    error ReportConfigMismatch(bytes32 feedId, bytes32 signed, bytes32 expected);
    /// @notice A report with this sequence number, or a later one, landed already.
    error ReportStale(bytes32 feedId, uint256 sequence, uint256 expected);
    /// @notice Reports before this one are missing.
    error ReportSkipped(bytes32 feedId, uint256 sequence, uint256 expected);
    /// @notice The feed's cutoff has come; for a forecast, its session has begun.
    error ReportTooLate(bytes32 feedId, uint64 cutoff);
    /// @notice The report's deadline has passed.
    error ReportExpired(bytes32 feedId, uint256 deadline);
    /// @notice The observation lies further in the future than clocks may differ.
    error ReportFromFuture(bytes32 feedId, uint256 observedAt);
    /// @notice The payload is not what was signed.
    error ReportPayloadHash(bytes32 feedId, bytes32 signed, bytes32 actual);
    /// @notice The payload does not have the form of its kind; `word` is the first 32-byte word (from 0) that is wrong.
    error ReportPayloadMalformed(bytes32 feedId, uint8 kind, uint256 word);
    /// @notice A sensor batch of a device that is not registered or not active.
    error ReportUnknownDevice(bytes32 feedId, bytes32 deviceId);
    /// @notice A sensor batch of a device of organisation `org`; the feed is of `owner`.
    error ReportForeignDevice(bytes32 feedId, bytes32 deviceId, uint16 org, uint16 owner);
    /// @notice Fewer signatures than the quorum.
    error ReportQuorumMissing(bytes32 feedId, uint256 signatures, uint256 quorum);
    /// @notice Signature number `index` is malformed or has a high s.
    error ReportBadSignature(bytes32 feedId, uint256 index);
    /// @notice Signature number `index` is not of a signer of the feed, or the signer lost the role `REPORT`.
    error ReportUnknownSigner(bytes32 feedId, uint256 index, address signer);
    /// @notice Signer number `index` is not greater than the one before it: a duplicate, or out of order.
    error ReportSignersNotAscending(bytes32 feedId, uint256 index, address signer);

    /// @notice Opens a feed for the caller's organisation, with whose number (2 bytes) the feed's id begins.
    /// @param cutoff Unix seconds from which on reports are refused; 0 = never. A forecast's cutoff is its session's start.
    /// @param signers Accounts with the role `REPORT`, strictly ascending by address.
    /// @param quorum Signatures that a report needs, 1 … number of signers.
    /// @param version 1 for a new feed.
    /// @dev The caller needs the role `REPORT`.
    function openFeed(
        bytes32 feedId,
        uint8 kind,
        uint64 cutoff,
        address[] calldata signers,
        uint8 quorum,
        uint32 version
    ) external;

    /// @notice Sets new signers; every signature made for an earlier configuration is void.
    /// @param version The version in force plus 1.
    function rotateSigners(bytes32 feedId, address[] calldata signers, uint8 quorum, uint32 version) external;

    /// @notice Lands the feed's next report.
    /// @param signatures 65 bytes each (r, s, v), low s, ascending by the signer's address, at least the quorum.
    /// @dev The caller is any active member. Stream leaf: `abi.encode(configDigest, sequence, payloadHash, observedAt)`.
    function submit(Report calldata report, bytes calldata payload, bytes[] calldata signatures) external;

    /// @notice Number of reports of the feed and the latest payload's hash; (0, 0) before the first.
    function latest(bytes32 feedId) external view returns (uint256 count, bytes32 payloadHash);

    /// @notice The feed's state. Reverts with `FeedUnknown`.
    function feedOf(bytes32 feedId) external view returns (Feed memory);

    /// @notice `keccak256(abi.encode(chainId, hub, feedId, signers, quorum, version))`.
    function configDigest(bytes32 feedId, address[] calldata signers, uint8 quorum, uint32 version)
        external
        view
        returns (bytes32);

    /// @notice The EIP-712 digest that a signer of the report signs.
    function digestOf(Report calldata report) external view returns (bytes32);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
