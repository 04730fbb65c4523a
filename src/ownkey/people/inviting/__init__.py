"""Letting people in: invitations, one by one or from a list."""
