"""The way back to old blocks."""
