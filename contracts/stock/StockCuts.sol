// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockCuts} from "../interfaces/IStockCuts.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {ContractFlag} from "../lib/Constants.sol";
import {CutLimits} from "../lib/CutLimits.sol";
import {Members} from "../lib/Members.sol";
import {Cuts} from "./Cuts.sol";
import {Inheritance} from "./Inheritance.sol";
import {Records} from "./Records.sol";

/// @title Who registers cuts of counters, and what they say
/// @dev See IStockCuts. The words are StockLedger's (`Cuts`): posting calls nobody.
contract StockCuts is IStockCuts {
    uint64 public constant VERSION = 1;
    /// @notice Version of the contract that this one rests on.
    uint64 public constant READS_STOCK_LEDGER = 2;

    uint256 private constant MOMENT_BITS = Cuts.MOMENT_BITS;
    uint256 private constant SKU_SHIFT = 224;
    uint256 private constant LAST_SHIFT = MOMENT_BITS * (CutLimits.MAX_CUTS_WAITING - 1);

    /// @dev Kept from the first cut on: what replaces it takes over its words, and another version of this contract reads them.
    IStockLedger private _stock;

    /// @inheritdoc IStockCuts
    function register(uint16 brand, uint64 moment, uint32[] calldata skus) external {
        if (!Members.hasFlag(msg.sender, ContractFlag.CUTS)) revert CutsNotAllowed(msg.sender);
        Members.requireActive("StockCuts");
        requireMoment(moment);
        if (skus.length == 0 || skus.length > CutLimits.MAX_CUT_SKUS) revert CutsCount(skus.length);
        IStockLedger stock = IStockLedger(Members.requireVersion("StockLedger", READS_STOCK_LEDGER));
        if (address(_stock) == address(0)) _stock = stock;
        uint32 none = uint32(brand) << 20;
        uint32 newest = none | stock.lastSerial(brand);
        uint256[] memory waiting = new uint256[](skus.length);
        for (uint256 i = 0; i < skus.length; ++i) {
            if (skus[i] >> 20 != brand) revert CutsForeignSku(i, skus[i], brand);
            if (skus[i] == none || skus[i] > newest) revert CutsUnknownSku(i, skus[i]);
            waiting[i] = uint256(skus[i]) << SKU_SHIFT | _waiting(stock, skus[i], moment);
        }
        stock.setCuts(moment, abi.encodePacked(waiting));
        emit CutsRegistered(brand, msg.sender, moment, skus);
    }

    /// @inheritdoc IStockCuts
    function countersAt(uint32 sku, uint64 moment)
        external
        view
        returns (uint64 received, uint64 sold, uint64 returned, int64 adjusted)
    {
        uint256 word = _cut(sku, moment);
        if (word == 0) revert CutsUnknown(sku, moment);
        if (block.timestamp < moment) revert CutsNotDue(sku, moment, block.timestamp);
        if (word == Cuts.WAITS) return _stock.countersOf(sku);
        (received, sold, returned) = (uint64(word), uint64(word >> 64), uint64(word >> 128));
        adjusted = int64(Records.adjustedOf(word));
    }

    /// @inheritdoc IStockCuts
    function requireMoment(uint64 moment) public view {
        bool ahead = moment > block.timestamp && moment <= block.timestamp + CutLimits.MAX_CUT_AHEAD_SECONDS;
        if (!ahead || moment > type(uint32).max) revert CutsMoment(moment, block.timestamp);
    }

    function _cut(uint32 sku, uint64 moment) private view returns (uint256) {
        if (moment == 0 || moment > type(uint32).max || address(_stock) == address(0)) return 0;
        return _stock.word(Cuts.slotOf(sku, moment));
    }

    /// @dev All moments of a SKU that wait once this one does. One that is due has its counters kept with the call.
    function _waiting(IStockLedger stock, uint32 sku, uint256 moment) private view returns (uint256 list) {
        uint256 counters = stock.word(Inheritance.slotOf(sku, Records.COUNTERS_SLOT));
        if (counters >> Cuts.MOMENT_SHIFT != 0) list = stock.word(Cuts.slotOf(sku, 0));
        while (list != 0 && uint32(list) <= block.timestamp) list >>= MOMENT_BITS;
        uint256 shift = 0;
        while (list >> shift != 0 && uint32(list >> shift) < moment) shift += MOMENT_BITS;
        if (uint32(list >> shift) == moment) return list;
        if (list >> LAST_SHIFT != 0) revert CutsTooMany(sku);
        uint256 later = list >> shift << shift;
        return list ^ later | moment << shift | later << MOMENT_BITS;
    }
}
