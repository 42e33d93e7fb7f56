"""What waits to enter a block, by rules and not by tips (docs/adr/0021)."""
