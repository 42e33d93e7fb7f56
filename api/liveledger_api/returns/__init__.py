"""Gradings of returned goods."""
