// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Members} from "./Members.sol";

/// @title Whose finding it is, and who lifts it
/// @notice What an independent organisation found is lifted by its own word, or by two others of its kind: one alone could
/// lift whatever another found. Of a finding whose only raiser is no active organisation of the kind any more, one is enough.
/// @dev A finding's word: the organisation that raised it (uint16; 0: none did, `SEVERAL`: more than one), and the one that
/// found less since then (uint16 at bit 16).
library Audits {
    /// @notice Above every organisation's number.
    uint16 internal constant SEVERAL = type(uint16).max;

    /// @notice The word once `organisation` raised the finding, anew or for the first time: who found less before counts no more.
    function raised(uint256 word, uint16 organisation) internal pure returns (uint256) {
        uint16 raiser = uint16(word);
        return raiser == 0 || raiser == organisation ? organisation : SEVERAL;
    }

    /// @notice Whether the finding is gone once `organisation` found less.
    function lifts(uint256 word, uint16 organisation, uint8 kind) internal view returns (bool) {
        uint16 raiser = uint16(word);
        if (raiser == 0 || raiser == organisation) return true;
        if (raiser != SEVERAL && !Members.isKind(raiser, kind)) return true;
        uint16 first = uint16(word >> 16);
        return first != 0 && first != organisation && Members.isKind(first, kind);
    }

    /// @notice The word once `organisation` found less and another one is waited for.
    function asked(uint256 word, uint16 organisation) internal pure returns (uint256) {
        return uint16(word) | uint256(organisation) << 16;
    }
}
