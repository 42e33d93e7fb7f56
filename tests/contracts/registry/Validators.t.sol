// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IValidators} from "../../../contracts/interfaces/IValidators.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice Validators' keys: the journal that the bridge reads, and everything it must never be told.
contract ValidatorsTest is MoneyTest {
    bytes32 private constant FIRST = "first";
    bytes32 private constant SECOND = "second";
    bytes32 private constant THIRD = "third";
    uint64 private constant MAX_TOTAL = 1152921504606846975;

    function setUp() public override {
        super.setUp();
        _genesisValidators(FIRST, 30, SECOND, 30);
        CHEATS.roll(1000);
    }

    function testAChangeIsJournalledInItsBlock() public {
        validators.setValidator(0, THIRD, 10);
        IValidators.KeyChange memory change = validators.keyChangeAt(1000);
        require(change.key == THIRD && change.power == (1 << 255 | 10), "journal");
        require(validators.keyChangeAt(999).power == 0 && validators.keyChangeAt(1001).power == 0, "that block only");
        (uint16 count, uint64 total) = validators.totals();
        require(count == 3 && total == 70 && validators.powerOf(THIRD) == 10, "totals");
    }

    function testARemovalIsJournalledToo() public {
        validators.setValidator(0, THIRD, 20);
        CHEATS.roll(2000);
        validators.setValidator(0, THIRD, 0);
        require(validators.keyChangeAt(2000).power == 1 << 255, "present, power 0");
        (uint16 count, uint64 total) = validators.totals();
        require(count == 2 && total == 60 && validators.powerOf(THIRD) == 0, "totals");
    }

    function testWhatTheBridgeMustNotSee() public {
        _refused(0, 1, abi.encodeWithSelector(IValidators.ConsortiumBadValidatorKey.selector));
        _refused(THIRD, 0, abi.encodeWithSelector(IValidators.ConsortiumValidatorUnknown.selector, THIRD));
        _refused(FIRST, 30, abi.encodeWithSelector(IValidators.ConsortiumValidatorUnchanged.selector, FIRST, 30));
        _refused(THIRD, MAX_TOTAL, abi.encodeWithSelector(IValidators.ConsortiumPowerOverflow.selector, MAX_TOTAL + 60));
        validators.setValidator(0, THIRD, 1);
        _refused(SECOND, 29, abi.encodeWithSelector(IValidators.ConsortiumSecondKeyChange.selector, 1000));
    }

    function testTheLastValidatorStays() public {
        _genesisValidators(FIRST, 30, SECOND, 0);
        _refused(FIRST, 0, abi.encodeWithSelector(IValidators.ConsortiumValidatorSetEmpty.selector));
    }

    function testThereAreAtMostTwoHundred() public {
        CHEATS.store(address(validators), 0, bytes32(uint256(200 | 60 << 16)));
        _refused(THIRD, 1, abi.encodeWithSelector(IValidators.ConsortiumValidatorsFull.selector));
    }

    function testAThirdInAHundredBlocks() public {
        validators.setValidator(0, THIRD, 15);
        CHEATS.roll(1050);
        _refused(THIRD, 21, _tooMuch(21, 20));
        validators.setValidator(0, THIRD, 20);
        CHEATS.roll(1099);
        _refused(FIRST, 29, _tooMuch(21, 20));
        // The change of block 1000 has left the window; the total at the start of the new one was 75.
        CHEATS.roll(1100);
        _refused(FIRST, 9, _tooMuch(26, 25));
        validators.setValidator(0, FIRST, 10);
    }

    function testFuzzTotalsAndWindow(uint256 seed) public {
        bytes32[3] memory keys = [FIRST, SECOND, THIRD];
        for (uint256 i = 0; i < 40; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            CHEATS.roll(block.number + seed % 60);
            try validators.setValidator(0, keys[seed / 60 % 3], uint64(seed / 180 % 50)) {} catch {}
            (uint16 count, uint64 total) = validators.totals();
            uint256 sum = 0;
            uint256 present = 0;
            for (uint256 j = 0; j < 3; ++j) {
                sum += validators.powerOf(keys[j]);
                if (validators.powerOf(keys[j]) != 0) ++present;
            }
            require(sum == total && present == count && count > 0, "totals");
        }
    }

    function testOnlyTheAdministratorSetsValidators() public {
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, outsider));
        validators.setValidator(0, THIRD, 1);
    }

    function _tooMuch(uint256 changed, uint256 allowed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IValidators.ConsortiumPowerChangeTooLarge.selector, changed, allowed);
    }

    function _refused(bytes32 key, uint64 power, bytes memory reason) private {
        CHEATS.expectRevert(reason);
        validators.setValidator(0, key, power);
    }

    /// @dev As genesis writes them: counters in slot 0, powers in the mapping at slot 1.
    function _genesisValidators(bytes32 one, uint64 onePower, bytes32 two, uint64 twoPower) private {
        uint256 count = twoPower == 0 ? 1 : 2;
        uint256 word = count | uint256(onePower + twoPower) << 16;
        CHEATS.store(address(validators), 0, bytes32(word));
        CHEATS.store(address(validators), keccak256(abi.encode(one, uint256(1))), bytes32(uint256(onePower)));
        CHEATS.store(address(validators), keccak256(abi.encode(two, uint256(1))), bytes32(uint256(twoPower)));
    }
}
