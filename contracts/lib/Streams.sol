// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Streams: one storage word makes a list provably whole
/// @notice A stream's word is `head << 64 | count`; the head (192 bits) is a rolling hash over all leaves. A word of
/// zero is a stream without entries. Layout and hashes are in docs/formats.md.
library Streams {
    bytes32 internal constant DOMAIN = keccak256("LiveLedger.Stream.v1");
    bytes32 internal constant LEAF_TYPE = keccak256("LiveLedger.Leaf.v1");

    /// @custom:storage-location erc7201:liveledger.streams
    struct Storage {
        mapping(bytes32 streamId => uint256 word) words;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("liveledger.streams")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 internal constant SLOT = 0x6aca5c8968d934fb5e3951398ead5f03877cab0d32dbaf01d557828b651c1100;

    /// @notice The word of `streamId`; 0 when it has no entry.
    function word(bytes32 streamId) internal view returns (uint256) {
        return _storage().words[streamId];
    }

    /// @notice The number of entries in `streamId`.
    function count(bytes32 streamId) internal view returns (uint64) {
        return uint64(word(streamId));
    }

    /// @notice Appends one leaf of `n` entries by the sender.
    /// @param payloadHash keccak of the leaf's payload
    /// @return firstIndex count of the stream before the leaf
    function append(bytes32 streamId, uint256 n, bytes32 payloadHash) internal returns (uint256 firstIndex) {
        uint256 before = word(streamId);
        appendAfter(before, streamId, n, payloadHash);
        return uint64(before);
    }

    /// @notice The same for a caller that has read the stream's word already: `before` must be that word.
    /// @dev A count of 2^64 entries cannot be reached: the addition needs no check.
    function appendAfter(uint256 before, bytes32 streamId, uint256 n, bytes32 payloadHash) internal {
        uint256 head = before == 0 ? initialHead(streamId) : before & HEAD_MASK;
        bytes32 leaf = leafHash(streamId, uint64(before), n, payloadHash);
        uint256 next;
        assembly ("memory-safe") {
            // bytes24 is left-aligned in its word, which is just where the head stands once the count is cut off.
            mstore(0x00, head)
            mstore(0x20, leaf)
            next := and(keccak256(0x00, 0x40), not(0xffffffffffffffff))
        }
        unchecked {
            _storage().words[streamId] = next | (uint64(before) + n);
        }
    }

    /// @notice Appends one leaf of one entry on behalf of `poster`, for whom the sender speaks.
    function appendFor(address poster, bytes32 streamId, bytes32 payloadHash) internal returns (uint256 firstIndex) {
        uint256 before = word(streamId);
        firstIndex = uint64(before);
        bytes32 leaf = keccak256(
            abi.encode(LEAF_TYPE, streamId, firstIndex, 1, block.number, block.timestamp, poster, payloadHash)
        );
        uint256 head = before == 0 ? initialHead(streamId) : before & HEAD_MASK;
        uint256 next = uint256(keccak256(abi.encode(head, leaf))) & HEAD_MASK;
        _storage().words[streamId] = next | (firstIndex + 1);
    }

    /// @notice Hash of a leaf that the sender adds in this block.
    function leafHash(bytes32 streamId, uint256 firstIndex, uint256 n, bytes32 payloadHash)
        internal
        view
        returns (bytes32 leaf)
    {
        bytes32 leafType = LEAF_TYPE;
        assembly ("memory-safe") {
            // Written past the free memory pointer without moving it: the words are needed for this hash only.
            let at := mload(0x40)
            mstore(at, leafType)
            mstore(add(at, 0x20), streamId)
            mstore(add(at, 0x40), firstIndex)
            mstore(add(at, 0x60), n)
            mstore(add(at, 0x80), number())
            mstore(add(at, 0xa0), timestamp())
            mstore(add(at, 0xc0), caller())
            mstore(add(at, 0xe0), payloadHash)
            leaf := keccak256(at, 0x100)
        }
    }

    /// @notice Head of an empty stream, left-aligned (low 64 bits zero).
    function initialHead(bytes32 streamId) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(DOMAIN, block.chainid, address(this), streamId))) & HEAD_MASK;
    }

    uint256 private constant HEAD_MASK = ~uint256(type(uint64).max);

    function _storage() private pure returns (Storage storage streams) {
        bytes32 slot = SLOT;
        assembly {
            streams.slot := slot
        }
    }
}
