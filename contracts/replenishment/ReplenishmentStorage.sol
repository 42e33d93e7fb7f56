// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Fixed, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {Keys} from "./Keys.sol";

/// @title State of replenishment and the questions that all its parts ask
/// @dev The storage layout is part of docs/formats.md.
abstract contract ReplenishmentStorage is IReplenishment {
    /// @notice Versions of the contracts that this one rests on.
    uint64 public constant READS_STOCK_LEDGER = 2;
    uint64 public constant READS_REPLENISHMENT_RULE = 1;

    IConsortium internal constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);

    /// @dev Numbers at the top of a stream's id that tell the two kinds of streams apart.
    uint256 private constant POLICY_STREAM = 1 << 248;
    uint256 private constant ORDERS_STREAM = 2 << 248;

    struct Way {
        uint32 metres;
        uint32 transitSeconds;
        uint32 carbonGrams;
        bool open;
    }

    struct Level {
        uint64 threshold;
        uint64 target;
        uint32 leadSeconds;
        uint64 sequence;
        uint32 setAt;
    }

    struct Pair {
        uint64 latestAt;
        uint32 open;
    }

    /// @dev How many cancelled orders gave back on a day (since 1970).
    struct GivenBack {
        uint32 day;
        uint32 count;
    }

    mapping(uint16 brand => Settings settings) internal _settings;
    mapping(uint16 brand => Candidate[] places) internal _places;
    mapping(uint256 brandFromTo => Way way) internal _ways;
    mapping(uint256 skuPlace => Level level) internal _levels;
    mapping(uint256 skuPlace => Flow flow) internal _flows;
    mapping(uint256 skuFromTo => Pair pair) internal _pairs;
    mapping(uint96 orderId => Order order) internal _orders;
    mapping(uint256 skuPlace => GivenBack count) internal _givenBack;
    mapping(uint32 sku => uint256[2] lots) internal _keptLots;

    /// @inheritdoc IReplenishment
    function settingsOf(uint16 brand) external view returns (Settings memory) {
        return _settings[brand];
    }

    /// @inheritdoc IReplenishment
    function placesOf(uint16 brand) external view returns (Candidate[] memory) {
        return _places[brand];
    }

    /// @inheritdoc IReplenishment
    function linkOf(uint16 brand, uint16 from, uint16 to) external view returns (Link memory) {
        Way storage way = _ways[_wayKey(brand, from, to)];
        return Link(from, to, way.metres, way.transitSeconds, way.carbonGrams, way.open);
    }

    /// @inheritdoc IReplenishment
    function levelsOf(uint32 sku, uint16 place) external view returns (Levels memory levels, uint32 setAt) {
        Level storage level = _levels[_spotKey(sku, place)];
        levels = Levels(sku, place, level.threshold, level.target, level.leadSeconds, level.sequence);
        return (levels, level.setAt);
    }

    /// @inheritdoc IReplenishment
    function keptLotsOf(uint32 sku) external view returns (uint256 first, uint256 second) {
        return (_keptLots[sku][0], _keptLots[sku][1]);
    }

    /// @inheritdoc IReplenishment
    function flowOf(uint32 sku, uint16 place) external view returns (Flow memory) {
        return _flows[_spotKey(sku, place)];
    }

    /// @inheritdoc IReplenishment
    function pairOf(uint32 sku, uint16 from, uint16 to) external view returns (uint64 latestAt, uint32 open) {
        Pair storage pair = _pairs[_pairKey(sku, from, to)];
        return (pair.latestAt, pair.open);
    }

    /// @inheritdoc IReplenishment
    function orderOf(uint96 orderId) external view returns (Order memory) {
        Order storage found = _orders[orderId];
        if (found.status == 0) revert ReplenishmentUnknownOrder(orderId);
        return found;
    }

    /// @inheritdoc IReplenishment
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    /// @dev Adds the call that is running to the brand's policy stream.
    function _recordPolicy(uint16 brand) internal {
        uint256 index = Streams.append(bytes32(uint256(brand) | POLICY_STREAM), 1, keccak256(msg.data));
        emit PolicyChanged(brand, uint64(index), msg.sender, msg.data);
    }

    /// @dev Adds an entry to a SKU's orders.
    function _recordOrder(uint32 sku, bytes memory entry) internal returns (uint64 index) {
        index = uint64(Streams.append(bytes32(uint256(sku) | ORDERS_STREAM), 1, keccak256(entry)));
        emit OrderRecorded(sku, index, msg.sender, entry);
    }

    /// @dev Requires that the sender reports for an organisation.
    function _requireReporter() internal view returns (uint16 org) {
        Members.requireOpen(RuleFamily.STOCK);
        return Members.requireRole(msg.sender, Role.REPORT);
    }

    /// @dev Requires that the organisation is the SKU's brand, or may do this with it at the place.
    function _requireApproved(uint16 org, uint8 act, uint32 sku, uint16 place) internal view {
        uint16 brand = _brandOf(sku);
        if (!Members.mayAct(brand, org, act, sku, place)) revert ReplenishmentNotApproved(brand, org);
    }

    /// @dev Orders that were made end here; new ones, and what they follow, are the successor's.
    function _requireInForce() internal view {
        Members.requireActive("Replenishment");
    }

    function _stock() internal view returns (IStockLedger) {
        return IStockLedger(Members.requireVersion("StockLedger", READS_STOCK_LEDGER));
    }

    function _wayKey(uint16 brand, uint16 from, uint16 to) internal pure returns (uint256) {
        return uint256(brand) << 32 | uint256(from) << 16 | to;
    }

    function _pairKey(uint32 sku, uint16 from, uint16 to) internal pure returns (uint256) {
        return uint256(sku) << 32 | uint256(from) << 16 | to;
    }

    function _spotKey(uint32 sku, uint16 place) internal pure returns (uint256) {
        return uint256(sku) << 16 | place;
    }

    function _brandOf(uint32 sku) internal pure returns (uint16) {
        return Keys.brandOf(sku);
    }
}
