// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Approvals} from "../lib/Approvals.sol";
import {ApprovedAct, Fixed, Limits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Authorities} from "./Authority.sol";
import {Inheritance} from "./Inheritance.sol";

/// @title The goods that StockLedger knows: SKUs and their lots
/// @dev Holds all of StockLedger's storage, in the order of docs/formats.md.
abstract contract Catalogue is IStockLedger {
    IConsortium internal constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant REGISTERED = 1 << 255;
    uint256 internal constant LOTS_SHIFT = 72;
    /// @dev In a SKU's info: one of its lots was recalled once. In a lot's word: it is recalled; who began to lift that.
    uint256 internal constant RECALLS = 1 << 88;
    uint256 private constant RECALLED = 1 << 32;
    uint256 private constant LIFTING_SHIFT = 40;
    /// @dev In a lot's word, beside its expiry: the organisation that registered it, or the brand that corrected it.
    uint256 private constant REGISTRAR_SHIFT = 56;
    uint256 private constant SAID = uint256(type(uint16).max) << REGISTRAR_SHIFT | type(uint32).max;
    /// @dev Lots of a SKU that an organisation other than its brand registers in a day (UTC): three of them together take
    /// more than a day to push a lot out of the newest 31, at which the rule of replenishment looks.
    uint256 private constant LOTS_OF_OTHERS = 5;
    uint256 internal constant DAY_SECONDS = 86400;
    bytes32 private constant NAME = "StockLedger";
    /// @dev Storage slots of the mappings below (docs/formats.md): words are read through `Inheritance`.
    uint256 private constant SKU_BY_KEY_SLOT = 2;
    uint256 private constant INFO_SLOT = 3;
    uint256 private constant LAST_SERIAL_SLOT = 4;
    uint256 private constant LOTS_SLOT = 5;
    uint256 private constant LOT_BY_KEY_SLOT = 6;

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
    mapping(uint256 skuOrganisation => uint256 word) private _lotsOfOthers;

    constructor() {
        _predecessor = Inheritance.found(NAME);
    }

    /// @inheritdoc IStockLedger
    function registerSkus(string[] calldata codes, uint64[] calldata gtins, uint8[] calldata units)
        external
        returns (uint32 firstSku)
    {
        uint16 brand = _enterAsBrand(Role.REGISTER_SKUS);
        if (codes.length != gtins.length || codes.length != units.length) {
            revert StockArrayLengths(codes.length, gtins.length, units.length);
        }
        uint32 serial = lastSerial(brand);
        if (codes.length > Limits.MAX_SERIAL - serial) revert StockSerialsExhausted(brand);
        // The last serial is within its limit.
        unchecked {
            firstSku = uint32(brand) << 20 | (serial + 1);
            for (uint256 i = 0; i < codes.length; ++i) {
                _registerSku(i, uint32(firstSku + i), codes[i], gtins[i], units[i]);
            }
            _lastSerial[brand] = uint32(serial + codes.length);
        }
    }

    /// @inheritdoc IStockLedger
    function registerLots(uint32 sku, string[] calldata codes, uint32[] calldata expiries)
        external
        returns (uint16 firstLot)
    {
        uint16 organisation = _enter(Role.REGISTER_SKUS);
        uint16 brand = uint16(sku >> 20);
        if (!Approvals.grants(Authorities.approval(brand, organisation, sku, 0), ApprovedAct.REGISTER_LOTS)) {
            revert StockBrandNotApproved(0, brand, organisation);
        }
        if (codes.length != expiries.length) revert StockArrayLengths(codes.length, expiries.length, expiries.length);
        uint256 info = skuInfo(sku);
        if (info == 0) revert StockUnknownSku(0, sku);
        uint256 lot = uint16(info >> LOTS_SHIFT);
        if (codes.length > type(uint16).max - lot) revert StockLotsExhausted(sku);
        if (organisation != brand) _countLots(sku, organisation, codes.length);
        // The last number is within its limit, which was asked for above.
        unchecked {
            firstLot = uint16(lot + 1);
            for (uint256 i = 0; i < codes.length; ++i) {
                _registerLot(i, sku, uint16(++lot), codes[i], uint256(organisation) << REGISTRAR_SHIFT | expiries[i]);
            }
            _info[sku] = info & ~(uint256(type(uint16).max) << LOTS_SHIFT) | lot << LOTS_SHIFT;
        }
    }

    /// @inheritdoc IStockLedger
    function setRecall(uint32 sku, uint16 lot, bool recalled) external {
        uint16 organisation = _enter(Role.SIGN_AGREEMENTS);
        if (organisation != sku >> 20 && !Members.isKind(organisation, OrganisationKind.INSPECTOR)) {
            revert StockNotInspector(organisation);
        }
        uint256 old = _knownLot(sku, lot);
        uint256 next = old & (SAID | REGISTERED);
        if (recalled) {
            next |= RECALLED;
            _info[sku] = skuInfo(sku) | RECALLS;
        } else {
            if (old & RECALLED == 0) revert StockNotRecalled(sku, lot);
            uint256 first = uint16(old >> LIFTING_SHIFT);
            // The second of two organisations lifts it; one alone may say so twice, and is the first still.
            if (first == 0 || first == organisation) next |= RECALLED | uint256(organisation) << LIFTING_SHIFT;
        }
        _lots[uint256(sku) << 16 | lot] = next;
        emit LotRecall(sku, lot, organisation, next & RECALLED != 0);
    }

    /// @inheritdoc IStockLedger
    function correctLot(uint32 sku, uint16 lot, uint32 expiry) external {
        uint16 brand = _enter(Role.REGISTER_SKUS);
        if (brand != sku >> 20) revert StockNotBrand(brand);
        uint256 old = _knownLot(sku, lot);
        if (uint16(old >> REGISTRAR_SHIFT) == brand) revert StockLotIsTheBrands(sku, lot);
        _lots[uint256(sku) << 16 | lot] = old & ~SAID | uint256(brand) << REGISTRAR_SHIFT | expiry;
        emit LotCorrected(sku, lot, expiry);
    }

    /// @inheritdoc IStockLedger
    function skuByCode(uint16 brand, string calldata code) external view returns (uint256) {
        return Inheritance.read(uint256(keccak256(abi.encode(brand, code))), SKU_BY_KEY_SLOT);
    }

    /// @inheritdoc IStockLedger
    function lotByCode(uint32 sku, string calldata code) external view returns (uint256) {
        return Inheritance.read(uint256(keccak256(abi.encode(sku, code))), LOT_BY_KEY_SLOT);
    }

    /// @inheritdoc IStockLedger
    function lotInfo(uint32 sku, uint16 lot) public view returns (uint256) {
        return Inheritance.read(uint256(sku) << 16 | lot, LOTS_SLOT);
    }

    /// @inheritdoc IStockLedger
    function word(bytes32 slot) external view returns (uint256) {
        return Inheritance.read(slot);
    }

    /// @inheritdoc IStockLedger
    function predecessor() external view returns (address target, uint64 version) {
        return (address(uint160(_predecessor)), uint64(_predecessor >> 160));
    }

    /// @inheritdoc IStockLedger
    function skuInfo(uint32 sku) public view returns (uint256) {
        return Inheritance.read(sku, INFO_SLOT);
    }

    /// @inheritdoc IStockLedger
    function lastSerial(uint16 brand) public view returns (uint32) {
        return uint32(Inheritance.read(brand, LAST_SERIAL_SLOT));
    }

    function _isRecalled(uint256 skuLot) internal view returns (bool) {
        return lotInfo(uint32(skuLot >> 16), uint16(skuLot)) & RECALLED != 0;
    }

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
        if (!Members.isKind(brand, OrganisationKind.BRAND)) revert StockNotBrand(brand);
    }

    function _knownLot(uint32 sku, uint16 lot) private view returns (uint256 info) {
        info = lotInfo(sku, lot);
        if (info == 0) revert StockUnknownLot(0, sku, lot);
    }

    function _registerSku(uint256 index, uint32 sku, string calldata code, uint64 gtin, uint8 unit) private {
        _checkCode(index, code, Limits.MAX_CODE_BYTES);
        if (gtin > Limits.MAX_GTIN) revert StockBadGtin(index, gtin);
        uint16 brand = uint16(sku >> 20);
        bytes32 key = keccak256(abi.encode(brand, code));
        _requireNew(index, code, key, SKU_BY_KEY_SLOT);
        _skuByKey[key] = sku;
        _info[sku] = REGISTERED | uint256(gtin) << 8 | unit;
        emit SkuRegistered(sku, brand, code, gtin, unit);
    }

    /// @param said expiry and who registers it
    function _registerLot(uint256 index, uint32 sku, uint16 lot, string calldata code, uint256 said) private {
        _checkCode(index, code, Limits.MAX_LOT_BYTES);
        bytes32 key = keccak256(abi.encode(sku, code));
        _requireNew(index, code, key, LOT_BY_KEY_SLOT);
        _lotByKey[key] = lot;
        _lots[uint256(sku) << 16 | lot] = REGISTERED | said;
        emit LotRegistered(sku, lot, code, uint32(said));
    }

    function _countLots(uint32 sku, uint16 organisation, uint256 count) private {
        unchecked {
            uint256 key = uint256(sku) << 16 | organisation;
            uint256 today = block.timestamp / DAY_SECONDS << 16;
            uint256 counted = _lotsOfOthers[key];
            if (counted < today) counted = today;
            uint256 rest = LOTS_OF_OTHERS - uint16(counted);
            if (count > rest) revert StockLotsOfOthers(sku, organisation, rest);
            _lotsOfOthers[key] = counted + count;
        }
    }

    function _requireNew(uint256 index, string calldata code, bytes32 key, uint256 slot) private view {
        if (Inheritance.read(uint256(key), slot) != 0) revert StockDuplicateCode(index, code);
    }

    function _checkCode(uint256 index, string calldata code, uint256 longest) private pure {
        uint256 length = bytes(code).length;
        if (length == 0 || length > longest) revert StockBadCode(index, length);
    }
}
