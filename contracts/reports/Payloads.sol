// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Limits} from "../lib/Constants.sol";
import {AlertLevel, FeedKind} from "./Constants.sol";

/// @title Forms of report payloads
/// @notice Checks that a payload is the canonical ABI encoding of its kind: exact length, every word in its range.
library Payloads {
    /// @notice Answer of `firstWrongWord` for a payload without fault.
    uint256 internal constant WELL_FORMED = type(uint256).max;

    uint256 private constant WORD = 32;
    uint256 private constant ALERT_WORDS = 5;
    uint256 private constant SENSOR_WORDS = 7;
    uint256 private constant FORECAST_HEAD_WORDS = 3;

    /// @notice Index (from 0) of the first 32-byte word that breaks the form of `kind`, or `WELL_FORMED`.
    /// @dev A payload that is too short or too long is wrong at its end.
    function firstWrongWord(uint8 kind, bytes calldata payload) internal view returns (uint256) {
        if (kind == FeedKind.FORECAST) return _forecast(payload);
        if (kind == FeedKind.ALERT) return _alert(payload);
        return _sensorBatch(payload);
    }

    /// @dev abi.encode(bytes32 sessionId, bytes32[] forecastPages), at least one page.
    function _forecast(bytes calldata payload) private pure returns (uint256) {
        if (payload.length < FORECAST_HEAD_WORDS * WORD) return payload.length / WORD;
        if (_word(payload, 0) == 0) return 0;
        if (_word(payload, 1) != 2 * WORD) return 1;
        uint256 pages = _word(payload, 2);
        if (pages == 0 || pages > payload.length) return 2;
        if (payload.length != (FORECAST_HEAD_WORDS + pages) * WORD) return payload.length / WORD;
        return WELL_FORMED;
    }

    /// @dev abi.encode(uint8 level, uint32 sku, uint16 place, uint64 value, uint64 limit).
    function _alert(bytes calldata payload) private pure returns (uint256) {
        if (payload.length != ALERT_WORDS * WORD) return payload.length / WORD;
        uint256 level = _word(payload, 0);
        if (level < AlertLevel.NOTICE || level > AlertLevel.CRITICAL) return 0;
        if (_word(payload, 1) > type(uint32).max) return 1;
        if (_word(payload, 2) > type(uint16).max) return 2;
        if (_word(payload, 3) > type(uint64).max) return 3;
        if (_word(payload, 4) > type(uint64).max) return 4;
        return WELL_FORMED;
    }

    /// @dev abi.encode(bytes32 deviceId, bytes32 readingsRoot, uint32 readings, uint64 firstAt, uint64 lastAt,
    /// int32 minMilli, int32 maxMilli); at least one reading, times and values in order, none from the future.
    function _sensorBatch(bytes calldata payload) private view returns (uint256) {
        if (payload.length != SENSOR_WORDS * WORD) return payload.length / WORD;
        if (_word(payload, 1) == 0) return 1;
        uint256 readings = _word(payload, 2);
        if (readings == 0 || readings > type(uint32).max) return 2;
        uint256 lastAt = _word(payload, 4);
        if (_word(payload, 3) > lastAt) return 3;
        if (lastAt > block.timestamp + Limits.MAX_AHEAD_SECONDS) return 4;
        int256 minMilli = int256(_word(payload, 5));
        int256 maxMilli = int256(_word(payload, 6));
        if (minMilli < type(int32).min || minMilli > maxMilli) return 5;
        if (maxMilli > type(int32).max) return 6;
        return WELL_FORMED;
    }

    function _word(bytes calldata payload, uint256 index) private pure returns (uint256) {
        return uint256(bytes32(payload[index * WORD:(index + 1) * WORD]));
    }
}
