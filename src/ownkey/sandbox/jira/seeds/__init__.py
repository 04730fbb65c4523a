"""What the pretend Jira holds at the start, and what can be added on request."""
