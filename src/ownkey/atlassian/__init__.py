"""Speaking to Atlassian: the only code that opens a socket to it."""
