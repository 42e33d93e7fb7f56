// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Fixed, Limits, OrganisationKind, Role, RuleFamily, Status} from "../lib/Constants.sol";
import {Streams} from "../lib/Streams.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {Nodes} from "./Nodes.sol";

/// @title Members, places, devices, nodes and validators of the ledger
contract Consortium is Nodes {
    uint64 public constant VERSION = 1;

    uint8 private constant ALL_FAMILIES =
        RuleFamily.STOCK | RuleFamily.PROVENANCE | RuleFamily.REPORTS | RuleFamily.SETTLEMENT;

    /// @notice Gas money for members; anybody may add to it.
    receive() external payable {}

    /// @inheritdoc IConsortium
    function registerOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment)
        external
        onlyAdministrator
        recorded
        returns (uint16 organisation)
    {
        return _addOrganisation(kind, gln, nameCommitment);
    }

    /// @inheritdoc IConsortium
    function admit(Application calldata application, bytes20 nodeId, Node calldata node)
        external
        onlyAdministrator
        recorded
        returns (uint16 organisation)
    {
        organisation = _addOrganisation(application.kind, application.gln, application.nameCommitment);
        _addAdministrators(organisation, application);
        if (nodeId != 0) _setNode(organisation, nodeId, node);
    }

    /// @inheritdoc IConsortium
    function setOrganisationStatus(uint16 organisation, uint8 status) external onlyAdministrator recorded {
        _requireSettable(status);
        _requireOrganisation(organisation);
        _setStatus(organisation, status);
    }

    /// @inheritdoc IConsortium
    function removeOrganisation(uint16 organisation, bytes32 key) external onlyAdministrator recorded {
        _requireOrganisation(organisation);
        if (key != 0) {
            if (_validatorOwners[key] != organisation) revert ConsortiumValidatorOfAnother(key, _validatorOwners[key]);
            _setValidator(organisation, key, 0);
        }
        uint16 left = _standings[organisation].validators;
        if (left != 0) revert ConsortiumValidatorsLeft(organisation, left);
        _setStatus(organisation, Status.REMOVED);
    }

    /// @inheritdoc IConsortium
    function registerDevice(bytes32 deviceId, uint16 organisation, bytes32 publicKeyHash)
        external
        administersOrganisation(organisation, Role.SYSTEM_ADMIN)
        recorded
    {
        _requireOrganisation(organisation);
        if (_devices[deviceId].status != Status.NONE) revert ConsortiumDeviceTaken(deviceId);
        _devices[deviceId] = Device(organisation, Status.ACTIVE, publicKeyHash);
        emit DeviceRegistered(deviceId, organisation, publicKeyHash);
    }

    /// @inheritdoc IConsortium
    function setDeviceStatus(bytes32 deviceId, uint8 status)
        external
        administersOrganisation(_devices[deviceId].organisation, Role.SYSTEM_ADMIN)
        recorded
    {
        _requireSettable(status);
        if (_devices[deviceId].status == Status.NONE) revert ConsortiumUnknownDevice(deviceId);
        _devices[deviceId].status = status;
        emit DeviceStatusChanged(deviceId, status);
    }

    /// @inheritdoc IConsortium
    function registerPlace(uint16 operator, uint64 gln)
        external
        administersOrganisation(operator, Role.SYSTEM_ADMIN)
        recorded
        returns (uint16 place)
    {
        _requireOrganisation(operator);
        _requireGln(gln, Limits.MAX_GLN);
        if (_placeByGln[gln] != 0) revert ConsortiumGlnTaken(gln);
        if (_totals.places == Limits.MAX_PLACE) revert ConsortiumFull();
        Standing storage standing = _standings[operator];
        if (msg.sender != administrator && standing.places >= Limits.MAX_PLACES_EACH) {
            revert ConsortiumPlacesFull(operator);
        }
        ++standing.places;
        place = ++_totals.places;
        _places[place] = _placeWord(operator, Status.ACTIVE, gln);
        _placeByGln[gln] = place;
        emit PlaceRegistered(place, operator, gln);
    }

    /// @inheritdoc IConsortium
    function setPlace(uint16 place, uint16 operator, uint8 status) external onlyAdministrator recorded {
        _requireSettable(status);
        _requireOrganisation(operator);
        uint256 word = _places[place];
        if (word == 0) revert ConsortiumUnknownPlace(place);
        _places[place] = _placeWord(operator, status, uint64(word >> 24));
        emit PlaceChanged(place, operator, status);
    }

    /// @inheritdoc IConsortium
    function approveOperator(uint16 brand, uint16 operator, bool approved) external recorded {
        _requireOrganisation(brand);
        _requireOrganisation(operator);
        if (msg.sender != administrator && authorise(msg.sender, Role.SIGN_AGREEMENTS) != brand) {
            revert ConsortiumNotBrand(msg.sender, brand);
        }
        _approved[brand][operator] = approved;
        emit OperatorApproved(brand, operator, approved);
    }

    /// @inheritdoc IConsortium
    function setPausedFamilies(uint8 families) external onlyAdministrator recorded {
        if (families & ~ALL_FAMILIES != 0) revert ConsortiumUnknownFamily(families);
        _totals.pausedFamilies = families;
        emit FamiliesPaused(families);
    }

    /// @inheritdoc IConsortium
    function setAdministrator(address next) external onlyAdministrator recorded {
        if (next == address(0)) revert ConsortiumNoAdministrator();
        if (next == Fixed.GOVERNANCE_ADDRESS && _totals.voters == 0) revert ConsortiumNoVoters();
        emit ConsortiumAdministratorChanged(administrator, next);
        administrator = next;
    }

    /// @inheritdoc IConsortium
    function requireOpen(uint8 family) external view {
        if (_totals.pausedFamilies & family != 0) revert ConsortiumFamilyPaused(family);
    }

    /// @inheritdoc IConsortium
    function pausedFamilies() external view returns (uint8) {
        return _totals.pausedFamilies;
    }

    /// @inheritdoc IConsortium
    function mayOperate(uint16 brand, uint16 operator) external view returns (bool) {
        return brand == operator || _approved[brand][operator];
    }

    /// @inheritdoc IConsortium
    function votes(uint16 organisation) external view returns (bool) {
        return _votes(organisation);
    }

    /// @inheritdoc IConsortium
    function organisationOf(uint16 organisation) external view returns (Organisation memory) {
        return _organisations[organisation];
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
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    /// @inheritdoc IConsortium
    function totals()
        external
        view
        returns (uint16 organisations, uint16 places, uint16 validators, uint64 totalPower)
    {
        return (_totals.organisations, _totals.places, _totals.validators, _totals.power);
    }

    function _addOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment) private returns (uint16 organisation) {
        if (kind < OrganisationKind.BRAND || kind > OrganisationKind.AUDITOR) revert ConsortiumUnknownKind(kind);
        _requireGln(gln, Limits.MAX_GLN);
        uint16 holder = _organisationByGln[gln];
        // Whoever was removed may be admitted again, under a new number.
        if (holder != 0 && _organisations[holder].status != Status.REMOVED) revert ConsortiumGlnTaken(gln);
        if (_totals.organisations == Limits.MAX_ORGANISATION) revert ConsortiumFull();
        organisation = ++_totals.organisations;
        _organisations[organisation] = Organisation(kind, Status.ACTIVE, gln, nameCommitment);
        _organisationByGln[gln] = organisation;
        emit OrganisationRegistered(organisation, kind, gln, nameCommitment);
    }

    function _placeWord(uint16 operator, uint8 status, uint64 gln) private pure returns (uint256) {
        return operator | uint256(status) << 16 | uint256(gln) << 24;
    }
}
