"""Organisations and brands, as lists and one by one."""
