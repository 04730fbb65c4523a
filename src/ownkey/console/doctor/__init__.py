"""What the operator wants to know: whether everything that Ownkey stands on is as it should be."""
