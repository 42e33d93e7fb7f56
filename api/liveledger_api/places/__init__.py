"""Places, as the index sees them."""
