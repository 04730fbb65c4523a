"""Jira Software: boards, sprints and epics."""
