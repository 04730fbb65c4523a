"""One issue with everything that Jira shows of it, in one round of calls."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ownkey.workspace.documents.html import document_html, plain_text
from ownkey.workspace.documents.text import shown
from ownkey.workspace.issues.values import (
    Attachment,
    Change,
    Comment,
    IssueView,
    Page,
    SubTask,
    Work,
)
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.expected import object_in
from ownkey.workspace.jira.fields import Fields, fields_of
from ownkey.workspace.jira.in_words import in_words
from ownkey.workspace.jira.issues import card_of, links_of
from ownkey.workspace.jira.trouble import JiraTroubleError, unreadable
from ownkey.workspace.jira.uses import CHANGELOG, COMMENTS, ISSUE, REMOTE_LINKS, Use
from ownkey.workspace.jira.values import (
    day_of,
    id_of,
    key_of,
    list_of,
    mapping_of,
    moment_of,
    someone_of,
    status_of,
    text_of,
)

NEWEST_COMMENTS: Final = 50
NEWEST_CHANGES: Final = 100
_SHOWN_ELSEWHERE: Final = frozenset(
    {
        "summary",
        "description",
        "comment",
        "attachment",
        "worklog",
        "issuelinks",
        "subtasks",
        "status",
        "assignee",
        "reporter",
        "issuetype",
        "priority",
        "parent",
        "labels",
        "watches",
        "votes",
        "project",
        "created",
        "updated",
        "duedate",
        "fixVersions",
        "components",
        "environment",
    }
)


_NO_WORDS: Final = frozenset({"Rank", "Development", "Epic Link"})
"""Names of fields whose values say nothing to people, or what stands above."""


async def read_issue(jira: Jira, key: str) -> IssueView:
    """Return an issue; what beside it cannot be read is said, and the rest is shown.

    Raises:
        JiraTroubleError: the issue itself cannot be read.
    """
    troubles: list[str] = []
    parts = {"issueIdOrKey": key}
    fields, issue, comments, changes, pages = await together(
        fields_of(jira),
        jira.json(ISSUE, parts, query={"fields": "*all", "expand": "names"}),
        _beside(jira, COMMENTS, parts, {"orderBy": "-created", "maxResults": NEWEST_COMMENTS}, troubles),
        _beside(jira, CHANGELOG, parts, {"maxResults": NEWEST_CHANGES}, troubles),
        _beside(jira, REMOTE_LINKS, parts, {}, troubles),
    )
    return _view(object_in(issue), fields, comments, changes, pages, tuple(dict.fromkeys(troubles)))


async def _beside(
    jira: Jira, use: Use, parts: Mapping[str, str], query: Mapping[str, Any], troubles: list[str]
) -> Any:  # noqa: ANN401 — JSON has no narrower type
    """Return what stands beside an issue; an empty object where it cannot be read."""
    try:
        return await jira.json(use, parts, query=query)
    except JiraTroubleError as error:
        troubles.append(error.trouble.sentence)
        return {}


def _view(  # noqa: PLR0913, PLR0917 — the answers that it is put together from
    issue: Mapping[str, Any],
    fields: Fields,
    comments: object,
    changes: object,
    pages: object,
    troubles: tuple[str, ...],
) -> IssueView:
    if not key_of(issue.get("key")):
        raise JiraTroubleError(unreadable())
    values = mapping_of(issue.get("fields"))
    newest = list_of(mapping_of(comments).get("comments"))
    total = mapping_of(comments).get("total")
    return IssueView(
        card=card_of(issue, fields),
        description=document_html(values.get("description")),
        project=text_of(values, "project", "name"),
        is_archived=mapping_of(values.get("project")).get("archived") is True
        or bool(values.get("archiveddate")),
        reporter=someone_of(values.get("reporter")),
        created=moment_of(values.get("created")),
        due=day_of(values.get("duedate")),
        components=_names(values.get("components")),
        versions=_names(values.get("fixVersions")),
        sprints=_names(values.get(fields.sprint)),
        watchers=_count(values, "watches", "watchCount"),
        votes=_count(values, "votes", "votes"),
        comments=tuple(_comment(each) for each in reversed(newest)),
        comments_left_out=max(total - len(newest), 0) if isinstance(total, int) else 0,
        changes=tuple(_changes(list_of(mapping_of(changes).get("values")))),
        attachments=tuple(
            _attachment(each)
            for each in list_of(values.get("attachment"))
            if id_of(each.get("id")).isdecimal()
        ),
        work=tuple(_work(each) for each in list_of(mapping_of(values.get("worklog")).get("worklogs"))),
        sub_tasks=tuple(
            _sub_task(each) for each in list_of(values.get("subtasks")) if key_of(each.get("key"))
        ),
        links=tuple(links_of(values)),
        pages=tuple(_page(each) for each in list_of(pages)),
        further=tuple(_further(values, mapping_of(issue.get("names")), fields)),
        troubles=troubles,
    )


def _comment(value: Mapping[str, Any]) -> Comment:
    return Comment(
        someone_of(value.get("author")),
        moment_of(value.get("created")),
        document_html(value.get("body")),
        text_of(value, "visibility", "value"),
    )


def _changes(histories: Sequence[Mapping[str, Any]]) -> list[Change]:
    changes = [
        Change(
            someone_of(history.get("author")),
            moment_of(history.get("created")),
            text_of(item, "field"),
            text_of(item, "fromString")[:200],
            text_of(item, "toString")[:200],
        )
        for history in histories
        for item in list_of(history.get("items"))
    ]
    return sorted(changes, key=lambda change: change.at.timestamp() if change.at else 0.0, reverse=True)


def _attachment(value: Mapping[str, Any]) -> Attachment:
    size = value.get("size")
    return Attachment(
        id=id_of(value.get("id")),
        name=text_of(value, "filename") or "unnamed",
        size=size if isinstance(size, int) else 0,
        kind=text_of(value, "mimeType"),
        author=someone_of(value.get("author")),
        at=moment_of(value.get("created")),
        has_thumbnail=bool(value.get("thumbnail")),
    )


def _work(value: Mapping[str, Any]) -> Work:
    return Work(
        someone_of(value.get("author")),
        moment_of(value.get("started")),
        text_of(value, "timeSpent"),
        plain_text(value.get("comment")),
    )


def _sub_task(value: Mapping[str, Any]) -> SubTask:
    fields = mapping_of(value.get("fields"))
    return SubTask(key_of(value.get("key")), text_of(fields, "summary"), status_of(fields.get("status")))


def _page(value: Mapping[str, Any]) -> Page:
    return Page(text_of(value, "object", "title") or "a page", text_of(value, "object", "url"))


def _names(value: object) -> tuple[str, ...]:
    return tuple(text_of(each, "name") for each in list_of(value))


def _count(values: Mapping[str, Any], name: str, within: str) -> int:
    count = mapping_of(values.get(name)).get(within)
    return count if isinstance(count, int) else 0


def _further(values: Mapping[str, Any], names: Mapping[str, Any], fields: Fields) -> list[tuple[str, str]]:
    """Return what else an issue holds that can be said in a line, by the fields' names."""
    hidden = _SHOWN_ELSEWHERE | {fields.sprint, *fields.points, fields.flagged}
    found = [
        (shown(names.get(name)) or name, in_words(value))
        for name, value in values.items()
        if name not in hidden and name.startswith("customfield_") and names.get(name) not in _NO_WORDS
    ]
    return sorted((name, words) for name, words in found if words)
