"""EPCIS events: kept with their salts, anchored on the chain, listed by item."""
