// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Approvals} from "../lib/Approvals.sol";
import {ApprovedAct, Limits, Role} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Accounts} from "./Accounts.sol";

/// @title What brands let other organisations do with their goods
abstract contract OperatorApprovals is Accounts {
    uint8 private constant ALL_ACTS = Approvals.USUAL | ApprovedAct.RETRIEVE;

    /// @inheritdoc IConsortium
    function approveOperator(uint16 brand, uint16 operator, bool approved) external recorded {
        _requireParties(brand, operator);
        _say(brand, operator, approved ? Approvals.USUAL : 0, 0, false, false);
    }

    /// @inheritdoc IConsortium
    function setApproval(
        uint16 brand,
        uint16 operator,
        uint8 acts,
        uint64 until,
        uint16[] calldata places,
        uint32[] calldata skus
    ) external recorded {
        _requireParties(brand, operator);
        if (acts & ~ALL_ACTS != 0) revert ConsortiumUnknownAct(acts & ~ALL_ACTS);
        if (until != 0 && until < block.timestamp) revert ConsortiumApprovalEnded(until, block.timestamp);
        uint256 word = _say(brand, operator, acts, until, places.length != 0, skus.length != 0);
        _list(word, brand, operator, places, skus);
    }

    /// @inheritdoc IConsortium
    function widenApproval(uint16 brand, uint16 operator, uint16[] calldata places, uint32[] calldata skus)
        external
        recorded
    {
        _requireParties(brand, operator);
        uint256 word = _approvals[brand][operator];
        bool unlimited = (places.length != 0 && word & Approvals.SOME_PLACES == 0)
            || (skus.length != 0 && word & Approvals.SOME_SKUS == 0);
        if (unlimited || places.length + skus.length == 0) revert ConsortiumApprovalNotLimited(brand, operator);
        _list(word, brand, operator, places, skus);
    }

    /// @inheritdoc IConsortium
    function mayOperate(uint16 brand, uint16 operator) external view returns (bool) {
        return Approvals.grants(approvalFor(brand, operator, 0, 0), ApprovedAct.MOVE);
    }

    /// @inheritdoc IConsortium
    function approvalOf(uint16 brand, uint16 operator) external view returns (uint256) {
        return _approvals[brand][operator];
    }

    /// @inheritdoc IConsortium
    function approvalFor(uint16 brand, uint16 operator, uint32 sku, uint16 place) public view returns (uint256) {
        if (brand == operator) return ALL_ACTS;
        uint256 word = _approvals[brand][operator];
        uint256 found = Approvals.current(word);
        if (place != 0 && word & Approvals.SOME_PLACES != 0) {
            (uint256 key, uint256 bit) = Approvals.placeBit(word, brand, operator, place);
            if (_approvalPages[key] & bit == 0) found |= Approvals.OUTSIDE;
        }
        if (sku != 0 && word & Approvals.SOME_SKUS != 0) {
            (uint256 key, uint256 bit) = Approvals.skuBit(word, brand, operator, sku);
            if (_approvalPages[key] & bit == 0) found |= Approvals.OUTSIDE;
        }
        return found;
    }

    function _list(uint256 word, uint16 brand, uint16 operator, uint16[] calldata places, uint32[] calldata skus)
        private
    {
        uint256 rows = places.length + skus.length;
        if (rows > Limits.MAX_APPROVAL_ROWS) revert ConsortiumApprovalTooLong(rows);
        for (uint256 i = 0; i < places.length; ++i) {
            if (_places[places[i]] == 0) revert ConsortiumUnknownPlace(places[i]);
            (uint256 key, uint256 bit) = Approvals.placeBit(word, brand, operator, places[i]);
            _approvalPages[key] |= bit;
        }
        for (uint256 i = 0; i < skus.length; ++i) {
            if (uint16(skus[i] >> 20) != brand) revert ConsortiumForeignSku(skus[i], brand);
            (uint256 key, uint256 bit) = Approvals.skuBit(word, brand, operator, skus[i]);
            _approvalPages[key] |= bit;
        }
    }

    function _say(uint16 brand, uint16 operator, uint8 acts, uint64 until, bool somePlaces, bool someSkus)
        private
        returns (uint256 word)
    {
        word = Approvals.next(_approvals[brand][operator], acts, until, somePlaces, someSkus);
        _approvals[brand][operator] = word;
        emit ApprovalChanged(brand, operator, word);
    }

    /// @dev The sender signs for the brand, or administers as a founder; both organisations are there.
    function _requireParties(uint16 brand, uint16 operator) private view {
        Members.requireActive(NAME);
        _requireOrganisation(brand);
        _requireOrganisation(operator);
        if (!_isFounder() && authorise(msg.sender, Role.SIGN_AGREEMENTS) != brand) {
            revert ConsortiumNotBrand(msg.sender, brand);
        }
    }
}
