"""A link that a client read here leads to Jira again where Jira reads or keeps it; nothing else changes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.gateway.answers import LIKE_A_FIELD, TEXTS, document
from tests.gateway.kit import (
    ACCOUNT,
    ALICE,
    ALICES_CREDENTIAL,
    API_BASE,
    PROFILE,
    SITE_URL,
    Client,
    FakeUpstream,
    Grants,
    json_answer,
)

HERE = "https://gw.example/jira/acme"
JSON = {"content-type": "application/json"}
OPTION = "rest/api/3/customFieldOption/10020"


SCOPES = PROFILE | {"manage:jira-project", "manage:jira-configuration"}


@pytest.fixture
def grants() -> Grants:
    """Return what Alice is granted, who administers projects."""
    account = replace(ACCOUNT, profile_scopes=SCOPES)
    return Grants(replace(ALICE, account=account, credential=replace(ALICES_CREDENTIAL, token_scopes=SCOPES)))


async def sent_for(
    alice: Client, upstream: FakeUpstream, method: str, path: str, body: bytes
) -> dict[str, Any]:
    await alice.ask(method, f"/jira/acme{path}", body=body, headers=JSON)
    sent = upstream.sent[-1]
    assert sent.header("content-length") == str(len(sent.body)).encode()
    document: dict[str, Any] = json.loads(sent.body)
    return document


async def test_a_field_that_was_read_here_is_written_to_jira_as_it_was(
    alice: Client, upstream: FakeUpstream
) -> None:
    option = {"self": f"{API_BASE}/{OPTION}", "value": TEXTS[0], "id": "10020"}
    user = {"self": f"{API_BASE}/rest/api/3/user?accountId=1", "displayName": TEXTS[3]}
    fields = {
        "description": document(),
        "summary": TEXTS[2],
        "customfield_1": option,
        "customfield_2": [user],
        "customfield_3": LIKE_A_FIELD,
        "customfield_4": TEXTS[0],
        "customfield_5": document(),
    }
    upstream.handler = json_answer(json.dumps({"fields": fields}).encode())
    read = json.loads((await alice.ask("GET", "/jira/acme/rest/api/3/issue/ED-1")).body)["fields"]
    assert read["customfield_1"]["self"] == f"{HERE}/{OPTION}"
    body = json.dumps({"fields": read}).encode()
    assert (await sent_for(alice, upstream, "PUT", "/rest/api/3/issue/ED-1", body))["fields"] == fields


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/rest/api/3/version/1/move", "after"),
        ("PUT", "/rest/api/2/version/1", "moveUnfixedIssuesTo"),
        ("POST", "/rest/api/latest/version", "moveUnfixedIssuesTo"),
    ],
)
async def test_jira_is_given_its_own_link_where_it_asks_for_one(
    alice: Client, upstream: FakeUpstream, method: str, path: str, name: str
) -> None:
    link = f"{HERE}/rest/api/3/version/10000"
    body = json.dumps({name: link, "description": link}).encode()
    sent = await sent_for(alice, upstream, method, path, body)
    assert sent == {name: f"{API_BASE}/rest/api/3/version/10000", "description": link}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (
            "PUT",
            "issue/ED-1/properties/mine",
            {"self": f"{HERE}/{OPTION}", "customfield_1": {"self": f"{HERE}/{OPTION}"}},
        ),
        (
            "PUT",
            "issue/ED-1",
            {"fields": {"description": f"{HERE}/{OPTION}", "customfield_1": f"{HERE}/{OPTION}"}},
        ),
        (
            "PUT",
            "issue/ED-1",
            {
                "fields": {
                    "description": {"type": "doc", "content": [{"attrs": {"self": f"{HERE}/{OPTION}"}}]}
                }
            },
        ),
        ("POST", "issue/ED-1/comment", {"body": {"self": f"{HERE}/{OPTION}"}}),
        ("POST", "issue/ED-1/remotelink", {"object": {"url": f"{HERE}/rest/api/3/issue/1", "title": HERE}}),
        ("POST", "filter", {"name": HERE, "jql": f'text ~ "{HERE}/rest/api/3/issue/1"'}),
    ],
)
async def test_what_people_write_leaves_as_they_wrote_it(
    alice: Client, upstream: FakeUpstream, method: str, path: str, body: dict[str, Any]
) -> None:
    written = json.dumps(body, indent=1).encode()
    await alice.ask(method, f"/jira/acme/rest/api/3/{path}", body=written, headers=JSON)
    assert upstream.sent[-1].body == written


async def test_only_json_that_is_not_packed_is_looked_into(alice: Client, upstream: FakeUpstream) -> None:
    body = json.dumps({"after": f"{HERE}/rest/api/3/version/1"}).encode()
    for headers in ({"content-type": "text/plain"}, JSON | {"content-encoding": "gzip"}, {}):
        await alice.ask("POST", "/jira/acme/rest/api/3/version/1/move", body=body, headers=headers)
        assert upstream.sent[-1].body == body


async def test_a_priority_s_picture_is_its_administrator_s(alice: Client, upstream: FakeUpstream) -> None:
    body = json.dumps(
        {"self": f"{API_BASE}/rest/api/3/priority/1", "iconUrl": f"{SITE_URL}/rest/x.png"}
    ).encode()
    upstream.handler = json_answer(body)
    answer = json.loads((await alice.ask("GET", "/jira/acme/rest/api/3/priority/1")).body)
    assert answer == {"self": f"{HERE}/rest/api/3/priority/1", "iconUrl": f"{SITE_URL}/rest/x.png"}


async def test_roles_and_a_task_lead_here(alice: Client, upstream: FakeUpstream) -> None:
    role = "rest/api/3/project/ED/role/10002"
    upstream.handler = json_answer(json.dumps({"Our admins": f"{SITE_URL}/{role}"}).encode())
    answer = await alice.ask("GET", "/jira/acme/rest/api/3/project/ED/role")
    assert json.loads(answer.body) == {"Our admins": f"{HERE}/{role}"}
    project = {"description": f"{SITE_URL}/{role}", "roles": {"self": f"{SITE_URL}/{role}"}}
    upstream.handler = json_answer(json.dumps(project).encode())
    answer = await alice.ask("GET", "/jira/acme/rest/api/3/project/ED")
    assert json.loads(answer.body) == project | {"roles": {"self": f"{HERE}/{role}"}}


async def test_a_small_body_in_chunks_is_looked_into_as_well(alice: Client, upstream: FakeUpstream) -> None:
    body = json.dumps({"after": f"{HERE}/rest/api/3/version/1"}).encode()
    headers = JSON | {"transfer-encoding": "chunked"}
    path = "/jira/acme/rest/api/3/version/2/move"
    await alice.ask("POST", path, body=[body[:30], body[30:]], headers=headers)
    assert json.loads(upstream.sent[-1].body) == {"after": f"{API_BASE}/rest/api/3/version/1"}
    large = [b'{"x":"' + b"y" * 70_000, b'","after":"' + HERE.encode() + b'/rest/api/3/version/1"}']
    await alice.ask("POST", path, body=large, headers=headers)
    assert upstream.sent[-1].body == b"".join(large)
