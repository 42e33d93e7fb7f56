// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IStockHealth} from "../interfaces/IStockHealth.sol";
import {HealthLimits} from "./Constants.sol";
import {Audits} from "../lib/Audits.sol";
import {MoneyLimits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";

/// @title Capital bound in a brand's stock
/// @dev See IStockHealth.
contract StockHealth is IStockHealth {
    uint64 public constant VERSION = 2;

    uint256 private constant STREAM_TAG = 1 << 248;

    mapping(uint16 brand => Capital capital) private _capital;
    /// @dev Where the last period ends that an organisation reported on; the key is `brand << 16 | organisation`.
    mapping(uint32 key => uint256 periodTo) private _reported;
    /// @dev Which auditors or finance organisations raised what stands, and who of them found less since (lib/Audits.sol); the
    /// key is `brand << 8 | kind`.
    mapping(uint24 key => uint256 audit) private _audits;

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
        Members.requireActive("StockHealth");
        uint16 organisation = Members.requireRole(msg.sender, Role.REPORT);
        if (!Members.isKind(brand, OrganisationKind.BRAND)) revert HealthNotBrand(brand);
        Capital memory next = _capital[brand];
        _requirePeriod(brand, periodFrom, periodTo);
        uint8 side = _sideOf(brand, organisation);
        _requireNewer(brand, organisation, periodTo, _lastOf(side, next));
        if (atBlock >= block.number) revert HealthBlockAhead(brand, atBlock, block.number);

        (next.stockValueFen, next.revenueFen) = (stockValueFen, revenueFen);
        (next.periodFrom, next.periodTo, next.atBlock) = (periodFrom, periodTo, atBlock);
        (next.evidenceRoot, next.organisation) = (evidenceRoot, organisation);
        (next.shareBps, next.reportedAt) = (_shareUp(stockValueFen, revenueFen), uint64(block.timestamp));
        if (side != 0 && _waits(brand, side, next)) {
            emit CapitalSecondAwaited(brand, organisation, msg.sender, periodTo, evidenceRoot);
            return;
        }
        _stamp(side, next);
        _capital[brand] = next;
        _record(brand, next);
    }

    /// @inheritdoc IStockHealth
    function purchasingFrozen(uint16 brand) external view returns (bool frozen) {
        Capital storage last = _capital[brand];
        if (_isFrozen(last.shareBps) || isStale(brand)) return true;
        return _stands(last.auditorsAbove, last.auditorsAt) || _stands(last.financeAbove, last.financeAt);
    }

    /// @inheritdoc IStockHealth
    function auditOf(uint16 brand, uint8 kind) external view returns (uint256 audit) {
        return _audits[uint24(brand) << 8 | kind];
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

    /// @dev The side that an organisation reports for: 0 is the brand itself, else the kind, auditor or finance.
    function _sideOf(uint16 brand, uint16 organisation) private view returns (uint8 side) {
        if (organisation == brand) return 0;
        if (Members.isKind(organisation, OrganisationKind.AUDITOR)) return OrganisationKind.AUDITOR;
        if (Members.isKind(organisation, OrganisationKind.FINANCE)) return OrganisationKind.FINANCE;
        revert HealthNotEntitled(brand, organisation);
    }

    /// @dev Where the last period of a side ends.
    function _lastOf(uint8 side, Capital memory before) private pure returns (uint32 periodTo) {
        if (side == OrganisationKind.AUDITOR) return before.auditorsPeriodTo;
        return side == OrganisationKind.FINANCE ? before.financePeriodTo : before.ownPeriodTo;
    }

    /// @dev Each side goes forward in time by itself, and each organisation by a day at least.
    function _requireNewer(uint16 brand, uint16 organisation, uint32 periodTo, uint32 last) private {
        if (periodTo <= last) revert HealthStale(brand, periodTo, last);
        uint32 key = uint32(brand) << 16 | organisation;
        uint256 earliest = _reported[key] + HealthLimits.REPORT_SPACING_SECONDS;
        if (periodTo < earliest) revert HealthTooSoon(brand, periodTo, earliest);
        _reported[key] = periodTo;
    }

    /// @dev Whether a report of a side lifts what another organisation of it found, and so waits until a second one finds less.
    function _waits(uint16 brand, uint8 side, Capital memory next) private returns (bool) {
        Capital storage last = _capital[brand];
        bool stood = side == OrganisationKind.AUDITOR
            ? _stands(last.auditorsAbove, last.auditorsAt)
            : _stands(last.financeAbove, last.financeAt);
        uint24 key = uint24(brand) << 8 | side;
        uint256 audit = stood ? _audits[key] : 0;
        bool above = _isFrozen(next.shareBps);
        bool waits = !above && !Audits.lifts(audit, next.organisation, side);
        if (above) _audits[key] = Audits.raised(audit, next.organisation);
        else _audits[key] = waits ? Audits.asked(audit, next.organisation) : 0;
        return waits;
    }

    /// @dev Notes in `next` what its side says from now on; what the others said stays.
    function _stamp(uint8 side, Capital memory next) private pure {
        bool above = _isFrozen(next.shareBps);
        if (side == OrganisationKind.AUDITOR) {
            (next.auditorsPeriodTo, next.auditorsAt, next.auditorsAbove) = (next.periodTo, next.reportedAt, above);
        } else if (side == OrganisationKind.FINANCE) {
            (next.financePeriodTo, next.financeAt, next.financeAbove) = (next.periodTo, next.reportedAt, above);
        } else {
            next.ownPeriodTo = next.periodTo;
        }
    }

    /// @dev Whether a side's newest report stands against all others.
    function _stands(bool above, uint64 reportedAt) private view returns (bool) {
        return above && block.timestamp <= reportedAt + HealthLimits.INDEPENDENT_SECONDS;
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
