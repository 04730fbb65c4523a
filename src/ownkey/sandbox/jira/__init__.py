"""The living Jira behind the gateway and the site address: its data and what its operations do."""
