"""Speaking to Atlassian: beside it only `calls.upstream` opens a socket to it."""
