// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What StockLedger does beside posting: its SKUs, lots, limits and cuts
/// @notice Events and errors are IStockLedger's.
interface IStockAdministration {
    /// @notice Sets how many units of each of the sender's brand's SKUs an organisation may adjust alone in a day
    /// (UTC): all kinds that move the counter `adjusted`, up or down, count alike. The sender needs `Role.SIGN_AGREEMENTS`.
    function setAdjustmentLimit(uint64 units) external;

    /// @notice Registers SKUs of the sender's brand. The sender needs `Role.REGISTER_SKUS`.
    /// @param codes the brand's own codes
    /// @param gtins GTINs as numbers (check digit is checked off the chain), 0 = none
    /// @param units codes of the base units
    /// @return firstSku number of the first; the others follow one by one
    function registerSkus(string[] calldata codes, uint64[] calldata gtins, uint8[] calldata units)
        external
        returns (uint32 firstSku);

    /// @notice Registers lots of a SKU, for its brand or an organisation that it approved; such a one registers five of a
    /// SKU in a day at most. The sender needs `Role.REGISTER_SKUS`.
    /// @param codes the lots' own codes, as they stand on the label (GS1 AI 10)
    /// @param expiries dates as YYYYMMDD, 0 = none
    /// @return firstLot number of the first; the others follow one by one
    function registerLots(uint32 sku, string[] calldata codes, uint32[] calldata expiries)
        external
        returns (uint16 firstLot);

    /// @notice Says the expiry of a lot that another organisation registered, for the SKU's brand: once, the lot is its own
    /// from then on. The sender needs `Role.REGISTER_SKUS`.
    /// @param expiry date as YYYYMMDD, 0 = none
    function correctLot(uint32 sku, uint16 lot, uint32 expiry) external;

    /// @notice Recalls a lot, or lifts its recall, for the brand or an inspector. One organisation recalls; a recall is
    /// lifted by the second of two organisations that say so. The sender needs `Role.SIGN_AGREEMENTS`.
    function setRecall(uint32 sku, uint16 lot, bool recalled) external;

    /// @notice Registers a cut: from `moment` (Unix seconds) on, each SKU's counters are kept as they were with the first movement
    /// that changes them. The sender is the contract that is active as `StockCuts`, which has looked at all that is said, and
    /// calls the StockLedger that is active.
    /// @param waiting A word a SKU: its number (uint32 at bit 224), and below it all moments of it that wait from now on, this one
    /// with them: uint32 each, ascending from the low bits on, 0 = no more.
    function setCuts(uint256 moment, bytes calldata waiting) external;
}
