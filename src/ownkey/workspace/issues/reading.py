"""One issue with everything that Jira shows of it, in one round of calls."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ownkey.workspace.issues.shown import Beside, view_of
from ownkey.workspace.issues.values import IssueView
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.expected import object_in
from ownkey.workspace.jira.fields import fields_of
from ownkey.workspace.jira.trouble import LEFT_OUT, JiraTroubleError, unreadable
from ownkey.workspace.jira.uses import (
    CHANGELOG,
    COMMENTS,
    ISSUE,
    REMOTE_LINKS,
    VOTES,
    WATCHERS,
    WORK_LOG,
    Use,
)
from ownkey.workspace.jira.values import Someone, key_of, list_of, mapping_of, someone_of, whole_of

NEWEST_COMMENTS: Final = 50
NEWEST_CHANGES: Final = 100
MOST_WORK: Final = 1_000


async def read_issue(jira: Jira, key: str, *, older_than: int = 0) -> IssueView:
    """Return an issue; what beside it cannot be read is said, and the rest is shown.

    One round of calls; a second where an issue has more changes or work than the first brings.

    Args:
        jira: As whom.
        key: The issue's key or id.
        older_than: How many of the newest comments are passed over.

    Raises:
        JiraTroubleError: the issue itself cannot be read.
    """
    troubles: list[str] = []
    parts = {"issueIdOrKey": key}
    of_comments = {"orderBy": "-created", "maxResults": NEWEST_COMMENTS, "startAt": older_than}
    fields, issue, comments, changes, pages, watchers, voters = await together(
        fields_of(jira),
        jira.json(ISSUE, parts, query={"fields": "*all", "expand": "names"}),
        _beside(jira, COMMENTS, parts, of_comments, troubles),
        _beside(jira, CHANGELOG, parts, {"maxResults": NEWEST_CHANGES}, troubles),
        _beside(jira, REMOTE_LINKS, parts, {}, troubles),
        # Who watches and votes needs a permission of its own; how many do stands in the issue.
        _beside(jira, WATCHERS, parts, {}, []),
        _beside(jira, VOTES, parts, {}, []),
    )
    if not key_of(object_in(issue).get("key")):
        raise JiraTroubleError(unreadable())
    if jira.leaves_out(key_of(issue.get("key"))):
        raise JiraTroubleError(LEFT_OUT)
    work = mapping_of(mapping_of(issue.get("fields")).get("worklog"))
    newest, whole_work = await together(
        _newest_changes(jira, parts, changes, troubles), _whole_work(jira, parts, work, troubles)
    )
    beside = Beside(
        comments=mapping_of(comments),
        older_than=older_than,
        changes=newest,
        changes_in_all=whole_of(mapping_of(changes).get("total")),
        pages=list_of(pages),
        work=whole_work,
        watchers=_people(mapping_of(watchers).get("watchers")),
        voters=_people(mapping_of(voters).get("voters")),
        troubles=tuple(dict.fromkeys(troubles)),
    )
    return view_of(issue, fields, beside)


async def _newest_changes(
    jira: Jira, parts: Mapping[str, str], first: object, troubles: list[str]
) -> Sequence[Mapping[str, Any]]:
    """Return the newest changes: Jira gives the oldest first."""
    found = list_of(mapping_of(first).get("values"))
    total = whole_of(mapping_of(first).get("total"))
    if total <= len(found):
        return found
    query = {"startAt": max(total - NEWEST_CHANGES, 0), "maxResults": NEWEST_CHANGES}
    answer = mapping_of(await _beside(jira, CHANGELOG, parts, query, troubles))
    return list_of(answer.get("values")) or found


async def _whole_work(
    jira: Jira, parts: Mapping[str, str], work: Mapping[str, Any], troubles: list[str]
) -> Sequence[Mapping[str, Any]]:
    """Return the work log: an issue's own fields hold only its beginning."""
    found = list_of(work.get("worklogs"))
    if whole_of(work.get("total")) <= len(found):
        return found
    answer = mapping_of(await _beside(jira, WORK_LOG, parts, {"maxResults": MOST_WORK}, troubles))
    return list_of(answer.get("worklogs")) or found


async def _beside(
    jira: Jira, use: Use, parts: Mapping[str, str], query: Mapping[str, Any], troubles: list[str]
) -> Any:  # noqa: ANN401 — JSON has no narrower type
    """Return what stands beside an issue; an empty object where it cannot be read."""
    try:
        return await jira.json(use, parts, query=query)
    except JiraTroubleError as error:
        troubles.append(error.trouble.sentence)
        return {}


def _people(value: object) -> tuple[Someone, ...]:
    return tuple(each for each in map(someone_of, list_of(value)) if each is not None)
