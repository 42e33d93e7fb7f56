// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {StockTest} from "./StockTest.sol";

/// @notice Posts at random: any kind, any of three places and lots, any quantity; keeps its own heads of the streams.
/// The contract is replaced meanwhile: nothing of this may show.
contract StockHandler is StockTest {
    uint32[2] public skus;
    uint16[3] public places;
    mapping(uint32 number => uint256 word) public expectedWord;
    uint256 public posted;

    uint16 private constant LOTS = 3;
    uint8 private constant KINDS = 23;
    uint64 private constant MOST_VERSIONS = 5;
    /// @dev By kind: comes from outside, goes outside, stays at its place.
    uint256 private constant COMES = 1 << 1 | 1 << 7 | 1 << 9 | 1 << 17 | 1 << 18 | 1 << 21;
    uint256 private constant GOES =
        1 << 6 | 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23;
    uint256 private constant STAYS = 1 << 2 | 1 << 3 | 1 << 12 | 1 << 13;

    constructor() {
        StockTest.setUp();
        places = [place, consortium.registerPlace(brand, _nextGln()), consortium.registerPlace(brand, _nextGln())];
        string[] memory codes = new string[](1);
        codes[0] = "SECOND";
        CHEATS.prank(brandAccount);
        skus = [sku, stock.registerSkus(codes, new uint64[](1), new uint8[](1))];
        for (uint256 i = 0; i < 2; ++i) {
            _registerLots(skus[i], LOTS - 1);
        }
    }

    function setUp() public override {}

    function post(uint8 which, uint16 lot, uint8 kind, uint8 from, uint8 to, uint16 quantity) external {
        uint32 number = skus[which % 2];
        (kind, lot) = (kind % KINDS + 1, lot % LOTS);
        bytes memory record = _record(kind, _from(kind, from), _to(kind, from, to), uint24(quantity));
        CHEATS.roll(block.number + 1);
        bytes memory batch = _lotGroup(number, lot, record);
        CHEATS.prank(brandAccount);
        try stock.post(0, stock.nextSequence(brandAccount, 0), 0, batch) {
            expectedWord[number] =
                _appended(expectedWord[number], _skuStream(number), 1, brandAccount, abi.encodePacked(lot, record));
            ++posted;
        } catch {}
    }

    function receive_(uint8 which, uint16 lot, uint8 to, uint16 quantity) external {
        this.post(which, lot, 0, 0, to, quantity);
    }

    /// @dev Now and then another version takes over, with all that is there.
    function replace(uint8 chance) external {
        if (chance % 4 == 0 && _version() < MOST_VERSIONS) _replace();
    }

    function conserved() external view returns (bool) {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 sum = 0;
            for (uint16 lot = 0; lot < LOTS; ++lot) {
                for (uint256 j = 0; j < 3; ++j) {
                    sum += _sumOfLanes(skus[i], lot, places[j]);
                }
            }
            if (int256(sum) != _counted(skus[i])) return false;
        }
        return true;
    }

    function headsAgree() external view returns (bool) {
        return stock.streamWord(_skuStream(skus[0])) == expectedWord[skus[0]]
            && stock.streamWord(_skuStream(skus[1])) == expectedWord[skus[1]];
    }

    function batches() external view returns (uint256) {
        return stock.nextSequence(brandAccount, 0);
    }

    function _from(uint8 kind, uint8 choice) private view returns (uint16) {
        return COMES >> kind & 1 != 0 ? 0 : places[choice % 3];
    }

    function _to(uint8 kind, uint8 from, uint8 to) private view returns (uint16) {
        if (GOES >> kind & 1 != 0) return 0;
        return places[(STAYS >> kind & 1 != 0 ? from : to) % 3];
    }
}

/// @notice Whatever is posted: nothing appears or vanishes, and every head is what its leaves make it.
contract StockInvariantTest {
    StockHandler private handler;

    function setUp() public {
        handler = new StockHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantStockIsConserved() public view {
        require(handler.conserved(), "sum of lanes = received + returned + adjusted - sold");
    }

    function invariantHeadsAreRecomputed() public view {
        require(handler.headsAgree(), "head and count of every SKU");
        require(handler.batches() == handler.posted(), "one batch, one number");
    }
}
