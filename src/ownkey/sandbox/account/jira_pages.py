"""The pretend Jira's own pages: projects, a project's board, and an issue with its history and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.account.pages import NOTHING, page
from ownkey.sandbox.jira.schemes import status_in, workflow_of
from ownkey.sandbox.jira.seen import Seen
from ownkey.sandbox.markup import Markup, fill, joined, piece
from ownkey.sandbox.rich_text import html_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ownkey.sandbox.exchange import Response
    from ownkey.sandbox.jira.entities import Attachment, Change, Comment, History, Issue, Project, Sprint
    from ownkey.sandbox.jira.issue.text import RichText
    from ownkey.sandbox.jira.world import World
    from ownkey.sandbox.people import Person

_LONGEST_VALUE = 160


def home(world: World, person: Person) -> Response:
    """Return Jira's first page: its projects, and what is assigned to this person."""
    seen = Seen(world, person)
    issues = list(seen.ranked())
    projects = joined(
        fill("jira_project_row", key=one.key, name=one.name, lead=_name(world, one.lead),
             count=_counted(sum(issue.project_id == one.id for issue in issues)))
        for one in seen.projects()
    )  # fmt: skip
    mine = [issue for issue in issues if issue.assignee == person.email and issue.status != "Done"]
    content = fill("jira_home", projects=projects, mine=_rows(world, mine), name=person.display_name)
    return page("Your work", content, person=person, is_jira=True)


def project(world: World, found: Project, person: Person) -> Response:
    """Return a project's page: its board's active sprint by status, then what waits."""
    issues = [issue for issue in Seen(world, person).ranked() if issue.project_id == found.id]
    boards = {board.id for board in world.boards.values() if board.project_id == found.id}
    sprint = next(
        (one for one in world.sprints.values() if one.board_id in boards and one.state == "active"), None
    )
    on_board = [issue for issue in issues if sprint is not None and issue.sprint_id == sprint.id]
    others = [issue for issue in issues if issue not in on_board]
    board = _board(found, sprint, on_board) if sprint is not None else NOTHING
    content = fill("jira_project", key=found.key, name=found.name, board=board, others=_rows(world, others))
    return page(found.name, content, person=person, is_jira=True)


def _board(project: Project, sprint: Sprint, issues: Iterable[Issue]) -> Markup:
    held = list(issues)
    columns = joined(
        fill("jira_column", name=status.name, issues=_cards(one for one in held if one.status == status.name))
        for status in workflow_of(project)
    )
    return fill("jira_board", name=sprint.name, goal=sprint.goal, columns=columns)


def _cards(issues: Iterable[Issue]) -> Markup:
    return joined(
        piece(
            '<li class="card"><a href="/browse/$key"><code>$key</code> $summary</a></li>',
            key=one.key,
            summary=one.summary,
        )
        for one in issues
    )


def _rows(world: World, issues: Iterable[Issue]) -> Markup:
    rows = joined(
        fill(
            "jira_issue_row",
            key=one.key,
            summary=one.summary,
            kind=one.issue_type,
            status=_status(world, one),
        )
        for one in issues
    )
    return rows or Markup('<li class="help">Nothing.</li>')


def issue(world: World, found: Issue, person: Person) -> Response:
    """Return an issue's page: description, comments, and the history with names."""
    history, seen = [*reversed(found.histories)], Seen(world, person)
    comments = seen.comments(found)
    content = fill(
        "issue",
        project=world.projects[found.project_id].name,
        project_key=world.projects[found.project_id].key,
        key=found.key,
        summary=found.summary,
        description=_rich(found.description) or Markup('<p class="help">No description.</p>'),
        facts=_facts(world, found, seen),
        files=_files(world, seen.attachments(found)),
        comment_count=len(comments),
        comments=joined(_comment(world, one) for one in comments)
        or Markup('<p class="help">No comments yet.</p>'),
        history=joined(_history(world, one) for one in history),
        created=_event(
            world, found.creator or found.reporter, "created the issue", found.created_at, NOTHING
        ),
    )
    return page(f"{found.key} {found.summary}", content, person=person, is_jira=True)


def _facts(world: World, found: Issue, seen: Seen) -> Markup:
    sprint = world.sprints.get(found.sprint_id) if found.sprint_id is not None else None
    parent = seen.issue(found.parent_id or "")
    values: dict[str, object] = {
        "Status": _status(world, found),
        "Type": found.issue_type,
        "Assignee": _name(world, found.assignee) if found.assignee else "Unassigned",
        "Reporter": _name(world, found.reporter),
        "Priority": found.priority,
        "Parent": _link_to(parent) if parent is not None else "",
        "Sprint": sprint.name if sprint is not None else "",
        "Labels": ", ".join(found.labels),
        "Components": ", ".join(world.components[number].name for number in found.component_ids),
        "Fix versions": ", ".join(world.versions[number].name for number in found.version_ids),
        "Story points": f"{found.points:g}" if found.points is not None else "",
        "Due": found.due or "",
    }
    return joined(
        piece("<dt>$name</dt><dd>$value</dd>", name=name, value=value)
        for name, value in values.items()
        if value
    )


def _link_to(other: Issue) -> Markup:
    return piece('<a href="/browse/$key">$key</a> $summary', key=other.key, summary=other.summary)


def _files(world: World, held: Iterable[Attachment]) -> Markup:
    files = list(held)
    if not files:
        return NOTHING
    items = joined(
        piece(
            "<li>$name <span class=sub>$size, added by $author</span></li>",
            name=one.filename,
            size=_size(one.content.size),
            author=_name(world, one.author),
        )
        for one in files
    )
    return fill("issue_files", items=items, count=len(files))


def _comment(world: World, comment: Comment) -> Markup:
    edited = (
        ""
        if comment.updated_at == comment.created_at
        else f" (edited by {_name(world, comment.update_author)})"
    )
    return _event(world, comment.author, f"commented{edited}", comment.created_at, _rich(comment.text))


def _history(world: World, entry: History) -> Markup:
    changes = joined(_change(change) for change in entry.changes)
    return _event(
        world, entry.author, "changed", entry.at, piece("<ul class=plain>$changes</ul>", changes=changes)
    )


def _change(change: Change) -> Markup:
    return piece(
        '<li><strong>$field</strong> <span class="change"><span class="hidden">from</span> <s>$old</s> '
        '<span aria-hidden="true">→</span> <span class="hidden">to</span> <span>$new</span></span></li>',
        field=change.field,
        old=_short(change.old_text),
        new=_short(change.new_text),
    )


def _event(world: World, email: str, what: str, at: datetime, inner: Markup) -> Markup:
    person = world.people.get(email)
    return fill(
        "issue_event",
        name=_name(world, email),
        user_name=person.user_name if person else "nobody",
        what=what,
        machine_time=at.isoformat(),
        time=f"{at:%d %B %Y, %H:%M} UTC",
        inner=inner,
    )


def _rich(text: RichText | None) -> Markup:
    return NOTHING if text is None else html_of(text.as_document())


def _status(world: World, issue: Issue) -> Markup:
    status = status_in(world.projects[issue.project_id], issue.status)
    return piece(
        '<span class="status" data-category="$category">$name</span>',
        category=status.category,
        name=status.name,
    )


def _name(world: World, email: str | None) -> str:
    person = world.people.get(email or "")
    return person.display_name if person is not None else email or "nobody"


def _short(text: str | None) -> str:
    shown = " ".join((text or "nothing").split()) or "nothing"
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"


def _size(size: int) -> str:
    return f"{size} bytes" if size < 1024 else f"{size / 1024:.0f} KB"


def _counted(number: int) -> str:
    return "1 issue" if number == 1 else f"{number} issues"
