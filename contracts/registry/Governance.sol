// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IGovernance} from "../interfaces/IGovernance.sol";
import {IValidators} from "../interfaces/IValidators.sol";
import {Acts} from "../lib/Acts.sol";
import {ContractFlag, Fixed, GovernanceLimits, Parameter, ProposalStatus, Role} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";

/// @title Proposals of members and their votes
/// @dev Calls go to contracts that the Directory says are governable. Whatever these call in turn is no member's account,
/// since an account signs for itself with a key: there is no way back in.
contract Governance is IGovernance, Acts {
    enum Ballot {
        None,
        Yes,
        No
    }

    uint64 public constant VERSION = 1;

    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);

    /// @inheritdoc IGovernance
    uint256 public proposals;
    mapping(uint256 id => Proposal) private _proposals;
    mapping(uint256 id => Call[]) private _calls;
    mapping(uint256 id => uint16[]) private _approving;
    mapping(uint256 id => uint16[]) private _refusing;
    mapping(uint256 id => mapping(uint16 organisation => Ballot)) private _ballots;
    mapping(uint8 parameter => uint256 value) private _parameters;
    /// @dev Newest proposals of an organisation, in a ring: one must be closed before its place is used again.
    mapping(uint16 organisation => mapping(uint256 place => uint256 id)) private _recent;

    modifier onlyItself() {
        if (msg.sender != address(this)) revert GovernanceOnlyItself(msg.sender);
        _;
    }

    /// @inheritdoc IGovernance
    function propose(Call[] calldata calls) external recorded returns (uint256 id) {
        uint16 organisation = _requireProposer();
        if (!Members.validators().votes(organisation)) revert GovernanceNoVote(organisation);
        _requireForm(calls);
        _try(calls);
        id = ++proposals;
        _takePlace(organisation, id);
        uint64 deadline = uint64(block.timestamp + parameterOf(Parameter.VOTING_SECONDS));
        _proposals[id] = Proposal(organisation, ProposalStatus.OPEN, deadline, uint64(block.number), 0);
        for (uint256 i = 0; i < calls.length; ++i) {
            _calls[id].push(calls[i]);
        }
        emit Proposed(id, organisation, deadline, calls);
    }

    /// @inheritdoc IGovernance
    function vote(uint256 id, bool approve) external recorded {
        uint16 organisation = CONSORTIUM.authorise(msg.sender, Role.SECURITY_ADMIN);
        if (!Members.validators().votes(organisation)) revert GovernanceNoVote(organisation);
        Proposal storage proposal = _open(id);
        if (block.timestamp > proposal.deadline) revert GovernanceExpired(id, proposal.deadline);
        (uint16 voting,) = Members.validators().voters();
        Ballot cast = _ballots[id][organisation];
        bool again = cast == Ballot.Yes && approve && _suffices(id, voting);
        if (cast != Ballot.None && !again) revert GovernanceVotedAlready(id, organisation);
        if (!again) _cast(id, organisation, approve);
        // Only who says yes carries it out: a refusal decides nothing but a refusal.
        if (approve && _suffices(id, voting)) {
            _decide(proposal, id, ProposalStatus.EXECUTED);
            _execute(_calls[id]);
        } else if (_stillVoting(_refusing[id]) * 3 > voting) {
            _decide(proposal, id, ProposalStatus.REJECTED);
        }
    }

    /// @inheritdoc IGovernance
    function withdraw(uint256 id) external recorded {
        Proposal storage proposal = _open(id);
        if (_requireProposer() != proposal.proposer) revert GovernanceNotProposer(msg.sender);
        _decide(proposal, id, ProposalStatus.WITHDRAWN);
    }

    /// @inheritdoc IGovernance
    function setParameter(uint8 parameter, uint256 value) external onlyItself {
        (uint256 least, uint256 most) = _range(parameter);
        if (value < least || value > most) revert GovernanceParameterRange(parameter, value, least, most);
        _parameters[parameter] = value;
        emit ParameterChanged(parameter, value);
    }

    /// @inheritdoc IGovernance
    function trial(Call[] calldata calls) external onlyItself {
        _execute(calls);
        revert GovernanceTrialPassed();
    }

    /// @inheritdoc IGovernance
    function proposalOf(uint256 id)
        external
        view
        returns (Proposal memory proposal, Call[] memory calls, uint16[] memory approving, uint16[] memory refusing)
    {
        return (_proposals[id], _calls[id], _approving[id], _refusing[id]);
    }

    /// @inheritdoc IGovernance
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    /// @inheritdoc IGovernance
    function parameterOf(uint8 parameter) public view returns (uint256) {
        (uint256 least,) = _range(parameter);
        uint256 value = _parameters[parameter];
        if (value != 0) return value;
        if (parameter == Parameter.ORGANISATION_SHARE) return GovernanceLimits.DEFAULT_SHARE_BPS;
        return parameter == Parameter.VOTING_SECONDS ? GovernanceLimits.DEFAULT_VOTING_SECONDS : least;
    }

    function _range(uint8 parameter) private view returns (uint256 least, uint256 most) {
        if (parameter == Parameter.VOTING_SECONDS) {
            return (GovernanceLimits.LEAST_VOTING_SECONDS, GovernanceLimits.MOST_VOTING_SECONDS);
        }
        if (parameter == Parameter.ORGANISATION_SHARE) {
            return (GovernanceLimits.LEAST_SHARE_BPS, GovernanceLimits.MOST_SHARE_BPS);
        }
        if (parameter != Parameter.MINIMUM_VOTERS) revert GovernanceUnknownParameter(parameter);
        (uint16 voting,) = Members.validators().voters();
        return (1, voting);
    }

    function _cast(uint256 id, uint16 organisation, bool approve) private {
        _ballots[id][organisation] = approve ? Ballot.Yes : Ballot.No;
        (approve ? _approving[id] : _refusing[id]).push(organisation);
        emit VoteCast(id, organisation, approve);
    }

    /// @dev Whether two thirds of the organisations that vote today agreed.
    function _suffices(uint256 id, uint256 voting) private view returns (bool) {
        return _stillVoting(_approving[id]) * 3 >= voting * 2;
    }

    /// @dev Organisation of the caller, a system or security administrator.
    function _requireProposer() private view returns (uint16 organisation) {
        bool system = uint32(CONSORTIUM.memberOf(msg.sender) >> 24) & Role.SYSTEM_ADMIN != 0;
        return CONSORTIUM.authorise(msg.sender, system ? Role.SYSTEM_ADMIN : Role.SECURITY_ADMIN);
    }

    function _requireForm(Call[] calldata calls) private view {
        if (calls.length == 0 || calls.length > GovernanceLimits.MAX_CALLS) revert GovernanceCallCount(calls.length);
        uint256 size = 0;
        for (uint256 i = 0; i < calls.length; ++i) {
            address target = calls[i].target;
            if (!Members.hasFlag(target, ContractFlag.GOVERNABLE)) revert GovernanceForeignTarget(i, target);
            size += calls[i].data.length;
        }
        if (size > GovernanceLimits.MAX_CALL_BYTES) revert GovernanceCallsTooLarge(size);
    }

    function _try(Call[] calldata calls) private {
        // It always reverts: only the reason tells.
        // solhint-disable-next-line avoid-low-level-calls
        (, bytes memory reason) = address(this).call(abi.encodeCall(IGovernance.trial, (calls)));
        if (bytes4(reason) != GovernanceTrialPassed.selector) _revertWith(reason);
    }

    /// @dev A proposal that expired frees its place by itself.
    function _takePlace(uint16 organisation, uint256 id) private {
        mapping(uint256 place => uint256 id) storage recent = _recent[organisation];
        for (uint256 i = 0; i < GovernanceLimits.MAX_OPEN; ++i) {
            Proposal storage older = _proposals[recent[i]];
            if (older.status != ProposalStatus.OPEN || block.timestamp > older.deadline) {
                recent[i] = id;
                return;
            }
        }
        revert GovernanceTooManyOpen(organisation);
    }

    function _open(uint256 id) private view returns (Proposal storage proposal) {
        proposal = _proposals[id];
        if (proposal.status == 0) revert GovernanceUnknownProposal(id);
        if (proposal.status != ProposalStatus.OPEN) revert GovernanceClosed(id, proposal.status);
    }

    /// @dev How many of those that voted still have a vote: who lost it meanwhile does not count.
    function _stillVoting(uint16[] storage organisations) private view returns (uint256 count) {
        IValidators validators = Members.validators();
        for (uint256 i = 0; i < organisations.length; ++i) {
            if (validators.votes(organisations[i])) ++count;
        }
    }

    function _decide(Proposal storage proposal, uint256 id, uint8 status) private {
        (proposal.status, proposal.decidedAt) = (status, uint64(block.number));
        _record(abi.encode(id, status));
        emit ProposalDecided(id, status);
    }

    /// @dev Where several decide, no proposal leaves one that decides alone.
    function _execute(Call[] memory calls) private {
        (uint16 before,) = Members.validators().voters();
        for (uint256 i = 0; i < calls.length; ++i) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool done, bytes memory reason) = calls[i].target.call(calls[i].data);
            if (!done) _revertWith(reason);
        }
        (uint16 voting,) = Members.validators().voters();
        uint256 minimum = Math.max(parameterOf(Parameter.MINIMUM_VOTERS), Math.min(before, 2));
        if (voting < minimum) revert GovernanceTooFewVoters(voting, minimum);
    }

    function _revertWith(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}
