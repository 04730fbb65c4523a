"""Boards: which there are, and what each shows."""
