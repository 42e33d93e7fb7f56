// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Acts} from "../lib/Acts.sol";
import {Role, Status} from "../lib/Constants.sol";

/// @title Storage of the Consortium
/// @dev Genesis writes the first values, the bridge and the proofs read slots by number: the order of these variables
/// is part of docs/formats.md and has a test.
// solhint-disable-next-line max-states-count
abstract contract ConsortiumStorage is IConsortium, Acts {
    struct Totals {
        uint16 organisations;
        uint16 places;
        uint16 validators;
        uint64 power;
        uint16 voters;
        uint8 pausedFamilies;
    }

    /// @dev One entry of the ring that limits power changes: `delta` was changed in `blockNumber`, when the total
    /// before was `totalBefore`.
    struct PowerChange {
        uint64 blockNumber;
        uint64 delta;
        uint64 totalBefore;
    }

    /// @inheritdoc IConsortium
    address public administrator;
    Totals internal _totals;
    mapping(uint16 organisation => Organisation) internal _organisations;
    mapping(address account => uint256 word) internal _members;
    mapping(uint16 place => uint256 word) internal _places;
    mapping(uint64 gln => uint16 place) internal _placeByGln;
    mapping(uint16 brand => mapping(uint16 operator => bool)) internal _approved;
    mapping(bytes32 key => uint256 power) internal _powers;
    mapping(uint256 blockNumber => KeyChange) internal _journal;
    mapping(bytes32 deviceId => Device) internal _devices;
    mapping(uint256 position => PowerChange) internal _ring;
    mapping(uint64 gln => uint16 organisation) internal _organisationByGln;
    mapping(address account => uint256 blockNumber) internal _lastTopUp;
    mapping(uint16 organisation => Standing) internal _standings;
    mapping(bytes32 key => uint16 organisation) internal _validatorOwners;
    mapping(bytes32 key => bool) internal _retired;
    /// @dev Organisations with voting power, in no order.
    uint16[] internal _holders;
    mapping(bytes20 nodeId => Node) internal _nodes;
    bytes20[] internal _nodeIds;

    modifier onlyAdministrator() {
        if (msg.sender != administrator) revert ConsortiumNotAdministrator(msg.sender);
        _;
    }

    /// @dev The administrator, or an account of the organisation with `role`.
    modifier administersOrganisation(uint16 organisation, uint32 role) {
        if (!_isAdministrator(organisation, role)) revert ConsortiumNotAdministrator(msg.sender);
        _;
    }

    function _isAdministrator(uint16 organisation, uint32 role) internal view returns (bool) {
        if (msg.sender == administrator) return true;
        uint256 word = _members[msg.sender];
        bool has = uint8(word >> 16) == Status.ACTIVE && uint32(word >> 24) & role == role;
        return has && uint16(word) == organisation && _organisations[organisation].status == Status.ACTIVE;
    }

    function _requireSettable(uint8 status) internal pure {
        if (status != Status.ACTIVE && status != Status.SUSPENDED) revert ConsortiumUnknownStatus(status);
    }

    /// @dev An organisation that is there and was not removed.
    function _requireOrganisation(uint16 organisation) internal view {
        uint8 status = _organisations[organisation].status;
        if (status == Status.NONE) revert ConsortiumUnknownOrganisation(organisation);
        if (status == Status.REMOVED) revert ConsortiumOrganisationRemoved(organisation);
    }

    function _requireGln(uint64 gln, uint64 highest) internal pure {
        if (gln == 0 || gln > highest) revert ConsortiumBadGln(gln);
    }

    /// @dev Status of an organisation, with the count of voting organisations kept in step.
    function _setStatus(uint16 organisation, uint8 status) internal {
        bool before = _votes(organisation);
        _organisations[organisation].status = status;
        _countVoter(organisation, before);
        emit OrganisationStatusChanged(organisation, status);
    }

    function _votes(uint16 organisation) internal view returns (bool) {
        return _organisations[organisation].status == Status.ACTIVE && _standings[organisation].power != 0;
    }

    function _countVoter(uint16 organisation, bool before) internal {
        bool current = _votes(organisation);
        if (current && !before) ++_totals.voters;
        if (before && !current) --_totals.voters;
    }

    function _requireVoter(uint16 organisation) internal view {
        Standing storage standing = _standings[organisation];
        if (standing.power != 0 && standing.securityAdministrators == 0) {
            revert ConsortiumNoSecurityAdministrator(organisation);
        }
    }

    function _isSecurityAdministrator(uint256 word) internal pure returns (bool) {
        return uint8(word >> 16) == Status.ACTIVE && uint32(word >> 24) & Role.SECURITY_ADMIN != 0;
    }
}
