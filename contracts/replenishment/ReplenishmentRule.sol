// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {IReplenishmentRule} from "../interfaces/IReplenishmentRule.sol";
import {IStockHealth} from "../interfaces/IStockHealth.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {MoneyLimits} from "../lib/Constants.sol";
import {SourceKind} from "./Constants.sol";
import {Members} from "../lib/Members.sol";
import {Keys} from "./Keys.sol";
import {LotSums} from "./LotSums.sol";
import {Neighbour, Score} from "./Score.sol";

/// @title What the rule gives for a SKU at a place, from nothing but facts on the chain
/// @dev It keeps nothing and answers its caller, a Replenishment, from what that holds.
contract ReplenishmentRule is IReplenishmentRule {
    uint64 public constant VERSION = 1;
    /// @notice Versions of the contracts that this one rests on.
    uint64 public constant READS_STOCK_LEDGER = 2;
    uint64 public constant READS_STOCK_HEALTH = 2;

    /// @dev What is asked for: at most `most` units into `to`, of which `least` lift it to its threshold; `lots` are those
    /// of the SKU that count.
    struct Need {
        uint32 sku;
        uint16 brand;
        uint16 to;
        uint16 region;
        uint256 most;
        uint256 least;
        uint64 position;
        uint256[] lots;
        IStockLedger stock;
        IReplenishment asking;
    }

    /// @inheritdoc IReplenishmentRule
    function choice(uint32 sku, uint16 to) external view returns (IReplenishment.Choice memory chosen) {
        IReplenishment asking = IReplenishment(msg.sender);
        uint16 brand = Keys.brandOf(sku);
        IReplenishment.Settings memory settings = asking.settingsOf(brand);
        if (settings.orderSeconds == 0) revert IReplenishment.ReplenishmentNoSettings(brand);
        IReplenishment.Candidate[] memory places = asking.placesOf(brand);
        Need memory need = _need(asking, settings, places, sku, to);
        chosen.position = need.position;

        Neighbour[] memory neighbours = _neighbours(settings, places, need);
        if (_takeBest(chosen, settings, neighbours, need, need.least)) return chosen;
        (uint16 hub, uint256 surplus) = _hub(settings, places, need);
        if (surplus != 0) {
            (chosen.kind, chosen.source) = (SourceKind.HUB, hub);
            chosen.quantity = uint64(Math.min(need.most, surplus));
            return chosen;
        }
        // No place lifts it to its threshold: something is better than nothing, and cheaper than to buy.
        if (_takeBest(chosen, settings, neighbours, need, 1)) return chosen;
        if (settings.supplier == 0 || !Members.isActiveOrganisation(settings.supplier)) {
            revert IReplenishment.ReplenishmentNoSource(sku, to);
        }
        address health = Members.requireVersion("StockHealth", READS_STOCK_HEALTH);
        if (IStockHealth(health).purchasingFrozen(brand)) {
            revert IReplenishment.ReplenishmentPurchasingFrozen(brand);
        }
        (chosen.kind, chosen.source) = (SourceKind.SUPPLIER, settings.supplier);
        chosen.quantity = uint64(need.most);
    }

    /// @dev Fills `chosen` with the best neighbour that can give `least` units; false when none can.
    function _takeBest(
        IReplenishment.Choice memory chosen,
        IReplenishment.Settings memory settings,
        Neighbour[] memory neighbours,
        Need memory need,
        uint256 least
    ) private pure returns (bool) {
        (Neighbour memory best, uint256 score) = Score.best(settings, neighbours, least);
        if (best.place == 0) return false;
        (chosen.kind, chosen.source, chosen.score) = (SourceKind.PLACE, best.place, uint32(score));
        chosen.quantity = uint64(Math.min(need.most, best.surplus));
        return true;
    }

    /// @dev Reverts when nothing may be ordered, whoever could give it.
    function _need(
        IReplenishment asking,
        IReplenishment.Settings memory settings,
        IReplenishment.Candidate[] memory places,
        uint32 sku,
        uint16 to
    ) private view returns (Need memory need) {
        need.asking = asking;
        (need.sku, need.to, need.brand) = (sku, to, Keys.brandOf(sku));
        need.region = _regionOf(places, need.brand, to);
        if (!Members.isUsable(need.brand, need.sku, to)) revert IReplenishment.ReplenishmentPlaceNotUsable(need.brand, to);
        (IReplenishment.Levels memory level, uint32 setAt) = asking.levelsOf(sku, to);
        if (level.sequence == 0) revert IReplenishment.ReplenishmentNoLevels(sku, to);
        uint256 fresh = uint256(setAt) + settings.maxLevelAgeSeconds;
        if (block.timestamp > fresh) revert IReplenishment.ReplenishmentLevelsTooOld(fresh);
        IReplenishment.Flow memory flow = asking.flowOf(sku, to);

        need.stock = IStockLedger(Members.requireVersion("StockLedger", READS_STOCK_LEDGER));
        need.lots = LotSums.counted(need.stock, asking, sku);
        // What is in transit at the place may be on its way to customers; what is on its way to it stands in the open orders.
        uint256 position = LotSums.available(need.stock, sku, need.lots, to) + flow.incoming;
        // A position that does not fit is above any threshold.
        need.position = uint64(Math.min(position, type(uint64).max));
        if (position >= level.threshold) revert IReplenishment.ReplenishmentAboveThreshold(need.position, level.threshold);
        uint256 until = uint256(flow.orderedAt) + settings.coolDownSeconds;
        if (flow.orderedAt != 0 && block.timestamp < until) revert IReplenishment.ReplenishmentCoolDown(until);
        uint256 used = flow.day == block.timestamp / 1 days ? flow.dayUnits : 0;
        if (used >= settings.dayUnits) revert IReplenishment.ReplenishmentDayCapUsedUp(settings.dayUnits);
        need.most = Math.min(level.target - position, Math.min(settings.transferUnits, settings.dayUnits - used));
        need.least = Math.min(need.most, level.threshold - position);
    }

    /// @dev Places other than hubs that can give something; those that cannot stand there with a surplus of 0.
    function _neighbours(IReplenishment.Settings memory settings, IReplenishment.Candidate[] memory places, Need memory need)
        private
        view
        returns (Neighbour[] memory found)
    {
        found = new Neighbour[](places.length);
        for (uint256 i = 0; i < places.length; ++i) {
            uint16 place = places[i].place;
            if (places[i].hub || place == need.to) continue;
            IReplenishment.Link memory way = need.asking.linkOf(need.brand, place, need.to);
            if (!way.open || _loops(settings, need, place) || !Members.isUsable(need.brand, need.sku, place)) continue;
            uint256 surplus = _surplus(need, place, 0);
            found[i] = Neighbour(place, surplus, way.metres, way.transitSeconds, way.carbonGrams);
        }
    }

    /// @dev The hub of the region and what it can give; 0 when it cannot, or is the place itself.
    function _hub(IReplenishment.Settings memory settings, IReplenishment.Candidate[] memory places, Need memory need)
        private
        view
        returns (uint16 hub, uint256 surplus)
    {
        for (uint256 i = 0; i < places.length; ++i) {
            if (!places[i].hub || places[i].region != need.region) continue;
            hub = places[i].place;
            bool reachable = hub != need.to && need.asking.linkOf(need.brand, hub, need.to).open
                && !_loops(settings, need, hub) && Members.isUsable(need.brand, need.sku, hub);
            return (hub, reachable ? _surplus(need, hub, settings.hubReserveBps) : 0);
        }
    }

    /// @dev What a place has beyond what it keeps, its threshold or its reserve, and what it owes to open orders. The reserve
    /// is of the target where that is more than what is there: of what is there it would shrink with every order. A small
    /// target does not lower it, or whoever reports levels could switch it off.
    function _surplus(Need memory need, uint16 place, uint256 reserveBps) private view returns (uint256) {
        uint256 available = LotSums.available(need.stock, need.sku, need.lots, place);
        (IReplenishment.Levels memory level,) = need.asking.levelsOf(need.sku, place);
        uint256 reserve = Math.ceilDiv(Math.max(available, level.target) * reserveBps, MoneyLimits.WHOLE_BPS);
        uint256 kept = Math.max(level.threshold, reserve) + need.asking.flowOf(need.sku, place).outgoing;
        return Math.saturatingSub(available, kept);
    }

    /// @dev Whether goods are to go back from the place in need to `from`, or went there lately.
    function _loops(IReplenishment.Settings memory settings, Need memory need, uint16 from) private view returns (bool) {
        (uint64 latestAt, uint32 open) = need.asking.pairOf(need.sku, need.to, from);
        return Keys.loops(latestAt, open, settings.coolDownSeconds);
    }

    function _regionOf(IReplenishment.Candidate[] memory places, uint16 brand, uint16 place) private pure returns (uint16) {
        for (uint256 i = 0; i < places.length; ++i) {
            if (places[i].place == place) return places[i].region;
        }
        revert IReplenishment.ReplenishmentPlaceNotListed(brand, place);
    }
}
