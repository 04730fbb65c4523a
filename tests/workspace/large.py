"""A pretend Jira with large boards, and what Chromium says of a page's layout."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.connections.running import ADA, PASSWORD, Organisation, running_organisation

THOUSAND, LONG = 1_000, 3_000
BOARD_OF_A_THOUSAND, BOARD_WITH_A_LONG_COLUMN = "/work/acme/boards/9/", "/work/acme/boards/2/"


@contextmanager
def running_large_boards(home: Path) -> Iterator[Organisation]:
    """Run an organisation with a board of 1,000 issues, and one with a column of 3,000."""
    with running_organisation(home) as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        organisation.connect("acme", ADA)
        organisation.sandbox.add_issues(THOUSAND)
        organisation.sandbox.add_issues(LONG, project="SHOP", status="To Do")
        yield organisation


def sign_in(page: Page, url: str, email: str = ADA) -> None:
    """Sign a browser in."""
    page.goto(f"{url}/sign-in/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{url}/")


_WATCH = """() => {
  window.layoutShifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      layoutShifts.push({
        value: entry.value,
        moved: entry.sources.map((each) => each.node?.outerHTML?.slice(0, 80) ?? "text"),
      });
  }).observe({ type: "layout-shift", buffered: true });
}"""


@dataclass(frozen=True)
class LayoutShifts:
    """What moves in a page while it is loaded and used, by Chromium's own metric."""

    page: Page

    def watch(self) -> None:
        """Watch every page that is opened from now on."""
        self.page.add_init_script(f"({_WATCH})()")

    def seen(self) -> list[dict[str, Any]]:
        """Return what has moved in the page that is open, once it has been painted."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
        found: list[dict[str, Any]] = self.page.evaluate("() => layoutShifts")
        return found
