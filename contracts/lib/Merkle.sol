// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Merkle roots in the shape of RFC 6962 over Keccak-256
library Merkle {
    /// @notice Root over the first `size` leaf hashes of `nodes`, which are overwritten.
    /// @dev Level by level: an odd last node moves up unchanged, which is RFC 6962's shape. A node is
    /// `keccak(01 ‖ left ‖ right)`; the prefix is put into the byte before `left`, which is part of a node that is
    /// used up (or of the array's length, which is restored), so that nothing is copied.
    function rootInPlace(bytes32[] memory nodes, uint256 size) internal pure returns (bytes32 root) {
        if (size == 0) return keccak256("");
        assembly ("memory-safe") {
            let length := mload(nodes)
            let base := add(nodes, 0x20)
            for {} gt(size, 1) { size := shr(1, add(size, 1)) } {
                let out := base
                let paired := add(base, shl(5, and(size, not(1))))
                for { let at := base } lt(at, paired) { at := add(at, 0x40) } {
                    mstore8(sub(at, 1), 1)
                    mstore(out, keccak256(sub(at, 1), 0x41))
                    out := add(out, 0x20)
                }
                if and(size, 1) { mstore(out, mload(paired)) }
            }
            root := mload(base)
            mstore(nodes, length)
        }
    }
}
