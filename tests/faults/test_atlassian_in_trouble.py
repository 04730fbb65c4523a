"""Atlassian slow, cut, throttling or broken for long: nothing piles up, and afterwards all is well at once.

Whoever has to do with another ALM account, or with Ownkey's pages, does not notice.
"""

import http.client
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.connections.running import ADA, BO, Organisation, running_organisation
from tests.faults.browser import Browser
from tests.gateway_store.running import MYSELF, Answered, call, make_key

SEARCH = "/rest/api/3/search/jql?jql=project%3DACME"
SLOW = "/rest/api/3/search/jql"
TOOLS = 32
ROUNDS = 300
MOST_GROWTH_KB = 120_000
PATIENCE_S = 60


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation where Ada works with one ALM account and Bo with another."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.add_alm_account("acme", "Acme")
        organisation.add_alm_account("beta", "Beta")
        organisation.connect("acme", ADA)
        organisation.connect("beta", BO)
        yield organisation


@pytest.fixture(scope="module")
def adas(acme: Organisation) -> Callable[[str], Answered]:
    """Return Ada's tool."""
    key = make_key(acme, ADA)["key"]
    return lambda path: call(f"{acme.url}/jira/acme{path}", key)


@pytest.fixture(scope="module")
def bos(acme: Organisation) -> Callable[[str], Answered]:
    """Return Bo's tool, at the other ALM account."""
    key = make_key(acme, BO, slug="beta")["key"]
    return lambda path: call(f"{acme.url}/jira/beta{path}", key)


@pytest.fixture(autouse=True)
def _no_faults(acme: Organisation) -> Iterator[None]:
    yield
    acme.sandbox.end_faults()


def memory_kb(acme: Organisation) -> int:
    """Return how much memory the server has."""
    assert acme.server is not None
    status = Path(f"/proc/{acme.server.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def assert_others_work(acme: Organisation, bos: Callable[[str], Answered]) -> None:
    """Fail where pages, readiness or the other ALM account suffer."""
    assert Browser(acme.url).get("/sign-in/").status == 200
    assert Browser(acme.url).get("/readyz").status == 200
    assert bos(MYSELF).status == 200


def assert_all_is_well(acme: Organisation, adas: Callable[[str], Answered]) -> None:
    """Fail where anything of the trouble is left: Ada's token is as good as it was."""
    acme.sandbox.end_faults()
    assert adas(MYSELF).status == 200, "at once, without a test or a restart"
    states = acme.ownkey("status", "--user", ADA, "--account", "acme", "--json")
    assert states.code == 0
    assert '"connected"' in states.stdout


def connections_to(url: str) -> int:
    """Return how many connections to an address of this machine are open."""
    remote = f":{int(url.rpartition(':')[2]):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(fields[2].endswith(remote) and fields[3] == "01" for fields in lines)


def requests_for(acme: Organisation, path: str) -> int:
    return sum(path in request["path"] for request in acme.sandbox.requests())


def test_many_slow_answers_starve_nobody_and_arrive(
    acme: Organisation, adas: Callable[[str], Answered], bos: Callable[[str], Answered]
) -> None:
    before = memory_kb(acme)
    acme.sandbox.faults({"path": SLOW, "hold": True})
    with ThreadPoolExecutor(TOOLS) as tools:
        waiting = [tools.submit(adas, SEARCH) for _ in range(TOOLS)]
        until = time.monotonic() + PATIENCE_S
        while connections_to(acme.sandbox.url) < TOOLS // 2:
            assert time.monotonic() < until
            threading.Event().wait(0.05)
        for _ in range(5):
            assert_others_work(acme, bos)
        acme.sandbox.end_faults()
        statuses = Counter(each.result().status for each in waiting)
    assert statuses[200] > 0
    assert set(statuses) <= {200, 429}, "answered, or told that too many are open"
    assert memory_kb(acme) - before < MOST_GROWTH_KB
    assert_all_is_well(acme, adas)


def test_answers_that_are_cut_off_break_nothing(
    acme: Organisation, adas: Callable[[str], Answered], bos: Callable[[str], Answered]
) -> None:
    before = memory_kb(acme)
    acme.sandbox.faults({"path": SLOW, "cut": True})
    for _ in range(ROUNDS // 3):
        try:
            answer = adas(SEARCH)
        except (http.client.HTTPException, urllib.error.URLError, ConnectionError):
            continue  # it had begun, so the client is told by the end that never came
        assert answer.status == 502, answer
    assert_others_work(acme, bos)
    assert memory_kb(acme) - before < MOST_GROWTH_KB
    assert_all_is_well(acme, adas)


@pytest.mark.parametrize("status", [500, 503])
def test_server_errors_for_long_trip_nothing_and_pass_through(
    acme: Organisation, adas: Callable[[str], Answered], bos: Callable[[str], Answered], status: int
) -> None:
    before = memory_kb(acme)
    acme.sandbox.faults({"path": SLOW, "status": status, "html": status == 503})
    seen = Counter(adas(SEARCH).status for _ in range(ROUNDS))
    assert set(seen) <= {status}, "the tool sees what Jira says"
    assert_others_work(acme, bos)
    assert memory_kb(acme) - before < MOST_GROWTH_KB
    assert_all_is_well(acme, adas)


def test_throttling_is_passed_on_and_kept_to_and_is_over_when_it_is_over(
    acme: Organisation, adas: Callable[[str], Answered], bos: Callable[[str], Answered]
) -> None:
    sent, began = requests_for(acme, SLOW), time.monotonic()
    acme.sandbox.faults({"path": SLOW, "status": 429, "retry_after": 1})
    answers = [adas(SEARCH) for _ in range(20)]
    assert {answer.status for answer in answers} == {429}
    assert all("retry-after" in answer.headers for answer in answers)
    asked, took = requests_for(acme, SLOW) - sent, time.monotonic() - began
    assert asked <= took + 2, "Atlassian is not asked again while it wants peace"
    assert_others_work(acme, bos)
    acme.sandbox.end_faults()
    until = time.monotonic() + PATIENCE_S
    while adas(SEARCH).status != 200:
        assert time.monotonic() < until
        threading.Event().wait(0.1)
    assert_all_is_well(acme, adas)


def test_a_token_is_tested_and_kept_through_all_of_it(
    acme: Organisation, adas: Callable[[str], Answered]
) -> None:
    new = acme.make_token(ADA)
    for fault in ({"status": 503}, {"cut": True}, {"status": 429, "retry_after": 0}):
        acme.sandbox.faults({"path": "/rest", **fault})
        ended = acme.ownkey("connect", "acme", "--user", ADA, "--token-stdin", "--json", given=new)
        assert ended.code not in {0, 2}, ended.stdout
        acme.sandbox.end_faults()
        assert_all_is_well(acme, adas)
    assert acme.ownkey("connect", "acme", "--user", ADA, "--token-stdin", given=new).code == 0
