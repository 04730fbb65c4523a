"""Each call through the gateway can be had as a line of JSON with its request id, and without any secret."""

import json
import subprocess
import sys

import pytest

from tests.gateway.kit import ALICES_KEY, AUTHORIZATION

CALLS = """
import asyncio, logging.config, sys
from ownkey.environment.values import LogFormat, LogLevel, Logs
from ownkey.environment.logs import configure_structlog, logging_config

logs = Logs(LogLevel(sys.argv[1]), LogFormat(sys.argv[2]))
logging.config.dictConfig(logging_config(logs))
configure_structlog(logs)

from tests.gateway.kit import Client, build

async def main():
    gateway = build()
    client = Client(gateway)
    for path in ("issue/ACME-1", "nothing/of/the/kind"):
        answer = await client.ask("GET", f"/jira/acme/rest/api/3/{path}", query="jql=planted")
        print(answer.header("ownkey-request-id").decode())
    await gateway.way.stop()

asyncio.run(main())
"""


def logged(level: str, form: str) -> tuple[list[str], str]:
    """Return the request ids of two calls, one answered and one refused, and what was logged."""
    ended = subprocess.run(
        [sys.executable, "-c", CALLS, level, form], capture_output=True, text=True, check=True
    )
    return ended.stdout.split(), ended.stderr


def test_every_call_is_a_line_of_json_with_its_request_id() -> None:
    ids, text = logged("debug", "json")
    lines = [json.loads(line) for line in text.splitlines() if '"ownkey.gateway"' in line]
    assert [line["request_id"] for line in lines] == ids
    assert [line["event"] for line in lines] == ["call_answered", "call_not_answered"]
    assert [line.get("status") for line in lines] == [200, 403]
    assert lines[0]["operation"] == "GET /rest/api/3/issue/{issueIdOrKey}"
    assert lines[1]["code"] == "unknown-operation"


def test_by_itself_only_what_was_not_answered_is_logged() -> None:
    ids, text = logged("info", "json")
    (line,) = (json.loads(line) for line in text.splitlines())
    assert line["request_id"] == ids[1]
    assert logged("warning", "json")[1] == ""


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_no_path_and_no_query_is_in_it(form: str) -> None:
    _, text = logged("debug", form)
    assert "call_answered" in text
    for planted in (ALICES_KEY.secret, AUTHORIZATION.decode(), "ACME-1", "planted", "nothing/of/the/kind"):
        assert planted not in text
