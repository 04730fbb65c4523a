"""Fields as HTML and in words, as Jira gives them on request beside the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.rich_text import html_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ownkey.sandbox.jira.call import Call, JsonObject
    from ownkey.sandbox.jira.entities import Issue

_MOMENTS: Mapping[str, str] = {
    "created": "created_at",
    "updated": "updated_at",
    "resolutiondate": "resolved_at",
}


def rendered_json(call: Call, issue: Issue, fields: JsonObject) -> JsonObject:
    """Return the selected fields as Jira renders them: null for those of which nothing is to be rendered."""
    shown: JsonObject = dict.fromkeys(fields)
    for name, attribute in _MOMENTS.items():
        at = getattr(issue, attribute)
        if name in shown and at is not None:
            shown[name] = _moment(at)
    if shown.keys() & {"description"} and issue.description is not None:
        shown["description"] = html_of(issue.description.as_document())
    if "duedate" in shown and issue.due is not None:
        shown["duedate"] = issue.due
    if "comment" in shown:
        comments = call.seen.comments(issue)
        bodies = [one.text.as_document() for one in comments]
        shown["comment"] = fields["comment"] | {
            "comments": [
                comment | {"body": html_of(body)}
                for comment, body in zip(fields["comment"]["comments"], bodies, strict=True)
            ]
        }
    return shown


def _moment(at: datetime) -> str:
    return f"{at:%d/%b/%y %I:%M %p}"
