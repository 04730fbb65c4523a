"""A board of 1,000 issues beside a bare client that makes the same calls, and a column of 3,000 cards.

`make bench ARGS=boards` takes about a minute. Every answer of the pretend Jira comes 100 ms later.
The bare client makes the same calls in the same rounds with Ownkey's own HTTP client, reads the answers' JSON
and does nothing else; then it makes them one after another. The page is asked for as a browser does,
compressed, and read to its last byte.
"""

import asyncio
import json
import statistics
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.sync_api import Page

from bench.figure import Figure
from ownkey.workspace.jira.issues import CARD_FIELDS, FETCHED_AT_ONCE
from ownkey.workspace.jira.values import in_batches
from tests.connections.running import ADA, Organisation
from tests.faults.browser import Browser
from tests.in_browser import running_chromium
from tests.sandbox_process import OPENER
from tests.workspace.large import (
    BOARD_OF_A_THOUSAND,
    BOARD_WITH_A_LONG_COLUMN,
    LONG,
    LayoutShifts,
    running_large_boards,
    sign_in,
)

DELAY_MS = 100
TIMES = 7
MOST_OF_BARE = 1.4
MOST_SENT_KB = 150.0
FRAME_WITHIN_MS = 50.0
KEY_WITHIN_MS = 100.0
Call = tuple[str, str, dict[str, str], Any]
QUERY = 'project = "MANY" AND (statusCategory != Done OR sprint in openSprints()) ORDER BY Rank ASC'


def figures() -> Iterator[Figure]:
    """Yield what was measured."""
    with (
        tempfile.TemporaryDirectory() as home,
        running_large_boards(Path(home) / "home") as organisation,
    ):
        with _slow(organisation):
            yield from _beside_a_bare_client(organisation)
        yield _frame(organisation)
        yield _size(organisation)
        yield from _in_chromium(organisation)


@contextmanager
def _slow(organisation: Organisation) -> Iterator[None]:
    path = f"/ex/jira/{organisation.sandbox.cloud_id}"
    organisation.sandbox.faults({"path": path, "delay_ms": DELAY_MS})
    try:
        yield
    finally:
        organisation.sandbox.end_faults()


def _beside_a_bare_client(organisation: Organisation) -> Iterator[Figure]:
    token = organisation.make_token(ADA)
    asked = _Asked(organisation)
    first, again, bare_first, bare_again = [], [], [], []
    for _ in range(TIMES):
        browser = _signed_in(organisation)  # a session for which nothing is remembered
        for page, bare, way in ((first, bare_first, _as_first), (again, bare_again, _as_again)):
            before = asked.count()
            page.append(_page_ms(browser, BOARD_OF_A_THOUSAND))
            between = asked.count()
            bare.append(_bare_ms(organisation, token, way))
            ours, theirs = asked.between(before, between), asked.between(between, asked.count())
            assert ours == theirs, (ours, theirs)
    serial = [_bare_ms(organisation, token, _one_after_another) for _ in range(2)]
    at_first, later = statistics.median(bare_first), statistics.median(bare_again)
    whole = statistics.median(first)
    name = f"a board of 1,000 issues, {DELAY_MS} ms an answer"
    yield Figure(f"{name}, opened first", whole, "ms", MOST_OF_BARE * at_first, ("bare client", at_first))
    yield Figure(
        f"{name}, opened before",
        statistics.median(again),
        "ms",
        MOST_OF_BARE * later,
        ("bare client", later),
    )
    yield Figure(
        f"{name}, opened first",
        whole,
        "ms",
        compared_with=("one call after another", statistics.median(serial)),
    )


class _Asked:
    """What the pretend Jira was asked for, so that both are seen to ask the same."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation

    def count(self) -> int:
        """Return how many calls there have been."""
        return len(self._calls())

    def between(self, start: int, end: int) -> list[str]:
        """Return some of the calls, sorted."""
        return sorted(self._calls()[start:end])

    def _calls(self) -> list[str]:
        logged = self._organisation.sandbox.requests()
        return [f"{each['method']} {each['path']}" for each in logged if "/rest/" in each["path"]]


def _signed_in(organisation: Organisation) -> Browser:
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    return browser


def _opened(browser: Browser, path: str) -> urllib.request.Request:
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
    headers = {"Accept-Encoding": "gzip", "Cookie": cookies}
    return urllib.request.Request(f"{browser.url}{path}", headers=headers)  # noqa: S310 — our own


def _page_ms(browser: Browser, path: str) -> float:
    begin = time.perf_counter()
    with OPENER.open(_opened(browser, path), timeout=60) as answer:
        body = answer.read()
    taken = (time.perf_counter() - begin) * 1000
    text = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body)
    assert b'class="issue-card"' in text
    return taken


Bare = Callable[[Callable[..., Awaitable[Any]]], Awaitable[None]]


def _bare_ms(organisation: Organisation, token: str, way: Bare) -> float:
    return asyncio.run(_bare(organisation.sandbox.gateway_url, token, way))


async def _bare(base: str, token: str, way: Bare) -> float:
    signed = aiohttp.BasicAuth(ADA, token)
    async with aiohttp.ClientSession(auth=signed, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(method: str, path: str, query: dict[str, str], document: Any = None) -> Any:  # noqa: ANN401
            async with session.request(method, base + path, params=query, json=document) as answer:
                assert answer.status == 200, path
                return json.loads(await answer.read())

        begin = time.perf_counter()
        await way(ask)
        return (time.perf_counter() - begin) * 1000


async def _as_first(ask: Callable[..., Awaitable[Any]]) -> None:
    await ask(*_BOARDS)
    found, _ = await asyncio.gather(ask(*_SEARCH), ask(*_FIELDS))
    await asyncio.gather(*(ask(*call) for call in _last_round(found)))


async def _as_again(ask: Callable[..., Awaitable[Any]]) -> None:
    found = await ask(*_SEARCH)
    await asyncio.gather(*(ask(*call) for call in _last_round(found)))


async def _one_after_another(ask: Callable[..., Awaitable[Any]]) -> None:
    await ask(*_BOARDS)
    found = await ask(*_SEARCH)
    for call in (_FIELDS, *_last_round(found)):
        await ask(*call)


_BOARDS: Call = ("GET", "/rest/agile/1.0/board", {"startAt": "0", "maxResults": "50"}, None)
_FIELDS: Call = ("GET", "/rest/api/3/field", {}, None)
_SEARCH: Call = (
    "POST",
    "/rest/api/3/search/jql",
    {},
    {"jql": QUERY, "maxResults": 5_000, "fields": ["id"]},
)
_SPRINTS: Call = (
    "GET",
    "/rest/agile/1.0/board/9/sprint",
    {"state": "active,future", "maxResults": "50"},
    None,
)


def _last_round(found: Any) -> Sequence[Call]:  # noqa: ANN401 — JSON
    ids = [each["id"] for each in found["issues"]]
    fields = [*CARD_FIELDS, "customfield_10020", "customfield_10016", "customfield_10021"]
    fetches: list[Call] = [
        ("POST", "/rest/api/3/issue/bulkfetch", {}, {"issueIdsOrKeys": list(batch), "fields": fields})
        for batch in in_batches(ids, FETCHED_AT_ONCE)
    ]
    return (_SPRINTS, *fetches)


def _frame(organisation: Organisation) -> Figure:
    """Measure when headings and filters are there, while Jira does not answer at all."""
    browser = _signed_in(organisation)
    _page_ms(browser, BOARD_OF_A_THOUSAND)
    taken = []
    for _ in range(TIMES):
        organisation.sandbox.faults({"path": f"/ex/jira/{organisation.sandbox.cloud_id}", "hold": True})
        begin = time.perf_counter()
        with OPENER.open(_opened(browser, BOARD_OF_A_THOUSAND), timeout=60) as answer:
            unpack, frame = zlib.decompressobj(16 + zlib.MAX_WBITS), b""
            while b"data-jira-content" not in frame:
                frame += unpack.decompress(answer.read1(65_536))
            taken.append((time.perf_counter() - begin) * 1000)
            organisation.sandbox.end_faults()
            answer.read()
    name = "the frame with headings and filters, while Jira does not answer"
    return Figure(name, statistics.median(taken), "ms", FRAME_WITHIN_MS)


def _size(organisation: Organisation) -> Figure:
    with OPENER.open(_opened(_signed_in(organisation), BOARD_OF_A_THOUSAND), timeout=60) as answer:
        body = answer.read()
    whole = len(zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body)) / 1000
    beside = ("uncompressed", whole)
    return Figure("a board of 1,000 issues, as sent", len(body) / 1000, "KB", MOST_SENT_KB, beside)


_SCROLLED = """() => new Promise((done) => {
  let worst = 0, before = performance.now();
  const next = () => {
    const now = performance.now();
    worst = Math.max(worst, now - before);
    before = now;
    scrollBy(0, 400);
    if (scrollY + innerHeight < document.documentElement.scrollHeight - 2) requestAnimationFrame(next);
    else done(worst);
  };
  requestAnimationFrame(next);
})"""
_KEYS = """() => new Promise(async (done) => {
  const taken = [];
  for (let count = 0; count < 40; count += 1) {
    const begin = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    taken.push(performance.now() - begin);
  }
  done(taken);
})"""


def _in_chromium(organisation: Organisation) -> Iterator[Figure]:
    with running_chromium() as chromium:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        shifts = LayoutShifts(page)
        shifts.watch()
        sign_in(page, organisation.url)
        name = f"a column of {LONG:,} cards in Chromium"
        begin = time.perf_counter()
        page.goto(f"{organisation.url}{BOARD_WITH_A_LONG_COLUMN}")
        page.locator(".issue-card").first.wait_for()
        yield Figure(f"{name}: to its first cards", (time.perf_counter() - begin) * 1000, "ms")
        worst = _scrolled_through(page)
        yield Figure(f"{name}: the longest frame while it is scrolled through", worst, "ms")
        page.evaluate("() => scrollTo(0, 0)")
        page.keyboard.press("j")
        keys = statistics.median(page.evaluate(_KEYS))
        yield Figure(f"{name}: a key, to the next card painted", keys, "ms", KEY_WITHIN_MS)
        moved = sum(each["value"] for each in shifts.seen())
        yield Figure(f"{name}: layout shift, by Chromium's metric", moved, "", 0)
        begin = time.perf_counter()
        page.goto(f"{organisation.url}{BOARD_WITH_A_LONG_COLUMN}?text=chairs")
        page.locator(".issue-card").first.wait_for()
        yield Figure(f"{name}: a filter, to its cards", (time.perf_counter() - begin) * 1000, "ms")


def _scrolled_through(page: Page) -> float:
    cards = page.locator(".column").first.locator(".issue-card")
    worst = 0.0
    while cards.count() < LONG:
        worst = max(worst, page.evaluate(_SCROLLED))
    return worst
