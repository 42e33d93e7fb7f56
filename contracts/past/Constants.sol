// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of the hashes of old blocks that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Batches of block hashes.
/// @custom:binding values
library PastLimits {
    /// @notice Blocks of a batch: those from a multiple of it on.
    uint256 internal constant HASHES_A_BATCH = 1024;
    /// @notice Headers that close a gap, in one call: what fits into a transaction of 128 KiB.
    uint256 internal constant HEADERS_A_CALL = 128;
    /// @notice Blocks whose hashes EIP-2935's contract keeps.
    uint256 internal constant HISTORY_BLOCKS = 8191;
}
