"""The documents that this member owns: EPCIS events with their salts, and capture jobs."""
