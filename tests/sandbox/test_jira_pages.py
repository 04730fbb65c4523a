"""The pretend Jira can be looked at: an issue with its history and names, and the way to one's account."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from ownkey.sandbox.rich_text import html_of

from .conftest import ADA, Answer, Client

if TYPE_CHECKING:
    from collections.abc import Callable

ISSUE = "/rest/api/3/issue/ACME-1"


@pytest.fixture
def ada(client: Client) -> Client:
    client.post("/login", {"email": ADA, "continue": "/jira"})
    return client


def change(client: Client, method: str, path: str, body: dict[str, Any], email: str = ADA) -> Answer:
    token = client.token("read:jira-work", "write:jira-work", email=email)
    headers = {"content-type": "application/json"}
    return client.call(
        method,
        f"{client.gateway}{path}",
        auth=(email, token),
        headers=headers,
        body=json.dumps(body).encode(),
    )


def section(answer: Answer, name: str) -> str:
    """Return one section of a page."""
    return answer.text.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def test_the_way_to_the_tokens_begins_at_the_profile_of_a_jira_page(ada: Client) -> None:
    page = ada.get("/jira").text
    for words in (
        "Manage account",
        "Security",
        "Create and manage API tokens",
        "Create API token with scopes",
    ):
        found = re.search(rf'<a [^>]*href="([^"]+)">{words}</a>', page)
        assert found, words
        page = ada.get(found[1]).text


def test_the_first_page_of_jira_has_its_projects_and_ones_own_issues(ada: Client) -> None:
    page = ada.get("/jira")
    assert "Acme tickets" in section(page, "projects")
    mine = section(page, "mine")
    assert "ACME-3" in mine
    assert "ACME-7" not in mine, "what is done is no work"


def test_a_project_shows_its_board_and_the_rest(ada: Client) -> None:
    page = ada.get("/jira/projects/ACME").text
    columns = re.findall(r'aria-label="([^"]+)">\s*<h3>(.*?)</section>', page, re.DOTALL)
    assert [name for name, _ in columns] == ["To Do", "In Progress", "Done"]
    assert "ACME-3" in columns[1][1]
    assert "ACME-8" in page
    assert "SHOP-1" not in page


def test_an_issue_shows_description_comments_files_and_details(ada: Client) -> None:
    page = ada.get("/browse/ACME-3")
    assert "A visitor pays for a ticket with a card." in section(page, "description")
    assert "Bo Diddley</strong> commented" in section(page, "comments")
    assert "cards.txt" in section(page, "files")
    details = section(page, "details")
    for value in (
        "In Progress",
        "Ada Lovelace",
        "ACME Sprint 1",
        "payment",
        "Checkout",
        'href="/browse/ACME-1"',
    ):
        assert value in details


def test_what_a_tool_does_stands_in_the_history_under_the_persons_name(ada: Client) -> None:
    assert change(ada, "PUT", ISSUE, {"fields": {"summary": "Tickets on a telephone"}}).status == 204
    bos = {"transition": {"id": "31"}}
    assert change(ada, "POST", f"{ISSUE}/transitions", bos, email="bo@acme.example").status == 204
    page = ada.get("/browse/ACME-1")
    events = re.findall(r"<strong>([^<]+)</strong> (changed|created the issue)", section(page, "history"))
    assert events == [
        ("Bo Diddley", "changed"),
        ("Ada Lovelace", "changed"),
        ("Grace Hopper", "changed"),
        ("Grace Hopper", "created the issue"),
    ]
    assert "Tickets can be bought on a phone" in section(page, "history")
    assert "Tickets on a telephone" in page.text
    assert "2026, " in section(page, "history")


def test_a_comment_that_was_edited_says_by_whom(ada: Client) -> None:
    text = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}],
    }
    added = change(ada, "POST", f"{ISSUE}/comment", {"body": text})
    ada.clock.advance(hours=1)
    change(ada, "PUT", f"{ISSUE}/comment/{added.json['id']}", {"body": text})
    assert "commented (edited by Ada Lovelace)" in section(ada.get("/browse/ACME-1"), "comments")


@pytest.mark.parametrize("path", ["/jira", "/jira/projects/ACME", "/browse/ACME-1"])
def test_every_page_of_jira_asks_who_one_is_and_says_that_it_is_a_sandbox(client: Client, path: str) -> None:
    asked = client.call("GET", path)
    assert (asked.status, str(asked.header("location"))[:16]) == (303, "/login?continue=")
    client.post("/login", {"email": ADA, "continue": path})
    assert "Sandbox – not Atlassian" in client.get(path).text


@pytest.mark.parametrize("path", ["/jira/projects/NONE", "/browse/NONE-1", "/jira/boards"])
def test_what_is_not_there_is_said(ada: Client, path: str) -> None:
    assert ada.get(path).status == 404


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
EVERY_FIELD: list[Callable[[Client], Answer]] = [
    lambda client: change(client, "PUT", ISSUE, {"fields": {"summary": EVIL}}),
    lambda client: change(client, "PUT", ISSUE, {"fields": {"labels": ["<script>"]}}),
    lambda client: change(client, "POST", f"{ISSUE}/comment", {"body": document(text(EVIL))}),
    lambda client: change(client, "PUT", ISSUE, {"fields": {"description": document(text(EVIL))}}),
]


def text(words: str, **more: object) -> dict[str, object]:
    return {"type": "text", "text": words, **more}


def document(*nodes: object) -> dict[str, object]:
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": list(nodes)}]}


@pytest.mark.parametrize("write", EVERY_FIELD, ids=["summary", "label", "comment", "description"])
def test_what_people_write_is_never_html(ada: Client, write: Callable[[Client], Answer]) -> None:
    assert write(ada).status in (201, 204)
    for path in ("/browse/ACME-1", "/jira/projects/ACME", "/jira"):
        page = ada.get(path).text
        assert "<script>" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("node", "html"),
    [
        (document(text("a & b")), "<p>a &amp; b</p>"),
        (document(text("x", marks=[{"type": "strong"}, {"type": "em"}])), "<em><strong>x</strong></em>"),
        (document(text("x", marks=[{"type": EVIL}])), "<p>x</p>"),
        ({"type": "heading", "attrs": {"level": 1}, "content": [text("H")]}, "<h3>H</h3>"),
        ({"type": "heading", "attrs": {"level": EVIL}, "content": [text("H")]}, "<h3>H</h3>"),
        ({"type": "codeBlock", "content": [text("<b>")]}, "&lt;b&gt;"),
        ({"type": "hardBreak"}, "<br>"),
        ({"type": "mention", "attrs": {"text": "@<Bo>"}}, "@&lt;Bo&gt;"),
        ({"type": "emoji", "attrs": {"shortName": ":+1:"}}, ":+1:"),
        ({"type": "somethingNew", "content": [text("kept")]}, "kept"),
        (
            {"type": "bulletList", "content": [{"type": "listItem", "content": [text("i")]}]},
            "<ul><li>i</li></ul>",
        ),
        ({"type": "taskItem", "attrs": {"state": "DONE"}, "content": [text("t")]}, "☑ t"),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) else None,
)
def test_a_documents_nodes_become_html(node: dict[str, Any], html: str) -> None:
    assert html in html_of(node)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "java\nscript:alert(1)",
        "//evil",
        "http://[",
        7,
    ],
)
def test_only_links_of_the_web_are_links(address: object) -> None:
    marked = document(text("x", marks=[{"type": "link", "attrs": {"href": address}}]))
    assert html_of(marked) == "<p>x</p>"
    assert "<a " not in html_of({"type": "inlineCard", "attrs": {"url": address}})


def test_a_link_of_the_web_is_one() -> None:
    marked = document(text("x", marks=[{"type": "link", "attrs": {"href": 'https://a.example/"><b>'}}]))
    assert 'href="https://a.example/&quot;&gt;&lt;b&gt;"' in html_of(marked)


BROKEN: list[object] = [
    None,
    1,
    [],
    {"type": "doc", "content": 7},
    {"type": "doc", "content": [None, 7, "x", {"content": {}}]},
    {"type": ["a"], "content": []},
    {"type": "text", "text": 7, "marks": "no"},
    {"type": "text", "marks": [7, {"type": []}]},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_document_shows_nothing_and_breaks_nothing(broken: object) -> None:
    assert "<script" not in html_of(broken)


def test_a_document_that_is_nested_without_end_is_shown_to_a_depth() -> None:
    node: dict[str, Any] = text("deep")
    for _ in range(900):
        node = {"type": "blockquote", "content": [node]}
    assert "deep" not in html_of(node)
