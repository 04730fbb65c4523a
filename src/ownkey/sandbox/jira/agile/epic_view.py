"""An epic as Jira Software shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ownkey.sandbox.jira.call import Call, JsonObject
    from ownkey.sandbox.jira.entities import Issue


def epic_json(call: Call, epic: Issue) -> JsonObject:
    """Return an epic as Jira's agile operations show it."""
    return {
        "id": int(epic.id),
        "key": epic.key,
        "self": f"{call.base_url}/rest/agile/1.0/epic/{epic.id}",
        "name": epic.summary,
        "summary": epic.summary,
        "color": {"key": epic.epic_color},
        "done": epic.epic_done,
    }
