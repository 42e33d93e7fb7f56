// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Approvals} from "../lib/Approvals.sol";
import {ApprovedAct, Fixed, Limits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Authorities} from "./Authority.sol";

/// @title The goods that StockLedger knows: SKUs and their lots
/// @dev Holds all of StockLedger's storage, in the order of docs/formats.md.
abstract contract Catalogue is IStockLedger {
    IConsortium internal constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant REGISTERED = 1 << 255;
    uint256 internal constant LOTS_SHIFT = 72;

    mapping(uint256 skuLotPlace => uint256 word) internal _balances;
    mapping(uint256 sku => uint256 word) internal _counters;
    mapping(bytes32 skuKey => uint256 sku) internal _skuByKey;
    mapping(uint256 sku => uint256 word) internal _info;
    /// @inheritdoc IStockLedger
    mapping(uint16 brand => uint32 serial) public lastSerial;
    mapping(uint256 skuLot => uint256 word) internal _lots;
    mapping(bytes32 lotKey => uint256 lot) internal _lotByKey;
    mapping(uint256 skuOrganisation => uint256 word) internal _adjustedAlone;
    mapping(uint16 brand => uint256 word) internal _adjustmentLimits;

    /// @inheritdoc IStockLedger
    function registerSkus(string[] calldata codes, uint64[] calldata gtins, uint8[] calldata units)
        external
        returns (uint32 firstSku)
    {
        CONSORTIUM.requireOpen(RuleFamily.STOCK);
        uint16 brand = CONSORTIUM.authorise(msg.sender, Role.REGISTER_SKUS);
        if (CONSORTIUM.organisationOf(brand).kind != OrganisationKind.BRAND) revert StockNotBrand(brand);
        if (codes.length != gtins.length || codes.length != units.length) {
            revert StockArrayLengths(codes.length, gtins.length, units.length);
        }
        uint32 serial = lastSerial[brand];
        if (codes.length > Limits.MAX_SERIAL - serial) revert StockSerialsExhausted(brand);
        firstSku = uint32(brand) << 20 | (serial + 1);
        for (uint256 i = 0; i < codes.length; ++i) {
            _registerSku(i, uint32(firstSku + i), codes[i], gtins[i], units[i]);
        }
        lastSerial[brand] = uint32(serial + codes.length);
    }

    /// @inheritdoc IStockLedger
    function registerLots(uint32 sku, string[] calldata codes, uint32[] calldata expiries)
        external
        returns (uint16 firstLot)
    {
        CONSORTIUM.requireOpen(RuleFamily.STOCK);
        uint16 organisation = CONSORTIUM.authorise(msg.sender, Role.REGISTER_SKUS);
        uint16 brand = uint16(sku >> 20);
        if (!Approvals.grants(Authorities.approval(brand, organisation, sku, 0), ApprovedAct.REGISTER_LOTS)) {
            revert StockBrandNotApproved(0, brand, organisation);
        }
        if (codes.length != expiries.length) revert StockArrayLengths(codes.length, expiries.length, expiries.length);
        uint256 info = _info[sku];
        if (info == 0) revert StockUnknownSku(0, sku);
        uint256 lot = uint16(info >> LOTS_SHIFT);
        if (codes.length > type(uint16).max - lot) revert StockLotsExhausted(sku);
        firstLot = uint16(lot + 1);
        for (uint256 i = 0; i < codes.length; ++i) {
            _registerLot(i, sku, uint16(++lot), codes[i], expiries[i]);
        }
        _info[sku] = info & ~(uint256(type(uint16).max) << LOTS_SHIFT) | lot << LOTS_SHIFT;
    }

    /// @inheritdoc IStockLedger
    function skuByCode(uint16 brand, string calldata code) external view returns (uint256) {
        return _skuByKey[keccak256(abi.encode(brand, code))];
    }

    /// @inheritdoc IStockLedger
    function lotByCode(uint32 sku, string calldata code) external view returns (uint256) {
        return _lotByKey[keccak256(abi.encode(sku, code))];
    }

    /// @inheritdoc IStockLedger
    function lotInfo(uint32 sku, uint16 lot) external view returns (uint256) {
        return _lots[uint256(sku) << 16 | lot];
    }

    /// @inheritdoc IStockLedger
    function skuInfo(uint32 sku) external view returns (uint256) {
        return _info[sku];
    }

    function _registerSku(uint256 index, uint32 sku, string calldata code, uint64 gtin, uint8 unit) private {
        _checkCode(index, code, Limits.MAX_CODE_BYTES);
        if (gtin > Limits.MAX_GTIN) revert StockBadGtin(index, gtin);
        uint16 brand = uint16(sku >> 20);
        bytes32 key = keccak256(abi.encode(brand, code));
        if (_skuByKey[key] != 0) revert StockDuplicateCode(index, code);
        _skuByKey[key] = sku;
        _info[sku] = REGISTERED | uint256(gtin) << 8 | unit;
        emit SkuRegistered(sku, brand, code, gtin, unit);
    }

    function _registerLot(uint256 index, uint32 sku, uint16 lot, string calldata code, uint32 expiry) private {
        _checkCode(index, code, Limits.MAX_LOT_BYTES);
        bytes32 key = keccak256(abi.encode(sku, code));
        if (_lotByKey[key] != 0) revert StockDuplicateCode(index, code);
        _lotByKey[key] = lot;
        _lots[uint256(sku) << 16 | lot] = REGISTERED | expiry;
        emit LotRegistered(sku, lot, code, expiry);
    }

    function _checkCode(uint256 index, string calldata code, uint256 longest) private pure {
        uint256 length = bytes(code).length;
        if (length == 0 || length > longest) revert StockBadCode(index, length);
    }
}
