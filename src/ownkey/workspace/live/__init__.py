"""Open pages that read again what has changed, through Ownkey or elsewhere."""
