"""The gate decides for every operation and any scopes as Atlassian's own files do, read here by other code.

The files are not part of the project. They are looked for in the folder that OWNKEY_ATLASSIAN_FILES names, or
in `shared/atlassian` beside the checkout; without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.sandbox import gateway
from ownkey.sandbox.cloud import Cloud
from ownkey.sandbox.credentials import Scheme
from ownkey.sandbox.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

BESIDE = Path(__file__).parents[3] / "shared" / "atlassian"
FILES = Path(os.environ.get("OWNKEY_ATLASSIAN_FILES", BESIDE))
BOT = "release-bot-5e4a1ce0@serviceaccount.atlassian.com"
ASSETS = "/jsm/assets/workspace/{workspaceId}/v1"

pytestmark = pytest.mark.skipif(
    not (FILES / "platform.json").is_file(), reason="Atlassian's files are not here"
)


@dataclass(frozen=True)
class Published:
    """An operation as the files publish it."""

    method: str
    path: str
    scope_sets: frozenset[frozenset[str]]

    def opened_by(self, scopes: Collection[str]) -> bool:
        """Whether a token may: any set is there whole; an empty set counts only where all are empty."""
        named = [needed for needed in self.scope_sets if needed]
        if not named:
            return bool(self.scope_sets)
        return any(all(scope in scopes for scope in needed) for needed in named)


def _openapi(name: str) -> Iterator[Published]:
    for path, methods in json.loads((FILES / name).read_text("utf-8"))["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "put", "post", "delete", "patch"):
                continue
            sets = {
                frozenset(entry["OAuth2"]) for entry in operation.get("security", []) if "OAuth2" in entry
            }
            for entry in operation.get("x-atlassian-oauth2-scopes", []):
                sets.add(frozenset(entry["scopes"]))
            yield Published(method.upper(), path, frozenset(sets))


def _assets() -> Iterator[Published]:
    for operation in json.loads((FILES / "assets.json").read_text("utf-8"))["operations"]:
        sets = frozenset({frozenset(operation["scopes"])} if operation["scopes"] else set())
        yield Published(operation["method"], ASSETS + operation["path"], sets)


@cache
def published() -> tuple[Published, ...]:
    """Return every operation of the four files."""
    found = [*_openapi("platform.json"), *_openapi("software.json"), *_openapi("jsm.json"), *_assets()]
    return tuple(found)


@cache
def all_scopes() -> tuple[str, ...]:
    """Return every scope of the four files."""
    return tuple(
        sorted({scope for operation in published() for needed in operation.scope_sets for scope in needed})
    )


@cache
def _cloud() -> Cloud:
    return Cloud()


def gate_opens(operation: Published, scopes: Collection[str]) -> bool:
    """Ask the gate."""
    cloud = _cloud()
    now = cloud.clock()
    _, text = cloud.tokens.issue(
        cloud.people[BOT],
        label="test",
        scopes=frozenset(scopes),
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    path = re.sub(r"\{[^/]*\}", "987654321", operation.path)
    request = Request(
        operation.method,
        f"/ex/jira/{cloud.cloud_id}{path}",
        headers=(("authorization", f"{Scheme.BEARER.title()} {text}"),),
    )
    answer = gateway.answer(cloud, request)
    headers = {name.lower(): value for name, value in answer.headers}
    is_refused = headers.get("x-failure-category") == "FAILURE_CLIENT_SCOPE_CHECK"
    assert is_refused == (answer.status == 401)
    assert answer.status < 500
    return not is_refused


def test_files_have_all_operations() -> None:
    assert len(published()) == 619 + 105 + 72 + 66


def test_each_published_set_opens_its_operation_and_none_of_its_parts_does() -> None:
    for operation in published():
        assert gate_opens(operation, ()) == operation.opened_by(()), operation
        assert gate_opens(operation, all_scopes()) == operation.opened_by(all_scopes()), operation
        for needed in operation.scope_sets:
            for scopes in (needed, *(needed - {scope} for scope in needed)):
                assert gate_opens(operation, scopes) == operation.opened_by(scopes), (operation, scopes)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_gate_decides_any_scopes_as_the_files_do(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(published()))
    near = sorted({scope for needed in operation.scope_sets for scope in needed})
    strangers = data.draw(st.sets(st.sampled_from(all_scopes()), max_size=50))
    scopes = strangers | (data.draw(st.sets(st.sampled_from(near))) if near else set())
    assert gate_opens(operation, scopes) == operation.opened_by(scopes)
