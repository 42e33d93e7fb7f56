// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {Limits, OrganisationKind, Role, Status} from "../lib/Constants.sol";
import {TypedData} from "../lib/TypedData.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {Validators} from "./Validators.sol";

/// @title Members, places, devices and validators of the ledger
contract Consortium is Validators {
    uint64 public constant VERSION = 1;

    bytes32 private constant DOMAIN_NAME = keccak256("LiveLedger Consortium");
    bytes32 private constant POSSESSION_TYPE =
        keccak256("AccountPossession(address account,uint16 organisation,uint256 deadline)");

    /// @notice Gas money for members; anybody may add to it.
    receive() external payable {}

    /// @inheritdoc IConsortium
    function registerOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment)
        external
        onlyAdministrator
        returns (uint16 organisation)
    {
        if (kind < OrganisationKind.BRAND || kind > OrganisationKind.AUDITOR) revert ConsortiumUnknownKind(kind);
        _requireGln(gln);
        if (_organisationByGln[gln] != 0) revert ConsortiumGlnTaken(gln);
        if (_totals.organisations == Limits.MAX_ORGANISATION) revert ConsortiumFull();
        organisation = ++_totals.organisations;
        _organisations[organisation] = Organisation(kind, Status.ACTIVE, gln, nameCommitment);
        _organisationByGln[gln] = organisation;
        emit OrganisationRegistered(organisation, kind, gln, nameCommitment);
    }

    /// @inheritdoc IConsortium
    function setOrganisationStatus(uint16 organisation, uint8 status) external onlyAdministrator {
        _requireSettable(status);
        _requireOrganisation(organisation);
        _organisations[organisation].status = status;
        emit OrganisationStatusChanged(organisation, status);
    }

    /// @inheritdoc IConsortium
    function registerAccount(
        uint16 organisation,
        address account,
        uint32 roles,
        uint256 deadline,
        bytes calldata signature
    ) external onlyAdministrator {
        _requireOrganisation(organisation);
        if (_members[account] != 0) revert ConsortiumAccountTaken(account);
        if (block.timestamp > deadline) revert ConsortiumDeadlinePassed(deadline, block.timestamp);
        bytes32 structHash = keccak256(abi.encode(POSSESSION_TYPE, account, organisation, deadline));
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecover(TypedData.digest(DOMAIN_NAME, structHash), signature);
        if (problem != ECDSA.RecoverError.NoError || signer != account) revert ConsortiumBadPossessionProof(account);
        _members[account] = _memberWord(organisation, Status.ACTIVE, roles);
        emit AccountRegistered(account, organisation, roles);
        _fund(account);
    }

    /// @inheritdoc IConsortium
    function setAccount(address account, uint8 status, uint32 roles) external onlyAdministrator {
        _requireSettable(status);
        uint256 word = _members[account];
        if (word == 0) revert ConsortiumUnknownMember(account);
        _members[account] = _memberWord(uint16(word), status, roles);
        emit AccountChanged(account, status, roles);
    }

    /// @inheritdoc IConsortium
    function topUp(address account) external {
        _requireActive(account);
        if (msg.sender != administrator) {
            uint256 nextBlock = _lastTopUp[account] + Limits.TOP_UP_BLOCKS;
            if (_lastTopUp[account] != 0 && block.number < nextBlock) {
                revert ConsortiumTopUpTooEarly(account, nextBlock);
            }
        }
        _fund(account);
    }

    /// @inheritdoc IConsortium
    function registerDevice(bytes32 deviceId, uint16 organisation, bytes32 publicKeyHash) external onlyAdministrator {
        _requireOrganisation(organisation);
        if (_devices[deviceId].status != Status.NONE) revert ConsortiumDeviceTaken(deviceId);
        _devices[deviceId] = Device(organisation, Status.ACTIVE, publicKeyHash);
        emit DeviceRegistered(deviceId, organisation, publicKeyHash);
    }

    /// @inheritdoc IConsortium
    function setDeviceStatus(bytes32 deviceId, uint8 status) external onlyAdministrator {
        _requireSettable(status);
        if (_devices[deviceId].status == Status.NONE) revert ConsortiumUnknownDevice(deviceId);
        _devices[deviceId].status = status;
        emit DeviceStatusChanged(deviceId, status);
    }

    /// @inheritdoc IConsortium
    function registerPlace(uint16 operator, uint64 gln) external onlyAdministrator returns (uint16 place) {
        _requireOrganisation(operator);
        _requireGln(gln);
        if (_placeByGln[gln] != 0) revert ConsortiumGlnTaken(gln);
        if (_totals.places == Limits.MAX_PLACE) revert ConsortiumFull();
        place = ++_totals.places;
        _places[place] = _placeWord(operator, Status.ACTIVE, gln);
        _placeByGln[gln] = place;
        emit PlaceRegistered(place, operator, gln);
    }

    /// @inheritdoc IConsortium
    function setPlace(uint16 place, uint16 operator, uint8 status) external onlyAdministrator {
        _requireSettable(status);
        _requireOrganisation(operator);
        uint256 word = _places[place];
        if (word == 0) revert ConsortiumUnknownPlace(place);
        _places[place] = _placeWord(operator, status, uint64(word >> 24));
        emit PlaceChanged(place, operator, status);
    }

    /// @inheritdoc IConsortium
    function approveOperator(uint16 brand, uint16 operator, bool approved) external {
        _requireOrganisation(brand);
        _requireOrganisation(operator);
        if (msg.sender != administrator && authorise(msg.sender, Role.SIGN_AGREEMENTS) != brand) {
            revert ConsortiumNotBrand(msg.sender, brand);
        }
        _approved[brand][operator] = approved;
        emit OperatorApproved(brand, operator, approved);
    }

    /// @inheritdoc IConsortium
    function setAdministrator(address next) external onlyAdministrator {
        if (next == address(0)) revert ConsortiumNoAdministrator();
        emit ConsortiumAdministratorChanged(administrator, next);
        administrator = next;
    }

    /// @inheritdoc IConsortium
    function mayOperate(uint16 brand, uint16 operator) external view returns (bool) {
        return brand == operator || _approved[brand][operator];
    }

    /// @inheritdoc IConsortium
    function organisationOf(uint16 organisation) external view returns (Organisation memory) {
        return _organisations[organisation];
    }

    /// @inheritdoc IConsortium
    function memberOf(address account) external view returns (uint256) {
        return _members[account];
    }

    /// @inheritdoc IConsortium
    function placeOf(uint16 place) external view returns (uint256) {
        return _places[place];
    }

    /// @inheritdoc IConsortium
    function placeByGln(uint64 gln) external view returns (uint16) {
        return _placeByGln[gln];
    }

    /// @inheritdoc IConsortium
    function organisationByGln(uint64 gln) external view returns (uint16) {
        return _organisationByGln[gln];
    }

    /// @inheritdoc IConsortium
    function deviceOf(bytes32 deviceId) external view returns (Device memory) {
        return _devices[deviceId];
    }

    /// @inheritdoc IConsortium
    function totals()
        external
        view
        returns (uint16 organisations, uint16 places, uint16 validators, uint64 totalPower)
    {
        return (_totals.organisations, _totals.places, _totals.validators, _totals.power);
    }

    /// @inheritdoc IConsortium
    function authorise(address account, uint32 role) public view returns (uint16 organisation) {
        uint256 word = _requireActive(account);
        if (uint32(word >> 24) & role != role) revert ConsortiumMissingRole(account, role);
        organisation = uint16(word);
    }

    function _fund(address account) private {
        if (account.balance >= Limits.ALLOWANCE_WEI) return;
        uint256 amount = Limits.ALLOWANCE_WEI - account.balance;
        if (amount > address(this).balance) revert ConsortiumOutOfFunds(amount, address(this).balance);
        _lastTopUp[account] = block.number;
        emit AccountFunded(account, amount);
        // No gas beyond the stipend: the account has proven a key of its own, so there is no code to run.
        (bool done,) = account.call{value: amount, gas: 0}("");
        if (!done) revert ConsortiumOutOfFunds(amount, address(this).balance);
    }

    function _requireActive(address account) private view returns (uint256 word) {
        word = _members[account];
        if (word == 0) revert ConsortiumUnknownMember(account);
        if (uint8(word >> 16) != Status.ACTIVE) revert ConsortiumAccountSuspended(account);
        uint16 organisation = uint16(word);
        if (_organisations[organisation].status != Status.ACTIVE) revert ConsortiumOrganisationSuspended(organisation);
    }

    function _requireGln(uint64 gln) private pure {
        if (gln == 0 || gln > Limits.MAX_GLN) revert ConsortiumBadGln(gln);
    }

    function _memberWord(uint16 organisation, uint8 status, uint32 roles) private pure returns (uint256) {
        return organisation | uint256(status) << 16 | uint256(roles) << 24;
    }

    function _placeWord(uint16 operator, uint8 status, uint64 gln) private pure returns (uint256) {
        return operator | uint256(status) << 16 | uint256(gln) << 24;
    }
}
