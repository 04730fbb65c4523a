"""What the operator decides: the environment read once into plain values, the log and the signing key."""
