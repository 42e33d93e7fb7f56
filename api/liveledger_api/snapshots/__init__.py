"""Stock snapshots: what other systems say that a place holds. They move nothing; reconciliation reads them."""
