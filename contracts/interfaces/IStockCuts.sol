// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Cuts: what a brand's counters are at a moment that an agreement named before
/// @notice An agreement registers a moment to come for SKUs of its brand. From that moment on nobody can move what a cut says of a
/// SKU: its counters are kept as they were before the first movement that counts from then on; until there is one, they are
/// those of now. Movements count by the time of their block, not by the time of the fact that they tell of.
/// Trust: contracts with the flag `CUTS`, which a vote gives, say that brand and other party agreed. Posters of the SKUs pay what
/// it takes to keep them, up to seven words of a SKU; nobody else's postings cost more.
interface IStockCuts {
    /// @notice The agreement contract `by` registered a cut of these SKUs of a brand.
    event CutsRegistered(uint16 indexed brand, address indexed by, uint64 indexed moment, uint32[] skus);

    /// @notice The sender is no contract that registers cuts.
    error CutsNotAllowed(address sender);
    /// @notice A cut lies ahead of the block, by `CutLimits.MAX_CUT_AHEAD_SECONDS` at most.
    error CutsMoment(uint64 moment, uint256 time);
    /// @notice One call has 1 to `CutLimits.MAX_CUT_SKUS` SKUs.
    error CutsCount(uint256 skus);
    /// @notice SKU number `index` (from 0) is another brand's.
    error CutsForeignSku(uint256 index, uint32 sku, uint16 brand);
    error CutsUnknownSku(uint256 index, uint32 sku);
    /// @notice `CutLimits.MAX_CUTS_WAITING` moments of the SKU wait already.
    error CutsTooMany(uint32 sku);
    /// @notice No agreement registered this moment for the SKU.
    error CutsUnknown(uint32 sku, uint64 moment);
    error CutsNotDue(uint32 sku, uint64 moment, uint256 time);

    /// @notice Registers a cut. The sender is a contract that has the flag `CUTS` in the Directory, and speaks for the brand. A
    /// moment that was registered for a SKU before is the same cut. Reverts with `CutsTooMany` where seven others wait.
    /// @param moment Unix seconds
    function register(uint16 brand, uint64 moment, uint32[] calldata skus) external;

    /// @notice Reverts with `CutsMoment` unless a cut may be registered for this moment now.
    function requireMoment(uint64 moment) external view;

    /// @notice Counters of a SKU before the first movement of a block whose time is `moment` or later. Reverts with `CutsUnknown`
    /// and `CutsNotDue`.
    function countersAt(uint32 sku, uint64 moment)
        external
        view
        returns (uint64 received, uint64 sold, uint64 returned, int64 adjusted);
}
