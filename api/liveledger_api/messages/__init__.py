"""What every kind of stock message shares: bodies, fields, refusals, and the published JSON Schemas."""
