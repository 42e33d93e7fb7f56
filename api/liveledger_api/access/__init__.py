"""Who a caller is, what each address asks of its callers, and the door that holds both together."""
