"""Unmodified Jira clients do a day's work with the settings that Ownkey shows, and Jira names their owner.

Each creates, edits, comments, transitions, uploads and downloads, plans into a sprint, assigns, searches and
pages; the history that Jira keeps of it has one author, the person whose secret the client was given.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.kit import HERE, NAME, PYTHON, driver, last_line, require, run

if TYPE_CHECKING:
    from tests.clients.kit import File, Way

pytestmark = pytest.mark.clients

PAGES = [
    ["ACME-1", "ACME-2", "ACME-3", "ACME-4", "ACME-5"],
    ["ACME-6", "ACME-7", "ACME-8", "ACME-9", "SHOP-1"],
    ["SHOP-2", "SHOP-3", "SHOP-4"],
]
CHANGED = {"summary", "labels", "status", "Attachment", "Sprint"}


def work_with_python(way: Way, file: File, client: str, script: str) -> dict[str, Any]:
    require(PYTHON)
    given = f"{way.settings(client).text}\n{driver(script)}"
    return last_line(run([PYTHON, "-"], given=given, environment={"WALK_FILE": str(file.path)}))


def work_with_node(way: Way, file: File) -> dict[str, Any]:
    require(HERE / "node_modules")
    given = f"{way.settings('jira-js').text}\n{driver('jira_js.mjs')}"
    command = ["node", "--input-type=module", "-"]
    # Each answer is held against the schema that this library made from Atlassian's own files.
    environment = {"WALK_FILE": str(file.path), "AUDIT_SCHEMAS": "true"}
    return last_line(run(command, given=given, environment=environment))


def assert_worked(found: dict[str, Any], way: Way, file: File) -> None:
    assert found["me"] == NAME
    assert found["key"] == "ACME-9"
    assert found["summary"] == "Refund a ticket at once"
    assert found["labels"] == ["money"]
    assert found["status"] == "In Progress"
    assert set(found["attachment"]) == {file.digest}
    assert found["boards"] == ["ACME board"]
    assert found["sprint"] == "ACME Sprint 1"
    authors = {author for author, _ in found["history"]}
    assert authors == {NAME}
    assert {field for _, fields in found["history"] for field in fields} >= CHANGED
    assert {entry["author"]["displayName"] for entry in way.history("ACME-9")} == {NAME}
    assert {effect["actor"] for effect in way.sandbox.effects()} == {"ada@acme.example"}


def assert_searched(found: dict[str, Any]) -> None:
    assert found["found"] == ["ACME-9", "ACME-3"]
    assert found["pages"] == PAGES


def assert_stays_at(found: dict[str, Any], address: str) -> None:
    """The links that a client follows lead back to the address that it was given."""
    assert found["self"].startswith(f"{address}/rest/api/")


@pytest.mark.parametrize(
    ("client", "script"),
    [("jira-python", "jira_python.py"), ("atlassian-python-api", "atlassian_python_api.py")],
    ids=["jira", "atlassian-python-api"],
)
def test_python_library_works_as_its_owner(way: Way, file: File, client: str, script: str) -> None:
    found = work_with_python(way, file, client, script)
    assert_worked(found, way, file)
    assert_searched(found)
    assert_stays_at(found, way.address)
    assert found["description"] == "Money *back*."
    assert found["comments"] == ["Which tickets?"]
    assert found["comment_author"] == found["assignee"] == NAME
    every = [key for page in PAGES for key in page]
    assert found.get("every", every) == every


def test_jira_js_works_as_its_owner(way: Way, file: File) -> None:
    found = work_with_node(way, file)
    assert_worked(found, way, file)
    assert_searched(found)
    assert_stays_at(found, way.address)
    assert found["description"] == "Money *back*."
    assert found["comments"] == ["Which tickets?"]
    assert found["comment_author"] == found["assignee"] == NAME


def test_attachments_are_fetched_from_the_media_host_without_a_credential(way: Way, file: File) -> None:
    work_with_python(way, file, "jira-python", "jira_python.py")
    fetched = [entry for entry in way.sandbox.requests() if entry["outcome"] == "media"]
    assert len(fetched) == 2
    assert not any(entry["sent_cookie"] for entry in fetched)


def test_settings_are_written_once(way: Way) -> None:
    """The secret stands in each text as it is, so that what is copied works without an edit."""
    for client in ("curl", "jira-python", "atlassian-python-api", "jira-js", "mcp-atlassian"):
        settings = way.settings(client)
        assert way.secret in settings.text
        assert way.secret not in repr(settings)
        assert way.address in settings.text
    json.loads(way.settings("mcp-atlassian").text)
