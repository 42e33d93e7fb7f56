// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Validators' keys, the journal of their changes, and the list of nodes
/// @notice Stands at a fixed address since genesis, where genesis writes the first validators. The Consortium's administrator
/// sets validators; an organisation's system administrator its nodes. An organisation votes if it is active and has voting
/// power. Acts are entries of the Consortium's stream `acts`. Errors are called after the Consortium, which held all this
/// once: what a refusal is called stays.
interface IValidators {
    /// @param key Ed25519 public key
    /// @param power its new voting power, 0 = removed; bit 255 marks that there is a change
    /// @param replaced the key whose power it takes over, 0 = none; that key is removed
    struct KeyChange {
        bytes32 key;
        uint256 power;
        bytes32 replaced;
    }

    /// @param power voting power of all its validators
    /// @param validators number of its validators
    /// @param nodes number of its nodes
    struct Power {
        uint64 power;
        uint16 validators;
        uint16 nodes;
    }

    /// @notice How others reach a node. CometBFT's node id is the key under which it is kept.
    /// @param organisation whose node it is
    /// @param consensusPort CometBFT's peer-to-peer port
    /// @param host IPv6 address, or an IPv4 address mapped into IPv6
    struct Node {
        uint16 organisation;
        uint16 consensusPort;
        bytes16 host;
    }

    event ValidatorChanged(bytes32 indexed key, uint64 power, uint64 totalPower);
    event ValidatorAssigned(bytes32 indexed key, uint16 indexed organisation);
    event NodeChanged(bytes20 indexed nodeId, uint16 indexed organisation, Node node);
    event NodeRemoved(bytes20 indexed nodeId, uint16 indexed organisation);

    error ConsortiumBadValidatorKey();
    error ConsortiumValidatorUnknown(bytes32 key);
    error ConsortiumValidatorUnchanged(bytes32 key, uint64 power);
    error ConsortiumValidatorsFull();
    error ConsortiumValidatorSetEmpty();
    error ConsortiumPowerOverflow(uint256 totalPower);
    error ConsortiumSecondKeyChange(uint256 blockNumber);
    /// @notice A key that was removed never comes back: clients trust old sets only while such keys do not sign.
    error ConsortiumValidatorRetired(bytes32 key);
    error ConsortiumValidatorOfAnother(bytes32 key, uint16 organisation);
    /// @notice From four organisations with power on, none may reach a third of it.
    error ConsortiumPowerConcentrated(uint16 organisation, uint256 power, uint256 totalPower);
    error ConsortiumBadNode(bytes20 nodeId);
    error ConsortiumUnknownNode(bytes20 nodeId);
    error ConsortiumNodesFull(uint16 organisation);
    /// @notice More than a third of the voting power would change within `Limits.POWER_WINDOW_BLOCKS` blocks.
    error ConsortiumPowerChangeTooLarge(uint256 changed, uint256 allowed);
    /// @notice An organisation's first node is listed with its admission; it keeps the others itself.
    error ConsortiumNodesListed(uint16 organisation, uint16 nodes);

    /// @notice Adds a validator of an organisation, changes its power, or removes it (power 0); removed keys never come
    /// back. A key that genesis gave to nobody is assigned by naming it with its organisation. At most one change a
    /// block and a third of the power in `Limits.POWER_WINDOW_BLOCKS` blocks. Only the administrator.
    /// @param organisation 0 = nobody's, which only a founder may do
    function setValidator(uint16 organisation, bytes32 key, uint64 power) external;

    /// @notice Gives a validator's power to a new key of the same organisation, in one change. Only the administrator.
    /// @dev Counts once in the window: that much power is held by a key that older sets do not know.
    function rotateValidator(bytes32 oldKey, bytes32 newKey) external;

    /// @notice Registers a node or changes how it is reached; nodes of active organisations are everybody's peers. By the
    /// organisation's system administrator or a founder who administers.
    function setNode(bytes20 nodeId, Node calldata node) external;

    /// @notice Takes a node off the list. By the organisation's system administrator or a founder who administers.
    function removeNode(uint16 organisation, bytes20 nodeId) external;

    /// @notice Voting power of a validator's key; 0 when it is none.
    function powerOf(bytes32 key) external view returns (uint256 power);

    /// @notice The key change journalled in a block; all zero when there was none.
    function keyChangeAt(uint256 blockNumber) external view returns (KeyChange memory);

    /// @notice Number of voting organisations, and of those with power, suspended ones included.
    function voters() external view returns (uint16 voting, uint16 withPower);

    /// @notice Whether an organisation votes: it is active and has voting power.
    function votes(uint16 organisation) external view returns (bool);

    /// @notice Organisation of a validator's key; 0 when it is nobody's.
    function validatorOwner(bytes32 key) external view returns (uint16 organisation);

    /// @notice All nodes of active organisations. An id that two organisations list is there twice: only one of them can have
    /// its key, and who dials tries both.
    function nodes() external view returns (bytes20[] memory nodeIds, Node[] memory entries);

    /// @notice A node of an organisation; all zero when it is none.
    function nodeOf(uint16 organisation, bytes20 nodeId) external view returns (Node memory);

    /// @notice Lists the first node of an organisation that was just admitted, by its GLN. Only the administrator.
    function listNode(uint64 gln, bytes20 nodeId, Node calldata node) external;

    /// @notice Power, validators and nodes of an organisation.
    function powersOf(uint16 organisation) external view returns (Power memory);

    /// @notice Number of validators, and the total voting power.
    function totals() external view returns (uint16 validators, uint64 power);
}
