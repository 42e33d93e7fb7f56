// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Limits} from "../lib/Constants.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {ConsortiumStorage} from "./ConsortiumStorage.sol";

/// @title Validators' keys and the journal of their changes
/// @dev The bridge reads the journal of block H-1 at block H: a block holds at most one change.
abstract contract Validators is ConsortiumStorage {
    uint256 private constant PRESENT = 1 << 255;

    /// @inheritdoc IConsortium
    function setValidator(bytes32 key, uint64 power) external onlyAdministrator {
        if (key == 0) revert ConsortiumBadValidatorKey();
        if (_journal[block.number].power != 0) revert ConsortiumSecondKeyChange(block.number);
        uint64 old = uint64(_powers[key]);
        if (old == 0 && power == 0) revert ConsortiumValidatorUnknown(key);
        if (old == power) revert ConsortiumValidatorUnchanged(key, power);

        uint256 total = uint256(_totals.power) - old + power;
        if (total == 0) revert ConsortiumValidatorSetEmpty();
        if (total > Limits.MAX_TOTAL_POWER) revert ConsortiumPowerOverflow(total);
        _countPowerChange(old > power ? old - power : power - old);
        _countValidators(old, power);
        _totals.power = uint64(total);
        _powers[key] = power;
        _journal[block.number] = KeyChange(key, PRESENT | power);
        emit ValidatorChanged(key, power, uint64(total));
    }

    /// @inheritdoc IConsortium
    function powerOf(bytes32 key) external view returns (uint256) {
        return _powers[key];
    }

    /// @inheritdoc IConsortium
    function keyChangeAt(uint256 blockNumber) external view returns (KeyChange memory) {
        return _journal[blockNumber];
    }

    function _countValidators(uint64 old, uint64 power) private {
        if (old == 0) {
            if (_totals.validators == Limits.MAX_VALIDATORS) revert ConsortiumValidatorsFull();
            ++_totals.validators;
        } else if (power == 0) {
            --_totals.validators;
        }
    }

    /// @dev What changed within the window, this change included, is at most a third of the total at the window's
    /// start: whoever trusted the set of then still knows two thirds of the power.
    function _countPowerChange(uint64 delta) private {
        uint64 totalAtStart = _totals.power;
        uint256 changed = delta;
        uint256 oldest = block.number;
        for (uint256 i = 0; i < Limits.POWER_WINDOW_BLOCKS; ++i) {
            PowerChange memory change = _ring[i];
            if (change.delta == 0 || change.blockNumber + Limits.POWER_WINDOW_BLOCKS <= block.number) continue;
            changed += change.delta;
            if (change.blockNumber < oldest) (oldest, totalAtStart) = (change.blockNumber, change.totalBefore);
        }
        if (changed > totalAtStart / 3) revert ConsortiumPowerChangeTooLarge(changed, totalAtStart / 3);
        _ring[block.number % Limits.POWER_WINDOW_BLOCKS] = PowerChange(uint64(block.number), delta, _totals.power);
    }
}
