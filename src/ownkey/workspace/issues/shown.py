"""An issue as its page shows it, put together from Jira's answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from ownkey.workspace.jira.fields import Fields
from ownkey.workspace.jira.in_words import in_words
from ownkey.workspace.jira.issues import card_of, links_of
from ownkey.workspace.jira.values import (
    Someone,
    day_of,
    id_of,
    key_of,
    list_of,
    mapping_of,
    moment_of,
    someone_of,
    status_of,
    text_of,
    whole_of,
)

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


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an issue, as Jira sent it."""

    comments: Mapping[str, Any]
    older_than: int
    changes: Sequence[Mapping[str, Any]]
    changes_in_all: int
    pages: Sequence[Mapping[str, Any]]
    work: Sequence[Mapping[str, Any]]
    watchers: tuple[Someone, ...]
    voters: tuple[Someone, ...]
    troubles: tuple[str, ...]


def view_of(issue: Mapping[str, Any], fields: Fields, beside: Beside) -> IssueView:
    """Return what the page of an issue shows."""
    values = mapping_of(issue.get("fields"))
    comments = list_of(beside.comments.get("comments"))
    older = whole_of(beside.comments.get("total")) - beside.older_than - len(comments)
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
        watched_by=beside.watchers,
        votes=_count(values, "votes", "votes"),
        voted_by=beside.voters,
        comments=tuple(_comment(each) for each in reversed(comments)),
        comments_left_out=max(older, 0),
        newer_left_out=beside.older_than,
        changes=tuple(_changes(beside.changes)),
        changes_left_out=max(beside.changes_in_all - len(beside.changes), 0),
        attachments=tuple(
            _attachment(each)
            for each in list_of(values.get("attachment"))
            if id_of(each.get("id")).isdecimal()
        ),
        work=tuple(_work(each) for each in beside.work),
        work_in_all=_time_in_words(sum(whole_of(each.get("timeSpentSeconds")) for each in beside.work)),
        sub_tasks=tuple(
            _sub_task(each) for each in list_of(values.get("subtasks")) if key_of(each.get("key"))
        ),
        links=tuple(links_of(values)),
        pages=tuple(_page(each) for each in beside.pages),
        further=tuple(_further(values, mapping_of(issue.get("names")), fields)),
        troubles=beside.troubles,
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


def _time_in_words(seconds: int) -> str:
    """Return a time of work as Jira writes it, in hours and minutes; empty for none."""
    hours, minutes = divmod(seconds // 60, 60)
    return " ".join(part for part in (f"{hours}h" if hours else "", f"{minutes}m" if minutes else "") if part)


def _count(values: Mapping[str, Any], name: str, within: str) -> int:
    return whole_of(mapping_of(values.get(name)).get(within))


def _further(values: Mapping[str, Any], names: Mapping[str, Any], fields: Fields) -> list[tuple[str, str]]:
    """Return what else an issue holds that can be said in a line, by the fields' names."""
    hidden = _SHOWN_ELSEWHERE | {fields.sprint, *fields.points, fields.flagged}
    found = [
        (shown(names.get(name)) or name, in_words(value))
        for name, value in values.items()
        if name not in hidden and name.startswith("customfield_") and names.get(name) not in _NO_WORDS
    ]
    return sorted((name, words) for name, words in found if words)
