// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title EIP-712 digests without constructor or immutables
/// @notice Every contract's domain has version `1`, the chain's id and the contract's own address.
library TypedData {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant VERSION_HASH = keccak256("1");

    /// @notice The digest to sign of `structHash` in the domain called `nameHash` (keccak of the domain's name).
    function digest(bytes32 nameHash, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPE, nameHash, VERSION_HASH, block.chainid, address(this)));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
