"""Home: what changed since the person last looked, their open issues, their boards."""
