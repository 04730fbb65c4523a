"""The data plane, pure ASGI: any Jira client in, the same call out as its owner."""
