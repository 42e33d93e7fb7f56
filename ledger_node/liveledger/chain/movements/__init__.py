"""Movements on their way to the chain: acknowledged, tried, queued, batched, posted, and what could not be."""
