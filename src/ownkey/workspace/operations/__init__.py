"""Every operation of Jira, and whether this person may call it."""
