// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {IStockHealth} from "../interfaces/IStockHealth.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {MoneyLimits, SourceKind} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {LotSums} from "./LotSums.sol";
import {ReplenishmentStorage} from "./ReplenishmentStorage.sol";
import {Neighbour, Score} from "./Score.sol";

/// @title What the rule gives for a SKU at a place, from nothing but facts on the chain
abstract contract Choosing is ReplenishmentStorage {
    /// @dev What is asked for: at most `most` units into `to`, of which `least` lift it to its threshold; `lots` is the number
    /// of the SKU's lots.
    struct Need {
        uint32 sku;
        uint16 brand;
        uint16 to;
        uint16 region;
        uint256 most;
        uint256 least;
        uint64 position;
        uint256 lots;
        IStockLedger stock;
    }

    /// @inheritdoc IReplenishment
    function choiceOf(uint32 sku, uint16 to) external view returns (Choice memory choice) {
        return _choose(sku, to);
    }

    function _choose(uint32 sku, uint16 to) internal view returns (Choice memory choice) {
        uint16 brand = _brandOf(sku);
        Settings memory settings = _settings[brand];
        if (settings.orderSeconds == 0) revert ReplenishmentNoSettings(brand);
        Candidate[] memory places = _places[brand];
        Need memory need = _need(settings, places, sku, to);
        choice.position = need.position;

        Neighbour[] memory neighbours = _neighbours(settings, places, need);
        if (_takeBest(choice, settings, neighbours, need, need.least)) return choice;
        (uint16 hub, uint256 surplus) = _hub(settings, places, need);
        if (surplus != 0) {
            (choice.kind, choice.source) = (SourceKind.HUB, hub);
            choice.quantity = uint64(Math.min(need.most, surplus));
            return choice;
        }
        // No place lifts it to its threshold: something is better than nothing, and cheaper than to buy.
        if (_takeBest(choice, settings, neighbours, need, 1)) return choice;
        if (settings.supplier == 0 || !Members.isActiveOrganisation(settings.supplier)) {
            revert ReplenishmentNoSource(sku, to);
        }
        if (IStockHealth(Members.requireListed("StockHealth")).purchasingFrozen(brand)) {
            revert ReplenishmentPurchasingFrozen(brand);
        }
        (choice.kind, choice.source) = (SourceKind.SUPPLIER, settings.supplier);
        choice.quantity = uint64(need.most);
    }

    /// @dev Fills `choice` with the best neighbour that can give `least` units; false when none can.
    function _takeBest(
        Choice memory choice,
        Settings memory settings,
        Neighbour[] memory neighbours,
        Need memory need,
        uint256 least
    ) private pure returns (bool) {
        (Neighbour memory best, uint256 score) = Score.best(settings, neighbours, least);
        if (best.place == 0) return false;
        (choice.kind, choice.source, choice.score) = (SourceKind.PLACE, best.place, uint32(score));
        choice.quantity = uint64(Math.min(need.most, best.surplus));
        return true;
    }

    /// @dev Reverts when nothing may be ordered, whoever could give it.
    function _need(Settings memory settings, Candidate[] memory places, uint32 sku, uint16 to)
        private
        view
        returns (Need memory need)
    {
        (need.sku, need.to, need.brand) = (sku, to, _brandOf(sku));
        need.region = _regionOf(places, need.brand, to);
        if (!_usable(need.brand, to)) revert ReplenishmentPlaceNotUsable(need.brand, to);
        Level memory level = _levels[_spotKey(sku, to)];
        if (level.sequence == 0) revert ReplenishmentNoLevels(sku, to);
        uint256 fresh = uint256(level.setAt) + settings.maxLevelAgeSeconds;
        if (block.timestamp > fresh) revert ReplenishmentLevelsTooOld(fresh);
        Flow memory flow = _flows[_spotKey(sku, to)];

        need.stock = _stock();
        need.lots = LotSums.lotsOf(need.stock, sku);
        // What is in transit at the place may be on its way to customers; what is on its way to it stands in the open orders.
        uint256 position = LotSums.available(need.stock, sku, need.lots, to) + flow.incoming;
        // A position that does not fit is above any threshold.
        need.position = uint64(Math.min(position, type(uint64).max));
        if (position >= level.threshold) revert ReplenishmentAboveThreshold(need.position, level.threshold);
        uint256 until = uint256(flow.orderedAt) + settings.coolDownSeconds;
        if (flow.orderedAt != 0 && block.timestamp < until) revert ReplenishmentCoolDown(until);
        uint256 used = flow.day == block.timestamp / 1 days ? flow.dayUnits : 0;
        if (used >= settings.dayUnits) revert ReplenishmentDayCapUsedUp(settings.dayUnits);
        need.most = Math.min(level.target - position, Math.min(settings.transferUnits, settings.dayUnits - used));
        need.least = Math.min(need.most, level.threshold - position);
    }

    /// @dev Places other than hubs that can give something; those that cannot stand there with a surplus of 0.
    function _neighbours(Settings memory settings, Candidate[] memory places, Need memory need)
        private
        view
        returns (Neighbour[] memory found)
    {
        found = new Neighbour[](places.length);
        for (uint256 i = 0; i < places.length; ++i) {
            uint16 place = places[i].place;
            if (places[i].hub || place == need.to) continue;
            Way memory way = _ways[_wayKey(need.brand, place, need.to)];
            if (!way.open || _loops(settings, need.sku, place, need.to) || !_usable(need.brand, place)) continue;
            uint256 surplus = _surplus(need, place, 0);
            found[i] = Neighbour(place, surplus, way.metres, way.transitSeconds, way.carbonGrams);
        }
    }

    /// @dev The hub of the region and what it can give; 0 when it cannot, or is the place itself.
    function _hub(Settings memory settings, Candidate[] memory places, Need memory need)
        private
        view
        returns (uint16 hub, uint256 surplus)
    {
        for (uint256 i = 0; i < places.length; ++i) {
            if (!places[i].hub || places[i].region != need.region) continue;
            hub = places[i].place;
            bool reachable = hub != need.to && _ways[_wayKey(need.brand, hub, need.to)].open
                && !_loops(settings, need.sku, hub, need.to) && _usable(need.brand, hub);
            return (hub, reachable ? _surplus(need, hub, settings.hubReserveBps) : 0);
        }
    }

    /// @dev What a place has beyond what it keeps, its threshold or its reserve, and what it owes to open orders. The reserve
    /// is of the target where that is more than what is there: of what is there it would shrink with every order. A small
    /// target does not lower it, or whoever reports levels could switch it off.
    function _surplus(Need memory need, uint16 place, uint256 reserveBps) private view returns (uint256) {
        uint256 key = _spotKey(need.sku, place);
        uint256 available = LotSums.available(need.stock, need.sku, need.lots, place);
        Level memory level = _levels[key];
        uint256 reserve = Math.ceilDiv(Math.max(available, level.target) * reserveBps, MoneyLimits.WHOLE_BPS);
        uint256 kept = Math.max(level.threshold, reserve) + _flows[key].outgoing;
        return Math.saturatingSub(available, kept);
    }

    /// @dev Whether goods are to go from `to` to `from`, or were ordered there or arrived there lately.
    function _loops(Settings memory settings, uint32 sku, uint16 from, uint16 to) internal view returns (bool) {
        Pair memory back = _pairs[_pairKey(sku, to, from)];
        return back.open != 0
            || (back.latestAt != 0 && block.timestamp < uint256(back.latestAt) + settings.coolDownSeconds);
    }

    function _regionOf(Candidate[] memory places, uint16 brand, uint16 place) private pure returns (uint16) {
        for (uint256 i = 0; i < places.length; ++i) {
            if (places[i].place == place) return places[i].region;
        }
        revert ReplenishmentPlaceNotListed(brand, place);
    }
}
