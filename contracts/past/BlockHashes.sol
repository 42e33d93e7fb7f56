// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IBlockHashes} from "../interfaces/IBlockHashes.sol";
import {Fixed} from "../lib/Constants.sol";
import {PastLimits} from "./Constants.sol";
import {Merkle} from "../lib/Merkle.sol";

/// @title The hashes of all blocks, a Merkle root for every 1,024 of them
/// @dev Genesis writes the code. The storage layout, slot 0 the roots by batch, is part of docs/formats.md.
contract BlockHashes is IBlockHashes {
    uint64 public constant VERSION = 1;
    uint256 private constant PARTS = PastLimits.HASHES_A_BATCH / PastLimits.HEADERS_A_CALL;
    uint256 private constant PATH = 10;
    /// @dev In a header's RLP: three bytes of the list (256 bytes of bloom make it that long), one of the first item.
    uint256 private constant PARENT_AT = 4;
    uint256 private constant WORD = 32;

    struct Gap {
        bytes32 known;
        uint256 left;
    }

    mapping(uint256 batch => bytes32 root) private _roots;
    mapping(uint256 batch => Gap gap) private _gaps;
    /// @dev Roots of the parts of a gap that were read; gone when the batch is archived.
    mapping(uint256 batch => mapping(uint256 part => bytes32 root)) private _parts;

    /// @inheritdoc IBlockHashes
    function archive(uint256 batch) external {
        uint256 first = _requireWanted(batch);
        if (_hasLeft(first)) revert BlockHashesGone(batch, block.number - PastLimits.HISTORY_BLOCKS);
        bytes32[] memory leaves = new bytes32[](PastLimits.HASHES_A_BATCH);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = _leaf(_kept(first + i));
        }
        _archive(batch, Merkle.rootInPlace(leaves, leaves.length));
    }

    /// @inheritdoc IBlockHashes
    function archiveHeaders(uint256 batch, Above calldata above, bytes[] calldata headers) external {
        uint256 first = _requireWanted(batch);
        if (!_hasLeft(first)) revert BlockHashesAtHand(batch);
        if (headers.length != PastLimits.HEADERS_A_CALL) {
            revert BlockHashesHeaders(headers.length, PastLimits.HEADERS_A_CALL);
        }
        Gap memory gap = _gaps[batch];
        if (gap.known == 0) gap = Gap(_startOf(batch, first, above), PastLimits.HASHES_A_BATCH);
        uint256 part = gap.left / PastLimits.HEADERS_A_CALL - 1;
        bytes32 root;
        (root, gap.known) = _read(headers, gap.known);
        gap.left -= PastLimits.HEADERS_A_CALL;
        if (part == 0) return _close(batch, root);
        _parts[batch][part] = root;
        _gaps[batch] = gap;
        emit GapNarrowed(batch, gap.left);
    }

    /// @inheritdoc IBlockHashes
    function rootOf(uint256 batch) external view returns (bytes32) {
        return _roots[batch];
    }

    /// @inheritdoc IBlockHashes
    function gapOf(uint256 batch) external view returns (bytes32 known, uint256 left) {
        Gap memory gap = _gaps[batch];
        if (gap.known != 0) return (gap.known, gap.left);
        return (0, _roots[batch] == 0 ? PastLimits.HASHES_A_BATCH : 0);
    }

    /// @dev The batch's first block, if it is complete and not archived.
    function _requireWanted(uint256 batch) private view returns (uint256 first) {
        if (_roots[batch] != 0) revert BlockHashesThere(batch);
        if (batch >= block.number / PastLimits.HASHES_A_BATCH) {
            uint256 next = batch < type(uint64).max ? (batch + 1) * PastLimits.HASHES_A_BATCH : type(uint256).max;
            revert BlockHashesIncomplete(batch, next);
        }
        return batch * PastLimits.HASHES_A_BATCH;
    }

    function _hasLeft(uint256 number) private view returns (bool) {
        return number + PastLimits.HISTORY_BLOCKS < block.number;
    }

    /// @dev Reads 128 headers down from the one with the hash `known`; gives the root over their hashes in the order of
    /// the blocks, and the hash of the next block below.
    function _read(bytes[] calldata headers, bytes32 known) private pure returns (bytes32 root, bytes32 next) {
        bytes32[] memory leaves = new bytes32[](headers.length);
        for (uint256 i = 0; i < headers.length; ++i) {
            leaves[headers.length - 1 - i] = _leaf(known);
            known = _parent(headers[i], known, i);
        }
        return (Merkle.rootInPlace(leaves, leaves.length), known);
    }

    /// @dev The hash of the batch's last block: the chain keeps it still, or the header above it, a leaf of the next
    /// batch, names it as its parent.
    function _startOf(uint256 batch, uint256 first, Above calldata above) private view returns (bytes32) {
        uint256 last = first + PastLimits.HASHES_A_BATCH - 1;
        if (!_hasLeft(last)) return _kept(last);
        bytes32 root = _roots[batch + 1];
        bytes32 digest = keccak256(above.header);
        if (root == 0 || above.path.length != PATH || _climb(_leaf(digest), above.path) != root) {
            revert BlockHashesNotLinked(batch);
        }
        return _parent(above.header, digest, 0);
    }

    /// @dev Root above a tree's first leaf: every sibling stands on the right.
    function _climb(bytes32 node, bytes32[] calldata path) private pure returns (bytes32) {
        for (uint256 i = 0; i < path.length; ++i) {
            node = keccak256(abi.encodePacked(uint8(1), node, path[i]));
        }
        return node;
    }

    function _close(uint256 batch, bytes32 lowest) private {
        bytes32[] memory parts = new bytes32[](PARTS);
        parts[0] = lowest;
        for (uint256 i = 1; i < PARTS; ++i) {
            parts[i] = _parts[batch][i];
            delete _parts[batch][i];
        }
        delete _gaps[batch];
        _archive(batch, Merkle.rootInPlace(parts, PARTS));
    }

    function _archive(uint256 batch, bytes32 root) private {
        _roots[batch] = root;
        emit HashesArchived(batch, root);
    }

    /// @dev A header whose hash is known is one of the chain's, so that its form need not be looked at.
    function _parent(bytes calldata header, bytes32 known, uint256 index) private pure returns (bytes32) {
        if (header.length < PARENT_AT + WORD || keccak256(header) != known) revert BlockHashesWrongHeader(index, known);
        return bytes32(header[PARENT_AT:PARENT_AT + WORD]);
    }

    /// @dev Hash of a block that EIP-2935's contract keeps: it takes a bare word, and gives one.
    function _kept(uint256 number) private view returns (bytes32 digest) {
        (bool done, bytes memory answer) = Fixed.HISTORY_ADDRESS.staticcall(abi.encode(number));
        if (!done || answer.length != WORD) revert BlockHashesUnknown(number);
        digest = abi.decode(answer, (bytes32));
        if (digest == 0) revert BlockHashesUnknown(number);
    }

    function _leaf(bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), digest));
    }
}
