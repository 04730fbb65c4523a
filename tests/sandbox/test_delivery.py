"""Answers are compressed for those who ask, and HEAD gets the headers of GET and no body."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from ownkey.sandbox.faults import Fault, Faults

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Client

ISSUE = "/rest/api/3/issue/ACME-3"


def ask(client: Client, method: str = "GET", path: str = ISSUE, accept: str | None = None) -> Answer:
    headers = {} if accept is None else {"accept-encoding": accept}
    auth = ("ada@acme.example", client.token("read:jira-work"))
    return client.call(method, client.gateway + path, auth=auth, headers=headers)


def test_large_answer_is_compressed_for_those_who_ask(client: Client) -> None:
    plain, packed = ask(client), ask(client, accept="br;q=0.1, gzip, deflate")
    assert plain.header("content-encoding") is None
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) == int(str(packed.header("content-length")))
    assert plain.header("vary") == packed.header("vary") == "Accept-Encoding"


@pytest.mark.parametrize(
    "path", ["/rest/api/3/serverInfo", "/rest/api/3/attachment/content/10600?redirect=false"]
)
def test_small_answers_and_files_are_not_compressed(client: Client, path: str) -> None:
    assert ask(client, path=path, accept="gzip").header("content-encoding") is None


def test_fault_strikes_an_answer_that_is_not_compressed(client: Client) -> None:
    client.control(
        "POST", "faults", {"path": "/rest/", "body": json.dumps({"padding": "x" * 5000}), "times": 1}
    )
    assert ask(client, accept="gzip").json == {"padding": "x" * 5000}


def test_head_has_the_headers_of_get(client: Client) -> None:
    got, head = ask(client), ask(client, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == got.header("content-length")


def test_answer_without_a_body_has_no_length(client: Client) -> None:
    answer = client.through_gateway("DELETE", "/rest/api/3/attachment/10600", client.token("write:jira-work"))
    assert (answer.status, answer.header("content-length")) == (204, None)


def test_held_answer_waits_for_the_end_of_the_faults() -> None:
    async def hold() -> tuple[bool, bool]:
        faults = Faults([Fault(hold=True)])
        waiting = asyncio.create_task(faults.in_force[0].wait())
        await asyncio.sleep(0)
        was_done = waiting.done()
        faults.end()
        await waiting
        return was_done, bool(faults.in_force)

    assert asyncio.run(hold()) == (False, False)
