"""Finding anything from anywhere: pages, scopes, boards, people, and issues in Jira."""
