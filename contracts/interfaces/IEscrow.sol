// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What the Directory asks of a contract that deposit tokens are paid into
interface IEscrow {
    /// @notice Whether it holds tokens, owes some, or may come to owe some.
    function escrowInUse() external view returns (bool);
}
