"""EPCIS events, out of the chain's events."""
