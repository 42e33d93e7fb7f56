"""Settlements of an agreement."""
