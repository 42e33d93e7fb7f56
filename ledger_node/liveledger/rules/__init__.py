"""Plain Python reference of every rule of stock and settlement: what the contracts are tested against."""
