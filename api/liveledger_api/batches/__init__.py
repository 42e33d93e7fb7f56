"""Batches of movements by poster and lane."""
