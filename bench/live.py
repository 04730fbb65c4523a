"""500 open boards that read themselves again: how many calls, how much CPU, how much memory.

`make bench ARGS=live` takes about three minutes. Each board is a page of its own (another filter) in one of
twenty browsers, and asks for its news when the answer before told it to, as an open page does. Beside it
stands what the same pages would ask by reading all of a board every three seconds.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from bench.figure import Figure
from tests.connections.running import ADA, BO, Organisation, running_organisation
from tests.faults.browser import Browser

BOARDS = 500
BROWSERS = 20
BOARD = "/work/acme/boards/1/"
MEASURED_S = 60.0
SHARE_CALLS_S = 20.0
"""A fifth of the 100 calls a second that Atlassian grants a tenant."""
CALLS_OF_A_BOARD = 3
"""Ids, issues and sprints of a board as small as this one."""
EVERY_S = 3.0


@dataclass
class Counted:
    """What the pages have done while it was measured."""

    asked: int = 0
    states: dict[str, int] = field(default_factory=dict)


def figures() -> Iterator[Figure]:
    """Yield what was measured."""
    with tempfile.TemporaryDirectory() as home, running_organisation(Path(home) / "home") as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        for person in (ADA, BO):
            organisation.connect("acme", person)
        yield from asyncio.run(_measured(organisation, _signed_in(organisation)))


def _signed_in(organisation: Organisation) -> list[dict[str, str]]:
    """Return the cookies of twenty browsers."""
    cookies = []
    for number in range(BROWSERS):
        browser = Browser(organisation.url)
        browser.sign_in((ADA, BO)[number % 2])
        cookies.append({each.name: each.value or "" for each in browser.cookies})
    return cookies


async def _measured(organisation: Organisation, cookies: list[dict[str, str]]) -> list[Figure]:
    assert organisation.server is not None
    server = psutil.Process(organisation.server.pid)
    idle = _resident_mb(server)
    counted = Counted()
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=40)
    ) as client:
        addresses = [
            (f"{organisation.url}{BOARD}?text=page{number}", cookies[number % BROWSERS])
            for number in range(BOARDS)
        ]
        for address, own in addresses:
            async with client.get(address, headers=_headers(own)) as answer:
                await answer.read()
        pages = [asyncio.create_task(_page(client, *each, counted)) for each in addresses]
        await asyncio.sleep(2 * EVERY_S)
        calls, cpu, began = _calls(organisation), _cpu_s(server), time.monotonic()
        counted.asked = 0
        await asyncio.sleep(MEASURED_S)
        seconds = time.monotonic() - began
        calls, cpu = _calls(organisation) - calls, _cpu_s(server) - cpu
        resident = _resident_mb(server)
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    name = f"{BOARDS} open boards"
    naive = BOARDS * CALLS_OF_A_BOARD / EVERY_S
    return [
        Figure(
            f"{name}: calls to Jira a second",
            calls / seconds,
            "calls/s",
            SHARE_CALLS_S * 1.05,
            ("each board read again every 3 s", naive),
        ),
        Figure(f"{name}: questions of pages a second", counted.asked / seconds, "requests/s"),
        Figure(f"{name}: CPU of Ownkey", 100 * cpu / seconds, "% of a core"),
        Figure(f"{name}: memory of Ownkey", resident, "MB", None, ("before they were opened", idle)),
    ]


async def _page(client: aiohttp.ClientSession, address: str, own: dict[str, str], counted: Counted) -> None:
    """Ask for a page's news for as long as it is open."""
    wait = EVERY_S
    while True:
        await asyncio.sleep(wait)
        async with client.get(f"{address}&part=news", headers=_headers(own)) as answer:
            news = await answer.json()
        counted.asked += 1
        counted.states[news["state"]] = counted.states.get(news["state"], 0) + 1
        wait = max(EVERY_S, news["next_s"])


def _headers(own: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in own.items())}


def _calls(organisation: Organisation) -> int:
    return sum("/rest/" in each["path"] for each in organisation.sandbox.requests())


def _family(server: psutil.Process) -> list[psutil.Process]:
    return [server, *server.children(recursive=True)]


def _cpu_s(server: psutil.Process) -> float:
    times = [each.cpu_times() for each in _family(server)]
    return sum(each.user + each.system for each in times)


def _resident_mb(server: psutil.Process) -> float:
    return sum(each.memory_info().rss for each in _family(server)) / 1_000_000
