"""Demand forecasts: days in, whole units a SKU out; nothing from the session's own days is ever looked at."""
