"""Grants and counters kept in Ownkey's own database."""
