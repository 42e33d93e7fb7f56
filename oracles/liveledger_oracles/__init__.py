"""Oracles of LiveLedger: forecasts, alerts and sensor batches for the chain."""
