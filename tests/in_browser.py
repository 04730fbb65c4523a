"""A real browser for tests, and what makes a page usable by everybody in it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

Look = tuple[int, Literal["light", "dark"]]

# Colours depend on the theme and the layout on the width, so two looks show all of both.
LOOKS: tuple[Look, ...] = ((1280, "light"), (390, "dark"))
# Where layouts change and on either side of it, from a phone to a wide screen.
WIDTHS = (390, 600, 768, 900, 1024, 1100, 1200, 1280, 1440)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# A state is waited for as long as a busy machine may take to reach it; five seconds would not always do.
expect.set_options(timeout=60_000)


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


# What can be pressed or filled in, and is beside the window or below something else at its middle.
_OUT_OF_REACH = """() => {
  const found = [];
  const pressable = "main :is(a[href], button, input, select, textarea, summary)";
  for (const element of document.querySelectorAll(pressable)) {
    const size = element.getBoundingClientRect();
    if (!element.checkVisibility({ visibilityProperty: true }) || size.width < 4) continue;
    element.scrollIntoView({ block: "center" });
    const name = element.name || element.innerText.trim();
    const [box] = element.getClientRects(); // a link may go on in the next line
    if (box.left < -1 || box.right > innerWidth + 1) found.push(`outside: ${name}`);
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const own = [element, ...(element.labels ?? [])];
    if (hit && !own.some((one) => one.contains(hit))) found.push(`covered: ${name}`);
  }
  const beyond = document.documentElement.scrollWidth - innerWidth;
  if (beyond > 0) found.push(`the page scrolls sideways by ${beyond}`);
  scrollTo(0, 0);
  return found;
}"""


def assert_in_reach(page: Page, *, widths: Sequence[int] = WIDTHS) -> None:
    """Fail when a page scrolls sideways, or something to press is outside of the window or covered."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(_OUT_OF_REACH)
        assert not found, (page.url, width)


# Where a table reaches beyond its card. On a phone a cell stands beside its label, as one part:
# a second one would slip below the label.
_TABLES = """() => [...document.querySelectorAll(".card > .table")].flatMap((table) => {
  const beyond = table.getBoundingClientRect().right - table.parentElement.getBoundingClientRect().right;
  const slipped = [...table.querySelectorAll("td[data-label]")].filter((cell) => cell.childElementCount > 1);
  return [
    ...(beyond > 0.5 ? [`a table reaches ${beyond.toFixed(1)} beyond its card`] : []),
    ...slipped.map((cell) => `${cell.dataset.label} has several parts`),
  ];
})"""


def assert_usable(page: Page, *, looks: Sequence[Look] = LOOKS) -> None:
    """Fail when axe finds anything in one of the looks, or something is wider than its place at any width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
        assert page.evaluate(_TABLES) == [], (page.url, width)
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        # Still pictures: a colour half-way between two themes is nobody's.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        complaints = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
        assert not complaints, (page.url, width, scheme)
