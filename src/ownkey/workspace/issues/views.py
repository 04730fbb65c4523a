"""The page of an issue, and its files."""

import re
from typing import Final
from urllib.parse import quote

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ownkey.calls.answers import Answer
from ownkey.calls.refusals import Code
from ownkey.workspace.flows import Kept, note_opened
from ownkey.workspace.issues.reading import read_issue
from ownkey.workspace.issues.values import PICTURES, PLAIN_TEXT
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind, trouble_of_answer
from ownkey.workspace.jira.uses import (
    ATTACHMENT_CONTENT,
    ATTACHMENT_THUMBNAIL,
    BULK_FETCH,
    CHANGELOG,
    COMMENTS,
    FIELDS,
    ISSUE,
    REMOTE_LINKS,
    VOTES,
    WATCHERS,
    WORK_LOG,
    Use,
)
from ownkey.workspace.live.watching import IssueWatch
from ownkey.workspace.models import Thing
from ownkey.workspace.pages import Page, Part, Place, jira_of, jira_page, place_of, start_of

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}-[0-9]{1,12}|[0-9]{1,18}", re.ASCII)
LARGEST_FILE: Final = 32 * 1024 * 1024


@jira_page(ISSUE, BULK_FETCH, COMMENTS, CHANGELOG, REMOTE_LINKS, FIELDS, WATCHERS, VOTES, WORK_LOG)
def issue(place: Place, key: str) -> Page:
    """Show everything of one issue."""
    if not _KEY.fullmatch(key):
        raise Http404
    note_opened(Kept(place.person, place.account, Thing.ISSUE, key.upper()))
    older_than = start_of(place)

    async def content(jira: Jira) -> Part:
        view = await read_issue(jira, key, older_than=older_than)
        asked = key.upper()
        has_another_key = not asked.isdigit() and asked != view.card.key
        context = {"issue": view, "asked": asked, "has_another_key": has_another_key}
        return Part("workspace/issues/issue_content.html", context, cards=(view.card,))

    return Page("workspace/issues/issue.html", content, {"key": key, "heading": key}, IssueWatch(key.upper()))


@require_safe
def attachment(request: HttpRequest, slug: str, attachment_id: int) -> HttpResponse:
    """Give an attached file to be kept, never to be opened as a page of Ownkey's."""
    return _file(request, slug, attachment_id, ATTACHMENT_CONTENT, is_kept=True)


@require_safe
def preview(request: HttpRequest, slug: str, attachment_id: int) -> HttpResponse:
    """Give an attached picture or plain text to be looked at, and any other file to be kept."""
    return _file(request, slug, attachment_id, ATTACHMENT_CONTENT, is_kept=False)


@require_safe
def thumbnail(request: HttpRequest, slug: str, attachment_id: int) -> HttpResponse:
    """Give the small picture of an attached file."""
    return _file(request, slug, attachment_id, ATTACHMENT_THUMBNAIL, is_kept=False)


def _file(request: HttpRequest, slug: str, attachment_id: int, use: Use, *, is_kept: bool) -> HttpResponse:
    place = place_of(request, slug)
    try:
        jira = jira_of(place, use)
    except JiraTroubleError as error:
        return _plainly(error.trouble.sentence, status=503)
    outcome = async_to_sync(jira.outcome)(
        use, {"id": str(attachment_id)}, query={"redirect": "false"}, largest=LARGEST_FILE
    )
    if not isinstance(outcome, Answer) and outcome.code is Code.UPSTREAM_UNREADABLE:
        return _plainly("This file is too large to be fetched here. Open the issue in Jira.", status=502)
    if not isinstance(outcome, Answer):
        return _plainly(outcome.detail, status=outcome.status)
    trouble = trouble_of_answer(outcome)
    if trouble is not None:
        is_missing = trouble.kind is Kind.NOT_THERE
        sentence = "Jira shows you no such file." if is_missing else f"{trouble.sentence} {trouble.next_step}"
        return _plainly(sentence, status=outcome.status if outcome.status >= 400 else 502)
    return _as_file(outcome, is_kept=is_kept, name=f"attachment-{attachment_id}")


def _plainly(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


def _as_file(answer: Answer, *, is_kept: bool, name: str) -> HttpResponse:
    kind = dict(answer.headers).get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    shown_as = kind if kind in PICTURES else "text/plain; charset=utf-8" if kind == PLAIN_TEXT else ""
    response = HttpResponse(answer.body, content_type=shown_as or "application/octet-stream")
    how = "inline" if shown_as and not is_kept else "attachment"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name)}"
    # Even opened by itself it is no page of Ownkey's: nothing in it runs, and it has an origin of its own.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
