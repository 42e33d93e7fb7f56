// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IProvenance} from "../interfaces/IProvenance.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Members} from "../lib/Members.sol";
import {Fixed, MoneyLimits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Standing} from "./Constants.sol";

/// @title Who claims which GTIN, and what an organisation's standing towards an item is
/// @dev Holds the storage of Provenance behind its first two slots (docs/formats.md).
abstract contract Standings is IProvenance {
    /// @notice Version of the contract that this one rests on.
    uint64 public constant READS_STOCK_LEDGER = 2;

    bytes32 internal constant NAME = "Provenance";
    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant BITS = 16;
    uint256 private constant PER_WORD = 16;

    /// @dev Before these: `_anchoredAt` and `_items`, declared here so that they keep their slots.
    mapping(bytes32 key => uint256 blockNumber) internal _anchoredAt;
    mapping(bytes32 key => bytes32 itemsHash) internal _items;
    mapping(uint256 gtin => uint256 brands) private _claims;
    mapping(bytes32 item => mapping(uint256 index => uint256 organisations)) private _others;

    /// @inheritdoc IProvenance
    function claim(uint32[] calldata skus) external {
        Members.requireOpen(RuleFamily.PROVENANCE);
        Members.requireActive(NAME);
        uint16 brand = Members.requireRole(msg.sender, Role.REGISTER_SKUS);
        if (skus.length == 0 || skus.length > MoneyLimits.MAX_ITEMS) {
            revert ProvenanceItemCount(skus.length, MoneyLimits.MAX_ITEMS);
        }
        IStockLedger stock = IStockLedger(Members.requireVersion("StockLedger", READS_STOCK_LEDGER));
        for (uint256 i = 0; i < skus.length; ++i) {
            uint64 gtin = uint64(stock.skuInfo(skus[i]) >> 8);
            if (skus[i] >> 20 != brand || gtin == 0) revert ProvenanceNoGtin(i, skus[i]);
            _claim(i, gtin, brand);
        }
    }

    /// @inheritdoc IProvenance
    function prefer(uint64 gtin, uint16 brand) external {
        if (!Members.isAdministrator(msg.sender)) revert ProvenanceNotAdministrator(msg.sender);
        uint256 brands = _claims[gtin];
        (uint256 place, bool found) = _placeIn(brands, brand);
        if (!found) revert ProvenanceNotClaimed(gtin, brand);
        // What stood before it moves one place up, what stands behind it stays.
        uint256 shift = place * BITS;
        uint256 before = brands & (1 << shift) - 1;
        uint256 behind = brands >> shift + BITS << shift + BITS;
        _claims[gtin] = behind | before << BITS | brand;
        emit GtinPreferred(gtin, brand);
    }

    /// @inheritdoc IProvenance
    function claimsOf(uint64 gtin) external view returns (uint256 brands) {
        return _claims[gtin];
    }

    /// @inheritdoc IProvenance
    function othersOf(bytes32 item, uint256 index) external view returns (uint256 organisations) {
        return _others[item][index];
    }

    /// @dev The standing of organisation `org`, of kind `kind`, towards what bears `gtin`, as docs/formats.md has it:
    /// org (16 bits), kind (8), organisation in whose stream its events go (16), why (8), low to high. Of several
    /// brands that claim the GTIN the first that is the organisation or approved it.
    function _standing(uint16 org, uint8 kind, uint64 gtin) internal view returns (uint256) {
        uint256 brands = gtin == 0 ? 0 : _claims[gtin];
        for (uint256 rest = brands; rest != 0; rest >>= BITS) {
            uint16 brand = uint16(rest);
            if (brand == org) return _word(org, kind, brand, Standing.BRAND);
            if (CONSORTIUM.mayOperate(brand, org)) return _word(org, kind, brand, Standing.APPROVED);
        }
        if (brands != 0 && (kind == OrganisationKind.INSPECTOR || kind == OrganisationKind.CUSTOMS)) {
            return _word(org, kind, uint16(brands), Standing.AUTHORITY);
        }
        return _word(org, kind, org, Standing.NONE);
    }

    /// @dev Adds an organisation to those that listed events of an item without standing. It must not be there yet.
    function _list(bytes32 item, uint16 org) internal {
        mapping(uint256 => uint256) storage words = _others[item];
        uint256 index = 0;
        uint256 word = words[0];
        while (word >> 240 != 0) {
            word = words[++index];
        }
        words[index] = word | uint256(org) << _count(word) * BITS;
    }

    function _claim(uint256 index, uint64 gtin, uint16 brand) private {
        uint256 brands = _claims[gtin];
        (uint256 place, bool found) = _placeIn(brands, brand);
        if (found) return;
        if (place == PER_WORD) revert ProvenanceClaimsFull(index, gtin);
        _claims[gtin] = brands | uint256(brand) << place * BITS;
        emit GtinClaimed(gtin, brand, place);
    }

    /// @dev Where `organisation` stands in a word; where it does not, the first free place.
    function _placeIn(uint256 word, uint16 organisation) private pure returns (uint256 place, bool found) {
        for (; place < PER_WORD && uint16(word >> place * BITS) != 0; ++place) {
            if (uint16(word >> place * BITS) == organisation) return (place, true);
        }
    }

    function _count(uint256 word) private pure returns (uint256 count) {
        for (; word != 0; word >>= BITS) {
            ++count;
        }
    }

    function _word(uint16 org, uint8 kind, uint16 owner, uint8 why) private pure returns (uint256) {
        return uint256(org) | uint256(kind) << 16 | uint256(owner) << 24 | uint256(why) << 40;
    }
}
