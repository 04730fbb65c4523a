"""A day's work with `jira` of PyPI. The settings that Ownkey shows come first, and make `jira`."""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

jira: Any = globals()["jira"]
FILE = os.environ["WALK_FILE"]

issue = jira.create_issue(
    project="ACME", summary="Refund a ticket", description="Money *back*.", issuetype={"name": "Task"}
)
issue.update(summary="Refund a ticket at once", labels=[{"add": "money"}])
comment = jira.add_comment(issue, "Which tickets?")
jira.transition_issue(issue, "In Progress")
with Path(FILE).open("rb") as content:
    uploaded = jira.add_attachment(issue, content, filename="receipt.bin")
downloaded = jira.issue(issue.key).fields.attachment[0].get()
streamed = b"".join(jira.attachment(uploaded.id).iter_content(65536))

boards = jira.boards(name="ACME")
sprints = jira.sprints(boards[0].id, state="active,future")
jira.add_issues_to_sprint(sprints[0].id, [issue.key])
jira.assign_issue(issue, "Ada Lovelace")

found = jira.search_issues('project = ACME AND text ~ "refund" ORDER BY created DESC')
pages, token = [], None
while True:
    page = jira.enhanced_search_issues(
        "project in (ACME, SHOP) ORDER BY key", nextPageToken=token, maxResults=5, json_result=True
    )
    pages.append([one["key"] for one in page["issues"]])
    token = page.get("nextPageToken")
    if not token:
        break
every = jira.search_issues("project in (ACME, SHOP) ORDER BY key", maxResults=False, fields="summary")

seen = jira.issue(issue.key, expand="changelog")
result = {
    "me": jira.myself()["displayName"],
    "key": issue.key,
    "self": seen.self,
    "summary": seen.fields.summary,
    "description": seen.fields.description,
    "labels": seen.fields.labels,
    "status": seen.fields.status.name,
    "assignee": seen.fields.assignee.displayName,
    "comment_author": comment.author.displayName,
    "comments": [one.body for one in jira.comments(issue)],
    "attachment": [hashlib.sha256(downloaded).hexdigest(), hashlib.sha256(streamed).hexdigest()],
    "boards": [board.name for board in boards],
    "sprint": sprints[0].name,
    "found": [one.key for one in found],
    "pages": pages,
    "every": [one.key for one in every],
    "history": [
        [one.author.displayName, [item.field for item in one.items]] for one in seen.changelog.histories
    ],
}
json.dump(result, sys.stdout)
