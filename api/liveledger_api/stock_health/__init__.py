"""Health of stock: figures from the index, and reports on a brand's capital."""
