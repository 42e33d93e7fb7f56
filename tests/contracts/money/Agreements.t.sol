// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice Registration of agreements: both sign, once, in time, for this chain and this contract.
contract AgreementsTest is MoneyTest {
    ISettlement.Agreement internal agreement;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        agreement = _agreement(new bytes32[](1), 7000);
        id = settlement.digestOf(agreement);
    }

    function testBothSign() public {
        bytes32 registered = _register(agreement);
        require(registered == id, "the id is the digest");
        ISettlement.AgreementState memory state = settlement.agreementOf(id);
        require(state.brand == brand && state.supplier == supplier && state.brandBps == 7000, "as signed");
        require(state.forecaster == platform, "whose forecasts count");
        require(state.brandAccount == brandAccount && settlement.nonceOf(brand, supplier) == 1, "nonce used");
    }

    function testDigestIsEip712() public view {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "Agreement(uint16 brand,uint16 supplier,uint16 forecaster,uint16 brandBps,bytes32 termsHash,"
                    "uint64 validUntil,uint256 nonce,uint256 deadline)"
                ),
                agreement.brand,
                agreement.supplier,
                agreement.forecaster,
                agreement.brandBps,
                agreement.termsHash,
                agreement.validUntil,
                agreement.nonce,
                agreement.deadline
            )
        );
        require(_typedDigest("LiveLedger Settlement", address(settlement), hash) == id, "EIP-712");
    }

    function testReplayIsRefused() public {
        _register(agreement);
        _expectRefused(
            _sign(BRAND_KEY, id),
            _sign(SUPPLIER_KEY, id),
            abi.encodeWithSelector(ISettlement.SettlementWrongNonce.selector, 0, 1)
        );
    }

    function testOneSideOnlyIsRefused() public {
        _expectRefused(
            _sign(BRAND_KEY, id),
            _sign(BRAND_KEY, id),
            abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, supplier, brandAccount)
        );
        _expectRefused(
            _sign(BRAND_KEY, id), "", abi.encodeWithSelector(ISettlement.SettlementBadSignature.selector, supplier)
        );
    }

    function testOtherChainIsRefused() public {
        bytes memory brandSignature = _sign(BRAND_KEY, id);
        bytes memory supplierSignature = _sign(SUPPLIER_KEY, id);
        CHEATS.chainId(block.chainid + 1);
        CHEATS.expectPartialRevert(ISettlement.SettlementWrongSigner.selector);
        settlement.register(agreement, brandSignature, supplierSignature);
    }

    function testHighSIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(BRAND_KEY, id);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory high = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectRefused(
            high,
            _sign(SUPPLIER_KEY, id),
            abi.encodeWithSelector(ISettlement.SettlementBadSignature.selector, brand)
        );
    }

    function testSignerNeedsTheRole() public {
        _expectRefused(
            _sign(CLERK_KEY, id),
            _sign(SUPPLIER_KEY, id),
            abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, brand, clerk)
        );
        consortium.setAccount(brandAccount, 2, 8);
        _expectRefused(
            _sign(BRAND_KEY, id),
            _sign(SUPPLIER_KEY, id),
            abi.encodeWithSelector(ISettlement.SettlementWrongSigner.selector, brand, brandAccount)
        );
    }

    function testSuspendedOrganisationCannotAgree() public {
        consortium.setOrganisationStatus(brand, 2);
        _expectRefused(
            _sign(BRAND_KEY, id),
            _sign(SUPPLIER_KEY, id),
            abi.encodeWithSelector(ISettlement.SettlementNotABrand.selector, brand)
        );
    }

    function testDeadline() public {
        CHEATS.warp(agreement.deadline + 1);
        _expectRefused(
            _sign(BRAND_KEY, id),
            _sign(SUPPLIER_KEY, id),
            abi.encodeWithSelector(
                ISettlement.SettlementDeadlinePassed.selector, agreement.deadline, agreement.deadline + 1
            )
        );
    }

    function testKindsRatioAndTerm() public {
        (agreement.brand, agreement.supplier) = (supplier, supplier);
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementNotABrand.selector, supplier));
        (agreement.brand, agreement.supplier) = (brand, platform);
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementNotASupplier.selector, platform));
        (agreement.supplier, agreement.brandBps) = (supplier, 10_001);
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementRatioTooHigh.selector, 10_001));
        (agreement.brandBps, agreement.validUntil) = (7000, uint64(block.timestamp));
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementNeverValid.selector, block.timestamp));
    }

    function testForecasterIsAnActiveOrganisation() public {
        agreement.forecaster = 4000;
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementUnknownForecaster.selector, 4000));
        agreement.forecaster = 0;
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementUnknownForecaster.selector, 0));
        agreement.forecaster = platform;
        consortium.setOrganisationStatus(platform, 2);
        _expectUnsound(abi.encodeWithSelector(ISettlement.SettlementUnknownForecaster.selector, platform));
    }

    function testForecasterIsSigned() public {
        agreement.forecaster = brand;
        CHEATS.expectPartialRevert(ISettlement.SettlementWrongSigner.selector);
        settlement.register(agreement, _sign(BRAND_KEY, id), _sign(SUPPLIER_KEY, id));
    }

    function testFirstWordOfTheState() public {
        agreement.validUntil = uint64(block.timestamp + 1 days);
        bytes32 registered = _register(agreement);
        uint256 word = uint256(CHEATS.load(address(settlement), keccak256(abi.encode(registered, uint256(3)))));
        uint256 parties = uint256(brand) | uint256(supplier) << 16 | uint256(platform) << 32;
        require(word == (parties | uint256(7000) << 48 | uint256(agreement.validUntil) << 64), "docs/formats.md");
    }

    function _expectUnsound(bytes memory refusal) private {
        bytes32 digest = settlement.digestOf(agreement);
        _expectRefused(_sign(BRAND_KEY, digest), _sign(SUPPLIER_KEY, digest), refusal);
    }

    function _expectRefused(bytes memory brandSignature, bytes memory supplierSignature, bytes memory refusal) private {
        uint256 nonce = settlement.nonceOf(brand, supplier);
        CHEATS.expectRevert(refusal);
        settlement.register(agreement, brandSignature, supplierSignature);
        require(settlement.nonceOf(brand, supplier) == nonce, "nothing was written");
    }
}
