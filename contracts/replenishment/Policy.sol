// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {ApprovedAct, MoneyLimits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {ReplenishmentLimits} from "./Constants.sol";
import {Members} from "../lib/Members.sol";
import {LotSums} from "./LotSums.sol";
import {ReplenishmentStorage} from "./ReplenishmentStorage.sol";

/// @title What a brand sets before anything is ordered
abstract contract Policy is ReplenishmentStorage {
    /// @inheritdoc IReplenishment
    function setSettings(Settings calldata settings) external {
        uint16 brand = _requireBrand();
        uint256 sum =
            uint256(settings.stockBps) + settings.distanceBps + settings.timeBps + settings.carbonBps;
        if (sum != MoneyLimits.WHOLE_BPS) revert ReplenishmentWeights(sum);
        _requireRange(4, settings.transferUnits, 1, ReplenishmentLimits.MAX_ORDER_UNITS);
        _requireRange(5, settings.dayUnits, 1, ReplenishmentLimits.MAX_ORDER_UNITS);
        _requireRange(
            6,
            settings.coolDownSeconds,
            ReplenishmentLimits.LEAST_COOL_DOWN_SECONDS,
            ReplenishmentLimits.MOST_COOL_DOWN_SECONDS
        );
        _requireRange(
            7,
            settings.hubReserveBps,
            ReplenishmentLimits.HUB_RESERVE_BPS,
            ReplenishmentLimits.MOST_HUB_RESERVE_BPS
        );
        if (settings.supplier != 0 && !Members.isActiveOrganisation(settings.supplier)) {
            revert ReplenishmentUnknownSupplier(settings.supplier);
        }
        _requireRange(9, settings.supplierSeconds, 0, ReplenishmentLimits.MOST_SUPPLIER_SECONDS);
        _requireRange(
            10,
            settings.orderSeconds,
            ReplenishmentLimits.LEAST_ORDER_SECONDS,
            ReplenishmentLimits.MOST_ORDER_SECONDS
        );
        _requireRange(
            11,
            settings.maxLevelAgeSeconds,
            ReplenishmentLimits.LEAST_LEVEL_AGE_SECONDS,
            ReplenishmentLimits.MOST_LEVEL_AGE_SECONDS
        );
        _settings[brand] = settings;
        _recordPolicy(brand);
    }

    /// @inheritdoc IReplenishment
    function setPlace(Candidate calldata candidate) external {
        uint16 brand = _requireBrand();
        if (!Members.isUsable(brand, 0, candidate.place)) revert ReplenishmentPlaceNotUsable(brand, candidate.place);
        Candidate[] storage places = _places[brand];
        uint256 entry = places.length;
        for (uint256 i = 0; i < places.length; ++i) {
            Candidate memory other = places[i];
            if (other.place == candidate.place) {
                entry = i;
            } else if (candidate.hub && other.hub && other.region == candidate.region) {
                revert ReplenishmentSecondHub(candidate.region, other.place);
            }
        }
        if (entry == ReplenishmentLimits.MAX_CANDIDATES) revert ReplenishmentPlacesFull(brand);
        if (entry == places.length) {
            places.push(candidate);
        } else {
            places[entry] = candidate;
        }
        _recordPolicy(brand);
    }

    /// @inheritdoc IReplenishment
    function removePlace(uint16 place) external {
        uint16 brand = _requireBrand();
        Candidate[] storage places = _places[brand];
        uint256 entry = 0;
        while (entry < places.length && places[entry].place != place) ++entry;
        if (entry == places.length) revert ReplenishmentPlaceNotListed(brand, place);
        places[entry] = places[places.length - 1];
        places.pop();
        _recordPolicy(brand);
    }

    /// @inheritdoc IReplenishment
    function setLinks(Link[] calldata links) external {
        uint16 brand = _requireBrand();
        _requireRows(links.length);
        Candidate[] memory places = _places[brand];
        for (uint256 i = 0; i < links.length; ++i) {
            Link calldata link = links[i];
            if (link.from == link.to) revert ReplenishmentLinkToItself(i, link.from);
            uint256 key = _wayKey(brand, link.from, link.to);
            if (!link.open) {
                delete _ways[key];
                continue;
            }
            _requireListed(brand, places, link.from);
            _requireListed(brand, places, link.to);
            _ways[key] = Way(link.metres, link.transitSeconds, link.carbonGrams, true);
        }
        _recordPolicy(brand);
    }

    /// @inheritdoc IReplenishment
    function setLevels(Levels[] calldata levels, bytes32) external {
        _requireRows(levels.length);
        uint16 brand = _brandOf(levels[0].sku);
        _requireInForce();
        uint16 org = _requireReporter();
        Candidate[] memory places = _places[brand];
        IStockLedger stock = _stock();
        for (uint256 i = 0; i < levels.length; ++i) {
            Levels calldata row = levels[i];
            if (_brandOf(row.sku) != brand) revert ReplenishmentForeignSku(i, row.sku, brand);
            _requireApproved(org, ApprovedAct.PLAN, row.sku, row.place);
            if (stock.skuInfo(row.sku) == 0) revert ReplenishmentUnknownSku(i, row.sku);
            _requireListed(brand, places, row.place);
            if (row.target < row.threshold || row.target > ReplenishmentLimits.MAX_ORDER_UNITS) {
                revert ReplenishmentLevels(i, row.threshold, row.target);
            }
            Level storage level = _levels[_spotKey(row.sku, row.place)];
            // One more and no other: nobody can use the numbers up.
            if (row.sequence != uint256(level.sequence) + 1) {
                revert ReplenishmentLevelsStale(i, row.sequence, level.sequence);
            }
            (level.threshold, level.target) = (row.threshold, row.target);
            (level.leadSeconds, level.sequence) = (row.leadSeconds, row.sequence);
            level.setAt = uint32(block.timestamp);
        }
        _recordPolicy(brand);
    }

    /// @inheritdoc IReplenishment
    function keepLots(uint32 sku, uint16[] calldata lots) external {
        uint16 brand = _requireBrand();
        if (_brandOf(sku) != brand) revert ReplenishmentForeignSku(0, sku, brand);
        uint256 known = LotSums.lotsOf(_stock(), sku);
        uint256[2] memory words;
        for (uint256 i = 0; i < lots.length; ++i) {
            uint16 lot = lots[i];
            bool ascends = lot > (i == 0 ? 0 : lots[i - 1]);
            if (!ascends || lot > known || i == ReplenishmentLimits.KEPT_LOTS) revert ReplenishmentLot(i, lot);
            words[i / 16] |= uint256(lot) << (i % 16 * 16);
        }
        _keptLots[sku] = words;
        _recordPolicy(brand);
    }

    /// @dev The sender's organisation, which is a brand for which the sender signs.
    function _requireBrand() private view returns (uint16 brand) {
        Members.requireOpen(RuleFamily.STOCK);
        _requireInForce();
        brand = Members.requireRole(msg.sender, Role.SIGN_AGREEMENTS);
        if (!Members.isKind(brand, OrganisationKind.BRAND)) revert ReplenishmentNotBrand(brand);
    }

    function _requireListed(uint16 brand, Candidate[] memory places, uint16 place) private pure {
        for (uint256 i = 0; i < places.length; ++i) {
            if (places[i].place == place) return;
        }
        revert ReplenishmentPlaceNotListed(brand, place);
    }

    function _requireRange(uint256 field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert ReplenishmentSettingOutOfRange(field, value);
    }

    function _requireRows(uint256 rows) private pure {
        if (rows == 0 || rows > ReplenishmentLimits.MAX_POLICY_ROWS) revert ReplenishmentRows(rows);
    }
}
