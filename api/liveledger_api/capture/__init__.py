"""Capture of EPCIS documents: accepted at once, worked off as jobs."""
