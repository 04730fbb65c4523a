"""Which scopes an operation needs and what a set of scopes allows."""
