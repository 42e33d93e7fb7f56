"""Reports of oracle feeds."""
