"""More than a hundred answers of a hostile Atlassian: refused in words or passed on, and the process lives.

Each is the answer to a call that writes, so that the record has to have its beginning and its end.
"""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.hardening.answers_read import Read, read
from tests.hardening.hostile_answers import ANSWERS, BROKEN, REFUSED, Expected
from tests.hardening.served import ISSUE, MYSELF, Origin, Served, running_served

ENTRIES = """
import json
from ownkey.audit.models import Entry
calls = {}
for entry in Entry.objects.filter(action__in=("call.started", "call.ended")).order_by("number"):
    ended = [entry.action, entry.outcome, entry.details.get("code")]
    calls.setdefault(entry.details["request"], []).append(ended)
print(json.dumps(calls))
"""


@dataclass
class HostileOrigin(Origin):
    """An origin that answers a path with the bytes that it is told to, and then hangs up."""

    bytes_for: dict[bytes, bytes] = field(default_factory=dict)

    def answer(self, connection: socket.socket, request: bytes) -> bool:
        found = re.search(rb"/issue/(ROW-\d+)/", request.partition(b"\r\n")[0])
        if found is None:
            return super().answer(connection, request)
        with suppress(OSError):  # it has heard enough
            connection.sendall(self.bytes_for[found[1]])
            connection.shutdown(socket.SHUT_WR)
        return False


CLIENTS = ["aiohttp", "pyreqwest"]


@contextmanager
def in_front_of_it(directory: Path, client: str) -> Iterator[Served]:
    """Run the product in front of a hostile origin, with one of the clients."""
    origin = HostileOrigin(bytes_for={b"ROW-%d" % n: text for n, (text, _) in enumerate(ANSWERS.values())})
    with running_served(directory, origin, OWNKEY_GATEWAY_CLIENT=client) as running:
        yield running


@pytest.fixture(scope="module", params=CLIENTS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run the product for all the answers, with either client."""
    with in_front_of_it(tmp_path_factory.mktemp("answers"), request.param) as running:
        yield running


def ask(served: Served, number: int) -> Read:
    line = b"PUT %s/ROW-%d/properties/p HTTP/1.1" % (ISSUE, number)
    return read(served.request(line, b"Connection: close", b"Content-Length: 2", body=b"{}"))


def assert_in_words(answer: Read) -> None:
    problem = json.loads(answer.body)
    assert answer.is_whole
    assert problem["code"] == answer.fields[b"ownkey-error"].decode()
    assert problem["code"].startswith("upstream-"), problem
    assert problem["detail"].endswith(".")
    assert problem["next_step"].endswith(".")
    assert answer.fields[b"x-content-type-options"] == b"nosniff"


def allowed(expected: Expected) -> tuple[int, ...]:
    return expected if isinstance(expected, tuple) else (expected,)


def test_there_are_more_than_a_hundred() -> None:
    assert len(ANSWERS) > 100


@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=list(ANSWERS))
def test_a_hostile_answer(number: int, served: Served) -> None:
    _, expected = list(ANSWERS.values())[number]
    served.origin.seen.clear()
    answer = ask(served, number)
    assert not answer.rest, "nothing comes behind an answer"
    assert len([seen for seen in served.origin.seen if b"/ROW-" in seen]) == 1, "a write is sent once"
    if b"ownkey-error" in answer.fields:
        assert answer.status == REFUSED
        assert_in_words(answer)
        assert expected == BROKEN or REFUSED in allowed(expected), answer
    elif expected == BROKEN:
        assert not answer.is_whole, answer
    else:
        assert answer.status in allowed(expected), answer
        assert answer.is_whole
        assert b"ada@acme.example" in answer.fields[b"ownkey-acting-as"]
        assert b"set-cookie" not in answer.fields
    plain = served.request(b"GET " + MYSELF + b" HTTP/1.1", b"Connection: close")
    assert read(plain).body == b"{}", "the next call is as if nothing had been"
    assert served.process.poll() is None


@pytest.mark.parametrize("client", CLIENTS)
def test_in_the_end_every_call_has_its_beginning_and_its_end_on_record(client: str, tmp_path: Path) -> None:
    sample = range(0, len(ANSWERS), 7)
    with in_front_of_it(tmp_path, client) as served:
        for number in sample:
            ask(served, number)
        served.stop()
    assert served.process.returncode == 0
    calls = json.loads(served.store.run(ENTRIES))
    assert len(calls) >= len(sample)
    for request, entries in calls.items():
        assert [action for action, _, _ in entries] == ["call.started", "call.ended"], request
        _, outcome, code = entries[1]
        assert outcome in {"done", "refused", "failed", "unsure"}
        assert code is None or outcome != "done" or code.startswith("upstream-")
