"""Whatever the width of the window, no page scrolls sideways and everything to press can be reached.

The menu and the guide take room beside the content, so what counts is the room that is left. The people have
long names, long addresses and gaps.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.connections.running import ADA, ADMINISTRATOR, BO, PASSWORD, Organisation, running_organisation
from tests.connections.test_in_browser import chromium, open_page
from tests.in_browser import WIDTHS, assert_in_reach

pytestmark = pytest.mark.browser

__all__ = ["chromium"]

LONG_NAME, LONG_EMAIL = (
    "Hubert Wolfeschlegelsteinhausen",
    "hubert.wolfeschlegelsteinhausen@research.acme.example",
)
# The guide stands beside the form from here on, where it is tightest.
BESIDE_THE_FORM = (1152, 1180, 1240, 1320)
OF_AN_ADMINISTRATOR = [
    "/settings/alm-accounts/",
    "/settings/alm-accounts/add/",
    "/settings/alm-accounts/acme/edit/",
    "/settings/alm-accounts/acme/edit/?change=1",
    "/settings/people/",
    "/settings/coverage/",
    "/settings/record/",
    "/settings/use/",
]
OF_A_PERSON = [
    "/profile/alm-credentials/",
    "/profile/alm-credentials/acme/edit/",
    "/profile/alm-credentials/acme/edit/?change=1",
    "/profile/client-keys/",
    "/profile/sessions/",
]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation in which every list has rows."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        organisation.ownkey(
            "user", "add", LONG_EMAIL, "--name", LONG_NAME, "--password-stdin", given=PASSWORD
        )
        organisation.connect("acme", ADA, without=["write:sprint:jira-software"])
        organisation.connect("acme", BO)
        for name in ("Nightly report of the planning team", "CI"):
            named = ("--user", ADA, "--account", "acme", "--name", name, "--json")
            organisation.tokens.append(organisation.ownkey("key", "create", *named).json["key"])
        yield organisation


@pytest.mark.parametrize(
    ("email", "addresses"),
    [(ADMINISTRATOR, OF_AN_ADMINISTRATOR), (ADA, OF_A_PERSON)],
    ids=["administrator", "person"],
)
def test_everything_can_be_reached_at_every_width(
    email: str, addresses: list[str], chromium: Browser, acme: Organisation
) -> None:
    page = open_page(chromium, acme, email, "/")
    other = open_page(chromium, acme, email, "/")  # a second session, which the list of them can end
    for address in addresses:
        page.goto(address)
        assert_in_reach(page, widths=sorted({*WIDTHS, *BESIDE_THE_FORM}))
    other.context.close()
    page.context.close()


@pytest.mark.parametrize("width", BESIDE_THE_FORM)
def test_the_main_token_can_be_changed_beside_the_guide(
    width: int, chromium: Browser, acme: Organisation
) -> None:
    page = open_page(chromium, acme, ADMINISTRATOR, "/settings/alm-accounts/acme/edit/")
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(page.get_by_label("Password/API Token")).to_be_focused()
