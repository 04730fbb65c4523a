"""Large boards are small as sent, stay usable in a browser, and nothing in them moves while they load."""

import re
import time
import urllib.request
import zlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ownkey.workspace.boards.shown import AT_ONCE
from tests.cli.command import PATIENCE_S
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

MOST_SENT = 150_000
CARD = re.compile(r'<li class="issue-card"')
KEY = re.compile(r'<a class="key" href="[^"]+">([A-Z]+-\d+)</a>')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    with running_large_boards(tmp_path_factory.mktemp("large") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def ada(organisation: Organisation) -> Browser:
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    return browser


def sent(browser: Browser, path: str) -> tuple[bytes, str]:
    """Return a page as sent, compressed, and as it is read."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
    request = urllib.request.Request(  # noqa: S310 — our own
        f"{browser.url}{path}", headers={"Accept-Encoding": "gzip", "Cookie": cookies}
    )
    with OPENER.open(request, timeout=60) as answer:
        body = answer.read()
    return body, zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body).decode()


@pytest.mark.parametrize("path", [BOARD_OF_A_THOUSAND, BOARD_WITH_A_LONG_COLUMN], ids=["1000", "3000"])
def test_a_large_board_is_small_as_sent(ada: Browser, path: str) -> None:
    body, text = sent(ada, path)
    assert len(CARD.findall(text)) > AT_ONCE
    assert "</html>" in text
    assert len(body) <= MOST_SENT


def test_the_secret_in_a_compressed_page_is_masked_anew_in_each_answer(ada: Browser) -> None:
    ada.get("/profile/alm-credentials/")
    cookie = next(each.value for each in ada.cookies if "csrf" in each.name.lower())
    tokens = [set(TOKEN.findall(sent(ada, BOARD_OF_A_THOUSAND)[1])) for _ in range(2)]
    assert all(tokens)
    assert not tokens[0] & tokens[1]
    assert cookie
    assert cookie not in sent(ada, BOARD_OF_A_THOUSAND)[1]


def test_without_a_script_next_and_previous_lead_through_a_long_column(ada: Browser) -> None:
    path, seen = BOARD_WITH_A_LONG_COLUMN, list[str]()
    pages = 0
    while path:
        text = ada.get(path).text
        column = text[
            text.index('<ol class="cards"') : text.index("</section>", text.index('<ol class="cards"'))
        ]
        keys = KEY.findall(column)
        assert 0 < len(keys) <= AT_ONCE
        seen += keys
        pages += 1
        following = re.search(r'href="(\?[^"]+)">Next<', column)
        path = BOARD_WITH_A_LONG_COLUMN + following[1].replace("&amp;", "&") if following else ""
    assert pages == LONG // AT_ONCE + 1
    assert len(seen) == len(set(seen)) == LONG + 2
    assert ">Previous<" in text


def test_a_start_beyond_the_end_shows_the_last_cards(ada: Browser) -> None:
    text = ada.get(f"{BOARD_WITH_A_LONG_COLUMN}?place=new-To+Do&start=999999").text
    assert "SHOP-3004" in text
    assert ">Next<" not in text


@pytest.mark.parametrize("ids", ["", "x", "1,%C2%B2", "../myself", "9" * 40, "%00"])
def test_further_cards_are_those_that_jira_shows_and_no_others(ada: Browser, ids: str) -> None:
    page = ada.get(f"/work/acme/boards/2/cards/?ids={ids}")
    assert page.status == 200
    assert not CARD.findall(page.text)
    assert "made a mistake" not in page.text


def test_the_frame_leaves_while_jira_has_not_answered(ada: Browser, organisation: Organisation) -> None:
    ada.get(BOARD_OF_A_THOUSAND)
    organisation.sandbox.faults({"path": f"/ex/jira/{organisation.sandbox.cloud_id}", "hold": True})
    cookies = "; ".join(f"{each.name}={each.value}" for each in ada.cookies)
    request = urllib.request.Request(  # noqa: S310 — our own
        f"{ada.url}{BOARD_OF_A_THOUSAND}", headers={"Cookie": cookies}
    )
    try:
        with OPENER.open(request, timeout=60) as answer:
            frame = ""
            while "data-jira-content" not in frame:
                frame += answer.read1(65_536).decode()
            assert '<h1 dir="auto">MANY board</h1>' in frame
            assert 'name="jql"' in frame
            assert not CARD.findall(frame)
            organisation.sandbox.end_faults()
            assert CARD.findall(answer.read().decode())
    finally:
        organisation.sandbox.end_faults()


@pytest.fixture(scope="module")
def page(organisation: Organisation) -> Iterator[Page]:
    """Return Ada's browser, in which every movement is seen."""
    with running_chromium() as chromium:
        page = chromium.new_page()
        LayoutShifts(page).watch()
        sign_in(page, organisation.url)
        yield page


@pytest.mark.browser
def test_a_column_of_thousands_is_scrolled_to_its_end_and_nothing_moves(
    page: Page, organisation: Organisation
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{organisation.url}{BOARD_WITH_A_LONG_COLUMN}")
    cards = page.locator(".column").first.locator(".issue-card")
    expect(cards).to_have_count(AT_ONCE)
    page.mouse.move(640, 600)
    for _ in range(10):
        page.mouse.wheel(0, 3_000)
        page.wait_for_timeout(30)
    until = time.monotonic() + PATIENCE_S
    while cards.count() < LONG + 2:
        page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
        assert time.monotonic() < until
    keys = cards.locator("a.key").all_text_contents()
    assert len(keys) == len(set(keys))
    expect(page.locator(".further")).to_have_count(0)
    assert LayoutShifts(page).seen() == []


@pytest.mark.browser
def test_cards_that_come_later_have_their_epics_colour(page: Page, organisation: Organisation) -> None:
    page.goto(f"{organisation.url}{BOARD_OF_A_THOUSAND}")
    column = page.locator(".column").first
    expect(column.locator(".issue-card")).to_have_count(AT_ONCE)
    column.locator(".issue-card").last.scroll_into_view_if_needed()
    expect(column.locator(".issue-card[data-parent]").first).to_be_attached()
    wrong = page.evaluate(
        """() => [...document.querySelectorAll(".issue-card[data-parent]")].filter((card) =>
          card.dataset.epic !==
          document.querySelector(`.chip-link[data-key="${card.dataset.parent}"]`)?.dataset.epic).length"""
    )
    assert wrong == 0


@pytest.mark.browser
def test_keys_lead_from_card_to_card(page: Page, organisation: Organisation) -> None:
    page.goto(f"{organisation.url}{BOARD_WITH_A_LONG_COLUMN}")
    focused = page.locator(":focus")
    page.keyboard.press("j")
    expect(focused).to_have_text("SHOP-2")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_text("SHOP-3")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_text("SHOP-1")
    page.keyboard.press("h")
    expect(focused).to_have_text("SHOP-2")
    page.keyboard.press("k")
    expect(focused).to_have_text("SHOP-2")
    page.focus("[name=text]")
    page.keyboard.type("jkl")
    expect(page.locator("[name=text]")).to_have_value("jkl")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path",
    [
        BOARD_OF_A_THOUSAND,
        f"{BOARD_OF_A_THOUSAND}?lanes=epics",
        "/work/acme/",
        "/work/acme/boards/",
        "/work/acme/projects/",
        "/work/acme/search/?q=project+%3D+MANY",
        "/work/acme/issues/ACME-3/",
        "/work/acme/alignment/",
        "/work/acme/operations/",
        "/work/acme/issues/NOPE-1/",
    ],
)
def test_nothing_moves_when_jira_answers(
    page: Page, organisation: Organisation, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    organisation.sandbox.faults({"path": f"/ex/jira/{organisation.sandbox.cloud_id}", "delay_ms": 150})
    try:
        page.goto(f"{organisation.url}{path}")
    finally:
        organisation.sandbox.end_faults()
    assert LayoutShifts(page).seen() == []


@pytest.mark.browser
def test_what_moves_is_seen(page: Page, organisation: Organisation) -> None:
    page.goto(f"{organisation.url}/work/acme/boards/")
    page.evaluate(
        "() => { const room = document.createElement('div'); room.style.height = '300px';"
        " document.querySelector('main').prepend(room); }"
    )
    assert LayoutShifts(page).seen() != []
