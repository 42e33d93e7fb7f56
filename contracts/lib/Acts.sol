// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Streams} from "./Streams.sol";

/// @title A log of administrative acts that nobody can shorten
/// @notice Every act is a leaf of the stream `acts`; its payload is the call itself, its poster who called.
abstract contract Acts {
    bytes32 internal constant ACTS = "acts";

    /// @notice An act was added; `data` is the leaf's payload.
    event ActRecorded(uint256 indexed index, address indexed poster, bytes data);

    /// @dev Runs the function, then records its call: an act that reverts leaves no trace.
    modifier recorded() {
        _;
        _record(msg.data);
    }

    function _record(bytes memory data) internal {
        emit ActRecorded(Streams.append(ACTS, 1, keccak256(data)), msg.sender, data);
    }

    /// @dev The same for an act that another contract of genesis reports.
    function _recordFor(address poster, bytes memory data) internal {
        emit ActRecorded(Streams.appendFor(poster, ACTS, keccak256(data)), poster, data);
    }
}
