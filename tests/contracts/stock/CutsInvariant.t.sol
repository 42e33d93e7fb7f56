// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {StockTest} from "./StockTest.sol";

/// @notice Registers cuts at random, lets time pass, posts what counts and what does not; keeps its own copy of the counters.
contract CutsHandler is StockTest {
    uint64[] public moments;
    mapping(uint64 moment => uint256 counters) public expected;
    mapping(uint64 moment => bool done) public kept;

    constructor() {
        StockTest.setUp();
        _postGroup(_record(RECEIVE, 0, place, 1000));
    }

    function setUp() public override {}

    function cut(uint16 ahead) external {
        uint64 moment = uint64(block.timestamp) + ahead % 300 + 1;
        uint32[] memory skus = new uint32[](1);
        skus[0] = sku;
        CHEATS.prank(address(settlement));
        try cuts.register(brand, moment, skus) {
            moments.push(moment);
        } catch {}
    }

    function pass(uint8 time) external {
        CHEATS.warp(block.timestamp + time);
        CHEATS.roll(block.number + 1);
    }

    function post(uint8 which, uint8 quantity) external {
        uint256 before = counters();
        bytes memory record = which % 4 == 0
            ? _record(RECEIVE, 0, place, uint24(quantity) + 1)
            : which % 4 == 1
                ? _record(LOST, place, 0, uint24(quantity) + 1)
                : which % 4 == 2
                    ? _record(SELL, place, 0, uint24(quantity) + 1)
                    : _record(RESERVE, place, place, uint24(quantity) + 1);
        bytes memory batch = _group(sku, record);
        CHEATS.prank(brandAccount);
        try stock.post(1, sequence, 0, batch) {
            ++sequence;
        } catch {
            return;
        }
        if (which % 4 != 3) _keep(before);
    }

    /// @dev Another version takes over; no cut is registered in it by this StockCuts.
    function replace(uint8 chance) external {
        if (chance % 16 == 0 && _version() < 4) _replace();
    }

    function stands() external view returns (bool) {
        for (uint256 i = 0; i < moments.length; ++i) {
            uint64 moment = moments[i];
            if (moment > block.timestamp) continue;
            uint256 word = stock.word(keccak256(abi.encode(uint256(sku) << 32 | moment, uint256(11))));
            uint256 said = word == 1 << 255 ? counters() : word ^ 1 << 254;
            if (said != (kept[moment] ? expected[moment] : counters())) return false;
        }
        return true;
    }

    function counters() public view returns (uint256) {
        return stock.word(keccak256(abi.encode(uint256(sku), uint256(1)))) << 26 >> 26;
    }

    function _keep(uint256 before) private {
        for (uint256 i = 0; i < moments.length; ++i) {
            uint64 moment = moments[i];
            if (moment > block.timestamp || kept[moment]) continue;
            (kept[moment], expected[moment]) = (true, before);
        }
    }
}

/// @notice Whatever is posted after a moment: what a cut says of it stands.
contract CutsInvariantTest {
    CutsHandler private handler;

    function setUp() public {
        handler = new CutsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantCutsStand() public view {
        require(handler.stands(), "what the first movement from the moment on found");
    }
}
