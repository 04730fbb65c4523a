"""The way of a call in Jira as a person: decide, pace, hold back, send, count and record, whoever asks."""
