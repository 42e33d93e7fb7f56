// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IValidators} from "../interfaces/IValidators.sol";
import {Limits} from "../lib/Constants.sol";
import {Relayed} from "../lib/Relayed.sol";

/// @title Validators' keys and the journal of their changes
/// @dev The bridge reads the journal of block H-1 at block H: a block holds at most one change.
abstract contract ValidatorKeys is IValidators, Relayed {
    struct Totals {
        uint16 validators;
        uint64 power;
    }

    /// @dev One entry of the ring that limits power changes: `delta` was changed in `blockNumber`, when the total
    /// before was `totalBefore`.
    struct PowerChange {
        uint64 blockNumber;
        uint64 delta;
        uint64 totalBefore;
    }

    uint256 private constant PRESENT = 1 << 255;

    /// @dev Genesis writes the first values, the bridge reads slots by number: the order of these variables is part of
    /// docs/formats.md and has a test.
    Totals internal _totals;
    mapping(bytes32 key => uint256 power) private _powers;
    mapping(uint256 blockNumber => KeyChange) private _journal;
    mapping(uint256 position => PowerChange) private _ring;
    mapping(uint16 organisation => Power) internal _standings;
    mapping(bytes32 key => uint16 organisation) private _owners;
    mapping(bytes32 key => bool) private _retired;
    /// @dev Organisations with voting power, in no order.
    uint16[] private _holders;

    /// @inheritdoc IValidators
    function setValidator(uint16 organisation, bytes32 key, uint64 power) external onlyAdministrator recorded {
        if (organisation != 0) _requireOrganisation(organisation);
        else if (CONSORTIUM.handedOver()) revert IConsortium.ConsortiumUnknownOrganisation(0);
        if (key == 0) revert ConsortiumBadValidatorKey();
        uint64 old = uint64(_powers[key]);
        if (old == 0 && power == 0) revert ConsortiumValidatorUnknown(key);
        if (_assign(organisation, key, old) && old == power) return;
        _setValidator(organisation, key, power);
    }

    /// @inheritdoc IValidators
    function rotateValidator(bytes32 oldKey, bytes32 newKey) external onlyAdministrator recorded {
        _requireFirstChange();
        uint64 power = uint64(_powers[oldKey]);
        if (power == 0) revert ConsortiumValidatorUnknown(oldKey);
        if (newKey == 0 || _powers[newKey] != 0) revert ConsortiumBadValidatorKey();
        if (_retired[newKey]) revert ConsortiumValidatorRetired(newKey);
        uint16 organisation = _owners[oldKey];
        _countPowerChange(power);
        (_powers[oldKey], _powers[newKey], _retired[oldKey]) = (0, power, true);
        _owners[newKey] = organisation;
        _write(newKey, power, oldKey);
        emit ValidatorChanged(oldKey, 0, _totals.power);
        emit ValidatorAssigned(newKey, organisation);
        emit ValidatorChanged(newKey, power, _totals.power);
    }

    /// @inheritdoc IValidators
    function powerOf(bytes32 key) external view returns (uint256) {
        return _powers[key];
    }

    /// @inheritdoc IValidators
    function keyChangeAt(uint256 blockNumber) external view returns (KeyChange memory) {
        return _journal[blockNumber];
    }

    /// @inheritdoc IValidators
    function validatorOwner(bytes32 key) external view returns (uint16) {
        return _owners[key];
    }

    /// @inheritdoc IValidators
    function powersOf(uint16 organisation) external view returns (Power memory) {
        return _standings[organisation];
    }

    /// @inheritdoc IValidators
    function voters() external view returns (uint16 voting, uint16 withPower) {
        withPower = uint16(_holders.length);
        for (uint256 i = 0; i < withPower; ++i) {
            if (CONSORTIUM.isActive(_holders[i])) ++voting;
        }
    }

    /// @inheritdoc IValidators
    function votes(uint16 organisation) external view returns (bool) {
        return _standings[organisation].power != 0 && CONSORTIUM.isActive(organisation);
    }

    /// @inheritdoc IValidators
    function totals() external view returns (uint16 validators, uint64 power) {
        return (_totals.validators, _totals.power);
    }

    function _setValidator(uint16 organisation, bytes32 key, uint64 power) private {
        _requireFirstChange();
        if (_retired[key]) revert ConsortiumValidatorRetired(key);
        uint64 old = uint64(_powers[key]);
        if (old == power) revert ConsortiumValidatorUnchanged(key, power);

        uint256 total = uint256(_totals.power) - old + power;
        if (total == 0) revert ConsortiumValidatorSetEmpty();
        if (total > Limits.MAX_TOTAL_POWER) revert ConsortiumPowerOverflow(total);
        _countPowerChange(old > power ? old - power : power - old);
        _countValidators(old, power);
        if (power == 0) _retired[key] = true;
        _totals.power = uint64(total);
        _powers[key] = power;
        if (organisation != 0) _give(organisation, old, power);
        _requireSpread();
        _write(key, power, 0);
        emit ValidatorChanged(key, power, uint64(total));
    }

    function _requireFirstChange() private view {
        if (_journal[block.number].power != 0) revert ConsortiumSecondKeyChange(block.number);
    }

    function _write(bytes32 key, uint64 power, bytes32 replaced) private {
        _journal[block.number] = KeyChange(key, PRESENT | power, replaced);
    }

    /// @dev Whether `key`, which was nobody's, now belongs to the organisation; its power goes with it.
    function _assign(uint16 organisation, bytes32 key, uint64 power) private returns (bool) {
        uint16 owner = _owners[key];
        if (owner == organisation) return false;
        if (owner != 0) revert ConsortiumValidatorOfAnother(key, owner);
        _owners[key] = organisation;
        if (power != 0) _give(organisation, 0, power);
        emit ValidatorAssigned(key, organisation);
        if (power != 0) _requireSpread();
        return true;
    }

    function _give(uint16 organisation, uint64 old, uint64 power) private {
        Power storage standing = _standings[organisation];
        if (standing.power == 0) _holders.push(organisation);
        standing.power = standing.power - old + power;
        if (old == 0) ++standing.validators;
        if (power == 0) --standing.validators;
        if (standing.power == 0) _dropHolder(organisation);
        if (standing.power != 0 && CONSORTIUM.standingOf(organisation).securityAdministrators == 0) {
            revert IConsortium.ConsortiumNoSecurityAdministrator(organisation);
        }
    }

    function _dropHolder(uint16 organisation) private {
        uint256 last = _holders.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (_holders[i] == organisation) _holders[i] = _holders[last];
        }
        _holders.pop();
    }

    /// @dev A change may also raise the share of those that it does not name: all are looked at.
    function _requireSpread() private view {
        uint256 count = _holders.length;
        if (count < Limits.FAULT_TOLERANT_FROM) return;
        uint256 total = _totals.power;
        for (uint256 i = 0; i < count; ++i) {
            uint256 power = _standings[_holders[i]].power;
            if (power * 3 >= total) revert ConsortiumPowerConcentrated(_holders[i], power, total);
        }
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
