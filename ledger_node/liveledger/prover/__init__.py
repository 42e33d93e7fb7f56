"""The prover: gathers from one node and its index what ``liveledger.verifier`` checks."""
