// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Members, places, devices and validators of the ledger
/// @notice Stands at a fixed address since genesis. Trust: the administrator admits, suspends, removes and sets
/// validators; it cannot post for a member. It is a founder's account at first and Governance, the members' votes, from the
/// handing over on. Within an organisation three powers are apart: system administration (nodes, places, devices),
/// security administration (accounts, roles, votes) and audit administration, which writes nothing; no account has two.
/// Every act is an entry of the stream `acts`, whose payload is the call itself. Personal data stays away: names are salted
/// commitments.
interface IConsortium {
    /// @param kind one of `OrganisationKind`
    /// @param status one of `Status`
    /// @param gln its Global Location Number, 13 digits
    /// @param nameCommitment salted commitment to its name
    struct Organisation {
        uint8 kind;
        uint8 status;
        uint64 gln;
        bytes32 nameCommitment;
    }

    /// @param organisation whose device it is
    /// @param status one of `Status`
    /// @param publicKeyHash keccak of its public key
    struct Device {
        uint16 organisation;
        uint8 status;
        bytes32 publicKeyHash;
    }

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
    /// @param securityAdministrators number of its active accounts with that role
    /// @param nodes number of its nodes
    /// @param accounts number of its accounts
    /// @param places number of places that were registered for it
    struct Standing {
        uint64 power;
        uint16 validators;
        uint16 securityAdministrators;
        uint16 nodes;
        uint16 accounts;
        uint16 places;
    }

    /// @notice How others reach a node. CometBFT's node id is the key under which it is kept.
    /// @param organisation whose node it is
    /// @param consensusPort CometBFT's peer-to-peer port
    /// @param executionPort geth's peer-to-peer port
    /// @param host IPv6 address, or an IPv4 address mapped into IPv6
    /// @param executionKey geth's public network key, both halves
    struct Node {
        uint16 organisation;
        uint16 consensusPort;
        uint16 executionPort;
        bytes16 host;
        bytes32[2] executionKey;
    }

    /// @notice An organisation that asks to join, with the first account of each of its three powers.
    /// @param deadline Unix seconds after which the signatures are void
    /// @param signatures of system, security and audit administrator over
    /// `Admission(address account,uint64 gln,uint32 role,uint256 deadline)` in the EIP-712 domain of the Consortium
    struct Application {
        uint8 kind;
        uint64 gln;
        bytes32 nameCommitment;
        address[3] administrators;
        uint256 deadline;
        bytes[3] signatures;
    }

    event OrganisationRegistered(uint16 indexed organisation, uint8 indexed kind, uint64 indexed gln, bytes32 nameCommitment);
    event OrganisationStatusChanged(uint16 indexed organisation, uint8 status);
    event AccountRegistered(address indexed account, uint16 indexed organisation, uint32 roles);
    event AccountChanged(address indexed account, uint8 status, uint32 roles);
    event AccountFunded(address indexed account, uint256 amountWei);
    event DeviceRegistered(bytes32 indexed deviceId, uint16 indexed organisation, bytes32 publicKeyHash);
    event DeviceStatusChanged(bytes32 indexed deviceId, uint8 status);
    event PlaceRegistered(uint16 indexed place, uint16 indexed operator, uint64 indexed gln);
    event PlaceChanged(uint16 indexed place, uint16 indexed operator, uint8 status);
    event OperatorApproved(uint16 indexed brand, uint16 indexed operator, bool approved);
    event ValidatorChanged(bytes32 indexed key, uint64 power, uint64 totalPower);
    event ValidatorAssigned(bytes32 indexed key, uint16 indexed organisation);
    event NodeChanged(bytes20 indexed nodeId, uint16 indexed organisation, Node node);
    event NodeRemoved(bytes20 indexed nodeId, uint16 indexed organisation);
    event FamiliesPaused(uint8 families);
    event ConsortiumAdministratorChanged(address indexed previous, address indexed current);

    error ConsortiumNotAdministrator(address sender);
    error ConsortiumNoAdministrator();
    /// @notice No account of this address is registered.
    error ConsortiumUnknownMember(address account);
    error ConsortiumAccountSuspended(address account);
    error ConsortiumMissingRole(address account, uint32 role);
    error ConsortiumUnknownOrganisation(uint16 organisation);
    error ConsortiumOrganisationSuspended(uint16 organisation);
    error ConsortiumUnknownKind(uint8 kind);
    error ConsortiumUnknownStatus(uint8 status);
    error ConsortiumBadGln(uint64 gln);
    error ConsortiumGlnTaken(uint64 gln);
    error ConsortiumFull();
    error ConsortiumAccountTaken(address account);
    /// @notice The account itself did not sign its registration.
    error ConsortiumBadPossessionProof(address account);
    error ConsortiumDeadlinePassed(uint256 deadline, uint256 time);
    error ConsortiumUnknownDevice(bytes32 deviceId);
    error ConsortiumDeviceTaken(bytes32 deviceId);
    error ConsortiumUnknownPlace(uint16 place);
    /// @notice Neither the administrator nor a signer of agreements of the brand.
    error ConsortiumNotBrand(address sender, uint16 brand);
    /// @notice The Consortium's own balance does not cover the allowance.
    error ConsortiumOutOfFunds(uint256 neededWei, uint256 balanceWei);
    error ConsortiumTopUpTooEarly(address account, uint256 nextBlock);
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
    /// @notice An organisation is removed with at most one validator left; remove the others first.
    error ConsortiumValidatorsLeft(uint16 organisation, uint16 validators);
    /// @notice An organisation with voting power needs an account that can vote for it.
    error ConsortiumNoSecurityAdministrator(uint16 organisation);
    /// @notice System, security and audit administration are disjoint, and an audit administrator has no other role.
    error ConsortiumPowersNotSeparate(uint32 roles);
    /// @notice Only the administrator may grant this role.
    error ConsortiumRoleNotGrantable(uint32 role);
    error ConsortiumAuditorCannotWrite(address account);
    error ConsortiumOrganisationRemoved(uint16 organisation);
    error ConsortiumFamilyPaused(uint8 family);
    error ConsortiumUnknownFamily(uint8 families);
    error ConsortiumBadNode(bytes20 nodeId);
    error ConsortiumUnknownNode(bytes20 nodeId);
    error ConsortiumNodeOfAnother(bytes20 nodeId, uint16 organisation);
    error ConsortiumNodesFull(uint16 organisation);
    /// @notice The organisation has `Limits.MAX_ACCOUNTS_EACH` accounts; more are registered by proposal.
    error ConsortiumAccountsFull(uint16 organisation);
    /// @notice The organisation has `Limits.MAX_PLACES_EACH` places; more are registered by proposal.
    error ConsortiumPlacesFull(uint16 organisation);
    error ConsortiumNoVoters();
    /// @notice More than a third of the voting power would change within `Limits.POWER_WINDOW_BLOCKS` blocks.
    error ConsortiumPowerChangeTooLarge(uint256 changed, uint256 allowed);

    /// @notice Admits an organisation and numbers it. Only the administrator.
    function registerOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment) external returns (uint16 organisation);

    /// @notice Admits an organisation with its three first administrators, who are funded, and its first node. Only the
    /// administrator.
    /// @param nodeId 0 = no node yet
    /// @param node the same, with organisation 0: its number is not known before
    function admit(Application calldata application, bytes20 nodeId, Node calldata node)
        external
        returns (uint16 organisation);

    /// @notice Suspends an organisation (2) or makes it active again (1). Only the administrator.
    function setOrganisationStatus(uint16 organisation, uint8 status) external;

    /// @notice Removes an organisation for good, together with its last validator if it has one. Its accounts cannot
    /// write from the next transaction on. Only the administrator.
    /// @param key that validator's key; 0 when it has none
    function removeOrganisation(uint16 organisation, bytes32 key) external;

    /// @notice Registers an account of an organisation and funds it. By the administrator or a security administrator of
    /// the organisation, which cannot grant `MINT_DEPOSITS` and has at most `Limits.MAX_ACCOUNTS_EACH`.
    /// @param roles bit mask of `Role`
    /// @param deadline Unix seconds after which the signature is void
    /// @param signature by the account itself over
    /// `AccountPossession(address account,uint16 organisation,uint256 deadline)` in the EIP-712 domain
    /// `LiveLedger Consortium`, version `1`. An account is registered once for good, so a signature cannot be used again.
    function registerAccount(
        uint16 organisation,
        address account,
        uint32 roles,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Sets status and roles of a registered account. By the administrator or a security administrator of the
    /// organisation, which can neither grant `MINT_DEPOSITS` nor leave an organisation with power without a voter.
    function setAccount(address account, uint8 status, uint32 roles) external;

    /// @notice Raises an active account's balance to `Limits.ALLOWANCE_WEI`. Anybody may ask, once in
    /// `Limits.TOP_UP_BLOCKS` blocks; the administrator at any time.
    function topUp(address account) external;

    /// @notice Registers a device and its public key's hash. By the administrator or the organisation's system
    /// administrator.
    function registerDevice(bytes32 deviceId, uint16 organisation, bytes32 publicKeyHash) external;

    /// @notice Suspends a device (2) or makes it active again (1). By the administrator or the organisation's system
    /// administrator.
    function setDeviceStatus(bytes32 deviceId, uint8 status) external;

    /// @notice Registers a place that `operator` operates and numbers it. By the administrator or the operator's system
    /// administrator.
    function registerPlace(uint16 operator, uint64 gln) external returns (uint16 place);

    /// @notice Sets operator and status of a place. Only the administrator.
    function setPlace(uint16 place, uint16 operator, uint8 status) external;

    /// @notice Lets `operator` move the brand's goods, or no longer. By the administrator or a signer of the brand.
    function approveOperator(uint16 brand, uint16 operator, bool approved) external;

    /// @notice Adds a validator of an organisation, changes its power, or removes it (power 0); removed keys never come
    /// back. A key that genesis gave to nobody is assigned by naming it with its organisation. At most one change a
    /// block and a third of the power in `Limits.POWER_WINDOW_BLOCKS` blocks. Only the administrator.
    /// @param organisation 0 = nobody's, which only a founder may do
    function setValidator(uint16 organisation, bytes32 key, uint64 power) external;

    /// @notice Gives a validator's power to a new key of the same organisation, in one change. Only the administrator.
    /// @dev Counts once in the window: that much power is held by a key that older sets do not know.
    function rotateValidator(bytes32 oldKey, bytes32 newKey) external;

    /// @notice Registers a node or changes how it is reached; nodes of active organisations are everybody's peers. By the
    /// administrator or the organisation's system administrator.
    function setNode(bytes20 nodeId, Node calldata node) external;

    /// @notice Takes a node off the list. By the administrator or the organisation's system administrator.
    function removeNode(bytes20 nodeId) external;

    /// @notice Sets which families of rules are paused (bit mask of `RuleFamily`). Only the administrator.
    function setPausedFamilies(uint8 families) external;

    /// @notice Hands the administration over. To Governance only when there is an organisation that can vote.
    function setAdministrator(address next) external;

    /// @notice The organisation of an active account of an active organisation that has `role`; reverts with the
    /// reason otherwise. Other contracts ask this before they let an account act.
    function authorise(address account, uint32 role) external view returns (uint16 organisation);

    /// @notice Whether `operator` may move the brand's goods (a brand may always move its own).
    function mayOperate(uint16 brand, uint16 operator) external view returns (bool);

    function organisationOf(uint16 organisation) external view returns (Organisation memory);

    /// @notice Word of an account: organisation (uint16), status (uint8 at bit 16), roles (uint32 at bit 24).
    function memberOf(address account) external view returns (uint256 word);

    /// @notice Word of a place: operator (uint16), status (uint8 at bit 16), GLN (uint64 at bit 24).
    function placeOf(uint16 place) external view returns (uint256 word);

    /// @notice Number of the place with this GLN; 0 when there is none.
    function placeByGln(uint64 gln) external view returns (uint16 place);

    /// @notice Number of the organisation with this GLN; 0 when there is none.
    function organisationByGln(uint64 gln) external view returns (uint16 organisation);

    function deviceOf(bytes32 deviceId) external view returns (Device memory);

    /// @notice Voting power of a validator's key; 0 when it is none.
    function powerOf(bytes32 key) external view returns (uint256 power);

    /// @notice The key change journalled in a block; all zero when there was none.
    function keyChangeAt(uint256 blockNumber) external view returns (KeyChange memory);

    /// @notice Numbers of organisations, places and validators, and the total voting power.
    function totals()
        external
        view
        returns (uint16 organisations, uint16 places, uint16 validators, uint64 totalPower);

    function administrator() external view returns (address);

    /// @notice Reverts while `family` is paused. The other contracts ask this before they write.
    function requireOpen(uint8 family) external view;

    /// @notice Families of rules that are paused (bit mask).
    function pausedFamilies() external view returns (uint8);

    /// @notice Power, validators, voters and nodes of an organisation.
    function standingOf(uint16 organisation) external view returns (Standing memory);

    /// @notice Whether an organisation votes: it is active and has voting power.
    function votes(uint16 organisation) external view returns (bool);

    /// @notice Number of voting organisations, and of those with power, suspended ones included.
    function voters() external view returns (uint16 voting, uint16 withPower);

    /// @notice Organisation of a validator's key; 0 when it is nobody's.
    function validatorOwner(bytes32 key) external view returns (uint16 organisation);

    /// @notice All nodes of active organisations.
    function nodes() external view returns (bytes20[] memory nodeIds, Node[] memory entries);

    /// @notice A node; all zero when it is none.
    function nodeOf(bytes20 nodeId) external view returns (Node memory);

    /// @notice The word of a stream; `acts` is the one of this contract.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
