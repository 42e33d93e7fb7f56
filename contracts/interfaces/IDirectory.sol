// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The ledger's contracts by name
/// @notice Stands at a fixed address since genesis. Readers trust the administrator to list the right contracts, and
/// nothing else: the code hash is read from the chain, so that an entry cannot speak of other code than it points to.
interface IDirectory {
    /// @param target address of the contract
    /// @param version grows with every entry of the same name, from 1
    /// @param codeHash keccak of the contract's runtime code
    struct Entry {
        address target;
        uint64 version;
        bytes32 codeHash;
    }

    /// @notice A contract was listed under `name`.
    event ContractRegistered(bytes32 indexed name, address indexed target, uint64 version, bytes32 codeHash);
    /// @notice What the Directory says of the contract at `target` changed (bit mask of `ContractFlag`).
    event FlagsChanged(address indexed target, uint32 flags);
    /// @notice The administrator handed over.
    event DirectoryAdministratorChanged(address indexed previous, address indexed current);

    /// @notice The sender is not the administrator.
    error DirectoryNotAdministrator(address sender);
    /// @notice Address 0 cannot administer.
    error DirectoryNoAdministrator();
    /// @notice The members govern; no vote makes somebody administer alone again.
    error DirectoryGovernedForGood();
    /// @notice There is no code at `target`.
    error DirectoryNoCode(bytes32 name, address target);
    /// @notice A name is not empty.
    error DirectoryEmptyName();
    /// @notice The version is not higher than the one listed.
    error DirectoryVersionNotNewer(bytes32 name, uint64 version, uint64 listed);

    /// @notice Lists `target` under `name` (ASCII, right-padded), in place of an older version.
    function register(bytes32 name, address target, uint64 version) external;

    /// @notice Says what may be done with the contract at `target`, whether it is listed or was replaced.
    /// @param flags bit mask of `ContractFlag`
    function setFlags(address target, uint32 flags) external;

    /// @notice Hands the administration over; to Governance for good.
    function setAdministrator(address next) external;

    /// @notice The entry of `name`; all zero when there is none.
    function entryOf(bytes32 name) external view returns (Entry memory);

    /// @notice What is said of the contract at `target` (bit mask of `ContractFlag`).
    function flagsOf(address target) external view returns (uint32);

    /// @notice Who may register.
    function administrator() external view returns (address);
}
