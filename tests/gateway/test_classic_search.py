"""A search in the words that Jira Cloud has removed finds what it would have found, and the same pages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.gateway.classic_search import MOST_PAGES, Ask, answer_from, read_search
from tests.gateway.kit import ALICE, API_BASE, Client, FakeUpstream, Given, Grants, build, json_answer

if TYPE_CHECKING:
    from tests.gateway.kit import Sent

GONE = b'{"errorMessages":["The requested API has been removed."],"errors":{}}'
SEARCH = "/jira/acme/rest/api/2/search"
FIND_ALL = f"jql={quote('project = ACME')}"


class Jira:
    """A Jira that has the new search only, over a number of issues; a page is as small as `most` says."""

    def __init__(self, count: int, *, most: int = 100, approximate: int | None = None) -> None:
        self.ids = [str(10_000 + number * 7 % 1000) for number in range(count)]
        self.most = most
        self.approximate = count if approximate is None else approximate
        self.asked: list[Ask] = []

    def answer(self, ask: Ask) -> dict[str, Any]:
        self.asked.append(ask)
        document = dict(ask.document)
        if ask.path.endswith("/approximate-count"):
            return {"count": self.approximate}
        jql, start = str(document["jql"]), int(str(document.get("nextPageToken", 0)))
        # What is asked for by id comes in an order of Jira's own.
        found = sorted(jql[7:-1].split(", ")) if jql.startswith("id in (") else self.ids
        size = min(int(str(document["maxResults"])), self.most)
        page = {
            "issues": [
                {"id": number, "self": f"{API_BASE}/rest/api/2/issue/{number}"}
                for number in found[start : start + size]
            ]
        }
        return page | ({"nextPageToken": str(start + size)} if start + size < len(found) else {})

    async def __call__(self, sent: Sent) -> Given:
        path = sent.url.removeprefix(API_BASE).partition("?")[0]
        if path.endswith("/search"):
            return json_answer(GONE, status=410)
        return json_answer(json.dumps(self.answer(Ask(path, json.loads(sent.body)))).encode())


def search(jira: Jira, **asked: object) -> dict[str, Any]:
    body = json.dumps({"jql": "project = ACME", **asked}).encode()
    found = read_search("POST", "/rest/api/2/search", query=b"", body=body)
    assert found is not None
    steps = answer_from(found)
    ask = next(steps)
    while True:
        try:
            ask = steps.send(jira.answer(ask))
        except StopIteration as told:
            value: dict[str, Any] = told.value
            return value


@given(count=st.integers(0, 40), start=st.integers(0, 45), size=st.integers(0, 12), most=st.integers(1, 9))
def test_each_page_is_the_one_that_was_asked_for(count: int, start: int, size: int, most: int) -> None:
    jira = Jira(count, most=max(most, size))
    told = search(jira, startAt=start, maxResults=size)
    assert [issue["id"] for issue in told["issues"]] == jira.ids[start : start + size]
    assert (told["startAt"], told["maxResults"]) == (start, size)


@given(count=st.integers(0, 40), size=st.integers(1, 12))
def test_following_the_total_finds_everything_once(count: int, size: int) -> None:
    jira = Jira(count, approximate=max(0, count - 5))
    found: list[str] = []
    for start in range(0, 1000, size):
        told = search(jira, startAt=start, maxResults=size)
        found += [issue["id"] for issue in told["issues"]]
        if start + size >= told["total"]:
            break
    assert found == jira.ids


def test_first_page_that_is_all_takes_one_request() -> None:
    jira = Jira(3)
    assert search(jira)["total"] == 3
    assert [ask.path for ask in jira.asked] == ["/rest/api/2/search/jql"]
    assert jira.asked[0].document == {"jql": "project = ACME", "maxResults": 50, "fields": ["*navigable"]}


def test_what_is_asked_for_is_asked_for() -> None:
    jira = Jira(9)
    search(jira, startAt=4, maxResults=3, fields=["summary"], expand=["names", "changelog"], properties=["x"])
    ids, page = (dict(ask.document) for ask in jira.asked[:2])
    assert ids == {"jql": "project = ACME", "maxResults": 7, "fields": ["id"]}
    assert page["fields"] == ["summary"]
    assert (page["expand"], page["properties"]) == ("names,changelog", ["x"])


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("GET", b"startAt=-1", b""),
        ("GET", b"startAt=x", b""),
        ("GET", b"jql=%ff", b""),
        ("GET", b"startAt=60000", b""),
        ("POST", b"", b"no json"),
        ("POST", b"", b"[]"),
        ("POST", b"", b'{"jql":1}'),
        ("POST", b"", b'{"startAt":true}'),
        ("GET", b"maxResults=1e3", b""),
        ("GET", b"maxResults=" + b"9" * 20, b""),
        ("GET", b"maxResults=5.0", b""),
        ("GET", "maxResults=\u0665".encode(), b""),
        ("POST", b"", b'{"maxResults":"many"}'),
        ("POST", b"", b'{"maxResults":5.5}'),
        ("DELETE", b"", b""),
    ],
)
def test_what_cannot_be_told_in_new_words_is_left_alone(method: str, query: bytes, body: bytes) -> None:
    assert read_search(method, "/rest/api/2/search", query=query, body=body) is None


@pytest.mark.parametrize(
    "path", ["/rest/api/2/search/jql", "/rest/api/2/searching", "/rest/agile/1.0/search"]
)
def test_other_addresses_are_no_search(path: str) -> None:
    assert read_search("GET", path, query=b"jql=x", body=b"") is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("-1", 100), ("-2147483648", 100), ("2147483647", 100), ("9223372036854775807", 100),
        ("101", 100), ("0", 0), ("007", 7), ("%2B7", 7), (" 7".replace(" ", "%20"), 7),
    ],
)  # fmt: skip
def test_a_count_is_read_however_it_is_written(written: str, read: int) -> None:
    by_get = read_search("GET", "/rest/api/2/search", query=f"maxResults={written}".encode(), body=b"")
    assert by_get is not None
    assert by_get.max_results == read
    plain = unquote(written)
    for document in ({"maxResults": plain}, {"maxResults": int(plain)}):
        by_post = read_search("POST", "/rest/api/2/search", query=b"", body=json.dumps(document).encode())
        assert by_post is not None
        assert by_post.max_results == read


@pytest.mark.parametrize("start", [0, 5])
def test_what_was_asked_about_fields_is_told(start: int) -> None:
    class Describing(Jira):
        def answer(self, ask: Ask) -> dict[str, Any]:
            return super().answer(ask) | {"names": {"a": "A"}, "schema": {"a": {"type": "string"}}}

    told = search(Describing(9), startAt=start, maxResults=3, expand="schema,names")
    assert (told["names"], told["schema"]) == ({"a": "A"}, {"a": {"type": "string"}})


@pytest.mark.parametrize(
    "page",
    [
        {"issues": [], "nextPageToken": "x"},
        {"issues": [{"id": "1"}], "nextPageToken": "x"},
        {"issues": [{"id": "x"}], "nextPageToken": "new"},
        {"nextPageToken": "x"},
    ],
)
async def test_pages_without_end_come_to_one(page: dict[str, Any]) -> None:
    async def answer(sent: Sent) -> Given:
        if sent.url.partition("?")[0].endswith("/search"):
            return json_answer(GONE, status=410)
        return json_answer(json.dumps(page).encode())

    upstream = FakeUpstream(answer)
    got = await Client(build(upstream)).ask("GET", SEARCH, query=f"{FIND_ALL}&startAt=50")
    assert (got.status, got.code) == (502, "upstream-unreadable")
    assert len(upstream.sent) <= 3


async def test_pages_that_are_always_new_come_to_an_end_too() -> None:
    count = 0

    async def answer(sent: Sent) -> Given:
        nonlocal count
        if sent.url.partition("?")[0].endswith("/search"):
            return json_answer(GONE, status=410)
        count += 1
        return json_answer(json.dumps({"issues": [{"id": f"{count}"}], "nextPageToken": f"{count}"}).encode())

    upstream = FakeUpstream(answer)
    got = await Client(build(upstream)).ask("GET", SEARCH, query=f"{FIND_ALL}&startAt=5000")
    assert got.code == "upstream-unreadable"
    assert len(upstream.sent) == 1 + MOST_PAGES


async def test_search_is_answered_in_the_old_words_with_links_that_lead_back() -> None:
    upstream = FakeUpstream(Jira(12))
    answer = await Client(build(upstream)).ask(
        "GET",
        SEARCH,
        query=f"{FIND_ALL}&startAt=5&maxResults=5&fields=summary",
        headers={"accept-encoding": "gzip"},
    )
    told = json.loads(answer.body)
    assert (answer.status, told["total"], len(told["issues"])) == (200, 12, 5)
    assert told["issues"][0]["self"].startswith("https://gw.example/jira/acme/rest/api/2/issue/")
    assert answer.header("ownkey-answered-from") == b"search/jql"
    assert answer.header("ownkey-acting-as") == b"alice@acme.example; identity=own"
    assert {sent.header("accept-encoding") for sent in upstream.sent[1:]} == {None}


async def test_search_by_post_reaches_jira_first_as_it_came() -> None:
    upstream = FakeUpstream(Jira(2))
    body = b'{"jql":"project = ACME"}'
    answer = await Client(build(upstream)).ask(
        "POST", SEARCH, body=body, headers={"content-type": "application/json"}
    )
    assert json.loads(answer.body)["total"] == 2
    assert upstream.sent[0].body == body


async def test_where_jira_still_has_the_old_search_it_answers_itself() -> None:
    upstream = FakeUpstream(json_answer(b'{"total":1}'))
    answer = await Client(build(upstream)).ask("GET", SEARCH, query=FIND_ALL)
    assert (answer.body, len(upstream.sent)) == (b'{"total":1}', 1)


async def test_jiras_refusal_of_the_query_is_passed_on() -> None:
    async def refuse(sent: Sent) -> Given:
        is_old = sent.url.partition("?")[0].endswith("/search")
        return (
            json_answer(GONE, status=410) if is_old else json_answer(b'{"errorMessages":["no"]}', status=400)
        )

    answer = await Client(build(FakeUpstream(refuse))).ask("GET", SEARCH, query=FIND_ALL)
    assert (answer.status, answer.body) == (400, b'{"errorMessages":["no"]}')


async def test_search_that_cannot_be_read_gets_jiras_own_answer() -> None:
    upstream = FakeUpstream(Jira(2))
    answer = await Client(build(upstream)).ask("GET", SEARCH, query="startAt=x")
    assert (answer.status, answer.body, len(upstream.sent)) == (410, GONE, 1)


async def test_key_that_may_not_search_does_not_search_in_other_words(upstream: FakeUpstream) -> None:
    grants = Grants(replace(ALICE, key_scopes=frozenset({"read:jira-user"})))
    answer = await Client(build(upstream, grants=grants)).ask("GET", SEARCH, query=FIND_ALL)
    assert answer.code == "scope-not-in-client-key"
    assert not upstream.sent
