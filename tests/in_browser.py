"""A real browser for tests, and what makes a page usable by everybody in it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

Look = tuple[int, Literal["light", "dark"]]

# Colours depend on the theme and the layout on the width, so two looks show all of both.
LOOKS: tuple[Look, ...] = ((1280, "light"), (390, "dark"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Debian's Chromium while the block lasts; skip the test where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed; `make test` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def assert_usable(page: Page, *, looks: Sequence[Look] = LOOKS) -> None:
    """Fail when axe finds anything or something overflows, in any of the looks."""
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        # Still pictures: a colour half-way between two themes is nobody's.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        complaints = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
        assert not complaints, (page.url, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
