// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {IReplenishmentRule} from "../interfaces/IReplenishmentRule.sol";
import {ApprovedAct, Role, RuleFamily} from "../lib/Constants.sol";
import {OrderEntry, OrderStatus, ReplenishmentLimits, SourceKind} from "./Constants.sol";
import {Members} from "../lib/Members.sol";
import {Keys} from "./Keys.sol";
import {Policy} from "./Policy.sol";

/// @title Orders that bring goods where they run short
/// @dev See IReplenishment.
contract Replenishment is Policy {
    uint64 public constant VERSION = 1;

    /// @inheritdoc IReplenishment
    function order(uint32 sku, uint16 to, uint8 kind, uint16 source, uint64 quantity)
        external
        returns (uint96 orderId)
    {
        uint16 brand = _brandOf(sku);
        _requireInForce();
        _requireApproved(_requireReporter(), ApprovedAct.ORDER, sku, to);
        if (kind == SourceKind.PLACE || kind == SourceKind.HUB) _requireWay(brand, sku, source, to);
        Choice memory choice = choiceOf(sku, to);
        if (kind != choice.kind || source != choice.source || quantity != choice.quantity) {
            revert ReplenishmentNotTheChoice(choice.kind, choice.source, choice.quantity);
        }
        uint64 deadline = _deadline(brand, choice, to);
        bytes memory entry = abi.encode(
            OrderEntry.MADE, kind, source, to, quantity, choice.position, choice.score, deadline
        );
        orderId = uint96(uint256(sku) << 64 | _recordOrder(sku, entry));
        _orders[orderId] = Order(kind, OrderStatus.OPEN, source, to, quantity, deadline, uint32(block.timestamp));
        _promise(sku, to, quantity);
        if (kind != SourceKind.SUPPLIER) {
            _flows[_spotKey(sku, source)].outgoing += quantity;
            ++_pairs[_pairKey(sku, source, to)].open;
        }
    }

    /// @inheritdoc IReplenishment
    function choiceOf(uint32 sku, uint16 to) public view returns (Choice memory choice) {
        return IReplenishmentRule(Members.requireVersion("ReplenishmentRule", READS_REPLENISHMENT_RULE)).choice(sku, to);
    }

    /// @inheritdoc IReplenishment
    function close(uint96 orderId, uint64 shippedUnits, uint64 receivedUnits) external {
        Members.requireOpen(RuleFamily.STOCK);
        uint16 org = Members.requireRole(msg.sender, Role.POST_MOVEMENTS);
        Order memory ended = _open(orderId);
        bool supplied = ended.kind == SourceKind.SUPPLIER;
        uint16 sender = supplied ? ended.source : uint16(CONSORTIUM.placeOf(ended.source));
        if (org != sender && org != uint16(CONSORTIUM.placeOf(ended.to))) revert ReplenishmentNotAnEnd(orderId, org);
        if (receivedUnits > shippedUnits || shippedUnits > ReplenishmentLimits.MAX_ORDER_UNITS) {
            revert ReplenishmentUnits(shippedUnits, receivedUnits);
        }
        _end(orderId, ended, OrderStatus.CLOSED, shippedUnits, receivedUnits, true);
    }

    /// @inheritdoc IReplenishment
    function cancel(uint96 orderId) external {
        uint16 org = _requireReporter();
        Order memory ended = _open(orderId);
        _requireApproved(org, ApprovedAct.ORDER, uint32(orderId >> 64), ended.to);
        _end(orderId, ended, OrderStatus.CANCELLED, 0, 0, !_giveBack(uint32(orderId >> 64), ended));
    }

    /// @inheritdoc IReplenishment
    function expire(uint96 orderId) external {
        Members.requireOpen(RuleFamily.STOCK);
        Members.requireActive(msg.sender);
        Order memory ended = _open(orderId);
        if (block.timestamp <= ended.deadline) revert ReplenishmentNotExpired(orderId, ended.deadline);
        _end(orderId, ended, OrderStatus.EXPIRED, 0, 0, true);
    }

    function _promise(uint32 sku, uint16 to, uint64 quantity) private {
        Flow storage flow = _flows[_spotKey(sku, to)];
        uint32 today = uint32(block.timestamp / 1 days);
        flow.dayUnits = (flow.day == today ? flow.dayUnits : 0) + quantity;
        (flow.day, flow.orderedAt) = (today, uint32(block.timestamp));
        flow.incoming += quantity;
    }

    /// @dev A cancelled order counts neither for the day's cap nor for cool-downs, so many times a day: else orders that are
    /// made and cancelled would have no bound. The cool-down of the order before it was over when it was made.
    function _giveBack(uint32 sku, Order memory ended) private returns (bool given) {
        GivenBack storage times = _givenBack[_spotKey(sku, ended.to)];
        uint32 today = uint32(block.timestamp / 1 days);
        uint32 count = times.day == today ? times.count : 0;
        if (count == ReplenishmentLimits.MOST_GIVEN_BACK) return false;
        (times.day, times.count) = (today, count + 1);
        Flow storage flow = _flows[_spotKey(sku, ended.to)];
        if (flow.day == ended.madeAt / 1 days) flow.dayUnits -= ended.quantity;
        if (flow.orderedAt == ended.madeAt) flow.orderedAt = 0;
        return true;
    }

    /// @dev `counts`: an order that shipped nothing counts for the cool-down of its way from when it was made.
    function _end(
        uint96 orderId,
        Order memory ended,
        uint8 status,
        uint64 shipped,
        uint64 received,
        bool counts
    ) private {
        uint32 sku = uint32(orderId >> 64);
        _orders[orderId].status = status;
        _flows[_spotKey(sku, ended.to)].incoming -= ended.quantity;
        if (ended.kind != SourceKind.SUPPLIER) {
            _flows[_spotKey(sku, ended.source)].outgoing -= ended.quantity;
            Pair storage pair = _pairs[_pairKey(sku, ended.source, ended.to)];
            --pair.open;
            // Goods that arrive late must not go back at once: the cool-down counts from here.
            if (shipped != 0) pair.latestAt = uint64(block.timestamp);
            else if (counts && pair.latestAt < ended.madeAt) pair.latestAt = ended.madeAt;
        }
        _recordOrder(sku, abi.encode(OrderEntry.ENDED, uint64(orderId), status, shipped, received));
    }

    /// @dev The goods have their lead time, and `orderSeconds` on top of it.
    function _deadline(uint16 brand, Choice memory choice, uint16 to) private view returns (uint64) {
        Settings storage settings = _settings[brand];
        uint256 lead = choice.kind == SourceKind.SUPPLIER
            ? settings.supplierSeconds
            : _ways[_wayKey(brand, choice.source, to)].transitSeconds;
        return uint64(block.timestamp + lead + settings.orderSeconds);
    }

    function _open(uint96 orderId) private view returns (Order memory found) {
        found = _orders[orderId];
        if (found.status == 0) revert ReplenishmentUnknownOrder(orderId);
        if (found.status != OrderStatus.OPEN) revert ReplenishmentOrderEnded(orderId, found.status);
    }

    /// @dev Says what is wrong with the way that the sender names, before saying what the rule gives.
    function _requireWay(uint16 brand, uint32 sku, uint16 from, uint16 to) private view {
        if (!_ways[_wayKey(brand, from, to)].open) revert ReplenishmentUnknownLink(from, to);
        Pair storage back = _pairs[_pairKey(sku, to, from)];
        if (Keys.loops(back.latestAt, back.open, _settings[brand].coolDownSeconds)) revert ReplenishmentLoop(from, to);
    }
}
