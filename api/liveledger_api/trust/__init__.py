"""The trust anchor, served for convenience."""
