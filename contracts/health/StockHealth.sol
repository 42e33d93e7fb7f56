// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IStockHealth} from "../interfaces/IStockHealth.sol";
import {HealthLimits, MoneyLimits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";

/// @title Capital bound in a brand's stock
/// @dev See IStockHealth.
contract StockHealth is IStockHealth {
    uint64 public constant VERSION = 1;

    uint256 private constant STREAM_TAG = 1 << 248;

    mapping(uint16 brand => Capital capital) private _capital;

    /// @inheritdoc IStockHealth
    function report(
        uint16 brand,
        uint64 stockValueFen,
        uint64 revenueFen,
        uint32 periodFrom,
        uint32 periodTo,
        uint64 atBlock,
        bytes32 evidenceRoot
    ) external {
        Members.requireOpen(RuleFamily.REPORTS);
        uint16 organisation = Members.requireRole(msg.sender, Role.REPORT);
        if (!Members.isKind(brand, OrganisationKind.BRAND)) revert HealthNotBrand(brand);
        Capital memory next = _capital[brand];
        _requirePeriod(brand, periodFrom, periodTo);
        uint32 last = organisation == brand ? next.ownPeriodTo : next.independentPeriodTo;
        if (periodTo <= last) revert HealthStale(brand, periodTo, last);
        if (atBlock >= block.number) revert HealthBlockAhead(brand, atBlock, block.number);

        (next.stockValueFen, next.revenueFen) = (stockValueFen, revenueFen);
        (next.periodFrom, next.periodTo, next.atBlock) = (periodFrom, periodTo, atBlock);
        (next.evidenceRoot, next.organisation) = (evidenceRoot, organisation);
        (next.shareBps, next.reportedAt) = (_shareUp(stockValueFen, revenueFen), uint64(block.timestamp));
        _requireEntitled(brand, next);
        _capital[brand] = next;
        _record(brand, next);
    }

    /// @inheritdoc IStockHealth
    function purchasingFrozen(uint16 brand) external view returns (bool frozen) {
        return _isFrozen(_capital[brand].shareBps) || isStale(brand);
    }

    /// @inheritdoc IStockHealth
    function isStale(uint16 brand) public view returns (bool stale) {
        Capital storage last = _capital[brand];
        return last.reportedAt != 0 && block.timestamp > last.periodTo + HealthLimits.STALE_SECONDS;
    }

    /// @inheritdoc IStockHealth
    function capitalOf(uint16 brand) external view returns (Capital memory capital) {
        return _capital[brand];
    }

    /// @inheritdoc IStockHealth
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    /// @dev The brand for itself, as far as no independent report stands against it; others mark theirs as independent.
    /// Each side keeps the end of its own last period.
    function _requireEntitled(uint16 brand, Capital memory next) private view {
        if (next.organisation == brand) {
            uint256 until = next.independentAt + HealthLimits.INDEPENDENT_SECONDS;
            if (next.independentFrozen && !_isFrozen(next.shareBps) && block.timestamp <= until) {
                revert HealthIndependentStands(brand, next.shareBps, until);
            }
            next.ownPeriodTo = next.periodTo;
            return;
        }
        bool independent = Members.isKind(next.organisation, OrganisationKind.AUDITOR)
            || Members.isKind(next.organisation, OrganisationKind.FINANCE);
        if (!independent) revert HealthNotEntitled(brand, next.organisation);
        (next.independentAt, next.independentFrozen) = (next.reportedAt, _isFrozen(next.shareBps));
        next.independentPeriodTo = next.periodTo;
    }

    /// @dev A year that is over, and not so long ago that the report would be stale at once.
    function _requirePeriod(uint16 brand, uint32 periodFrom, uint32 periodTo) private view {
        if (periodFrom >= periodTo) revert HealthEmptyPeriod(brand, periodFrom, periodTo);
        if (periodTo > block.timestamp) revert HealthPeriodNotOver(brand, periodTo, block.timestamp);
        uint256 length = periodTo - periodFrom;
        bool tooShort = length + HealthLimits.PERIOD_TOLERANCE_SECONDS < HealthLimits.PERIOD_SECONDS;
        if (tooShort || length > HealthLimits.PERIOD_SECONDS + HealthLimits.PERIOD_TOLERANCE_SECONDS) {
            revert HealthNotAYear(brand, periodFrom, periodTo);
        }
        if (block.timestamp > periodTo + HealthLimits.STALE_SECONDS) {
            revert HealthTooOld(brand, periodTo, block.timestamp);
        }
    }

    function _record(uint16 brand, Capital memory next) private {
        bytes memory leaf = abi.encode(
            next.organisation,
            next.stockValueFen,
            next.revenueFen,
            next.periodFrom,
            next.periodTo,
            next.atBlock,
            next.evidenceRoot,
            next.shareBps
        );
        Streams.append(bytes32(brand | STREAM_TAG), 1, keccak256(leaf));
        emit CapitalReported(
            brand,
            next.organisation,
            msg.sender,
            next.stockValueFen,
            next.revenueFen,
            next.periodFrom,
            next.periodTo,
            next.atBlock,
            next.evidenceRoot,
            next.shareBps
        );
    }

    /// @dev 2^64 × 10^4 is below 2^78: the share fits, and never reaches the mark for no revenue.
    function _shareUp(uint64 stockValueFen, uint64 revenueFen) private pure returns (uint96 shareBps) {
        if (stockValueFen == 0) return 0;
        if (revenueFen == 0) return type(uint96).max;
        return uint96(Math.ceilDiv(stockValueFen * MoneyLimits.WHOLE_BPS, revenueFen));
    }

    function _isFrozen(uint96 shareBps) private pure returns (bool) {
        return shareBps > HealthLimits.MAX_SHARE_BPS;
    }
}
