"""Accuracy of places, out of the chain's events."""
