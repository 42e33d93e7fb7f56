"""Locations, and what they hold."""
