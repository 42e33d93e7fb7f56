"""A remote signer: holds a validator's key in a process of its own and signs no two things for one place."""
