"""Search: any JQL, page by page."""
