// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockAdministration} from "../interfaces/IStockAdministration.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Inheritance} from "./Inheritance.sol";
import {StockAdministration} from "./StockAdministration.sol";
import {StockStorage} from "./StockStorage.sol";

/// @title The goods that StockLedger knows, as they are read, and the code that changes them
abstract contract Catalogue is IStockLedger, StockStorage {
    /// @dev Hash of StockAdministration's creation code: StockLedger's own code, hence its code hash, says which one it is.
    /// tests/house/test_bindings_fresh.py tells a new one.
    bytes32 private constant ADMINISTRATION_CODE = 0xd245e3c3f3213e9534bdbc3173b2e8686a148d23bf30f1dba5983e7f77805527;

    constructor() {
        _predecessor = Inheritance.found(NAME);
        assert(address(new StockAdministration{salt: 0}()) == _administration());
    }

    /// @inheritdoc IStockAdministration
    function registerSkus(string[] calldata codes, uint64[] calldata gtins, uint8[] calldata units)
        external
        returns (uint32 firstSku)
    {
        (codes, gtins, units, firstSku);
        _administer();
    }

    /// @inheritdoc IStockAdministration
    function registerLots(uint32 sku, string[] calldata codes, uint32[] calldata expiries)
        external
        returns (uint16 firstLot)
    {
        (sku, codes, expiries, firstLot);
        _administer();
    }

    /// @inheritdoc IStockAdministration
    function correctLot(uint32 sku, uint16 lot, uint32 expiry) external {
        (sku, lot, expiry);
        _administer();
    }

    /// @inheritdoc IStockAdministration
    function setRecall(uint32 sku, uint16 lot, bool recalled) external {
        (sku, lot, recalled);
        _administer();
    }

    /// @inheritdoc IStockAdministration
    function setAdjustmentLimit(uint64 units) external {
        units;
        _administer();
    }

    /// @inheritdoc IStockAdministration
    function setCuts(uint256 moment, bytes calldata waiting) external {
        (moment, waiting);
        _administer();
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
    function lotInfo(uint32 sku, uint16 lot) external view returns (uint256) {
        return _lotInfo(sku, lot);
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
    function skuInfo(uint32 sku) external view returns (uint256) {
        return _skuInfo(sku);
    }

    /// @inheritdoc IStockLedger
    function lastSerial(uint16 brand) external view returns (uint32) {
        return _lastSerialOf(brand);
    }

    function _isRecalled(uint256 skuLot) internal view returns (bool) {
        return _lotInfo(uint32(skuLot >> 16), uint16(skuLot)) & RECALLED != 0;
    }

    /// @dev Has the call as it came carried out by StockAdministration over this contract's storage, and ends it.
    function _administer() private {
        address administration = _administration();
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), administration, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(done) { revert(free, returndatasize()) }
            return(free, returndatasize())
        }
    }

    function _administration() private view returns (address) {
        return address(
            uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), bytes32(0), ADMINISTRATION_CODE))))
        );
    }
}
