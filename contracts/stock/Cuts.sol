// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Inheritance} from "./Inheritance.sol";

/// @title Counters as they were at a moment
/// @notice A SKU's counters' word says by its highest bits when its next cut is due, to 64 seconds: whoever counts has read it
/// anyway, so that a SKU without cuts costs nothing, and nobody's cuts cost another SKU anything. With the first movement
/// that counts from a cut's moment on the counters are kept as they were before it. Formats: docs/formats.md.
/// @dev `Records` asks whether a cut is due in its loop.
library Cuts {
    /// @notice Storage slot of StockLedger's cuts, a mapping by `sku << 32 | moment`; moment 0 is the list of those that wait:
    /// up to seven moments, uint32 each, ascending from the low bits on. It counts while the counters' word has a moment.
    uint256 internal constant CUTS_SLOT = 11;
    /// @notice Where a moment (in steps of 64 seconds) stands in a counters' word; what is below are the counters.
    uint256 internal constant MOMENT_SHIFT = 230;
    uint256 internal constant STEP_SHIFT = 6;
    /// @notice In a cut's word: it is registered and nothing was counted since; its counters, where this is not set, are below.
    uint256 internal constant WAITS = 1 << 255;
    uint256 internal constant KEPT = 1 << 254;

    /// @notice Bits of a moment in the list.
    uint256 internal constant MOMENT_BITS = 32;
    uint256 private constant MOMENT = (1 << MOMENT_BITS) - 1;
    uint256 private constant COUNTERS = (1 << MOMENT_SHIFT) - 1;

    /// @notice Keeps the counters of a SKU for all of its cuts that are due. The word that it has from now on.
    /// @dev Moments begin at 1: a moment that is not set, less 1, is the largest number there is.
    function keep(uint256 sku, uint256 word) internal returns (uint256) {
        unchecked {
            if ((word >> MOMENT_SHIFT) - 1 >= block.timestamp >> STEP_SHIFT) return word;
            word &= COUNTERS;
            uint256 list = Inheritance.read(slotOf(sku, 0));
            for (; (list & MOMENT) - 1 < block.timestamp; list >>= MOMENT_BITS) {
                write(slotOf(sku, list & MOMENT), word | KEPT);
            }
            return wait(sku, word, list);
        }
    }

    /// @notice Says which moments of a SKU wait from now on. The word that it has then.
    function wait(uint256 sku, uint256 word, uint256 list) internal returns (uint256) {
        write(slotOf(sku, 0), list);
        return word & COUNTERS | (list & MOMENT) >> STEP_SHIFT << MOMENT_SHIFT;
    }

    /// @notice Slot of a SKU's cut; with moment 0, of the list of those that wait.
    function slotOf(uint256 sku, uint256 moment) internal pure returns (bytes32 slot) {
        assembly ("memory-safe") {
            mstore(0x00, or(shl(MOMENT_BITS, sku), moment))
            mstore(0x20, CUTS_SLOT)
            slot := keccak256(0x00, 0x40)
        }
    }

    /// @notice Writes a word of StockLedger's storage.
    function write(bytes32 slot, uint256 word) internal {
        assembly ("memory-safe") {
            sstore(slot, word)
        }
    }
}
