// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Limits, Role, Status} from "../lib/Constants.sol";
import {Accounts} from "./Accounts.sol";

/// @title The nodes that may talk to each other
/// @dev Every node's peers follow this list: what is not on it, or belongs to no active organisation, is refused.
abstract contract Nodes is Accounts {
    /// @inheritdoc IConsortium
    function setNode(bytes20 nodeId, Node calldata node)
        external
        administersOrganisation(node.organisation, Role.SYSTEM_ADMIN)
        recorded
    {
        _requireOrganisation(node.organisation);
        _setNode(node.organisation, nodeId, node);
    }

    /// @inheritdoc IConsortium
    function removeNode(bytes20 nodeId)
        external
        administersOrganisation(_nodes[nodeId].organisation, Role.SYSTEM_ADMIN)
        recorded
    {
        uint16 organisation = _nodes[nodeId].organisation;
        if (organisation == 0) revert ConsortiumUnknownNode(nodeId);
        --_standings[organisation].nodes;
        delete _nodes[nodeId];
        uint256 last = _nodeIds.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (_nodeIds[i] == nodeId) _nodeIds[i] = _nodeIds[last];
        }
        _nodeIds.pop();
        emit NodeRemoved(nodeId, organisation);
    }

    /// @inheritdoc IConsortium
    function nodeOf(bytes20 nodeId) external view returns (Node memory) {
        return _nodes[nodeId];
    }

    /// @inheritdoc IConsortium
    function nodes() external view returns (bytes20[] memory nodeIds, Node[] memory entries) {
        uint256 count = _nodeIds.length;
        (nodeIds, entries) = (new bytes20[](count), new Node[](count));
        uint256 active = 0;
        for (uint256 i = 0; i < count; ++i) {
            Node storage node = _nodes[_nodeIds[i]];
            if (_organisations[node.organisation].status != Status.ACTIVE) continue;
            (nodeIds[active], entries[active]) = (_nodeIds[i], node);
            ++active;
        }
        assembly ("memory-safe") {
            mstore(nodeIds, active)
            mstore(entries, active)
        }
    }

    function _setNode(uint16 organisation, bytes20 nodeId, Node calldata node) internal {
        if (
            nodeId == 0 || node.consensusPort == 0 || node.executionPort == 0 || node.host == 0
                || node.executionKey[0] == 0
        ) revert ConsortiumBadNode(nodeId);
        uint16 owner = _nodes[nodeId].organisation;
        if (owner == 0) {
            if (_standings[organisation].nodes == Limits.MAX_NODES_EACH || _nodeIds.length == Limits.MAX_NODES) {
                revert ConsortiumNodesFull(organisation);
            }
            ++_standings[organisation].nodes;
            _nodeIds.push(nodeId);
        } else if (owner != organisation) {
            revert ConsortiumNodeOfAnother(nodeId, owner);
        }
        _nodes[nodeId] = node;
        _nodes[nodeId].organisation = organisation;
        emit NodeChanged(nodeId, organisation, node);
    }
}
