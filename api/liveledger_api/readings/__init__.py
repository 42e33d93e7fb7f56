"""Sensor readings that are kept off the chain, below the roots that feeds report."""
