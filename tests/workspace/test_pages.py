"""The pages of Jira as Ada sees them, without JavaScript."""

import re
import urllib.request
import zlib
from urllib.parse import quote

import pytest

from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import PLANNING
from tests.connections.running import ADMINISTRATOR, BO, Organisation
from tests.faults.browser import Browser
from tests.sandbox_process import OPENER

PAGES = (
    "/work/acme/",
    "/work/acme/boards/",
    "/work/acme/projects/",
    "/work/acme/search/",
    "/work/acme/alignment/",
    "/work/acme/operations/",
    "/work/acme/operations/try/?operation=GET /rest/api/3/myself",
    "/work/acme/boards/1/",
    "/work/acme/search/?q=project = NOTHING",
    "/work/acme/issues/ACME-1/",
    "/work/acme/issues/NOPE-1/",
)
ENTRIES = re.compile(r"<li>|<tr>")


def test_jira_leads_to_the_one_that_the_person_works_in(ada: Browser) -> None:
    assert ada.get("/work/").address.endswith("/work/acme/")
    assert 'href="/work/"' in ada.get("/").text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_names_as_whom_it_was_asked(ada: Browser, path: str) -> None:
    page = ada.get(path.replace(" ", "%20"))
    assert page.status == 200
    assert "</html>" in page.text
    assert page.text.count("<h1") == 1 or "issues" in path
    assert "s ada@acme.example" in page.words


def test_home_shows_what_is_open_and_mine(ada: Browser) -> None:
    assert "Pay with a card" in ada.get("/work/acme/").words


def test_an_issue_is_shown_with_description_comments_and_history(ada: Browser) -> None:
    words = ada.get("/work/acme/issues/ACME-1/").words
    assert "A visitor chooses a seat, pays and has the ticket, without a desk." in words
    assert "Grace Hopper changed status from To Do to In Progress" in words


def test_an_issue_that_jira_does_not_show_has_a_sentence(ada: Browser) -> None:
    page = ada.get("/work/acme/issues/NOPE-1/")
    assert "Jira shows you nothing here" in page.words
    assert ada.get("/work/acme/issues/..%2Fmyself/").status == 404
    assert ada.get("/work/acme/issues/not%20a%20key/").status == 404


def test_a_query_with_a_mistake_is_answered_in_jiras_words(ada: Browser) -> None:
    assert "Jira" in ada.get("/work/acme/search/?q=nonsense+%3D%3D+1").words
    assert "<script>" not in ada.get("/work/acme/search/?q=%3Cscript%3E").text


def test_results_can_be_downloaded_as_csv(ada: Browser) -> None:
    lines = ada.get("/work/acme/search/?q=project+%3D+ACME&as=csv").text.splitlines()
    assert lines[0].startswith('"Key","Type","Summary","Status"')
    assert any(line.startswith('"ACME-3","Story",') for line in lines)


@pytest.mark.parametrize("page", ["boards", "projects", "operations"])
@pytest.mark.parametrize("start", ["²", "9" * 5_000, "-1", "1e3"], ids=["raised", "long", "less", "float"])
def test_a_start_that_is_no_number_begins_at_the_beginning(ada: Browser, page: str, start: str) -> None:
    wrong = ada.get(f"/work/acme/{page}/?part=content&start={quote(start)}").text
    right = ada.get(f"/work/acme/{page}/?part=content").text
    assert "Ownkey made a mistake" not in wrong
    assert ENTRIES.findall(wrong) == ENTRIES.findall(right) != []


def test_every_operation_is_listed_with_what_is_missing(ada: Browser) -> None:
    opened = sum(each.requirement.is_satisfied_by(PLANNING.scopes) for each in load_catalogue().operations)
    words = ada.get("/work/acme/operations/?q=getIssuesForSprint").words
    assert f"{opened} of {len(load_catalogue().operations)} operations open" in words
    assert "read:issue-details:jira" in words


def test_alignment_tells_the_token_from_the_account(ada: Browser, bo: Browser) -> None:
    words = ada.get("/work/acme/alignment/?project=ACME").words
    assert "20 scopes granted" in words
    assert "write:jira-work granted may" in words
    assert "delete:comment:jira covered" in words
    assert "a new token would not help" in words
    assert "20 scopes granted" in bo.get("/work/acme/alignment/").words


def test_a_person_who_is_not_connected_sees_what_to_do_in_place(organisation: Organisation) -> None:
    browser = Browser(organisation.url)
    browser.sign_in(ADMINISTRATOR)
    page = browser.get("/work/acme/")
    assert "You have not connected an API token of your own" in page.words
    assert "/profile/alm-credentials/acme/edit/" in page.text
    assert "Connect your own API token first" in browser.get("/work/").words


def test_a_star_is_ones_own(ada: Browser, bo: Browser) -> None:
    ada.post("/work/acme/boards/1/star/", form_at="/work/acme/boards/", on="1")
    assert "★ Starred" in ada.get("/work/acme/boards/").words
    assert "★ Starred" not in bo.get("/work/acme/boards/").words
    ada.post("/work/acme/boards/1/star/", form_at="/work/acme/boards/", on="0")
    assert "★ Starred" not in ada.get("/work/acme/boards/").words


def test_a_missing_scope_is_named_with_the_way_to_a_token_that_has_it(organisation: Organisation) -> None:
    organisation.connect("acme", BO, without=("read:project:jira",))
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    try:
        page = browser.get("/work/acme/boards/")
        assert "read:project:jira" in page.words
        assert "?scope=read:project:jira#guide" in page.text
    finally:
        organisation.connect("acme", BO)


@pytest.mark.parametrize("path", ["/work/acme/files/1/", "/work/acme/files/1/small/"])
def test_a_file_that_jira_does_not_show_is_said(ada: Browser, path: str) -> None:
    page = ada.get(path)
    assert page.status in {404, 410}
    assert "no such file" in page.text


def test_a_compressed_page_is_one_stream_whose_frame_comes_first(ada: Browser) -> None:
    cookies = "; ".join(f"{each.name}={each.value}" for each in ada.cookies)
    request = urllib.request.Request(  # noqa: S310 — our own
        f"{ada.url}/work/acme/boards/", headers={"Accept-Encoding": "gzip", "Cookie": cookies}
    )
    with OPENER.open(request, timeout=60) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        body = answer.read()
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    text = unpack.decompress(body).decode()
    assert (unpack.eof, unpack.unused_data) == (True, b"")
    assert text.index("<h1>Boards</h1>") < text.index("scrum") < text.index("</html>")
