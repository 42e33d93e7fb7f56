"""HTTP layer of LiveLedger: captures events and answers queries with proofs."""
