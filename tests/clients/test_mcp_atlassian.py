"""`mcp-atlassian`, asked over MCP as an assistant asks it, does a day's work as its owner.

It takes every address that is not Atlassian's for a Data Center: it speaks version 2 of the API, and searches
at the address that Jira Cloud has removed. So its search is refused where it meets Jira itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.kit import HERE, NAME, PYTHON, last_line, require, run
from tests.clients.names.sitecustomize import MEDIA_HOST
from tests.clients.test_libraries import assert_searched, assert_worked

if TYPE_CHECKING:
    from tests.clients.kit import File, Way

pytestmark = pytest.mark.clients


def test_mcp_atlassian_works_as_its_owner(way: Way, file: File) -> None:
    require(PYTHON)
    way.sandbox.name_media_host(f"http://{MEDIA_HOST}:{way.sandbox.url.rpartition(':')[2]}")
    environment = {
        "WALK_FILE": str(file.path),
        "MCP_ATLASSIAN": str(PYTHON.with_name("mcp-atlassian")),
        "MCP_ALLOWED_URL_DOMAINS": MEDIA_HOST,
        "PYTHONPATH": str(HERE / "names"),
    }
    command = [PYTHON, HERE / "drivers" / "mcp_atlassian.py"]
    given = way.settings("mcp-atlassian").text
    found = last_line(run(command, given=given, folder=file.path.parent, environment=environment))
    assert_worked(found, way, file)
    assert found["description"] == "Money **back**."
    assert found["comments"] == ["Which tickets?"]
    assert found["comment_author"] == NAME
    if way.name == "ownkey":
        assert_searched(found)
    else:
        assert found["found"] is None
