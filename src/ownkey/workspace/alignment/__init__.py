"""Alignment: what the token may and what the account may, side by side."""
