// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Fixed, OrganisationKind, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Inheritance} from "./Inheritance.sol";

/// @title StockLedger's storage, and who may act
/// @dev In the order of docs/formats.md. StockLedger and StockAdministration are two codes over one storage.
abstract contract StockStorage {
    IConsortium internal constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 internal constant LOTS_SHIFT = 72;
    /// @dev In a SKU's info: one of its lots was recalled once. In a lot's word: it is recalled.
    uint256 internal constant RECALLS = 1 << 88;
    uint256 internal constant RECALLED = 1 << 32;
    uint256 internal constant DAY_SECONDS = 86400;
    bytes32 internal constant NAME = "StockLedger";
    /// @dev Storage slots of the mappings below (docs/formats.md): words are read through `Inheritance`.
    uint256 internal constant SKU_BY_KEY_SLOT = 2;
    uint256 internal constant INFO_SLOT = 3;
    uint256 internal constant LAST_SERIAL_SLOT = 4;
    uint256 internal constant LOTS_SLOT = 5;
    uint256 internal constant LOT_BY_KEY_SLOT = 6;

    mapping(uint256 skuLotPlace => uint256 word) internal _balances;
    mapping(uint256 sku => uint256 word) internal _counters;
    mapping(bytes32 skuKey => uint256 sku) internal _skuByKey;
    mapping(uint256 sku => uint256 word) internal _info;
    mapping(uint16 brand => uint32 serial) internal _lastSerial;
    mapping(uint256 skuLot => uint256 word) internal _lots;
    mapping(bytes32 lotKey => uint256 lot) internal _lotByKey;
    mapping(uint256 skuOrganisation => uint256 word) internal _adjustedAlone;
    mapping(uint16 brand => uint256 word) internal _adjustmentLimits;
    /// @dev The version before this one: address, version at bit 160; 0 = this is the first one of its ledger.
    uint256 internal _predecessor;
    /// @dev Lots that an organisation other than the brand registered on a day: the day at bit 16, their number (uint16).
    mapping(uint256 skuOrganisation => uint256 word) internal _lotsOfOthers;
    /// @dev See `Cuts`.
    mapping(uint256 skuMoment => uint256 word) internal _cuts;

    /// @dev The sender's organisation, which may do what takes `role`, while the rules of stock are not paused and no
    /// other version replaced this one.
    function _enter(uint32 role) internal view returns (uint16 organisation) {
        Members.requireOpen(RuleFamily.STOCK);
        Members.requireActive(NAME);
        return Members.requireRole(msg.sender, role);
    }

    /// @dev The same; the organisation is a brand.
    function _enterAsBrand(uint32 role) internal view returns (uint16 brand) {
        brand = _enter(role);
        if (!Members.isKind(brand, OrganisationKind.BRAND)) revert IStockLedger.StockNotBrand(brand);
    }

    function _skuInfo(uint32 sku) internal view returns (uint256) {
        return Inheritance.read(sku, INFO_SLOT);
    }

    function _lotInfo(uint32 sku, uint16 lot) internal view returns (uint256) {
        return Inheritance.read(uint256(sku) << 16 | lot, LOTS_SLOT);
    }

    function _lastSerialOf(uint16 brand) internal view returns (uint32) {
        return uint32(Inheritance.read(brand, LAST_SERIAL_SLOT));
    }
}
