"""Contracts by name and version."""
