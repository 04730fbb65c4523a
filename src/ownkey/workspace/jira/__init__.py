"""What pages ask of Jira, as the person, and what they get."""
