// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../interfaces/IDirectory.sol";
import {IStockAdministration} from "../interfaces/IStockAdministration.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Approvals} from "../lib/Approvals.sol";
import {ApprovedAct, Fixed, Limits, OrganisationKind, Role} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Authorities} from "./Authority.sol";
import {Cuts} from "./Cuts.sol";
import {Inheritance} from "./Inheritance.sol";
import {Records} from "./Records.sol";
import {StockStorage} from "./StockStorage.sol";

/// @title What StockLedger does beside posting
/// @dev Code that StockLedger runs over its own storage (DELEGATECALL); the storage here is empty, and whoever calls here is
/// told that this contract is not active. StockLedger creates it in its constructor: it stands at an address that nothing
/// else can have, and code on the chain never changes.
contract StockAdministration is IStockAdministration, StockStorage {
    uint64 public constant VERSION = 2;

    uint256 private constant REGISTERED = 1 << 255;
    /// @dev In a lot's word: who began to lift its recall.
    uint256 private constant LIFTING_SHIFT = 40;
    /// @dev In a lot's word, beside its expiry: the organisation that registered it, or the brand that corrected it.
    uint256 private constant REGISTRAR_SHIFT = 56;
    uint256 private constant SAID = uint256(type(uint16).max) << REGISTRAR_SHIFT | type(uint32).max;
    /// @dev Lots of a SKU that an organisation other than its brand registers in a day (UTC): three of them together take
    /// more than a day to push a lot out of the newest 31, at which the rule of replenishment looks.
    uint256 private constant LOTS_OF_OTHERS = 5;
    uint256 private constant LIMIT_SET = 1 << 255;
    uint256 private constant WAITING_BITS = 224;
    uint256 private constant WAITING_SHIFT = 32;

    /// @inheritdoc IStockAdministration
    function registerSkus(string[] calldata codes, uint64[] calldata gtins, uint8[] calldata units)
        external
        returns (uint32 firstSku)
    {
        uint16 brand = _enterAsBrand(Role.REGISTER_SKUS);
        if (codes.length != gtins.length || codes.length != units.length) {
            revert IStockLedger.StockArrayLengths(codes.length, gtins.length, units.length);
        }
        uint32 serial = _lastSerialOf(brand);
        if (codes.length > Limits.MAX_SERIAL - serial) revert IStockLedger.StockSerialsExhausted(brand);
        // The last serial is within its limit.
        unchecked {
            firstSku = uint32(brand) << 20 | (serial + 1);
            for (uint256 i = 0; i < codes.length; ++i) {
                _registerSku(i, uint32(firstSku + i), codes[i], gtins[i], units[i]);
            }
            _lastSerial[brand] = uint32(serial + codes.length);
        }
    }

    /// @inheritdoc IStockAdministration
    function registerLots(uint32 sku, string[] calldata codes, uint32[] calldata expiries)
        external
        returns (uint16 firstLot)
    {
        uint16 organisation = _enter(Role.REGISTER_SKUS);
        uint16 brand = uint16(sku >> 20);
        if (!Approvals.grants(Authorities.approval(brand, organisation, sku, 0), ApprovedAct.REGISTER_LOTS)) {
            revert IStockLedger.StockBrandNotApproved(0, brand, organisation);
        }
        if (codes.length != expiries.length) revert IStockLedger.StockArrayLengths(codes.length, expiries.length, expiries.length);
        uint256 info = _skuInfo(sku);
        if (info == 0) revert IStockLedger.StockUnknownSku(0, sku);
        uint256 lot = uint16(info >> LOTS_SHIFT);
        if (codes.length > type(uint16).max - lot) revert IStockLedger.StockLotsExhausted(sku);
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

    /// @inheritdoc IStockAdministration
    function setRecall(uint32 sku, uint16 lot, bool recalled) external {
        uint16 organisation = _enter(Role.SIGN_AGREEMENTS);
        if (organisation != sku >> 20 && !Members.isKind(organisation, OrganisationKind.INSPECTOR)) {
            revert IStockLedger.StockNotInspector(organisation);
        }
        uint256 old = _knownLot(sku, lot);
        uint256 next = old & (SAID | REGISTERED);
        if (recalled) {
            next |= RECALLED;
            _info[sku] = _skuInfo(sku) | RECALLS;
        } else {
            if (old & RECALLED == 0) revert IStockLedger.StockNotRecalled(sku, lot);
            uint256 first = uint16(old >> LIFTING_SHIFT);
            // The second of two organisations lifts it; one alone may say so twice, and is the first still.
            if (first == 0 || first == organisation) next |= RECALLED | uint256(organisation) << LIFTING_SHIFT;
        }
        _lots[uint256(sku) << 16 | lot] = next;
        emit IStockLedger.LotRecall(sku, lot, organisation, next & RECALLED != 0);
    }

    /// @inheritdoc IStockAdministration
    function correctLot(uint32 sku, uint16 lot, uint32 expiry) external {
        uint16 brand = _enter(Role.REGISTER_SKUS);
        if (brand != sku >> 20) revert IStockLedger.StockNotBrand(brand);
        uint256 old = _knownLot(sku, lot);
        if (uint16(old >> REGISTRAR_SHIFT) == brand) revert IStockLedger.StockLotIsTheBrands(sku, lot);
        _lots[uint256(sku) << 16 | lot] = old & ~SAID | uint256(brand) << REGISTRAR_SHIFT | expiry;
        emit IStockLedger.LotCorrected(sku, lot, expiry);
    }

    /// @inheritdoc IStockAdministration
    function setAdjustmentLimit(uint64 units) external {
        uint16 brand = _enterAsBrand(Role.SIGN_AGREEMENTS);
        _adjustmentLimits[brand] = LIMIT_SET | units;
        emit IStockLedger.AdjustmentLimitSet(brand, msg.sender, units);
    }

    /// @inheritdoc IStockAdministration
    function setCuts(uint256 moment, bytes calldata waiting) external {
        (address registrar,) = IDirectory(Fixed.DIRECTORY_ADDRESS).activeOf("StockCuts");
        if (registrar != msg.sender) revert IStockLedger.StockNotCuts(msg.sender);
        unchecked {
            for (uint256 offset = 0; offset < waiting.length; offset += 32) {
                uint256 list;
                assembly ("memory-safe") {
                    list := calldataload(add(waiting.offset, offset))
                }
                uint256 sku = list >> WAITING_BITS;
                bytes32 slot = Inheritance.slotOf(sku, Records.COUNTERS_SLOT);
                uint256 word = Cuts.keep(sku, Inheritance.read(slot));
                Cuts.write(Cuts.slotOf(sku, moment), Cuts.WAITS);
                Cuts.write(slot, Cuts.wait(sku, word, list << WAITING_SHIFT >> WAITING_SHIFT));
            }
        }
    }

    function _knownLot(uint32 sku, uint16 lot) private view returns (uint256 info) {
        info = _lotInfo(sku, lot);
        if (info == 0) revert IStockLedger.StockUnknownLot(0, sku, lot);
    }

    function _registerSku(uint256 index, uint32 sku, string calldata code, uint64 gtin, uint8 unit) private {
        _checkCode(index, code, Limits.MAX_CODE_BYTES);
        if (gtin > Limits.MAX_GTIN) revert IStockLedger.StockBadGtin(index, gtin);
        uint16 brand = uint16(sku >> 20);
        bytes32 key = keccak256(abi.encode(brand, code));
        _requireNew(index, code, key, SKU_BY_KEY_SLOT);
        _skuByKey[key] = sku;
        _info[sku] = REGISTERED | uint256(gtin) << 8 | unit;
        emit IStockLedger.SkuRegistered(sku, brand, code, gtin, unit);
    }

    /// @param said expiry and who registers it
    function _registerLot(uint256 index, uint32 sku, uint16 lot, string calldata code, uint256 said) private {
        _checkCode(index, code, Limits.MAX_LOT_BYTES);
        bytes32 key = keccak256(abi.encode(sku, code));
        _requireNew(index, code, key, LOT_BY_KEY_SLOT);
        _lotByKey[key] = lot;
        _lots[uint256(sku) << 16 | lot] = REGISTERED | said;
        emit IStockLedger.LotRegistered(sku, lot, code, uint32(said));
    }

    function _countLots(uint32 sku, uint16 organisation, uint256 count) private {
        unchecked {
            uint256 key = uint256(sku) << 16 | organisation;
            uint256 today = block.timestamp / DAY_SECONDS << 16;
            uint256 counted = _lotsOfOthers[key];
            if (counted < today) counted = today;
            uint256 rest = LOTS_OF_OTHERS - uint16(counted);
            if (count > rest) revert IStockLedger.StockLotsOfOthers(sku, organisation, rest);
            _lotsOfOthers[key] = counted + count;
        }
    }

    function _requireNew(uint256 index, string calldata code, bytes32 key, uint256 slot) private view {
        if (Inheritance.read(uint256(key), slot) != 0) revert IStockLedger.StockDuplicateCode(index, code);
    }

    function _checkCode(uint256 index, string calldata code, uint256 longest) private pure {
        uint256 length = bytes(code).length;
        if (length == 0 || length > longest) revert IStockLedger.StockBadCode(index, length);
    }
}
