"""Calls through a running gateway are on record; with the record away nothing is written to Jira."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.connections.running import ADA, Organisation, running_organisation


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Ownkey and a sandbox, both running, with Ada connected."""
    home = tmp_path_factory.mktemp("organisation") / "home"
    with running_organisation(home) as running:
        running.add_alm_account("acme", "Acme")
        running.connect("acme", ADA)
        yield running


@pytest.fixture
def key(organisation: Organisation) -> str:
    """A client key of Ada's."""
    made = organisation.ownkey(
        "key", "create", "--user", ADA, "--account", "acme", "--name", "Tests", "--json"
    )
    return str(made.json["key"])


def ask(organisation: Organisation, key: str, method: str, path: str, body: object = None) -> int:
    """Send a call through the gateway and return the status."""
    request = urllib.request.Request(  # noqa: S310 our own address
        f"{organisation.url}/jira/acme{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 see above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def exported(organisation: Organisation) -> list[dict[str, object]]:
    """Return what is on record of calls."""
    lines = organisation.ownkey("audit", "export").stdout.splitlines()
    return [entry for entry in map(json.loads, lines) if entry["action"].startswith("call.")]


def test_calls_are_on_record_and_the_record_is_whole(organisation: Organisation, key: str) -> None:
    comment = {"body": {"type": "doc", "version": 1, "content": []}}
    issue = "/rest/api/3/issue/ACME-1"
    assert ask(organisation, key, "GET", issue) == 200
    assert ask(organisation, key, "POST", f"{issue}/comment", comment) in range(200, 500)
    assert ask(organisation, key, "GET", "/rest/api/3/nonsense") == 403
    started = next(
        entry
        for entry in exported(organisation)
        if entry["action"] == "call.started" and str(entry["subject"]).startswith("POST")
    )
    assert (started["actor"], started["alm_account"]) == (ADA, "acme")
    assert started["subject"] == "POST /rest/api/3/issue/{issueIdOrKey}/comment"
    details = started["details"]
    assert isinstance(details, dict)
    assert (details["acting_as"], details["identity"], details["client_key"]) == (ADA, "own", key[3:15])
    assert organisation.ownkey("audit", "verify", "--json").json["whole"] is True


def test_while_the_record_cannot_be_written_nothing_is_written_to_jira(
    organisation: Organisation, key: str
) -> None:
    issue = "/rest/api/3/issue/ACME-1"
    assert ask(organisation, key, "GET", issue) == 200
    with sqlite3.connect(organisation.ownkey.home / "ownkey.sqlite3", isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        before = len(organisation.sandbox.requests())
        assert ask(organisation, key, "PUT", issue, {"fields": {"summary": "x"}}) == 503
        assert len(organisation.sandbox.requests()) == before
        assert ask(organisation, key, "GET", issue) == 200
        database.execute("ROLLBACK")
    database.close()
    assert ask(organisation, key, "PUT", issue, {"fields": {"summary": "x"}}) == 204
    assert organisation.ownkey("audit", "verify", "--json").json["whole"] is True
