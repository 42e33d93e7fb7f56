// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Fixed, Limits, OrganisationKind, Role, Status} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {OperatorApprovals} from "./OperatorApprovals.sol";
import {Succession} from "./Succession.sol";

/// @title Members, their accounts, places and devices
/// @dev Who the members are stays here for good: organisations, accounts, what is paused, who administers. Places, devices and
/// approvals are the next version's, once there is one.
contract Consortium is OperatorApprovals, Succession {
    uint64 public constant VERSION = 1;

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
    function admit(Application calldata application)
        external
        onlyAdministrator
        recorded
        returns (uint16 organisation)
    {
        organisation = _addOrganisation(application.kind, application.gln, application.nameCommitment);
        _addAdministrators(organisation, application);
    }

    /// @inheritdoc IConsortium
    function setOrganisationStatus(uint16 organisation, uint8 status) external onlyAdministrator recorded {
        _requireSettable(status);
        _requireOrganisation(organisation);
        _setStatus(organisation, status);
    }

    /// @inheritdoc IConsortium
    function removeOrganisation(uint16 organisation) external onlyAdministrator recorded {
        _requireOrganisation(organisation);
        uint16 left = Members.validators().powersOf(organisation).validators;
        if (left != 0) revert ConsortiumValidatorsLeft(organisation, left);
        _setStatus(organisation, Status.REMOVED);
    }

    /// @inheritdoc IConsortium
    function registerDevice(bytes32 deviceId, uint16 organisation, bytes32 publicKeyHash)
        external
        administersOrganisation(organisation, Role.SYSTEM_ADMIN)
        inForce
        recorded
    {
        _requireOrganisation(organisation);
        // Ids of devices are their organisations': nobody takes another's.
        if (uint16(bytes2(deviceId)) != organisation) revert ConsortiumDeviceOfAnother(deviceId, organisation);
        if (_devices[deviceId].status != Status.NONE) revert ConsortiumDeviceTaken(deviceId);
        _devices[deviceId] = Device(organisation, Status.ACTIVE, publicKeyHash);
        emit DeviceRegistered(deviceId, organisation, publicKeyHash);
    }

    /// @inheritdoc IConsortium
    function setDeviceStatus(bytes32 deviceId, uint8 status)
        external
        administersOrganisation(_devices[deviceId].organisation, Role.SYSTEM_ADMIN)
        inForce
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
        inForce
        recorded
        returns (uint16 place)
    {
        _requireOrganisation(operator);
        _requireGln(gln, Limits.MAX_GLN);
        uint16 reserved = reservedFor(gln);
        if (reserved == 0 ? _placeByGln[gln] != 0 : reserved != operator) revert ConsortiumGlnTaken(gln);
        if (reserved != 0) delete _placeByGln[gln | RESERVED];
        if (_totals.places == Limits.MAX_PLACE) revert ConsortiumFull();
        Standing storage standing = _standings[operator];
        uint16 most = standing.maxPlaces == 0 ? Limits.MAX_PLACES_EACH : standing.maxPlaces;
        if (!_isFounder() && standing.places >= most) revert ConsortiumPlacesFull(operator);
        ++standing.places;
        place = ++_totals.places;
        _places[place] = _placeWord(operator, Status.ACTIVE, gln);
        _placeByGln[gln] = place;
        emit PlaceRegistered(place, operator, gln);
    }

    /// @inheritdoc IConsortium
    function setPlace(uint16 place, uint16 operator, uint8 status) external inForce recorded {
        _requireSettable(status);
        _requireOrganisation(operator);
        uint256 word = _places[place];
        if (word == 0) revert ConsortiumUnknownPlace(place);
        bool left = _organisations[uint16(word)].status == Status.REMOVED && msg.sender == administrator;
        if (!left && !_isAdministrator(uint16(word), Role.SYSTEM_ADMIN)) revert ConsortiumNotAdministrator(msg.sender);
        _places[place] = _placeWord(operator, status, uint64(word >> 24));
        emit PlaceChanged(place, operator, status);
    }

    /// @inheritdoc IConsortium
    function reserveGln(uint64 gln, uint16 organisation) external onlyAdministrator inForce recorded {
        _requireGln(gln, Limits.MAX_GLN);
        if (organisation != 0) _requireOrganisation(organisation);
        _placeByGln[gln | RESERVED] = organisation;
        emit GlnReserved(gln, organisation);
    }

    /// @inheritdoc IConsortium
    function pause(bytes32 name) external onlyAdministrator recorded {
        if (name == 0 || _paused[name] || _pausedNames.length == Limits.MAX_PAUSED) revert ConsortiumPauseRefused(name);
        _paused[name] = true;
        _pausedNames.push(name);
        emit RulesPaused(name, true);
    }

    /// @inheritdoc IConsortium
    function resume(bytes32 name) external onlyAdministrator recorded {
        if (!_paused[name]) revert ConsortiumNotPaused(name);
        _paused[name] = false;
        uint256 last = _pausedNames.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (_pausedNames[i] == name) _pausedNames[i] = _pausedNames[last];
        }
        _pausedNames.pop();
        emit RulesPaused(name, false);
    }

    /// @inheritdoc IConsortium
    function setLimits(uint16 organisation, uint16 accounts, uint16 places) external onlyAdministrator recorded {
        _requireOrganisation(organisation);
        Standing storage standing = _standings[organisation];
        (standing.maxAccounts, standing.maxPlaces) = (accounts, places);
        emit LimitsChanged(organisation, accounts, places);
    }

    /// @inheritdoc IConsortium
    function defineRoles(uint32 roles, bool governed) external onlyAdministrator recorded {
        uint32 known = Limits.ALL_ROLES | _defined.roles;
        if (roles == 0 || roles & known != 0) revert ConsortiumRoleDefined(roles & known);
        _defined.roles |= roles;
        if (governed) _defined.governed |= roles;
        emit RolesDefined(roles, governed);
    }

    /// @inheritdoc IConsortium
    function defineKind(uint8 kind) external onlyAdministrator recorded {
        if (kind > Limits.MAX_KIND || _isKind(kind) || kind == 0) revert ConsortiumUnknownKind(kind);
        _defined.kinds |= uint64(1) << kind;
        emit KindDefined(kind);
    }

    /// @inheritdoc IConsortium
    function defined() external view returns (uint32 roles, uint32 governed, uint64 kinds) {
        return (_defined.roles, _defined.governed, _defined.kinds);
    }

    /// @inheritdoc IConsortium
    function recordAct(address poster, bytes calldata data) external {
        bool reports = msg.sender == Fixed.RECOVERY_ADDRESS || _isActive("Validators") || _isActive("Allowances");
        if (!reports && !_isActive(NAME)) revert ConsortiumNotOfGenesis(msg.sender);
        _recordFor(poster, data);
    }

    /// @inheritdoc IConsortium
    function setAdministrator(address next) external onlyAdministrator recorded {
        if (next == address(0)) revert ConsortiumNoAdministrator();
        bool votes = next == Members.active("Governance");
        if (handedOver && !votes) revert ConsortiumGovernedForGood();
        if (votes) {
            (uint16 voting,) = Members.validators().voters();
            if (voting == 0) revert ConsortiumNoVoters();
            handedOver = true;
        }
        emit ConsortiumAdministratorChanged(administrator, next);
        administrator = next;
    }

    /// @inheritdoc IConsortium
    function requireOpen(bytes32 family) external view {
        if (_paused[family]) revert ConsortiumFamilyPaused(family);
    }

    /// @inheritdoc IConsortium
    function pausedRules() external view returns (bytes32[] memory) {
        return _pausedNames;
    }

    /// @inheritdoc IConsortium
    function isActive(uint16 organisation) external view returns (bool) {
        return _organisations[organisation].status == Status.ACTIVE;
    }

    /// @inheritdoc IConsortium
    function standingOf(uint16 organisation) external view returns (Standing memory) {
        return _standings[organisation];
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
    function totals() external view returns (uint16 organisations, uint16 places) {
        return (_totals.organisations, _totals.places);
    }

    /// @inheritdoc IConsortium
    function reservedFor(uint64 gln) public view returns (uint16) {
        return _placeByGln[gln | RESERVED];
    }

    function _addOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment) private returns (uint16 organisation) {
        if (!_isKind(kind)) revert ConsortiumUnknownKind(kind);
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

    /// @dev Whether the sender is what `name` means: what was replaced reports nothing any more, and so does nothing.
    function _isActive(bytes32 name) private view returns (bool) {
        return msg.sender == Members.active(name);
    }

    function _isKind(uint8 kind) private view returns (bool) {
        if (kind >= OrganisationKind.BRAND && kind <= OrganisationKind.AUDITOR) return true;
        return kind <= Limits.MAX_KIND && _defined.kinds >> kind & 1 == 1;
    }

    function _placeWord(uint16 operator, uint8 status, uint64 gln) private pure returns (uint256) {
        return operator | uint256(status) << 16 | uint256(gln) << 24;
    }
}
