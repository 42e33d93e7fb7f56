// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Status} from "../lib/Constants.sol";

/// @title Storage of the Consortium
/// @dev Genesis writes the first values, the bridge and the proofs read slots by number: the order of these variables
/// is part of docs/formats.md and has a test.
abstract contract ConsortiumStorage is IConsortium {
    struct Totals {
        uint16 organisations;
        uint16 places;
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

    modifier onlyAdministrator() {
        if (msg.sender != administrator) revert ConsortiumNotAdministrator(msg.sender);
        _;
    }

    function _requireSettable(uint8 status) internal pure {
        if (status != Status.ACTIVE && status != Status.SUSPENDED) revert ConsortiumUnknownStatus(status);
    }

    function _requireOrganisation(uint16 organisation) internal view {
        if (_organisations[organisation].status == Status.NONE) revert ConsortiumUnknownOrganisation(organisation);
    }
}
