"""How a member logs in: a challenge, signed by an account's key, for a token of a short life."""
