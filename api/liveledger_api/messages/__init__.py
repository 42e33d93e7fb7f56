"""What every kind of stock message shares: bodies, fields, look-ups, refusals."""
