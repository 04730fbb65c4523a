"""A day's work with `mcp-atlassian`, over the protocol that AI assistants speak with it.

That is MCP on standard input and output. The settings come on standard input, as an assistant's configuration
has them.
"""

import asyncio
import base64
import hashlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from mcp import ClientSession, StdioServerParameters  # type: ignore[import-not-found]
from mcp.client.stdio import stdio_client  # type: ignore[import-not-found]

FILE = os.environ["WALK_FILE"]
SERVER = json.load(sys.stdin)["mcpServers"]["jira"]


Told = Callable[..., Awaitable[Any]]


async def search(told: Told) -> tuple[list[str], list[list[str]]]:
    """Return what a search finds, and all issues page by page."""
    found = await told("search", jql='project = ACME AND text ~ "refund" ORDER BY created DESC')
    pages = []
    for start in range(0, 1000, 5):
        page = await told(
            "search", jql="project in (ACME, SHOP) ORDER BY key", limit=5, start_at=start, fields="summary"
        )
        pages.append([one["key"] for one in page["issues"]])
        if start + 5 >= page["total"]:
            break
    return [one["key"] for one in found["issues"]], pages


async def work(session: ClientSession) -> dict[str, Any]:
    """Do the day's work and return what was seen."""

    async def ask(tool: str, **arguments: object) -> Any:  # noqa: ANN401 - the library's own type
        answer = await session.call_tool(f"jira_{tool}", arguments)
        if answer.isError:
            raise RuntimeError(f"{tool}: {answer.content[0].text}")
        return answer

    async def told(tool: str, **arguments: object) -> Any:  # noqa: ANN401 - any JSON
        return json.loads((await ask(tool, **arguments)).content[0].text)

    made = await told(
        "create_issue",
        project_key="ACME",
        summary="Refund a ticket",
        issue_type="Task",
        description="Money **back**.",
    )
    key = made["issue"]["key"]
    await told(
        "update_issue",
        issue_key=key,
        fields=json.dumps({"summary": "Refund a ticket at once", "labels": ["money"]}),
    )
    comment = await told("add_comment", issue_key=key, body="Which tickets?")
    transitions = await told("get_transitions", issue_key=key)
    begin = next(one["id"] for one in transitions if one["name"] == "In Progress")
    await told("transition_issue", issue_key=key, transition_id=str(begin))
    await told("update_issue", issue_key=key, fields="{}", attachments=FILE)
    files = (await ask("download_attachments", issue_key=key)).content
    parts = [json.loads(item.text) for item in files if item.type == "text"]
    blobs = [base64.b64decode(part["content"]) for part in parts if "content" in part]
    boards = await told("get_agile_boards", board_name="ACME")
    sprints = await told("get_sprints_from_board", board_id=str(boards[0]["id"]), state="active")
    await ask("add_issues_to_sprint", sprint_id=str(sprints[0]["id"]), issue_keys=key)
    try:
        found: Any
        pages: Any
        found, pages = await search(told)
    except RuntimeError as error:
        # To this client, whatever is not at atlassian.net is a Data Center, and it searches as one does.
        if "has been removed" not in str(error):
            raise
        found, pages = None, None
    seen = await told("get_issue", issue_key=key, fields="*all", expand="changelog")
    return {
        "me": made["issue"]["reporter"]["display_name"],
        "key": key,
        "summary": seen["summary"],
        "description": seen["description"],
        "labels": seen["labels"],
        "status": seen["status"]["name"],
        "comment_author": comment["author"],
        "comments": [one["body"] for one in seen["comments"]],
        "attachment": [hashlib.sha256(blob).hexdigest() for blob in blobs],
        "boards": [board["name"] for board in boards],
        "sprint": sprints[0]["name"],
        "found": found,
        "pages": pages,
        "history": [
            [one["author"]["display_name"], [item["field"] for item in one["items"]]]
            for one in seen["changelogs"]
        ],
    }


async def main() -> None:
    """Start the server as an assistant does, and work with it."""
    parameters = StdioServerParameters(
        command=os.environ["MCP_ATLASSIAN"], env={**os.environ, **SERVER["env"]}, args=[]
    )
    async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
        await session.initialize()
        json.dump(await work(session), sys.stdout)


asyncio.run(main())
