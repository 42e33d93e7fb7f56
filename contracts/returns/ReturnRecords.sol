// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReturns} from "../interfaces/IReturns.sol";

/// @title The packed form of gradings
/// @notice A leaf's payload is `act (1), organisation (2), documentsRoot (32)`, then a record an entry:
/// `lot (2), place (2), quantity (3), grade (1), disposition (1)`.
library ReturnRecords {
    uint256 private constant HEAD_BYTES = 35;
    uint256 private constant RECORD_BYTES = 9;

    /// @notice The payload of the leaf over the entries of one SKU.
    function payload(uint8 act, uint16 organisation, bytes32 documentsRoot, IReturns.GradeEntry[] calldata entries)
        internal
        pure
        returns (bytes memory packed)
    {
        packed = bytes.concat(
            abi.encodePacked(act, organisation, documentsRoot), new bytes(entries.length * RECORD_BYTES)
        );
        for (uint256 i = 0; i < entries.length; ++i) {
            uint256 number = _record(entries[i]);
            for (uint256 end = HEAD_BYTES + (i + 1) * RECORD_BYTES; number != 0; number >>= 8) {
                packed[--end] = bytes1(uint8(number));
            }
        }
    }

    function _record(IReturns.GradeEntry calldata entry) private pure returns (uint256 number) {
        number = uint256(entry.lot) << 56 | uint256(entry.place) << 40 | uint256(entry.quantity) << 16;
        number |= uint256(entry.grade) << 8 | entry.disposition;
    }
}
