"""Open pages read again what has changed: through Ownkey at once, elsewhere soon. Real server and browser."""

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.connections.running import ADA, BO, PASSWORD, Organisation, running_organisation
from tests.in_browser import running_chromium

pytestmark = pytest.mark.browser

BOARD = "/work/acme/boards/1/"
A_SECOND_AND_THE_BROWSER_MS = 6_000
"""What has to be within a second is measured by the page itself; this is how long a busy machine may take."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Run an Ownkey of its own: what is written here must not change others' tests."""
    with running_organisation(tmp_path_factory.mktemp("live") / "home") as running:
        running.add_alm_account("acme", "Acme Jira")
        running.connect("acme", ADA)
        running.connect("acme", BO)
        yield running


@pytest.fixture(scope="module")
def adas_key(own: Organisation) -> str:
    made = own.ownkey("key", "create", "--user", ADA, "--account", "acme", "--name", "script", "--json")
    found: str = json.loads(made.stdout)["key"]
    return found


@pytest.fixture
def bos(own: Organisation) -> Iterator[BrowserContext]:
    """Return Bo's browser, signed in."""
    with running_chromium() as chromium:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{own.url}/sign-in/")
        page.fill("[name=login]", BO)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{own.url}/")
        page.close()
        yield context


def write(own: Organisation, key: str, method: str, path: str, document: Any) -> None:  # noqa: ANN401 — JSON
    """Write to Jira through the gateway, as a tool does."""
    credentials = base64.b64encode(f"ada:{key}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 — our own server
        f"{own.url}/jira/acme{path}",
        data=json.dumps(document).encode(),
        method=method,
        headers={"authorization": f"Basic {credentials}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 — see above
        assert answer.status < 300


def opened(context: BrowserContext, own: Organisation, path: str = BOARD) -> Page:
    page = context.new_page()
    page.goto(f"{own.url}{path}")
    expect(
        page.locator("[data-jira-content] .truth, [data-jira-content] time[data-read-at]").first
    ).to_be_visible()
    return page


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; what has to be within a second may take a busy machine longer."""
    ends_at = time.monotonic() + A_SECOND_AND_THE_BROWSER_MS / 1_000
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.1)


def asked(context: BrowserContext, words: str) -> list[str]:
    """Return a list that grows with the addresses that a browser asks for, if these words are in them."""
    found: list[str] = []
    context.on("request", lambda request: found.append(request.url) if words in request.url else None)
    return found


def test_what_a_tool_writes_is_on_the_open_board_of_somebody_else(
    own: Organisation, adas_key: str, bos: BrowserContext
) -> None:
    page = opened(bos, own)
    expect(page.locator(".issue-card .summary").first).to_be_visible()
    card = page.locator(".issue-card").first
    key = card.locator(".key").inner_text()
    card.locator(".key").focus()
    page.wait_for_timeout(1500)  # the stream is open
    write(own, adas_key, "PUT", f"/rest/api/3/issue/{key}", {"fields": {"summary": "Written by a tool"}})
    changed = page.locator(".issue-card", has_text="Written by a tool")
    expect(changed).to_be_visible(timeout=A_SECOND_AND_THE_BROWSER_MS)
    assert page.evaluate("document.activeElement.textContent") == key


def test_what_is_changed_elsewhere_is_found_by_a_small_search(own: Organisation, bos: BrowserContext) -> None:
    page = opened(bos, own)
    token = own.make_token(ADA)
    credentials = base64.b64encode(f"{ADA}:{token}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 — the sandbox
        f"{own.sandbox.gateway_url}/rest/api/3/issue/ACME-3",
        data=json.dumps({"fields": {"summary": "Changed in Jira itself"}}).encode(),
        method="PUT",
        headers={"authorization": f"Basic {credentials}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 — see above
        assert answer.status == 204
    expect(page.locator(".issue-card", has_text="Changed in Jira itself")).to_be_visible(timeout=15_000)


def test_three_tabs_have_one_stream_and_all_of_them_are_told(
    own: Organisation, adas_key: str, bos: BrowserContext
) -> None:
    streams = asked(bos, "/work/live/")
    pages = [opened(bos, own), opened(bos, own, "/work/acme/issues/ACME-3/"), opened(bos, own, "/work/acme/")]
    pages[0].wait_for_timeout(1500)
    assert len(streams) == 1
    write(own, adas_key, "PUT", "/rest/api/3/issue/ACME-3", {"fields": {"summary": "Told to all tabs"}})
    for page in pages[:2]:
        expect(page.locator("[data-jira-content]")).to_contain_text(
            "Told to all tabs", timeout=A_SECOND_AND_THE_BROWSER_MS
        )
    pages[0].close()
    write(own, adas_key, "PUT", "/rest/api/3/issue/ACME-3", {"fields": {"summary": "Another tab leads"}})
    expect(pages[1].locator("[data-jira-content]")).to_contain_text("Another tab leads", timeout=15_000)
    assert len(streams) == 2


def test_a_hidden_tab_asks_nothing(own: Organisation, bos: BrowserContext) -> None:
    page = opened(bos, own)
    questions = asked(bos, "part=news")
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { get: () => globalThis.isHidden === true });
          globalThis.isHidden = true;
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.wait_for_timeout(500)
    before = len(questions)
    page.wait_for_timeout(5_000)
    assert len(questions) == before
    page.evaluate(
        "() => { globalThis.isHidden = false; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.wait_for_timeout(1_000)
    assert len(questions) > before


def test_what_is_open_and_typed_stays_when_the_page_is_read_again(
    own: Organisation, adas_key: str, bos: BrowserContext
) -> None:
    page = opened(bos, own)
    page.locator("details.rule summary").click()
    page.locator("[name=filter_id]").fill("4711")
    page.wait_for_timeout(1_500)
    write(own, adas_key, "PUT", "/rest/api/3/issue/ACME-4", {"fields": {"summary": "While somebody types"}})
    expect(page.locator(".issue-card", has_text="While somebody types")).to_be_visible(
        timeout=A_SECOND_AND_THE_BROWSER_MS
    )
    assert page.locator("[name=filter_id]").input_value() == "4711"
    assert page.evaluate("document.activeElement.name") == "filter_id"


def test_a_stream_ends_with_its_session_and_names_no_page_of_others(
    own: Organisation, adas_key: str, bos: BrowserContext
) -> None:
    page = opened(bos, own)
    said = page.evaluate(
        """() => {
          globalThis.said = [];
          const stream = new EventSource("/work/live/?account=acme&account=other&account=%00%0d%0a");
          stream.addEventListener("written", (event) => said.push(event.data));
          stream.addEventListener("ended", () => { said.push("ended"); stream.close(); });
        }"""
    )
    assert said is None
    page.wait_for_timeout(1_500)
    write(own, adas_key, "PUT", "/rest/api/3/issue/ACME-4", {"fields": {"summary": "Said as addresses"}})
    until(lambda: page.evaluate("said.length > 0"))
    assert json.loads(page.evaluate("said[0]")) == {"pages": [BOARD]}
    other = bos.new_page()
    other.goto(f"{own.url}/sign-out/")
    other.click("main button[type=submit]")
    until(lambda: page.evaluate("said.includes('ended')"))


@pytest.mark.parametrize("cookie", ["", "ownkey_session=nobody", "ownkey_session=\x00; =;;", "a" * 4000])
def test_a_request_without_a_session_gets_no_stream(own: Organisation, cookie: str) -> None:
    request = urllib.request.Request(f"{own.url}/work/live/?account=acme")  # noqa: S310 — our own server
    if cookie and cookie.isprintable():
        request.add_header("cookie", cookie)
    with urllib.request.urlopen(request) as answer:  # noqa: S310 — see above
        assert (answer.status, answer.read()) == (204, b"")


def test_the_server_stops_while_streams_are_open(tmp_path: Path) -> None:
    with running_organisation(tmp_path / "home") as own, running_chromium() as chromium:
        own.add_alm_account("acme", "Acme Jira")
        own.connect("acme", BO)
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{own.url}/sign-in/")
        page.fill("[name=login]", BO)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{own.url}/")
        page.goto(f"{own.url}{BOARD}")
        page.wait_for_timeout(2_000)
        assert own.server is not None
        began = time.monotonic()
        own.server.terminate()
        assert own.server.wait(timeout=60) == 0
        assert time.monotonic() - began < 30
