"""SKUs and lots by code and GTIN, and what there is of them."""
