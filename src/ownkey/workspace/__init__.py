"""Jira's pages, as the person: each page stands beside the operations that it may call."""
