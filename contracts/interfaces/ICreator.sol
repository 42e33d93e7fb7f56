// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The only way to a new contract
/// @notice Stands at a fixed address since genesis. No block holds a transaction that creates a contract: who administers
/// the Directory (the founder's account, after the hand-over a vote) approves init code by its hash, with the name and
/// version under which the contract is to be listed; then anybody has it created, and it is listed in the same transaction.
/// Every approval is an entry of the stream `acts`.
interface ICreator {
    /// @param name name in the Directory (ASCII, right-padded); 0 when nothing is approved
    /// @param version its version there
    /// @param from block from which it is to be active
    /// @param flags what the Directory is to say of it (bit mask of `ContractFlag`)
    /// @param approver who administered then: what a founder approved is void once the members govern
    struct Approval {
        bytes32 name;
        uint64 version;
        uint64 from;
        uint32 flags;
        address approver;
    }

    event CreationApproved(
        bytes32 indexed initCodeHash, bytes32 indexed name, uint64 version, uint64 from, uint32 flags
    );
    event CreationWithdrawn(bytes32 indexed initCodeHash);
    event ContractCreated(bytes32 indexed name, uint64 indexed version, address indexed target, address poster);

    error CreatorNotAdministrator(address sender);
    /// @notice A name is 1 to 32 ASCII letters and digits with zeros behind.
    error CreatorBadName(bytes32 name);
    /// @notice The version is not higher than the active one, or 0.
    error CreatorVersionNotNewer(bytes32 name, uint64 version, uint64 active);
    error CreatorNotApproved(bytes32 initCodeHash);
    /// @notice The init code stopped, or left no code.
    error CreatorFailed(bytes32 name, uint64 version);

    /// @notice Approves that the contract whose init code has this hash is created and listed, once.
    function approve(bytes32 initCodeHash, bytes32 name, uint64 version, uint64 from, uint32 flags) external;

    /// @notice Takes an approval back.
    function withdraw(bytes32 initCodeHash) external;

    /// @notice Creates what was approved. Where the members govern and an older version is active, the new one is active
    /// `CreationLimits.NOTICE_BLOCKS` after this at the earliest.
    function create(bytes calldata initCode) external returns (address target);

    /// @notice What is approved for an init code; all zero when nothing is, or who administers now did not approve it.
    function approvalOf(bytes32 initCodeHash) external view returns (Approval memory);

    /// @notice The word of a stream; `acts` is the one of this contract.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
