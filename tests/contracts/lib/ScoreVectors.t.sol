// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {Neighbour, Score} from "../../../contracts/replenishment/Score.sol";
import {VectorsTest} from "../VectorsTest.sol";

/// @notice The source of an order among neighbours is the one that was worked out by hand.
contract ScoreVectorsTest is VectorsTest {
    function setUp() public {
        _load("replenishment");
    }

    function testScore() public {
        for (uint256 i = 0; _goTo("score", i); ++i) {
            (Neighbour memory chosen, uint256 score) = Score.best(_settings(), _neighbours(), _number("least"));
            require(chosen.place == _number("place"), _why());
            require(chosen.place == 0 || score == _number("score"), _why());
        }
    }

    function _settings() private view returns (IReplenishment.Settings memory settings) {
        uint256[] memory weights = _numbers("weights");
        (settings.stockBps, settings.distanceBps) = (uint16(weights[0]), uint16(weights[1]));
        (settings.timeBps, settings.carbonBps) = (uint16(weights[2]), uint16(weights[3]));
    }

    function _neighbours() private view returns (Neighbour[] memory found) {
        uint256[] memory places = _numbers("places");
        uint256[] memory surplus = _numbers("surplus");
        uint256[] memory metres = _numbers("metres");
        uint256[] memory transitSeconds = _numbers("transit_seconds");
        uint256[] memory carbonGrams = _numbers("carbon_grams");
        found = new Neighbour[](places.length);
        for (uint256 i = 0; i < found.length; ++i) {
            found[i] = Neighbour(uint16(places[i]), surplus[i], metres[i], transitSeconds[i], carbonGrams[i]);
        }
    }
}
