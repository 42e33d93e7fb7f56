// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Acts} from "../lib/Acts.sol";
import {Role, Status} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";

/// @title Storage of the Consortium
/// @dev Genesis writes the first values, the bridge and the proofs read slots by number: the order of these variables
/// is part of docs/formats.md and has a test.
// solhint-disable-next-line max-states-count
abstract contract ConsortiumStorage is IConsortium, Acts {
    struct Totals {
        uint16 organisations;
        uint16 places;
    }

    /// @dev What votes defined beyond the constants: roles, those of them that only votes give, kinds of organisation.
    struct Defined {
        uint32 roles;
        uint32 governed;
        uint64 kinds;
    }

    bytes32 internal constant NAME = "Consortium";
    /// @dev Beside a GLN in `_placeByGln`, which no GLN reaches: for which organisation a vote reserved it.
    uint64 internal constant RESERVED = 1 << 63;

    /// @inheritdoc IConsortium
    address public administrator;
    Totals internal _totals;
    mapping(uint16 organisation => Organisation) internal _organisations;
    mapping(address account => uint256 word) internal _members;
    mapping(uint16 place => uint256 word) internal _places;
    mapping(uint64 gln => uint16 place) internal _placeByGln;
    mapping(uint16 brand => mapping(uint16 operator => uint256 word)) internal _approvals;
    /// @dev What stood in the slots that are empty now went to Validators.
    uint256[2] private _empty7;
    mapping(bytes32 deviceId => Device) internal _devices;
    uint256 private _empty10;
    mapping(uint64 gln => uint16 organisation) internal _organisationByGln;
    uint256 private _empty12;
    mapping(uint16 organisation => Standing) internal _standings;
    uint256[5] private _empty14;
    mapping(bytes32 name => bool) internal _paused;
    /// @dev The same names as a list, in no order.
    bytes32[] internal _pausedNames;
    Defined internal _defined;
    /// @dev Places and SKUs that approvals are for, 256 bits a page (lib/Approvals.sol).
    mapping(uint256 key => uint256 bits) internal _approvalPages;
    /// @inheritdoc IConsortium
    bool public handedOver;

    modifier onlyAdministrator() {
        _requireAdministrator();
        _;
    }

    /// @dev An account of the organisation with `role`, or a founder who administers.
    modifier administersOrganisation(uint16 organisation, uint32 role) {
        if (!_isAdministrator(organisation, role)) revert ConsortiumNotAdministrator(msg.sender);
        _;
    }

    /// @dev Of what the next Consortium keeps: once that is active, nobody does it here.
    modifier inForce() {
        Members.requireActive(NAME);
        _;
    }

    function _requireAdministrator() private view {
        if (msg.sender != administrator) revert ConsortiumNotAdministrator(msg.sender);
    }

    function _isAdministrator(uint16 organisation, uint32 role) internal view returns (bool) {
        if (_isFounder()) return true;
        uint256 word = _members[msg.sender];
        bool has = uint8(word >> 16) == Status.ACTIVE && uint32(word >> 24) & role == role;
        return has && uint16(word) == organisation && _organisations[organisation].status == Status.ACTIVE;
    }

    /// @dev Once the members govern nobody from outside acts within an organisation, no vote either.
    function _isFounder() internal view returns (bool) {
        return msg.sender == administrator && !handedOver;
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

    function _setStatus(uint16 organisation, uint8 status) internal {
        _organisations[organisation].status = status;
        _standings[organisation].statusSince = uint64(block.timestamp);
        emit OrganisationStatusChanged(organisation, status);
    }

    function _requireVoter(uint16 organisation) internal view {
        if (_standings[organisation].securityAdministrators != 0) return;
        if (Members.validators().powersOf(organisation).power == 0) return;
        revert ConsortiumNoSecurityAdministrator(organisation);
    }

    function _isSecurityAdministrator(uint256 word) internal pure returns (bool) {
        return uint8(word >> 16) == Status.ACTIVE && uint32(word >> 24) & Role.SECURITY_ADMIN != 0;
    }
}
