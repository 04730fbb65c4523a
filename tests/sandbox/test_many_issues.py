"""Thousands of issues on request: made at once, the same in all runs, with their histories, and kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ownkey.sandbox.cloud import Cloud
from ownkey.sandbox.jira.seeds.many import MOST
from ownkey.sandbox.keeping.document import document_of
from ownkey.sandbox.keeping.file import WorldFile
from ownkey.sandbox.keeping.issue_texts import IssueTexts
from ownkey.sandbox.keeping.keeper import open_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.conftest import Client, Clock, Jira


def add(client: Client, **body: object) -> Any:  # noqa: ANN401 - any JSON
    return client.control("POST", "issues", body)


def all_keys(jira: Jira, jql: str) -> list[str]:
    body = {"jql": jql, "fields": ["key"], "maxResults": 5000}
    page = jira.do("POST", "/rest/api/3/search/jql", body, status=200)
    assert page["isLast"]
    return [issue["key"] for issue in page["issues"]]


def test_as_many_as_are_asked_for_are_there(ada: Jira) -> None:
    assert add(ada.client, count=1000) == {
        "project": "MANY",
        "count": 1000,
        "first": "MANY-1",
        "last": "MANY-1000",
    }
    assert len(all_keys(ada, "project = MANY")) == 1000
    assert add(ada.client, count=5)["last"] == "MANY-1005"
    new = {"project": {"key": "MANY"}, "issuetype": {"name": "Task"}, "summary": "One more"}
    assert ada.do("POST", "/rest/api/3/issue", {"fields": new}, status=201)["key"] == "MANY-1006"


def test_all_runs_have_the_same_issues(clock: Clock) -> None:
    worlds = []
    for _ in range(2):
        cloud = Cloud(clock=clock)
        cloud.add_issues(200)
        worlds.append(cloud.world.fingerprint())
    assert worlds[0] == worlds[1]


def test_they_are_of_every_type_in_every_status_and_sprint(ada: Jira) -> None:
    add(ada.client, count=300)
    for kind in ("Epic", "Story", "Task", "Bug", "Subtask"):
        assert all_keys(ada, f"project = MANY AND type = {kind}")
    for status in ("To Do", "In Progress", "Done"):
        assert len(all_keys(ada, f'project = MANY AND status = "{status}"')) > 50
    sprints = ada.get("/rest/agile/1.0/board/9/sprint")["values"]
    assert [sprint["state"] for sprint in sprints] == ["closed", "closed", "active", "future", "future"]
    for sprint in sprints:
        assert all_keys(ada, f"sprint = {sprint['id']}")
    assert all_keys(ada, "project = MANY AND Flagged is not EMPTY AND 'Story Points' > 1")
    subtask = ada.get("/rest/api/3/issue/MANY-10")["fields"]
    assert (subtask["issuetype"]["name"], subtask["parent"]["key"]) == ("Subtask", "MANY-9")


def test_each_has_a_history_with_authors(ada: Jira) -> None:
    add(ada.client, count=60)
    body = {"issueIdsOrKeys": all_keys(ada, "project = MANY AND status = Done"), "fieldIds": ["status"]}
    logs = ada.do("POST", "/rest/api/3/changelog/bulkfetch", body, status=200)["issueChangeLogs"]
    assert len(logs) == len(body["issueIdsOrKeys"])
    for log in logs:
        moves = [item["toString"] for entry in log["changeHistories"] for item in entry["items"]]
        assert moves == ["In Progress", "Done"]
    authors = {entry["author"]["displayName"] for log in logs for entry in log["changeHistories"]}
    assert authors == {"Ada Lovelace", "Bo Diddley", "Grace Hopper"}


def test_a_column_can_have_three_thousand_cards(ada: Jira) -> None:
    assert add(ada.client, count=3000, project="SHOP", status="To Do")["last"] == "SHOP-3004"
    assert len(all_keys(ada, 'project = SHOP AND status = "To Do"')) == 3002
    shown = ada.get("/rest/agile/1.0/board/2/issue?maxResults=100&startAt=3000&fields=summary")
    assert (shown["total"], len(shown["issues"])) == (3004, 4)


@pytest.mark.parametrize(
    "body",
    [
        {"count": 0},
        {"count": MOST + 1},
        {"count": True},
        {"count": "5"},
        {"count": 5, "project": "NOPE"},
        {"count": 5, "project": "SHOP", "status": "Nowhere"},
        {"count": 5, "status": "To Do"},
    ],
)
def test_what_cannot_be_made_is_refused(client: Client, body: dict[str, object]) -> None:
    answer = client.call("POST", "/_sandbox/issues", body=json.dumps(body).encode())
    assert answer.status == 400
    assert answer.json["error"].endswith(".")


def test_they_are_kept(tmp_path: Path, clock: Clock) -> None:
    cloud, file, texts = Cloud(clock=clock), WorldFile(tmp_path / "w.json"), IssueTexts()
    cloud.add_issues(300)
    file.write(document_of(cloud, texts))
    again = Cloud(clock=clock)
    assert not open_world(again, file).is_new
    assert again.world.fingerprint() == cloud.world.fingerprint()


def test_only_what_has_changed_is_encoded_anew(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, texts, encoded = Cloud(clock=clock), IssueTexts(), list[str]()
    document_of(cloud, texts)
    monkeypatch.setattr("ownkey.sandbox.keeping.issue_texts.json.dumps", _noting(encoded))
    changed = cloud.world.issue("ACME-3")
    assert changed is not None
    changed.watchers.append("bo@acme.example")
    document_of(cloud, texts)
    assert len([text for text in encoded if "ACME-3" in text]) == 1
    assert not [text for text in encoded if "ACME-4" in text]


def _noting(encoded: list[str]) -> Any:  # noqa: ANN401 - stands for json.dumps
    dumps = json.dumps

    def note(value: object, **settings: Any) -> str:  # noqa: ANN401 - as json.dumps has them
        encoded.append(text := dumps(value, **settings))
        return text

    return note
