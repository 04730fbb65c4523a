"""What hangs on an issue, as Jira shows it: comments, files, work, links, watchers and its sprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.access import ROLE_IDS
from ownkey.sandbox.jira.reference import link_type_json
from ownkey.sandbox.jira.schemes import link_type_called
from ownkey.sandbox.jira.users import jira_time, person_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ownkey.sandbox.jira.call import Call, JsonObject
    from ownkey.sandbox.jira.entities import Attachment, Comment, Issue, Sprint, Worklog

# Of these Jira makes thumbnails.
PICTURES = frozenset(("image/png", "image/jpeg", "image/gif"))


def comment_json(call: Call, issue: Issue, comment: Comment) -> JsonObject:
    """Return a comment as Jira shows it."""
    shown: JsonObject = {
        "self": call.link("issue", issue.id, "comment", comment.id),
        "id": comment.id,
        "author": person_json(call, comment.author),
        "updateAuthor": person_json(call, comment.update_author),
        "body": comment.text.shown(call.api_version),
        "created": jira_time(comment.created_at),
        "updated": jira_time(comment.updated_at),
        "jsdPublic": True,
    }
    if comment.visible_to is not None:
        role = comment.visible_to
        shown["visibility"] = {"type": "role", "value": role, "identifier": str(ROLE_IDS.get(role, role))}
    return shown


def comments_json(call: Call, issue: Issue) -> JsonObject:
    """Return an issue's comments as its field shows them."""
    shown = [comment_json(call, issue, comment) for comment in call.seen.comments(issue)]
    link = call.link("issue", issue.id, "comment")
    return {"comments": shown, "self": link, "maxResults": len(shown), "total": len(shown), "startAt": 0}


def attachment_json(call: Call, attachment: Attachment) -> JsonObject:
    """Return a file as an issue shows it: its address is the one that redirects to the media host."""
    shown: JsonObject = {
        "self": call.link("attachment", attachment.id),
        "id": attachment.id,
        "filename": attachment.filename,
        "author": person_json(call, attachment.author),
        "created": jira_time(attachment.created_at),
        "size": attachment.content.size,
        "mimeType": attachment.media_type,
        "content": call.link("attachment/content", attachment.id),
    }
    if attachment.media_type in PICTURES:
        shown["thumbnail"] = call.link("attachment/thumbnail", attachment.id)
    return shown


def worklog_json(call: Call, issue: Issue, worklog: Worklog) -> JsonObject:
    """Return somebody's work as Jira shows it."""
    author = person_json(call, worklog.author)
    shown: JsonObject = {
        "self": call.link("issue", issue.id, "worklog", worklog.id),
        "id": worklog.id,
        "issueId": issue.id,
        "author": author,
        "updateAuthor": author,
        "created": jira_time(worklog.created_at),
        "updated": jira_time(worklog.created_at),
        "started": jira_time(worklog.started_at),
        "timeSpent": time_text(worklog.seconds),
        "timeSpentSeconds": worklog.seconds,
    }
    return shown if worklog.text is None else shown | {"comment": worklog.text.shown(call.api_version)}


def worklogs_json(call: Call, issue: Issue) -> JsonObject:
    """Return an issue's work as its field shows it."""
    shown = [worklog_json(call, issue, worklog) for worklog in issue.worklogs.values()]
    return {"startAt": 0, "maxResults": 20, "total": len(shown), "worklogs": shown[:20]}


def time_text(seconds: int) -> str:
    """Return a time as Jira writes it, in days of eight hours."""
    minutes = seconds // 60
    parts = (("d", minutes // 480), ("h", minutes // 60 % 8), ("m", minutes % 60))
    return " ".join(f"{number}{unit}" for unit, number in parts if number) or "0m"


def links_json(call: Call, issue: Issue, show_other: Callable[[Call, Issue], JsonObject]) -> list[JsonObject]:
    """Return an issue's links, each from the issue's own side."""
    shown: list[JsonObject] = []
    for link in call.seen.links(issue):
        kind = link_type_called(link.type_name)
        if kind is None:
            continue
        side, other = (
            ("outwardIssue", link.outward_id)
            if link.inward_id == issue.id
            else ("inwardIssue", link.inward_id)
        )
        shown.append(
            {
                "id": link.id,
                "self": call.link("issueLink", link.id),
                "type": link_type_json(call, kind),
                side: show_other(call, call.world.issues[other]),
            }
        )
    return shown


def watches_json(call: Call, issue: Issue) -> JsonObject:
    """Return who watches an issue, in numbers."""
    return {
        "self": call.link("issue", issue.key, "watchers"),
        "watchCount": len(issue.watchers),
        "isWatching": call.person.email in issue.watchers,
    }


def votes_json(call: Call, issue: Issue) -> JsonObject:
    """Return how many want an issue to be done."""
    return {
        "self": call.link("issue", issue.key, "votes"),
        "votes": len(issue.voters),
        "hasVoted": call.person.email in issue.voters,
    }


def sprint_json(call: Call, sprint: Sprint) -> JsonObject:
    """Return a sprint as Jira shows it."""
    shown: JsonObject = {
        "id": sprint.id,
        "self": f"{call.base_url}/rest/agile/1.0/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        "originBoardId": sprint.board_id,
        "goal": sprint.goal,
    }
    dates = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
    return shown | {name: date for name, date in dates.items() if date is not None}
