// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IValidators} from "../interfaces/IValidators.sol";
import {Limits, Role} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {ValidatorKeys} from "./ValidatorKeys.sol";

/// @title Validators' keys, and the nodes that may talk to each other
/// @dev Every node's peers follow the list: what is not on it, or belongs to no active organisation, is refused. A node id
/// is kept under its organisation: whoever lists another's id hides nobody's entry.
contract Validators is ValidatorKeys {
    uint64 public constant VERSION = 1;

    mapping(uint256 key => Node) private _nodes;
    uint256[] private _nodeKeys;

    /// @inheritdoc IValidators
    function setNode(bytes20 nodeId, Node calldata node) external recorded {
        _requireOwn(node.organisation);
        _requireOrganisation(node.organisation);
        _setNode(node.organisation, nodeId, node);
    }

    /// @inheritdoc IValidators
    function listNode(uint64 gln, bytes20 nodeId, Node calldata node) external onlyAdministrator recorded {
        uint16 organisation = CONSORTIUM.organisationByGln(gln);
        _requireOrganisation(organisation);
        uint16 count = _standings[organisation].nodes;
        if (count != 0) revert ConsortiumNodesListed(organisation, count);
        _setNode(organisation, nodeId, node);
    }

    /// @inheritdoc IValidators
    function removeNode(uint16 organisation, bytes20 nodeId) external recorded {
        _requireOwn(organisation);
        uint256 key = _keyOf(organisation, nodeId);
        if (_nodes[key].organisation == 0) revert ConsortiumUnknownNode(nodeId);
        --_standings[organisation].nodes;
        delete _nodes[key];
        uint256 last = _nodeKeys.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (_nodeKeys[i] == key) _nodeKeys[i] = _nodeKeys[last];
        }
        _nodeKeys.pop();
        emit NodeRemoved(nodeId, organisation);
    }

    /// @inheritdoc IValidators
    function nodeOf(uint16 organisation, bytes20 nodeId) external view returns (Node memory) {
        return _nodes[_keyOf(organisation, nodeId)];
    }

    /// @inheritdoc IValidators
    function nodes() external view returns (bytes20[] memory nodeIds, Node[] memory entries) {
        uint256 count = _nodeKeys.length;
        (nodeIds, entries) = (new bytes20[](count), new Node[](count));
        uint256 active = 0;
        for (uint256 i = 0; i < count; ++i) {
            Node storage node = _nodes[_nodeKeys[i]];
            if (!CONSORTIUM.isActive(node.organisation)) continue;
            (nodeIds[active], entries[active]) = (bytes20(uint160(_nodeKeys[i])), node);
            ++active;
        }
        assembly ("memory-safe") {
            mstore(nodeIds, active)
            mstore(entries, active)
        }
    }

    function _setNode(uint16 organisation, bytes20 nodeId, Node calldata node) private {
        if (nodeId == 0 || node.consensusPort == 0 || node.host == 0) revert ConsortiumBadNode(nodeId);
        uint256 key = _keyOf(organisation, nodeId);
        if (_nodes[key].organisation == 0) {
            if (_standings[organisation].nodes == Limits.MAX_NODES_EACH || _nodeKeys.length == Limits.MAX_NODES) {
                revert ConsortiumNodesFull(organisation);
            }
            ++_standings[organisation].nodes;
            _nodeKeys.push(key);
        }
        _nodes[key] = node;
        _nodes[key].organisation = organisation;
        emit NodeChanged(nodeId, organisation, node);
    }

    /// @dev The organisation's system administrator, or a founder who administers.
    function _requireOwn(uint16 organisation) private view {
        if (Members.isFounder(msg.sender)) return;
        if (organisation != 0 && CONSORTIUM.authorise(msg.sender, Role.SYSTEM_ADMIN) == organisation) return;
        revert IConsortium.ConsortiumNotAdministrator(msg.sender);
    }

    function _keyOf(uint16 organisation, bytes20 nodeId) private pure returns (uint256) {
        return uint256(organisation) << 160 | uint160(nodeId);
    }
}
