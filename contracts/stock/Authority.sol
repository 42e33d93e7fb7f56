// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Approvals} from "../lib/Approvals.sol";
import {ApprovedAct, Fixed, Limits, MovementKind, Status} from "../lib/Constants.sol";

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
/// @param active whether the place is
struct Spot {
    uint256 skuLot;
    uint256 word;
    uint256 slot;
    uint256 touched;
    uint256 place;
    bool operated;
    uint256 chained;
    uint256 high;
    bool active;
}

/// @notice What the Consortium said about the poster of a batch, kept in memory while the batch runs.
/// @param organisation the poster's organisation
/// @param second the organisation that agreed to the batch, 0 = none
/// @param brand the brand last asked for, all of whose SKUs it may move: SKUs ascend, so a brand's groups are neighbours
/// @param limited brand << 16 | organisation where the moves at hand are for some places only, else 0
/// @param buckets pointers to the spots of the batch's places, chained where two places share a bucket
/// @param moves cache of admitted moves, see `Records`
/// @param counters the spot of counters
struct Authority {
    uint16 organisation;
    uint16 second;
    uint256 brand;
    uint256 limited;
    uint256[] buckets;
    uint256[] moves;
    Spot counters;
}

/// @title Who may move what, asked of the Consortium once a batch
library Authorities {
    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant BUCKETS = 64;
    uint256 private constant MOVES = 512;
    /// @dev Where fields of a spot lie in it.
    uint256 private constant PLACE = 0x80;
    uint256 private constant OPERATED = 0xa0;
    uint256 private constant CHAINED = 0xc0;
    uint256 private constant ACTIVE = 0x100;
    /// @dev Kinds by which goods are fetched, as bits: ship, arrive, transfer, restock, send back; of them those that take
    /// what is promised to somebody.
    uint256 private constant RETRIEVALS = PROMISED | 1 << MovementKind.TRANSFER | 1 << MovementKind.RESTOCK
        | 1 << MovementKind.SEND_BACK;
    uint256 private constant PROMISED = 1 << MovementKind.SHIP | 1 << MovementKind.ARRIVE;
    /// @dev An empty line must not look like the move of kind 0 from 0 to 0, which belongs to line 0: that is filled with
    /// a key that belongs to another line.
    uint256 private constant NO_MOVE = 1 << 216;

    /// @notice Nothing is known yet about `organisation`, nor about the `second` one (0 = none) that agreed.
    function create(uint16 organisation, uint16 second) internal pure returns (Authority memory authority) {
        (authority.organisation, authority.second) = (organisation, second);
        authority.buckets = new uint256[](BUCKETS);
        authority.moves = new uint256[](MOVES);
        authority.moves[0] = NO_MOVE;
    }

    /// @notice Requires that the organisation is the SKU's brand or may move it; of two that agreed, that both are or may,
    /// and that one of them is the brand.
    function requireApproved(Authority memory authority, uint256 index, uint256 sku) internal view {
        if (authority.brand != sku >> 20) _ask(authority, index, uint32(sku));
    }

    /// @notice Requires that the places of a record are among those that the brand's approval is for.
    function requireCovered(Authority memory authority, uint256 index, uint32 sku, uint16 from, uint16 to)
        internal
        view
    {
        (uint16 brand, uint16 organisation) = (uint16(authority.limited >> 16), uint16(authority.limited));
        if (organisation == 0) return;
        for (uint16 place = from;; place = to) {
            if (approval(brand, organisation, sku, place) & Approvals.OUTSIDE != 0) {
                revert IStockLedger.StockPlaceNotApproved(index, place, brand, organisation);
            }
            if (place == to) return;
        }
    }

    /// @notice Pointer to the batch's one spot of a place. Requires that the place exists.
    /// @dev Pointers, since a function that returns a struct sets memory aside for it first, which is dear by the square:
    /// of a batch of 10,800 records that was a tenth of the gas.
    function found(Authority memory authority, uint256 index, uint256 place) internal view returns (uint256 pointer) {
        pointer = authority.buckets[place % BUCKETS];
        while (pointer != 0) {
            if (_field(pointer, PLACE) == place) return pointer;
            pointer = _field(pointer, CHAINED);
        }
        uint256 word = CONSORTIUM.placeOf(uint16(place));
        if (word == 0) revert IStockLedger.StockUnknownPlace(index, uint16(place));
        bool own = uint16(word) == authority.organisation || uint16(word) == authority.second;
        bool active = uint8(word >> 16) == Status.ACTIVE;
        pointer = pointerTo(Spot(0, 0, 0, 0, place, own, authority.buckets[place % BUCKETS], 0, active));
        authority.buckets[place % BUCKETS] = pointer;
    }

    /// @notice The same, and requires that the place is active.
    function known(Authority memory authority, uint256 index, uint256 place) internal view returns (uint256 pointer) {
        pointer = found(authority, index, place);
        if (_field(pointer, ACTIVE) == 0) revert IStockLedger.StockPlaceSuspended(index, uint16(place));
    }

    /// @notice The same, and requires that the organisation operates the place.
    function operated(Authority memory authority, uint256 index, uint256 place)
        internal
        view
        returns (uint256 pointer)
    {
        pointer = known(authority, index, place);
        if (!isOperated(pointer)) {
            revert IStockLedger.StockPlaceNotOperated(index, uint16(place), authority.organisation);
        }
    }

    /// @notice Whether the poster's organisation operates the place of a spot.
    function isOperated(uint256 pointer) internal pure returns (bool) {
        return _field(pointer, OPERATED) != 0;
    }

    /// @notice Whether a record fetches goods from a place whose operator may not move them, for the brand or for whom it lets
    /// fetch them. Requires then that they come to a place of the organisation's, and that what is reserved or on its way has
    /// rested there.
    function retrieves(Authority memory authority, uint256 index, uint256 kind, uint32 sku, uint16 from, uint16 to)
        internal
        view
        returns (bool)
    {
        if (RETRIEVALS >> kind & 1 == 0) return false;
        uint16 brand = uint16(sku >> 20);
        if (!Approvals.grants(approval(brand, authority.organisation, sku, from), ApprovedAct.RETRIEVE)) return false;
        uint16 operator = uint16(CONSORTIUM.placeOf(from));
        if (Approvals.grants(approval(brand, operator, sku, from), ApprovedAct.MOVE)) return false;
        if (to != 0 && kind != MovementKind.RESTOCK) operated(authority, index, to);
        if (PROMISED >> kind & 1 != 0) {
            uint256 free = Approvals.endOf(CONSORTIUM.approvalOf(brand, operator)) + Limits.RETRIEVAL_SECONDS;
            if (block.timestamp < free) revert IStockLedger.StockPromised(index, from, free);
        }
        return true;
    }

    /// @dev A brand whose approval is for some SKUs only is asked again for each of them.
    function _ask(Authority memory authority, uint256 index, uint32 sku) private view {
        uint16 brand = uint16(sku >> 20);
        uint16 party = authority.organisation;
        uint256 limits = _requireMoves(index, sku, party);
        if (authority.second != 0) {
            uint256 others = _requireMoves(index, sku, authority.second);
            if (brand != party && brand != authority.second) revert IStockLedger.StockBrandNotParty(index, brand);
            // One of the two is the brand, which has no limits.
            if (brand == party) (party, limits) = (authority.second, others);
        }
        authority.brand = limits & Approvals.SOME_SKUS == 0 ? brand : 0;
        uint256 limited = limits & Approvals.SOME_PLACES == 0 ? 0 : uint256(brand) << 16 | party;
        if (limited == authority.limited) return;
        authority.limited = limited;
        _forgetMoves(authority.moves);
    }

    /// @notice What the Consortium says that an organisation may do with a SKU of the brand at a place (0 = whichever).
    function approval(uint16 brand, uint16 organisation, uint32 sku, uint16 place) internal view returns (uint256) {
        return CONSORTIUM.approvalFor(brand, organisation, sku, place);
    }

    /// @dev The same of an organisation that may move the SKU.
    function _requireMoves(uint256 index, uint32 sku, uint16 organisation) private view returns (uint256 word) {
        uint16 brand = uint16(sku >> 20);
        if (brand == organisation) return 0;
        word = approval(brand, organisation, sku, 0);
        if (word & ApprovedAct.MOVE == 0) revert IStockLedger.StockBrandNotApproved(index, brand, organisation);
        if (word & Approvals.OUTSIDE != 0) revert IStockLedger.StockSkuNotApproved(index, sku, organisation);
    }

    /// @dev What was admitted for one brand is not for another, where an approval is for some places only.
    function _forgetMoves(uint256[] memory moves) private pure {
        assembly ("memory-safe") {
            // Behind the end of calldata there are zeros.
            calldatacopy(add(moves, 0x20), calldatasize(), mul(mload(moves), 0x20))
        }
        moves[0] = NO_MOVE;
    }

    function _field(uint256 pointer, uint256 offset) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, offset))
        }
    }

    /// @notice Where a spot lies in memory.
    function pointerTo(Spot memory spot) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := spot
        }
    }
}
