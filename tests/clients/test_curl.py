"""The curl line that Ownkey shows works as it stands, and so does curl for all that one does in Jira."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.kit import FILE_BYTES, NAME, run
from tests.clients.test_libraries import PAGES, assert_stays_at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients.kit import File, Way

pytestmark = pytest.mark.clients
JSON = ["--header", "content-type: application/json", "--data"]


class Curl:
    """curl with the settings that Ownkey shows, asked for other things."""

    def __init__(self, way: Way) -> None:
        self.line = shlex.split(way.settings("curl").text)
        self.address = way.address

    def __call__(self, path: str, *options: str) -> str:
        command = [
            *self.line[:-1],
            "--silent",
            "--show-error",
            "--fail-with-body",
            *options,
            self.address + path,
        ]
        return run(command)

    def json(self, path: str, *options: str) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self(path, *options))


def test_line_works_as_it_stands(way: Way) -> None:
    assert json.loads(run(["sh", "-c", way.settings("curl").text]))["displayName"] == NAME


def test_day_of_work_by_curl(way: Way, file: File, tmp_path: Path) -> None:
    curl = Curl(way)
    fields = {"project": {"key": "ACME"}, "issuetype": {"name": "Task"}, "summary": "Refund a ticket"}
    made = curl.json("/rest/api/3/issue", *JSON, json.dumps({"fields": fields}))
    key = made["key"]
    assert_stays_at(made, way.address)
    curl(f"/rest/api/3/issue/{key}", "--request", "PUT", *JSON, '{"fields":{"labels":["money"]}}')
    comment = curl.json(f"/rest/api/2/issue/{key}/comment", *JSON, '{"body":"Which tickets?"}')
    assert comment["author"]["displayName"] == NAME
    transitions = curl.json(f"/rest/api/3/issue/{key}/transitions")["transitions"]
    begin = next(one["id"] for one in transitions if one["name"] == "In Progress")
    curl(f"/rest/api/3/issue/{key}/transitions", *JSON, json.dumps({"transition": {"id": begin}}))
    (uploaded,) = curl.json(
        f"/rest/api/3/issue/{key}/attachments",
        "--header",
        "x-atlassian-token: no-check",
        "--form",
        f"file=@{file.path}",
    )
    assert uploaded["size"] == FILE_BYTES
    saved = tmp_path / "downloaded"
    curl(f"/rest/api/3/attachment/content/{uploaded['id']}", "--location", "--output", str(saved))
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == file.digest
    part = ("--range", "100-199", "--output", str(saved))
    curl(f"/rest/api/3/attachment/content/{uploaded['id']}?redirect=false", *part)
    assert saved.read_bytes() == file.path.read_bytes()[100:200]
    board = curl.json("/rest/agile/1.0/board?name=ACME")["values"][0]["id"]
    sprint = curl.json(f"/rest/agile/1.0/board/{board}/sprint?state=active")["values"][0]["id"]
    curl(f"/rest/agile/1.0/sprint/{sprint}/issue", *JSON, json.dumps({"issues": [key]}))
    seen = curl.json(f"/rest/api/3/issue/{key}?expand=changelog", "--compressed")
    assert seen["fields"]["status"]["name"] == "In Progress"
    histories = seen["changelog"]["histories"]
    assert {entry["author"]["displayName"] for entry in histories} == {NAME}
    assert {item["field"] for entry in histories for item in entry["items"]} >= {"labels", "status", "Sprint"}
    assert {effect["actor"] for effect in way.sandbox.effects()} == {"ada@acme.example"}


def test_curl_pages_through_results(way: Way) -> None:
    curl, pages, token = Curl(way), [], None
    while True:
        asked = {"jql": "project in (ACME, SHOP) ORDER BY key", "maxResults": 5, "fields": ["summary"]}
        page = curl.json(
            "/rest/api/3/search/jql", *JSON, json.dumps(asked | ({"nextPageToken": token} if token else {}))
        )
        pages.append([issue["key"] for issue in page["issues"]])
        token = page.get("nextPageToken")
        if page["isLast"]:
            break
    assert pages == [PAGES[0], [*PAGES[1][:3], "SHOP-1", "SHOP-2"], ["SHOP-3", "SHOP-4"]]


def test_head_has_the_headers_and_no_body(way: Way) -> None:
    attachment = way.sandbox.add_attachment("ACME-3", 1_000_000)
    head = Curl(way)(f"/rest/api/3/attachment/content/{attachment}?redirect=false", "--head").lower()
    assert "content-length: 1000000" in head
    assert "accept-ranges: bytes" in head
