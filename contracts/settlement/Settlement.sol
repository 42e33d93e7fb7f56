// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IReportHub} from "../interfaces/IReportHub.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {MoneyLimits, Role} from "../lib/Constants.sol";
import {FeedKind} from "../reports/Constants.sol";
import {SessionStatus} from "./Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {Agreements} from "./Agreements.sol";
import {Escrow} from "./Escrow.sol";
import {Shares} from "./Shares.sol";

/// @title Risk-sharing settlements between a brand and a supplier
/// @dev See ISettlement.
contract Settlement is Agreements, Escrow {
    uint64 public constant VERSION = 1;

    uint256 private constant TERM_BYTES = 12;
    uint256 private constant FORECAST_BYTES = 8;

    /// @inheritdoc ISettlement
    function openSession(
        bytes32 agreementId,
        bytes32 feedId,
        uint64 startsAt,
        uint64 endsAt,
        bytes32[] calldata termPages,
        bytes calldata otherSignature
    ) external returns (bytes32 sessionId) {
        uint16 caller = _requireParty(agreementId, Role.SIGN_AGREEMENTS);
        _requireCurrent();
        AgreementState storage agreement = _agreements[agreementId];
        if (agreement.openSession != 0) revert SettlementSessionOpen(agreementId, agreement.openSession);
        if (block.timestamp >= startsAt) revert SettlementAlreadyStarted(startsAt, block.timestamp);
        if (startsAt >= endsAt || endsAt > agreement.validUntil) {
            revert SettlementPeriod(startsAt, endsAt, agreement.validUntil);
        }
        _cuts.requireMoment(endsAt);
        _requireTerms(agreementId, agreement.termsHash, termPages);
        _requireFeed(feedId, agreement.forecaster, startsAt);

        sessionId = keccak256(abi.encode(agreementId, feedId, startsAt, endsAt));
        Session storage session = _sessions[sessionId];
        if (session.status != 0) revert SettlementSessionExists(sessionId);
        uint16 other = caller == agreement.brand ? agreement.supplier : agreement.brand;
        _requireSigned(sessionDigestOf(agreementId, feedId, startsAt, endsAt), other, otherSignature);

        (session.agreementId, session.feedId, session.termPages) = (agreementId, feedId, termPages);
        (session.startsAt, session.endsAt, session.status) = (startsAt, endsAt, SessionStatus.OPEN);
        agreement.openSession = sessionId;
        ++_running.sessions;
        emit SessionOpened(agreementId, sessionId, feedId, startsAt, endsAt);
    }

    /// @inheritdoc ISettlement
    function snapshot(bytes32 sessionId, uint256 page, bytes calldata rows) external {
        Session storage session = _openSession(sessionId);
        if (block.timestamp >= session.startsAt) revert SettlementAlreadyStarted(session.startsAt, block.timestamp);
        Members.requireVersion("StockLedger", READS_STOCK_LEDGER);
        _requireRows(session, sessionId, page, session.snapshotPages, rows);

        uint16 brand = _agreements[session.agreementId].brand;
        uint32 newest = uint32(brand) << 20 | _stock.lastSerial(brand);
        uint32 previous = session.lastSku;
        uint256 count = rows.length / TERM_BYTES;
        uint32[] memory skus = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint32 sku = uint32(bytes4(rows[i * TERM_BYTES:]));
            if (sku <= previous) revert SettlementSkusNotAscending(i, sku);
            if (sku >> 20 != brand) revert SettlementForeignSku(i, sku, brand);
            if (sku > newest || sku == uint32(brand) << 20) revert SettlementUnknownSku(i, sku);
            (uint64 received, uint64 sold, uint64 returned,) = _stock.countersOf(sku);
            _snapshots[sessionId][sku] = _packed(received, sold, returned);
            previous = skus[i] = sku;
        }
        _cuts.register(brand, session.endsAt, skus);
        session.lastSku = previous;
        ++session.snapshotPages;
        emit PageSnapshotted(sessionId, page, count);
    }

    /// @inheritdoc ISettlement
    function settlePage(
        bytes32 sessionId,
        uint256 page,
        bytes calldata rows,
        bytes calldata forecasts,
        bytes32[] calldata forecastPages
    ) external {
        Session storage session = _openSession(sessionId);
        if (block.timestamp < session.endsAt) revert SettlementNotEnded(sessionId, session.endsAt, block.timestamp);
        uint256 pages = session.termPages.length;
        if (session.snapshotPages != pages) {
            revert SettlementSnapshotIncomplete(sessionId, session.snapshotPages, pages);
        }
        _requireRows(session, sessionId, page, session.settledPages, rows);
        _requireForecast(session, sessionId, page, rows.length / TERM_BYTES, forecasts, forecastPages);

        (bytes memory inputs, uint256 lossFen) = _evaluate(sessionId, rows, forecasts);
        session.lossFen += lossFen;
        session.inputsHash = keccak256(abi.encode(session.inputsHash, keccak256(inputs)));
        session.skus += uint32(rows.length / TERM_BYTES);
        ++session.settledPages;
        emit PageSettled(sessionId, page, inputs);
        if (session.settledPages == pages) _settle(session, sessionId);
    }

    /// @inheritdoc ISettlement
    function voidSession(bytes32 sessionId) external {
        Session storage session = _openSession(sessionId);
        bool unprepared = block.timestamp >= session.startsAt && session.snapshotPages != session.termPages.length;
        bool stuck = block.timestamp >= uint256(session.endsAt) + MoneyLimits.VOID_GRACE_SECONDS;
        if (!unprepared && !stuck) revert SettlementNotVoidable(sessionId);
        session.status = SessionStatus.VOID;
        _agreements[session.agreementId].openSession = 0;
        --_running.sessions;
        emit SessionVoided(session.agreementId, sessionId);
    }

    /// @inheritdoc ISettlement
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    /// @dev Closes the session before any token moves.
    function _settle(Session storage session, bytes32 sessionId) private {
        bytes32 agreementId = session.agreementId;
        AgreementState storage agreement = _agreements[agreementId];
        uint256 lossFen = session.lossFen;
        (uint256 brandFen, uint256 supplierFen) = Shares.split(lossFen, agreement.brandBps);
        session.status = SessionStatus.SETTLED;
        agreement.openSession = 0;
        --_running.sessions;
        bytes memory leaf =
            abi.encode(sessionId, lossFen, brandFen, supplierFen, uint256(session.skus), session.inputsHash);
        Streams.append(agreementId, 1, keccak256(leaf));
        uint256 paidFen = _charge(session, supplierFen);
        emit SessionSettled(agreementId, sessionId, msg.sender, lossFen, brandFen, supplierFen, paidFen);
    }

    /// @dev One row of inputs a row of terms; without a forecast every forecast is 0.
    function _evaluate(bytes32 sessionId, bytes calldata rows, bytes calldata forecasts)
        private
        view
        returns (bytes memory inputs, uint256 lossFen)
    {
        uint256 count = rows.length / TERM_BYTES;
        for (uint256 i = 0; i < count; ++i) {
            uint32 sku = uint32(bytes4(rows[i * TERM_BYTES:]));
            uint64 unitCostFen = uint64(bytes8(rows[i * TERM_BYTES + 4:]));
            uint64 forecast = forecasts.length == 0 ? 0 : uint64(bytes8(forecasts[i * FORECAST_BYTES:]));
            (uint64 received, uint64 sold, uint64 returned) = _moved(sessionId, sku);
            uint64 u = SafeCast.toUint64(Shares.overstock(received, forecast, sold, returned));
            lossFen += uint256(u) * unitCostFen;
            inputs = bytes.concat(
                inputs, abi.encodePacked(sku, unitCostFen, received, forecast, sold, returned, u)
            );
        }
    }

    /// @dev From the snapshot to the cut at the session's end.
    function _moved(bytes32 sessionId, uint32 sku) private view returns (uint64 received, uint64 sold, uint64 returned) {
        (received, sold, returned,) = _cuts.countersAt(sku, _sessions[sessionId].endsAt);
        // Each counter only grows, so the lanes of the difference never borrow from each other.
        uint256 moved = _packed(received, sold, returned) - _snapshots[sessionId][sku];
        return (uint64(moved), uint64(moved >> 64), uint64(moved >> 128));
    }

    function _packed(uint64 received, uint64 sold, uint64 returned) private pure returns (uint256) {
        return uint256(received) | uint256(sold) << 64 | uint256(returned) << 128;
    }

    function _requireTerms(bytes32 agreementId, bytes32 termsHash, bytes32[] calldata termPages) private pure {
        if (keccak256(abi.encode(termPages)) != termsHash) revert SettlementTermsMismatch(agreementId);
        if (termPages.length == 0 || termPages.length > MoneyLimits.MAX_TERM_PAGES) {
            revert SettlementPageCount(termPages.length, MoneyLimits.MAX_TERM_PAGES);
        }
    }

    function _requireFeed(bytes32 feedId, uint16 forecaster, uint64 startsAt) private view {
        IReportHub.Feed memory feed = _hub.feedOf(feedId);
        if (feed.kind != FeedKind.FORECAST) revert SettlementFeedKind(feedId, feed.kind);
        if (feed.owner != forecaster) revert SettlementFeedOwner(feedId, feed.owner, forecaster);
        if (feed.cutoff != startsAt) revert SettlementFeedCutoff(feedId, feed.cutoff, startsAt);
    }

    function _requireRows(
        Session storage session,
        bytes32 sessionId,
        uint256 page,
        uint256 expected,
        bytes calldata rows
    ) private view {
        if (page != expected || page >= session.termPages.length) {
            revert SettlementPageOutOfOrder(sessionId, page, expected);
        }
        bool whole = rows.length != 0 && rows.length % TERM_BYTES == 0
            && rows.length <= MoneyLimits.MAX_PAGE_ROWS * TERM_BYTES;
        if (!whole || keccak256(rows) != session.termPages[page]) revert SettlementWrongRows(sessionId, page);
    }

    /// @dev The feed's cutoff is the session's start and neither can be moved, so its latest report can no longer change,
    /// whoever sets its signers.
    function _requireForecast(
        Session storage session,
        bytes32 sessionId,
        uint256 page,
        uint256 rows,
        bytes calldata forecasts,
        bytes32[] calldata forecastPages
    ) private view {
        (uint256 reports, bytes32 reported) = _hub.latest(session.feedId);
        if (reports == 0) {
            if (forecasts.length != 0 || forecastPages.length != 0) {
                revert SettlementForecastMismatch(sessionId, 0, keccak256(abi.encode(sessionId, forecastPages)));
            }
            return;
        }
        bytes32 given = keccak256(abi.encode(sessionId, forecastPages));
        if (given != reported) revert SettlementForecastMismatch(sessionId, reported, given);
        bool matching = page < forecastPages.length && forecasts.length == rows * FORECAST_BYTES
            && keccak256(forecasts) == forecastPages[page];
        if (!matching) revert SettlementForecastPage(sessionId, page);
    }
}
