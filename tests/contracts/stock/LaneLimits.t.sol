// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {StockTest} from "./StockTest.sol";

/// @notice Records on lanes and counters of any size, against the table of docs/formats.md lane by lane: `post` books
/// most records in a loop that looks at the highest bits only, and the others step by step.
contract LaneLimitsTest is StockTest {
    uint256 private constant NONE = 4;
    uint256 private constant RECORDS = 8;
    uint256 private constant LARGEST = 5;
    uint256 private constant MOST_ADJUSTED = (1 << 37) - 1;

    /// @dev By kind: lanes taken from and given to; `counter` 3 has a sign: what is taken is counted down.
    uint8[24] private takes = [4, 4, 0, 1, 1, 2, 2, 4, 0, 4, 0, 3, 0, 3, 0, 3, 2, 4, 4, 0, 0, 4, 2, 0];
    uint8[24] private gives = [4, 0, 1, 0, 2, 0, 4, 3, 0, 0, 4, 4, 3, 0, 4, 4, 4, 2, 0, 4, 4, 0, 4, 4];
    uint8[24] private counter = [4, 0, 4, 4, 4, 4, 1, 2, 4, 3, 3, 3, 4, 4, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3];

    uint16[2] private places;
    uint256[4][2] private lanes;
    int256[4] private counters;
    bytes private reason;

    function setUp() public override {
        super.setUp();
        places = [place, consortium.registerPlace(brand, _nextGln())];
    }

    function testFuzzLanesOfAnySize(uint256 seed) public {
        seed = _spread(seed);
        bytes memory records;
        for (uint256 i = 0; i < RECORDS && reason.length == 0; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // Often the same kind twice: the second one goes by the cache.
            uint8 kind = uint8((i % 2 == 0 ? seed : uint256(uint8(records[records.length - 12])) - 1) % 23 + 1);
            (uint256 from, uint256 to) = (seed >> 16 & 1, seed >> 17 & 1);
            if (kind == 2 || kind == 3 || kind == 12 || kind == 13) to = from;
            if (kind == TRANSFER) to = 1 - from;
            uint24 quantity = uint24((seed >> 24) % LARGEST + 1);
            records = abi.encodePacked(
                records,
                _record(kind, takes[kind] == NONE ? 0 : places[from], gives[kind] == NONE ? 0 : places[to], quantity)
            );
            _model(i, kind, from, to, quantity);
        }
        if (reason.length != 0) {
            _expect(records, reason);
            return;
        }
        _postGroup(records);
        for (uint256 i = 0; i < 2; ++i) {
            require(stock.balanceOf(sku, 0, places[i]) == _word(lanes[i]), "balance");
        }
        (uint64 received, uint64 sold, uint64 returned, int64 adjusted) = stock.countersOf(sku);
        require(int256(uint256(received)) == counters[0] && int256(uint256(sold)) == counters[1], "received, sold");
        require(int256(uint256(returned)) == counters[2] && adjusted == counters[3], "returned, adjusted");
    }

    /// @dev Lanes and counters near nothing, near half and near all of what they can hold.
    function _spread(uint256 seed) private returns (uint256) {
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 lane = 0; lane < 4; ++lane) {
                seed = uint256(keccak256(abi.encode(seed)));
                lanes[i][lane] = _size(seed);
            }
            _store(uint256(sku) << 32 | places[i], 0, _word(lanes[i]));
        }
        uint256[4] memory word;
        for (uint256 lane = 0; lane < 4; ++lane) {
            seed = uint256(keccak256(abi.encode(seed)));
            word[lane] = _size(seed);
            // Adjusted has 38 bits with a sign; above them no cut waits.
            if (lane == 3 && word[3] >= 1 << 62) word[3] = (word[3] ^ 1 << 37) & (1 << 38) - 1;
            counters[lane] = lane == 3 ? int256(word[3] << 218) >> 218 : int256(word[lane]);
        }
        _store(sku, 1, _word(word));
        return seed;
    }

    function _size(uint256 seed) private pure returns (uint256) {
        uint256 some = (seed >> 8) % (3 * LARGEST);
        uint256 which = seed % 8;
        if (which < 3) return 1000 + some;
        if (which == 3) return some;
        if (which == 4) return type(uint64).max - some;
        return (1 << 63) - 2 * LARGEST + some;
    }

    function _model(uint256 index, uint8 kind, uint256 from, uint256 to, uint256 quantity) private {
        (uint256 take, uint256 give, uint256 counts) = (takes[kind], gives[kind], counter[kind]);
        if (take != NONE) {
            if (lanes[from][take] < quantity) {
                reason = abi.encodeWithSelector(
                    IStockLedger.StockOversell.selector, index, sku, places[from], uint8(take)
                );
                return;
            }
            lanes[from][take] -= quantity;
        }
        if (give != NONE) {
            lanes[to][give] += quantity;
            if (lanes[to][give] > type(uint64).max) {
                reason = abi.encodeWithSelector(
                    IStockLedger.StockLaneOverflow.selector, index, sku, places[to], uint8(give)
                );
                return;
            }
        }
        if (counts == NONE) return;
        counters[counts] += counts == 3 && take != NONE ? -int256(quantity) : int256(quantity);
        int256 most = counts == 3 ? int256(MOST_ADJUSTED) : int256(uint256(type(uint64).max));
        if (counters[counts] > most || (counts == 3 && counters[counts] < -int256(MOST_ADJUSTED) - 1)) {
            reason = abi.encodeWithSelector(IStockLedger.StockCounterOverflow.selector, index, sku);
        }
    }

    function _word(uint256[4] memory word) private pure returns (uint256) {
        return word[0] | word[1] << 64 | word[2] << 128 | word[3] << 192;
    }

    function _store(uint256 key, uint256 slot, uint256 word) private {
        CHEATS.store(address(stock), keccak256(abi.encode(key, slot)), bytes32(word));
    }
}
