// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {MoneyLimits} from "../lib/Constants.sol";

/// @notice A place that can give: its surplus in units and the way from it.
struct Neighbour {
    uint16 place;
    uint256 surplus;
    uint256 metres;
    uint256 transitSeconds;
    uint256 carbonGrams;
}

/// @title The score of a source among its neighbours; the lowest wins
/// @notice Each term is a share of the largest value in play, in 1/10,000, rounded down; terms are weighted and added
/// without another division.
library Score {
    /// @notice The best of those neighbours that can give `least` units, by score and then by number of the place; place 0
    /// when none can.
    function best(
        IReplenishment.Settings memory settings,
        Neighbour[] memory neighbours,
        uint256 least
    ) internal pure returns (Neighbour memory chosen, uint256 score) {
        Neighbour memory most = _largest(neighbours, least);
        score = type(uint256).max;
        for (uint256 i = 0; i < neighbours.length; ++i) {
            if (neighbours[i].surplus < least) continue;
            uint256 own = _of(settings, neighbours[i], most);
            if (own < score || (own == score && neighbours[i].place < chosen.place)) {
                (score, chosen) = (own, neighbours[i]);
            }
        }
    }

    function _of(IReplenishment.Settings memory settings, Neighbour memory one, Neighbour memory most)
        private
        pure
        returns (uint256)
    {
        return settings.distanceBps * _shareDown(one.metres, most.metres)
            + settings.timeBps * _shareDown(one.transitSeconds, most.transitSeconds)
            + settings.carbonBps * _shareDown(one.carbonGrams, most.carbonGrams)
            + settings.stockBps * _shareDown(most.surplus - one.surplus, most.surplus);
    }

    function _largest(Neighbour[] memory neighbours, uint256 least) private pure returns (Neighbour memory most) {
        for (uint256 i = 0; i < neighbours.length; ++i) {
            Neighbour memory one = neighbours[i];
            if (one.surplus < least) continue;
            if (one.surplus > most.surplus) most.surplus = one.surplus;
            if (one.metres > most.metres) most.metres = one.metres;
            if (one.transitSeconds > most.transitSeconds) most.transitSeconds = one.transitSeconds;
            if (one.carbonGrams > most.carbonGrams) most.carbonGrams = one.carbonGrams;
        }
    }

    /// @dev A whole of 0 means that nobody differs: the term is 0.
    function _shareDown(uint256 part, uint256 whole) private pure returns (uint256) {
        return whole == 0 ? 0 : part * MoneyLimits.WHOLE_BPS / whole;
    }
}
