"""What a place holds of a SKU, and how it came about."""
