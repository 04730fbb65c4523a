"""Issues: everything that Jira shows of one."""
