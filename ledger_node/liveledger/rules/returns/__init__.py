"""Returns: what returned goods are worth and what becomes of them."""
