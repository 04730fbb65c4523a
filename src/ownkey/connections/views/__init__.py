"""The pages of ALM accounts and credentials."""
