"""Replenishment: orders of a SKU, and what the rule gives."""
