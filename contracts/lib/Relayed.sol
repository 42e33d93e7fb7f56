// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Fixed, Status} from "./Constants.sol";

/// @title What contracts of genesis beside the Consortium share
/// @notice Their acts are entries of the Consortium's stream `acts`: one list has all that was done to the registry.
abstract contract Relayed {
    IConsortium internal constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);

    /// @dev Runs the function, then records its call: an act that reverts leaves no trace.
    modifier recorded() {
        _;
        CONSORTIUM.recordAct(msg.sender, msg.data);
    }

    modifier onlyAdministrator() {
        if (msg.sender != CONSORTIUM.administrator()) revert IConsortium.ConsortiumNotAdministrator(msg.sender);
        _;
    }

    /// @dev An organisation that is there and was not removed.
    function _requireOrganisation(uint16 organisation) internal view {
        uint8 status = CONSORTIUM.organisationOf(organisation).status;
        if (status == Status.NONE) revert IConsortium.ConsortiumUnknownOrganisation(organisation);
        if (status == Status.REMOVED) revert IConsortium.ConsortiumOrganisationRemoved(organisation);
    }
}
