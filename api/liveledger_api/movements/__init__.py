"""Movements of stock, sent as messages and posted in batches."""
