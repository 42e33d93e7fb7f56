// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Merkle} from "../../../contracts/lib/Merkle.sol";

/// @notice The in-place root against the recursive definition of RFC 6962.
contract MerkleTest {
    function testFuzzRootIsTheRecursiveOne(uint8 count, bytes32 seed) public pure {
        bytes32[] memory nodes = new bytes32[](uint256(count) + 3);
        for (uint256 i = 0; i < nodes.length; ++i) {
            nodes[i] = keccak256(abi.encode(seed, i));
        }
        bytes32 expected = count == 0 ? keccak256("") : _root(nodes, 0, count);
        require(Merkle.rootInPlace(nodes, count) == expected, "root");
        require(nodes.length == uint256(count) + 3, "the length is restored");
        for (uint256 i = count; i < nodes.length; ++i) {
            require(nodes[i] == keccak256(abi.encode(seed, i)), "nothing beyond is touched");
        }
    }

    function _root(bytes32[] memory nodes, uint256 first, uint256 size) private pure returns (bytes32) {
        if (size == 1) return nodes[first];
        uint256 split = 1;
        while (split * 2 < size) split *= 2;
        return keccak256(
            abi.encodePacked(uint8(1), _root(nodes, first, split), _root(nodes, first + split, size - split))
        );
    }
}
