"""Speaking to Atlassian: beside it only `gateway.upstream` opens a socket to it."""
