// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Proposals of members and their votes
/// @notice Stands at a fixed address since genesis. Once the founders have made it administrator of Consortium and
/// Directory, nothing there changes but by a proposal to which two thirds of the voting organisations agreed; it is carried
/// out in the transaction of the deciding vote. An organisation votes if it is active and has voting power. Proposals are
/// made by system or security administrators, votes are cast by security administrators, once for each organisation. Every
/// act is an entry of the stream `acts`; outcomes are entries of 64 bytes, `abi(uint256 id, uint8 status)`.
interface IGovernance {
    /// @param target a contract that the Directory says is governable, as it says of those of genesis
    /// @param data selector and arguments
    struct Call {
        address target;
        bytes data;
    }

    /// @param proposer organisation that made it
    /// @param status one of `ProposalStatus`
    /// @param deadline Unix seconds until which votes count
    /// @param proposedAt block of the proposal
    /// @param decidedAt block of the decision, 0 while it is open
    struct Proposal {
        uint16 proposer;
        uint8 status;
        uint64 deadline;
        uint64 proposedAt;
        uint64 decidedAt;
    }

    event Proposed(uint256 indexed id, uint16 indexed proposer, uint64 deadline, Call[] calls);
    event VoteCast(uint256 indexed id, uint16 indexed organisation, bool approve);
    event ProposalDecided(uint256 indexed id, uint8 status);
    event ParameterChanged(uint8 indexed parameter, uint256 value);

    error GovernanceOnlyItself(address sender);
    error GovernanceNoVote(uint16 organisation);
    error GovernanceNotProposer(address sender);
    error GovernanceCallCount(uint256 calls);
    error GovernanceCallsTooLarge(uint256 size);
    error GovernanceForeignTarget(uint256 index, address target);
    /// @notice The organisation has `GovernanceLimits.MAX_OPEN` proposals open; one must be decided, expire or be taken back.
    error GovernanceTooManyOpen(uint16 organisation);
    error GovernanceUnknownProposal(uint256 id);
    error GovernanceClosed(uint256 id, uint8 status);
    error GovernanceExpired(uint256 id, uint64 deadline);
    error GovernanceVotedAlready(uint256 id, uint16 organisation);
    /// @notice The proposal would leave fewer voting organisations than the parameter allows, or one where there are several.
    error GovernanceTooFewVoters(uint256 voters, uint256 minimum);
    error GovernanceUnknownParameter(uint8 parameter);
    error GovernanceParameterRange(uint8 parameter, uint256 value, uint256 least, uint256 most);
    /// @notice Never the outcome of a transaction: a trial ends with it so that nothing of it stays.
    error GovernanceTrialPassed();

    /// @notice Proposes calls that are tried at once, without effect: what would be refused now is refused now, with its
    /// reason. The caller's organisation votes separately.
    function propose(Call[] calldata calls) external returns (uint256 id);

    /// @notice Casts the caller's organisation's vote. The yes that makes two thirds carries the proposal out; when that is
    /// refused, so is the vote, with the reason. A no never does. Where two thirds agreed because others lost their vote
    /// meanwhile, an organisation that agreed says yes once more to carry it out.
    function vote(uint256 id, bool approve) external;

    /// @notice Takes an open proposal back. By the organisation that made it.
    function withdraw(uint256 id) external;

    /// @notice Sets a parameter. Only by a proposal.
    function setParameter(uint8 parameter, uint256 value) external;

    /// @notice Tries calls and undoes them; always reverts. Only from `propose`.
    function trial(Call[] calldata calls) external;

    function proposalOf(uint256 id)
        external
        view
        returns (Proposal memory proposal, Call[] memory calls, uint16[] memory approving, uint16[] memory refusing);

    /// @notice Number of proposals so far; ids run from 1.
    function proposals() external view returns (uint256);

    /// @notice Value of a parameter, its default where none was set.
    function parameterOf(uint8 parameter) external view returns (uint256);

    /// @notice The word of a stream; `acts` is the one of this contract.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
