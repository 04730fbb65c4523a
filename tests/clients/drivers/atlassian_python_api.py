"""A day's work with `atlassian-python-api`. The settings that Ownkey shows come first, and make `jira`."""

import hashlib
import json
import os
import sys
from typing import Any

jira: Any = globals()["jira"]
FILE = os.environ["WALK_FILE"]

made = jira.create_issue(
    fields={
        "project": {"key": "ACME"},
        "issuetype": {"name": "Task"},
        "summary": "Refund a ticket",
        "description": "Money *back*.",
    }
)
key = made["key"]
jira.update_issue_field(key, {"summary": "Refund a ticket at once", "labels": ["money"]})
comment = jira.issue_add_comment(key, "Which tickets?")
jira.set_issue_status(key, "In Progress")
(uploaded,) = jira.add_attachment(key, FILE)
downloaded = jira.get_attachment_content(uploaded["id"])

boards = jira.get_all_agile_boards(board_name="ACME")["values"]
sprints = jira.get_all_sprints_from_board(boards[0]["id"], state="active")["values"]
jira.add_issues_to_sprint(sprints[0]["id"], [key])
me = jira.myself()
jira.assign_issue(key, me["accountId"])

found = jira.jql('project = ACME AND text ~ "refund" ORDER BY created DESC')["issues"]
pages, token = [], None
while True:
    page = jira.enhanced_jql(
        "project in (ACME, SHOP) ORDER BY key", fields=["summary"], nextPageToken=token, limit=5
    )
    pages.append([one["key"] for one in page["issues"]])
    token = page.get("nextPageToken")
    if not token:
        break

seen = jira.issue(key)
fields = seen["fields"]
result = {
    "me": me["displayName"],
    "key": key,
    "self": seen["self"],
    "summary": fields["summary"],
    "description": fields["description"],
    "labels": fields["labels"],
    "status": fields["status"]["name"],
    "assignee": fields["assignee"]["displayName"],
    "comment_author": comment["author"]["displayName"],
    "comments": [one["body"] for one in jira.issue_get_comments(key)["comments"]],
    "attachment": [hashlib.sha256(downloaded).hexdigest()],
    "boards": [board["name"] for board in boards],
    "sprint": sprints[0]["name"],
    "found": [one["key"] for one in found],
    "pages": pages,
    "history": [
        [one["author"]["displayName"], [item["field"] for item in one["items"]]]
        for one in jira.get_issue_changelog(key)["values"]
    ],
}
json.dump(result, sys.stdout)
