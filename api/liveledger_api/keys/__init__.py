"""API keys: for systems that act for an account of a member, at the interfaces that the key names."""
