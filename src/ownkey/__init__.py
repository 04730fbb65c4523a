"""Ownkey: everyone works in Jira Cloud as themselves, with a scoped API token that no tool sees."""
