// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAllowances} from "../interfaces/IAllowances.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {IDirectory} from "../interfaces/IDirectory.sol";
import {IRecovery} from "../interfaces/IRecovery.sol";
import {IValidators} from "../interfaces/IValidators.sol";
import {Approvals} from "./Approvals.sol";
import {ApprovedAct, Fixed, Role, Status} from "./Constants.sol";

/// @title Questions to the Consortium and the Directory
/// @notice What the contracts ask about accounts, organisations and each other, with the words' layout in one place.
/// @dev Consortium and Recovery are asked at their fixed addresses for ever (who the members are, and whose keys are being
/// replaced, no vote hands to another contract); all others are what their names mean at the call.
library Members {
    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    IDirectory private constant DIRECTORY = IDirectory(Fixed.DIRECTORY_ADDRESS);
    IRecovery private constant RECOVERY = IRecovery(Fixed.RECOVERY_ADDRESS);

    /// @dev Role mask that every active account has.
    uint32 private constant NO_ROLE = 0;

    /// @notice Reverts while the family of rules is paused.
    function requireOpen(bytes32 family) internal view {
        CONSORTIUM.requireOpen(family);
    }

    /// @notice Organisation of an account that is active and has all of `role`; reverts with the Consortium's reason.
    function requireRole(address account, uint32 role) internal view returns (uint16 org) {
        return CONSORTIUM.authorise(account, role);
    }

    /// @notice Organisation of an active account; reverts with the Consortium's reason.
    function requireActive(address account) internal view returns (uint16 org) {
        return CONSORTIUM.authorise(account, NO_ROLE);
    }

    /// @notice Organisation of an account that is active, as its organisation is, may write, and has all of `role`;
    /// 0 otherwise.
    function organisationWith(address account, uint32 role) internal view returns (uint16 org) {
        uint256 word = CONSORTIUM.memberOf(account);
        uint32 roles = uint32(word >> 24);
        bool able = uint8(word >> 16) == Status.ACTIVE && roles & role == role && roles & Role.AUDIT_ADMIN == 0;
        if (!able || CONSORTIUM.organisationOf(uint16(word)).status != Status.ACTIVE) return 0;
        return uint16(word);
    }

    /// @notice Whether an account is active and has all of `role`, in any organisation.
    function hasRole(address account, uint32 role) internal view returns (bool) {
        return organisationWith(account, role) != 0;
    }

    /// @notice Whether an account is active in organisation `org` and has all of `role`.
    function hasRole(address account, uint16 org, uint32 role) internal view returns (bool) {
        return org != 0 && organisationWith(account, role) == org;
    }

    /// @notice Whether an account is active, with whatever roles.
    function isActive(address account) internal view returns (bool) {
        return hasRole(account, NO_ROLE);
    }

    /// @notice Whether `org` is an active organisation of this kind.
    function isKind(uint16 org, uint8 kind) internal view returns (bool) {
        IConsortium.Organisation memory organisation = CONSORTIUM.organisationOf(org);
        return organisation.status == Status.ACTIVE && organisation.kind == kind;
    }

    /// @notice Whether `org` is an active organisation, of whatever kind.
    function isActiveOrganisation(uint16 org) internal view returns (bool) {
        return CONSORTIUM.organisationOf(org).status == Status.ACTIVE;
    }

    /// @notice Whether `org` may do this act (`ApprovedAct`) with a SKU of the brand at a place now (0 = whichever).
    function mayAct(uint16 brand, uint16 org, uint8 act, uint32 sku, uint16 place) internal view returns (bool) {
        return Approvals.grants(CONSORTIUM.approvalFor(brand, org, sku, place), act);
    }

    /// @notice Whether a place can send and take the brand's SKU (0 = some) now: it is active, as its operator is, which may
    /// move it there.
    function isUsable(uint16 brand, uint32 sku, uint16 place) internal view returns (bool) {
        uint256 word = CONSORTIUM.placeOf(place);
        uint16 operator = uint16(word);
        return uint8(word >> 16) == Status.ACTIVE && mayAct(brand, operator, ApprovedAct.MOVE, sku, place)
            && isActiveOrganisation(operator);
    }

    /// @notice Organisation of a device that is registered and active; 0 otherwise.
    function organisationOfDevice(bytes32 deviceId) internal view returns (uint16 org) {
        IConsortium.Device memory device = CONSORTIUM.deviceOf(deviceId);
        return device.status == Status.ACTIVE ? device.organisation : 0;
    }

    /// @notice Whether the account administers the Consortium.
    function isAdministrator(address account) internal view returns (bool) {
        return account == CONSORTIUM.administrator();
    }

    /// @notice Whether a founder's account administers the Consortium: not the members' votes.
    function isFounder(address account) internal view returns (bool) {
        return isAdministrator(account) && !CONSORTIUM.handedOver();
    }

    /// @notice Whether what the account's organisation has in deposits is frozen: its keys are being replaced.
    function isFrozen(address account) internal view returns (bool) {
        return RECOVERY.frozen(uint16(CONSORTIUM.memberOf(account)));
    }

    /// @notice Reverts unless the contract that asks is what `name` means: one that was replaced, or is frozen, takes
    /// nothing new.
    function requireActive(bytes32 name) internal view {
        DIRECTORY.requireActive(name);
    }

    /// @notice Address of what `name` means at this block; reverts when it means nothing.
    function active(bytes32 name) internal view returns (address target) {
        (target,) = DIRECTORY.activeOf(name);
        if (target == address(0)) revert IDirectory.DirectoryNoneActive(name);
    }

    /// @notice The active contract of gas money.
    function allowances() internal view returns (IAllowances) {
        return IAllowances(active("Allowances"));
    }

    /// @notice The active contract of validators.
    function validators() internal view returns (IValidators) {
        return IValidators(active("Validators"));
    }

    /// @notice Whether the Directory says `flag` of the contract at `target`.
    function hasFlag(address target, uint32 flag) internal view returns (bool) {
        return DIRECTORY.flagsOf(target) & flag != 0;
    }

    /// @notice Address of the contract that is active as `name`, which has to be the version that the caller reads.
    function requireVersion(bytes32 name, uint64 version) internal view returns (address) {
        return DIRECTORY.requireVersion(name, version);
    }
}
