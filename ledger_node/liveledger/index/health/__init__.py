"""Figures on the health of stock, computed from the movements in the index (docs/stock-health.md)."""
