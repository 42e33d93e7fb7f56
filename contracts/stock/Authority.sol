// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Fixed, Status} from "../lib/Constants.sol";

/// @notice A place in a batch, and the balance there of the SKU and lot at hand; or, as place 0, the SKU's counters.
/// `Records` reads it by offset.
/// @param skuLot whose balance `word` is; another's is out of date
/// @param word the balance, written back when the SKU and lot are done; of counters the lower three
/// @param slot its storage slot
/// @param touched pointer to the spot that the same lot touched before this one, 0 = none
/// @param place number of the place
/// @param operated whether the poster's organisation operates it
/// @param chained pointer to the next spot in the same bucket, 0 = none
/// @param high of counters the fourth, in its place in the word; else 0
struct Spot {
    uint256 skuLot;
    uint256 word;
    uint256 slot;
    uint256 touched;
    uint256 place;
    bool operated;
    uint256 chained;
    uint256 high;
}

/// @notice What the Consortium said about the poster of a batch, kept in memory while the batch runs.
/// @param organisation the poster's organisation
/// @param second the organisation that agreed to the batch, 0 = none
/// @param brand the brand last asked for, whose goods it may move: SKUs ascend, so a brand's groups are neighbours
/// @param buckets pointers to the spots of the batch's places, chained where two places share a bucket
/// @param moves cache of admitted moves, see `Records`
/// @param counters the spot of counters
struct Authority {
    uint16 organisation;
    uint16 second;
    uint256 brand;
    uint256[] buckets;
    uint256[] moves;
    Spot counters;
}

/// @title Who may move what, asked of the Consortium once a batch
library Authorities {
    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant BUCKETS = 64;
    uint256 private constant MOVES = 512;

    /// @notice Nothing is known yet about `organisation`, nor about the `second` one (0 = none) that agreed.
    function create(uint16 organisation, uint16 second) internal pure returns (Authority memory authority) {
        (authority.organisation, authority.second) = (organisation, second);
        authority.buckets = new uint256[](BUCKETS);
        authority.moves = new uint256[](MOVES);
        // An empty line must not look like the move of kind 0 from 0 to 0, which belongs to line 0: fill that with a
        // key that belongs to another line.
        authority.moves[0] = 1 << 216;
    }

    /// @notice Requires that the organisation is the brand or approved by it; of two that agreed, that both are, and
    /// that one of them is the brand.
    function requireBrand(Authority memory authority, uint256 index, uint256 brand) internal view {
        if (authority.brand == brand) return;
        if (!CONSORTIUM.mayOperate(uint16(brand), authority.organisation)) {
            revert IStockLedger.StockBrandNotApproved(index, uint16(brand), authority.organisation);
        }
        if (authority.second != 0) _requireSecond(authority, index, uint16(brand));
        authority.brand = brand;
    }

    /// @notice The batch's one spot of a place. Requires that the place exists and is active.
    function known(Authority memory authority, uint256 index, uint256 place) internal view returns (Spot memory spot) {
        uint256 pointer = authority.buckets[place % BUCKETS];
        while (pointer != 0) {
            assembly ("memory-safe") {
                spot := pointer
            }
            if (spot.place == place) return spot;
            pointer = spot.chained;
        }
        uint256 word = CONSORTIUM.placeOf(uint16(place));
        if (word == 0) revert IStockLedger.StockUnknownPlace(index, uint16(place));
        if (uint8(word >> 16) != Status.ACTIVE) revert IStockLedger.StockPlaceSuspended(index, uint16(place));
        bool own = uint16(word) == authority.organisation || uint16(word) == authority.second;
        spot = Spot(0, 0, 0, 0, place, own, authority.buckets[place % BUCKETS], 0);
        authority.buckets[place % BUCKETS] = pointerTo(spot);
    }

    /// @notice The same, and requires that the organisation operates the place.
    function operated(Authority memory authority, uint256 index, uint256 place)
        internal
        view
        returns (Spot memory spot)
    {
        spot = known(authority, index, place);
        if (!spot.operated) {
            revert IStockLedger.StockPlaceNotOperated(index, uint16(place), authority.organisation);
        }
    }

    function _requireSecond(Authority memory authority, uint256 index, uint16 brand) private view {
        if (!CONSORTIUM.mayOperate(brand, authority.second)) {
            revert IStockLedger.StockBrandNotApproved(index, brand, authority.second);
        }
        if (brand != authority.organisation && brand != authority.second) {
            revert IStockLedger.StockBrandNotParty(index, brand);
        }
    }

    /// @notice Where a spot lies in memory.
    function pointerTo(Spot memory spot) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := spot
        }
    }
}
