// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Bitmap} from "../lib/Bitmap.sol";
import {Fixed, Limits, Status} from "../lib/Constants.sol";

/// @notice What the Consortium said about the poster of a batch, kept in memory while the batch runs.
/// @param organisation the poster's organisation
/// @param known places that exist and are active
/// @param operated those of them that the organisation operates
/// @param brands brands whose goods it may move
struct Authority {
    uint16 organisation;
    uint256[] known;
    uint256[] operated;
    uint256[] brands;
}

/// @title Who may move what, asked of the Consortium once a batch
library Permissions {
    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);

    /// @notice Nothing is known yet about `organisation`.
    function create(uint16 organisation) internal pure returns (Authority memory authority) {
        authority.organisation = organisation;
        authority.known = new uint256[]((uint256(Limits.MAX_PLACE) >> 8) + 1);
        authority.operated = new uint256[]((uint256(Limits.MAX_PLACE) >> 8) + 1);
        authority.brands = new uint256[]((uint256(Limits.MAX_ORGANISATION) >> 8) + 1);
    }

    /// @notice Requires that the organisation is the brand or approved by it.
    function requireBrand(Authority memory authority, uint256 index, uint256 brand) internal view {
        if (Bitmap.has(authority.brands, brand)) return;
        if (!CONSORTIUM.mayOperate(uint16(brand), authority.organisation)) {
            revert IStockLedger.StockBrandNotApproved(index, uint16(brand), authority.organisation);
        }
        Bitmap.add(authority.brands, brand);
    }

    /// @notice Requires that the place exists and is active.
    function requireKnown(Authority memory authority, uint256 index, uint256 place) internal view {
        if (!Bitmap.has(authority.known, place)) _ask(authority, index, place);
    }

    /// @notice Requires that the place exists, is active and is operated by the organisation.
    function requireOperated(Authority memory authority, uint256 index, uint256 place) internal view {
        if (Bitmap.has(authority.operated, place)) return;
        if (_ask(authority, index, place) != authority.organisation) {
            revert IStockLedger.StockPlaceNotOperated(index, uint16(place), authority.organisation);
        }
        Bitmap.add(authority.operated, place);
    }

    function _ask(Authority memory authority, uint256 index, uint256 place) private view returns (uint16 operator) {
        uint256 word = CONSORTIUM.placeOf(uint16(place));
        if (word == 0) revert IStockLedger.StockUnknownPlace(index, uint16(place));
        if (uint8(word >> 16) != Status.ACTIVE) revert IStockLedger.StockPlaceSuspended(index, uint16(place));
        Bitmap.add(authority.known, place);
        operator = uint16(word);
    }
}
