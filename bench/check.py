"""How long a check of twenty scopes takes when every answer of Atlassian is 100 ms late."""

import asyncio
import statistics
import time
from collections.abc import Iterator

from bench.figure import Figure
from ownkey.atlassian.check import Authentication, CheckFinished, CheckRequest, Report, Verdict, run_check
from ownkey.atlassian.client import ClientLimits, open_client
from ownkey.atlassian.sites import Addresses, parse_site
from ownkey.atlassian.wire import Credential
from ownkey.scopes.profiles import PLANNING
from ownkey.secret import Secret
from tests.sandbox_process import Sandbox, running_sandbox

DELAY_MS = 100
TIMES = 5
EMAIL = "ada@acme.example"


def figures() -> Iterator[Figure]:
    """Yield the time of a check with its requests together, beside the same one request after another."""
    with running_sandbox(delay_ms=DELAY_MS) as sandbox:
        together = statistics.median(_check_s(sandbox, ClientLimits()) for _ in range(TIMES))
        one_by_one = statistics.median(_check_s(sandbox, ClientLimits(concurrency=1)) for _ in range(TIMES))
    yield Figure(
        f"check of {len(PLANNING.required)} scopes, each answer {DELAY_MS} ms late",
        together,
        "s",
        0.5,
        ("one probe after another", one_by_one),
    )


def _check_s(sandbox: Sandbox, limits: ClientLimits) -> float:
    token = sandbox.make_token(EMAIL, PLANNING.scopes)
    addresses = Addresses(api_url=sandbox.url, trusted_sites=frozenset({sandbox.url}), id_url=sandbox.url)
    request = CheckRequest(
        site=parse_site(sandbox.url, addresses=addresses),
        credential=Credential(Authentication.SCOPED_API_TOKEN, EMAIL, Secret(token)),
        profile=PLANNING,
        addresses=addresses,
    )
    begin = time.perf_counter()
    report = asyncio.run(_report(request, limits))
    taken = time.perf_counter() - begin
    assert report.verdict is Verdict.CONNECTED, report.next_step
    return taken


async def _report(request: CheckRequest, limits: ClientLimits) -> Report:
    async with open_client(request.addresses, limits=limits) as client:
        async for event in run_check(request, client):
            if isinstance(event, CheckFinished):
                return event.report
    raise RuntimeError("A check always ends in CheckFinished.")
