"""An issue is shown whole: who watches, votes and worked, the newest of long lists, and files to look at."""

import re
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest

from ownkey.workspace.issues.reading import NEWEST_CHANGES, NEWEST_COMMENTS, read_issue
from ownkey.workspace.jira.remembered import forget
from ownkey.workspace.jira.uses import (
    CHANGELOG,
    COMMENTS,
    FIELDS,
    ISSUE,
    REMOTE_LINKS,
    VOTES,
    WATCHERS,
    WORK_LOG,
)
from tests.calls.faces import ALICES_SESSION
from tests.faults.browser import Browser
from tests.sandbox_process import OPENER
from tests.workspace.unit import CountingJira

OF_AN_ISSUE = (ISSUE, COMMENTS, CHANGELOG, REMOTE_LINKS, FIELDS, WATCHERS, VOTES, WORK_LOG)


def person(name: str) -> dict[str, str]:
    return {"accountId": name, "displayName": name}


def change(number: int) -> dict[str, Any]:
    items = [{"field": "status", "toString": f"change {number}"}]
    return {"author": person("Ada"), "created": number * 60_000, "items": items}


class LongIssue:
    """Answers for an issue with more of everything than one answer holds."""

    def __init__(self, *, changes: int = 250, work: int = 45, comments: int = 120) -> None:
        self.changes, self.work, self.comments = changes, work, comments
        self.asked_for_changes = 0

    def __call__(self, _method: str, path: str, _document: Any) -> Any:  # noqa: ANN401 — JSON
        work = [self._work(each) for each in range(self.work)]
        few = {"total": self.work, "worklogs": work[:20]}
        answers = {
            "field": [],
            "remotelink": [],
            "worklog": {"worklogs": work},
            "comment": {"total": self.comments, "comments": [{"author": person("Bo")}] * NEWEST_COMMENTS},
            "watchers": {"watchers": [person("Ada"), {"accountId": 1}, 7]},
            "votes": {"voters": "hidden"},
            "ACME-1": {"key": "ACME-1", "fields": {"worklog": few, "watches": {"watchCount": 2}}},
        }
        name = path.rpartition("/")[2]
        return self._changes() if name == "changelog" else answers[name]

    def _changes(self) -> dict[str, Any]:
        self.asked_for_changes += 1
        first = 0 if self.asked_for_changes == 1 else max(self.changes - NEWEST_CHANGES, 0)
        last = min(first + NEWEST_CHANGES, self.changes)
        return {"total": self.changes, "values": [change(each) for each in range(first, last)]}

    @staticmethod
    def _work(number: int) -> dict[str, Any]:
        return {"author": person("Ada"), "timeSpent": "10m", "timeSpentSeconds": 600, "comment": f"{number}"}


async def test_the_newest_of_long_lists_are_shown_in_one_more_round() -> None:
    forget(ALICES_SESSION)
    world = CountingJira(LongIssue())
    issue = await read_issue(world.jira(*OF_AN_ISSUE), "ACME-1", older_than=NEWEST_COMMENTS)
    assert [issue.changes[0].after, issue.changes[-1].after] == ["change 249", "change 150"]
    assert issue.changes_left_out == 150
    assert (len(issue.work), issue.work_in_all) == (45, "7h 30m")
    assert (issue.newer_left_out, issue.comments_left_out, issue.older_start) == (50, 20, 100)
    assert [each.name for each in issue.watched_by] == ["Ada"]
    assert (issue.watchers, issue.votes, issue.voted_by) == (2, 0, ())
    assert world.calls == 9
    first = world.rounds
    forget(ALICES_SESSION)
    world = CountingJira(LongIssue(changes=3, work=2, comments=50))
    issue = await read_issue(world.jira(*OF_AN_ISSUE), "ACME-1")
    assert (issue.changes_left_out, issue.comments_left_out, issue.troubles) == (0, 0, ())
    assert (world.calls, world.rounds) == (7, first - 1)
    await world.way.stop()


def test_who_watches_votes_and_worked_is_named(ada: Browser) -> None:
    words = ada.get("/work/acme/issues/TOUR-11/").words
    assert "Watchers 2 Ada Lovelace , Grace Hopper" in words
    assert "Votes 1 Bo Diddley" in words
    assert "Work log 4h 30m" in words


@pytest.mark.parametrize("start", ["1", "²", "999999999"])
def test_older_comments_have_an_address(ada: Browser, start: str) -> None:
    page = ada.get(f"/work/acme/issues/ACME-3/?start={quote(start)}")
    assert page.status == 200
    assert "Pay with a card" in page.words
    assert ("The newest" in page.words) is start.isascii()


def test_a_picture_and_a_text_can_be_looked_at_and_nothing_else(ada: Browser) -> None:
    for issue, kind in (("TOUR-11", "image/png"), ("ACME-3", "text/plain; charset=utf-8")):
        text = ada.get(f"/work/acme/issues/{issue}/").text
        looked_at = re.search(r'href="([^"]+/view/)"', text)
        assert looked_at is not None
        headers = headers_of(ada, looked_at[1])
        assert headers["Content-Type"] == kind
        assert headers["Content-Disposition"].startswith("inline")
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        kept = headers_of(ada, looked_at[1].replace("/view/", "/"))
        assert kept["Content-Disposition"].startswith("attachment")
    table = re.search(
        r'href="([^"]+/files/\d+/)" download[^>]*>lamps.csv', ada.get("/work/acme/issues/TOUR-11/").text
    )
    assert table is not None
    headers = headers_of(ada, f"{table[1]}view/")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")


def headers_of(browser: Browser, path: str) -> dict[str, str]:
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
    request = urllib.request.Request(f"{browser.url}{path}", headers={"Cookie": cookies})  # noqa: S310 — our own
    with OPENER.open(request, timeout=60) as answer:
        answer.read()
        return {name.title(): value for name, value in answer.headers.items()}
