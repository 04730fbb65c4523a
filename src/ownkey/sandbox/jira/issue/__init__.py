"""One issue: its fields, and all that hangs on it."""
