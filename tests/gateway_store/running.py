"""The gateway as people run it: beside the pages, alone, and for one ALM account; spoken to over HTTP."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cli.command import PATIENCE_S
from tests.connections.running import Organisation

MYSELF = "/rest/api/3/myself"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 whatever was answered
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """Ownkey's code if Ownkey itself answered."""
        return self.headers.get("ownkey-error")


def call(
    url: str,
    key: str,
    *,
    method: str = "GET",
    body: Any = None,  # noqa: ANN401 whatever JSON can be made of
    host: str | None = None,
) -> Answered:
    """Make one call with a client key."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if host is not None:
        headers["Host"] = host
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 our own
    try:
        with _OPENER.open(request, timeout=PATIENCE_S) as answer:
            return Answered(answer.status, _lowered(answer.headers.items()), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answered(error.code, _lowered(error.headers.items()), error.read())


def opened(url: str, key: str) -> Any:  # noqa: ANN401 what urllib gives is typed no further
    """Begin a call and return its answer, of which only the head has arrived."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 our own
    return _OPENER.open(request, timeout=PATIENCE_S)


def _lowered(fields: Any) -> dict[str, str]:  # noqa: ANN401 what urllib gives
    return {name.lower(): value for name, value in fields}


def until_answered(url: str, key: str, code: str | None) -> Answered:
    """Call until the answer has this code. It takes a few hundredths of a second where nothing else runs."""
    until = time.monotonic() + PATIENCE_S
    while True:
        answer = call(url, key)
        if answer.code == code:
            return answer
        assert time.monotonic() < until, (answer.status, answer.code)


def make_key(acme: Organisation, email: str, *more: str, slug: str = "acme") -> dict[str, str]:
    """Make a client key on the command line."""
    arguments = ("--user", email, "--account", slug, "--name", "Tool", "--json", *more)
    ended = acme.ownkey("key", "create", *arguments)
    assert ended.code == 0, ended.stderr
    made: dict[str, str] = ended.json
    acme.tokens.append(made["key"])  # looked for in every file at the end
    return made


@contextmanager
def running_gateway(
    acme: Organisation, *arguments: str, **variables: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the gateway alone while the block lasts; yield its address and its process."""
    process = acme.ownkey.start("gateway", "--port", "0", *arguments, **variables)
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if found := re.search(r"listening on 127.0.0.1, port (\d+)", line):
                url = f"http://127.0.0.1:{found[1]}"
                _wait_for(url)
                yield url, process
                break
        else:
            raise AssertionError(said)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def _wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            call(url, "nobody")
        except OSError:
            if time.monotonic() > until:
                raise
        else:
            return
