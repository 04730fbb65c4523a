"""More than a hundred hostile requests: refused in words or passed on as one call, and the process lives."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardening.answers_read import read
from tests.hardening.hostile_requests import LONGEST_NAME, LONGEST_TARGET, MOST_FIELDS, REQUESTS, Ends
from tests.hardening.served import MYSELF, Origin, Served, running_served

BARE_STATUSES = {400, 414, 431}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run the product in front of a bare origin."""
    with running_served(tmp_path_factory.mktemp("requests"), Origin()) as running:
        yield running


def end_of(answer: bytes) -> Ends:
    """Return how a request ended, as its client sees it."""
    if not answer:
        return Ends.CLOSED
    got = read(answer)
    assert got.is_whole, got
    if b"ownkey-error" in got.fields:
        problem = json.loads(got.body)
        assert problem["code"] == got.fields[b"ownkey-error"].decode()
        assert problem["detail"].endswith(".")
        assert got.status < 500, problem
        return Ends.WORDS
    if b"ownkey-acting-as" in got.fields:
        return Ends.PASSES
    if got.body.startswith(b"<!DOCTYPE html>"):
        assert got.status in {400, 404, 405}
        return Ends.PAGE
    assert got.status in BARE_STATUSES, got
    assert (got.body, got.fields[b"connection"]) == (b"", b"close")
    return Ends.BARE


def test_there_are_more_than_a_hundred() -> None:
    assert len(REQUESTS) > 100


def test_the_limits_are_those_that_the_page_of_refusals_names() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/refusals.md").read_text()
    assert f"an address of more than {LONGEST_TARGET:,} bytes" in page
    assert f"more than {MOST_FIELDS} header fields, a name of more than {LONGEST_NAME:,} bytes" in page


@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request(name: str, served: Served) -> None:
    text, expected = REQUESTS[name]
    served.origin.seen.clear()
    answer = served.say(text.replace(b"@KEY@", served.key))
    assert end_of(answer) is expected
    seen = served.origin.seen
    assert len(seen) == (1 if expected is Ends.PASSES else 0), seen
    for one in seen:
        assert b"SMUGGLED" not in one
        assert served.key not in one
        assert one.lower().count(b"\r\nauthorization: basic ") == 1
        assert b"evil" not in one.partition(b"\r\n\r\n")[0]
    plain = served.request(b"GET " + MYSELF + b" HTTP/1.1", b"Connection: close")
    assert read(plain).body == b"{}", "the next call is as if nothing had been"
    assert served.process.poll() is None
