// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The hashes of all blocks, so that an old block can be proven under the newest header
/// @notice Stands at a fixed address since genesis. EIP-2935's contract keeps the last 8,191 hashes; before they leave it,
/// anybody archives them here, in aligned batches of 1,024, each the root of a Merkle tree (`Merkle`; a leaf is
/// `keccak(00 ‖ block hash)`, in the order of the blocks). Nothing can be archived but what the chain itself kept, or what
/// leads back from it by parent hashes: whoever calls cannot make a hash untrue, so there is no right to ask for.
interface IBlockHashes {
    /// @notice The root of batch `batch`, blocks 1,024 · batch to 1,024 · batch + 1,023, was archived.
    event HashesArchived(uint256 indexed batch, bytes32 root);
    /// @notice Headers of a batch that left the window were read down to its block number `left`, which is still missing.
    event GapNarrowed(uint256 indexed batch, uint256 left);

    /// @notice The batch is archived.
    error BlockHashesThere(uint256 batch);
    /// @notice The batch is complete only when block `next` is the present one.
    error BlockHashesIncomplete(uint256 batch, uint256 next);
    /// @notice The batch's first block has left EIP-2935's window: it takes headers.
    error BlockHashesGone(uint256 batch, uint256 oldest);
    /// @notice The batch is in EIP-2935's window: no headers are needed.
    error BlockHashesAtHand(uint256 batch);
    /// @notice EIP-2935's contract did not give the hash of block `number`.
    error BlockHashesUnknown(uint256 number);
    /// @notice The batch's last block has left the window, and the header above it is not proven by the next batch.
    error BlockHashesNotLinked(uint256 batch);
    /// @notice So many headers are read at a time, no more and no fewer.
    error BlockHashesHeaders(uint256 given, uint256 wanted);
    /// @notice The header number `index` of the call is not the one whose hash is known.
    error BlockHashesWrongHeader(uint256 index, bytes32 wanted);

    /// @notice Archives a batch whose blocks are all in EIP-2935's window.
    function archive(uint256 batch) external;

    /// @notice Reads the next 128 headers of a batch that has left the window, from the newest down; the eighth call
    /// archives it.
    /// @param above the header of the block above the batch with its path in the next batch, where the batch's last block
    /// has left the window too and no headers were read yet; else empty
    /// @param headers RLP of 128 headers, the newest first
    function archiveHeaders(uint256 batch, Above calldata above, bytes[] calldata headers) external;

    /// @param header RLP of the header of block 1,024 · (batch + 1)
    /// @param path its ten siblings in the tree of the next batch, from the leaf up
    struct Above {
        bytes header;
        bytes32[] path;
    }

    /// @notice Root of a batch; 0 when it is not archived.
    function rootOf(uint256 batch) external view returns (bytes32);

    /// @notice How far a batch that left the window was read.
    /// @return known hash of the batch's block number `left − 1`, the next to be read; 0 where none was read yet
    /// @return left how many blocks of it are missing
    function gapOf(uint256 batch) external view returns (bytes32 known, uint256 left);
}
