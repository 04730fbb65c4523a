"""Sealing secrets: the only code that imports cryptography."""
