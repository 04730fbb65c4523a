"""ALM accounts and each person's credentials."""
