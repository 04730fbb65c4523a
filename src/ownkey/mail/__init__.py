"""Mail: what waits to leave, how it leaves, and what went wrong."""
