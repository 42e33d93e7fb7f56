"""Reading a node: transport, records decoded at the edge, finality, and why a contract refused."""
