// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IReportHub} from "../interfaces/IReportHub.sol";
import {Limits, MoneyLimits, Role, RuleFamily} from "../lib/Constants.sol";
import {FeedKind} from "./Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {TypedData} from "../lib/TypedData.sol";
import {Payloads} from "./Payloads.sol";

/// @title Signed reports of oracles
/// @dev See IReportHub.
contract ReportHub is IReportHub {
    uint64 public constant VERSION = 1;

    bytes32 private constant NAME = "ReportHub";
    bytes32 private constant DOMAIN_NAME = keccak256("LiveLedger ReportHub");
    bytes32 private constant REPORT_TYPE = keccak256(
        "Report(bytes32 configDigest,bytes32 feedId,uint256 sequence,bytes32 payloadHash,uint256 observedAt,"
        "uint256 deadline)"
    );

    mapping(bytes32 feedId => Feed feed) private _feeds;

    /// @inheritdoc IReportHub
    function openFeed(
        bytes32 feedId,
        uint8 kind,
        uint64 cutoff,
        address[] calldata signers,
        uint8 quorum,
        uint32 version
    ) external {
        Members.requireOpen(RuleFamily.REPORTS);
        Members.requireActive(NAME);
        uint16 org = Members.requireRole(msg.sender, Role.REPORT);
        Feed storage opened = _feeds[feedId];
        // Ids of feeds are their organisations': nobody opens another's before it does.
        if (uint16(bytes2(feedId)) != org) revert FeedOfAnother(feedId, org);
        if (opened.kind != 0) revert FeedAlreadyOpen(feedId);
        if (kind == 0 || kind > FeedKind.SENSOR_BATCH) revert FeedUnknownKind(feedId, kind);
        if (cutoff != 0 && cutoff <= block.timestamp) revert FeedCutoffPassed(feedId, cutoff);
        (opened.kind, opened.owner, opened.cutoff) = (kind, org, cutoff);
        emit FeedOpened(feedId, kind, org, cutoff);
        _setSigners(feedId, opened, signers, quorum, version);
    }

    /// @inheritdoc IReportHub
    function rotateSigners(bytes32 feedId, address[] calldata signers, uint8 quorum, uint32 version) external {
        Members.requireOpen(RuleFamily.REPORTS);
        Feed storage rotated = _known(feedId);
        _requireRunning(rotated);
        if (!Members.isFounder(msg.sender) && !Members.hasRole(msg.sender, rotated.owner, Role.REPORT)) {
            revert FeedNotOwner(feedId, msg.sender);
        }
        _setSigners(feedId, rotated, signers, quorum, version);
    }

    /// @inheritdoc IReportHub
    function submit(Report calldata report, bytes calldata payload, bytes[] calldata signatures) external {
        Members.requireOpen(RuleFamily.REPORTS);
        Members.requireActive(msg.sender);
        Feed storage target = _known(report.feedId);
        _requireRunning(target);
        _requireTimely(report, target);
        _requireNext(report);
        if (report.configDigest != target.configDigest) {
            revert ReportConfigMismatch(report.feedId, report.configDigest, target.configDigest);
        }
        if (report.payloadHash != keccak256(payload)) {
            revert ReportPayloadHash(report.feedId, report.payloadHash, keccak256(payload));
        }
        _requireForm(report.feedId, target, payload);
        _requireQuorum(report, target, signatures);

        // The check against the clock bounds the time far below 2^64.
        (target.payloadHash, target.observedAt) = (report.payloadHash, uint64(report.observedAt));
        bytes memory leaf = abi.encode(report.configDigest, report.sequence, report.payloadHash, report.observedAt);
        Streams.append(report.feedId, 1, keccak256(leaf));
        emit ReportSubmitted(
            report.feedId,
            report.sequence,
            msg.sender,
            report.configDigest,
            report.payloadHash,
            report.observedAt,
            payload
        );
    }

    /// @inheritdoc IReportHub
    function latest(bytes32 feedId) external view returns (uint256 count, bytes32 payloadHash) {
        return (Streams.count(feedId), _feeds[feedId].payloadHash);
    }

    /// @inheritdoc IReportHub
    function feedOf(bytes32 feedId) external view returns (Feed memory) {
        return _known(feedId);
    }

    /// @inheritdoc IReportHub
    function configDigest(bytes32 feedId, address[] calldata signers, uint8 quorum, uint32 version)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), feedId, signers, quorum, version));
    }

    /// @inheritdoc IReportHub
    function digestOf(Report calldata report) public view returns (bytes32) {
        return TypedData.digest(DOMAIN_NAME, keccak256(abi.encode(REPORT_TYPE, report)));
    }

    /// @inheritdoc IReportHub
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    function _setSigners(
        bytes32 feedId,
        Feed storage target,
        address[] calldata signers,
        uint8 quorum,
        uint32 version
    ) private {
        if (version != target.version + 1) revert FeedVersionNotNext(feedId, version, target.version + 1);
        if (quorum == 0 || quorum > signers.length || signers.length > MoneyLimits.MAX_SIGNERS) {
            revert FeedQuorum(feedId, quorum, signers.length);
        }
        address previous = address(0);
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i] <= previous) revert FeedSignersNotAscending(i, signers[i]);
            if (!Members.hasRole(signers[i], Role.REPORT)) revert FeedSignerNotReporter(i, signers[i]);
            previous = signers[i];
        }
        bytes32 config = configDigest(feedId, signers, quorum, version);
        (target.signers, target.quorum, target.version, target.configDigest) = (signers, quorum, version, config);
        emit SignersRotated(feedId, version, signers, quorum, config);
    }

    function _known(bytes32 feedId) private view returns (Feed storage target) {
        target = _feeds[feedId];
        if (target.kind == 0) revert FeedUnknown(feedId);
    }

    /// @dev A feed with an end, on which a session may rest, runs to it; one without ends with this version.
    function _requireRunning(Feed storage target) private view {
        if (target.cutoff == 0) Members.requireActive(NAME);
    }

    function _requireTimely(Report calldata report, Feed storage target) private view {
        uint64 cutoff = target.cutoff;
        if (cutoff != 0 && block.timestamp >= cutoff) revert ReportTooLate(report.feedId, cutoff);
        if (block.timestamp > report.deadline) revert ReportExpired(report.feedId, report.deadline);
        if (report.observedAt > block.timestamp + Limits.MAX_AHEAD_SECONDS) {
            revert ReportFromFuture(report.feedId, report.observedAt);
        }
    }

    function _requireNext(Report calldata report) private view {
        uint256 expected = Streams.count(report.feedId);
        if (report.sequence < expected) revert ReportStale(report.feedId, report.sequence, expected);
        if (report.sequence > expected) revert ReportSkipped(report.feedId, report.sequence, expected);
    }

    /// @dev A feed speaks for its owner's devices only: signers of one organisation are not believed for another's.
    function _requireForm(bytes32 feedId, Feed storage target, bytes calldata payload) private view {
        uint8 kind = target.kind;
        uint256 wrong = Payloads.firstWrongWord(kind, payload);
        if (wrong != Payloads.WELL_FORMED) revert ReportPayloadMalformed(feedId, kind, wrong);
        if (kind == FeedKind.SENSOR_BATCH) {
            bytes32 deviceId = bytes32(payload[:32]);
            uint16 org = Members.organisationOfDevice(deviceId);
            if (org == 0) revert ReportUnknownDevice(feedId, deviceId);
            if (org != target.owner) revert ReportForeignDevice(feedId, deviceId, org, target.owner);
        }
    }

    /// @dev Signatures and the feed's signers both ascend, so one walk over the signers finds every recovered address.
    function _requireQuorum(Report calldata report, Feed storage target, bytes[] calldata signatures) private view {
        if (signatures.length < target.quorum) {
            revert ReportQuorumMissing(report.feedId, signatures.length, target.quorum);
        }
        bytes32 signed = digestOf(report);
        address[] memory signers = target.signers;
        address previous = address(0);
        uint256 place = 0;
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(signed, signatures[i]);
            if (failure != ECDSA.RecoverError.NoError) revert ReportBadSignature(report.feedId, i);
            if (signer <= previous) revert ReportSignersNotAscending(report.feedId, i, signer);
            while (place < signers.length && signers[place] < signer) ++place;
            if (place == signers.length || signers[place] != signer || !Members.hasRole(signer, Role.REPORT)) {
                revert ReportUnknownSigner(report.feedId, i, signer);
            }
            previous = signer;
        }
    }
}
