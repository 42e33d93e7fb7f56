"""The prover: gathers from one node and its index what ``liveledger.proofs`` checks."""
