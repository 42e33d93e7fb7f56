"""Limits of one transaction, which its sender, the pool and the votes keep alike."""

from __future__ import annotations

# Osaka's cap on its gas (EIP-7825), and geth's on its bytes.
MAX_TX_GAS = 16_777_216
MAX_TX_BYTES = 131_072
