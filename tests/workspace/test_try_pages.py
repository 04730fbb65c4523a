"""Alignment, its trials and those of operations as people use them, without JavaScript."""

import re
import urllib.error
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from ownkey.scopes.profiles import PLANNING
from tests.connections.running import ADA, ADMINISTRATOR, BO, Organisation
from tests.faults.browser import Browser, Page

ALIGNMENT = "/work/acme/alignment/"
TRY_SCOPE = "/work/acme/alignment/try/"
TRY_OPERATION = "/work/acme/operations/try/"
GET_ISSUE = "GET /rest/api/3/issue/{issueIdOrKey}"
DECIDED = sorted(
    PLANNING.scopes - {"delete:async-task:jira", "delete:attachment:jira", "delete:comment:jira"}
)


@pytest.fixture
def grace(organisation: Organisation) -> Browser:
    browser = Browser(organisation.url)
    browser.sign_in(ADMINISTRATOR)
    return browser


@pytest.fixture
def with_gaps(organisation: Organisation) -> Iterator[Browser]:
    """Return Bo's browser, with a token that lacks scopes."""
    organisation.connect("acme", BO, without=("write:sprint:jira-software", "read:epic:jira-software"))
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    yield browser
    organisation.connect("acme", BO)


def try_scope(browser: Browser, scope: str, project: str = "ACME") -> Page:
    form_at = f"{TRY_SCOPE}?scope=read:jira-work"
    return browser.post(TRY_SCOPE, form_at=form_at, scope=scope, project=project)


def try_operation(browser: Browser, signature: str, **fields: str) -> Page:
    form_at = f"{TRY_OPERATION}?operation={quote(signature)}"
    return browser.post(TRY_OPERATION, form_at=form_at, operation=signature, **fields)


def calls(organisation: Organisation, email: str) -> list[dict[str, object]]:
    """Return what reached Jira as a person."""
    return [each for each in organisation.sandbox.requests() if each.get("email") == email]


def test_every_trial_of_the_twenty_proves_its_scope_and_changes_nothing(
    ada: Browser, organisation: Organisation
) -> None:
    before, effects = organisation.sandbox.fingerprint(), organisation.sandbox.effects()
    for scope in DECIDED:
        asked = len(calls(organisation, ADA))
        page = try_scope(ada, scope)
        assert page.status == 200
        assert "proved: granted" in page.words, scope
        assert f"your token has {scope}" in page.words
        assert len(calls(organisation, ADA)) == asked + 1, f"{scope} took more than one call"
    assert organisation.sandbox.fingerprint() == before
    assert organisation.sandbox.effects() == effects


def test_what_nothing_decides_has_no_button_and_nothing_to_try(
    ada: Browser, organisation: Organisation
) -> None:
    page = ada.get(f"{ALIGNMENT}?project=ACME")
    offered = set(re.findall(r'name="scope" value="([^"]+)"', page.text))
    assert offered == set(DECIDED)
    assert "write:jira-work already allows this" in page.words
    assert "Atlassian opens nothing by it alone" in page.words
    asked = len(calls(organisation, ADA))
    for scope in ("delete:comment:jira", "read:issue-details:jira", "nonsense", "", "x" * 10_000):
        assert "There is nothing to try" in try_scope(ada, scope).words
    assert len(calls(organisation, ADA)) == asked


def test_a_trial_is_a_form_that_is_sent_and_nothing_is_asked_by_an_address(
    ada: Browser, organisation: Organisation
) -> None:
    asked = len(calls(organisation, ADA))
    page = ada.get(f"{TRY_SCOPE}?scope=read:jira-work&project=ACME")
    assert "It asks GET /rest/api/3/search/jql" in page.words
    assert len(calls(organisation, ADA)) == asked
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    forged = browser._ask(TRY_SCOPE, {"scope": "read:jira-work", "csrfmiddlewaretoken": "x" * 64})
    assert forged.status == 403
    assert len(calls(organisation, ADA)) == asked


def test_a_scope_that_is_missing_leads_to_the_guide_and_is_not_sent(
    with_gaps: Browser, organisation: Organisation
) -> None:
    page = with_gaps.get(f"{ALIGNMENT}?project=ACME")
    assert "write:sprint:jira-software token missing" in page.words or "missing" in page.words
    assert "?scope=write%3Asprint%3Ajira-software#guide" in page.text
    asked = len(calls(organisation, BO))
    tried = try_scope(with_gaps, "write:sprint:jira-software")
    assert "your token lacks write:sprint:jira-software" in tried.words
    assert "not sent" in tried.words
    assert len(calls(organisation, BO)) == asked
    guide = with_gaps.get("/profile/alm-credentials/acme/edit/?scope=write%3Asprint%3Ajira-software")
    assert "data-wanted" in guide.text


def test_the_scope_half_stays_where_jira_may_not_be_asked_for_the_other(organisation: Organisation) -> None:
    organisation.connect("acme", BO, without=("read:jira-work",))
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    try:
        page = browser.get(ALIGNMENT)
        assert "read:jira-work" in page.words
        assert page.words.count("not known") >= len(PLANNING.scopes) - 1
        assert "19 of 20 scopes granted" in page.words
        assert "?scope=read:jira-work#guide" in page.text
    finally:
        organisation.connect("acme", BO)


def test_a_permission_of_the_whole_jira_is_told_from_one_of_the_project(ada: Browser) -> None:
    words = ada.get(f"{ALIGNMENT}?project=ACME").words
    assert "you lack Administer ; a new token would not help, ask an administrator of Jira." in words
    assert "you lack Manage sprints in ACME; a new token would not help" in words


def test_a_project_that_jira_does_not_show_is_said(ada: Browser) -> None:
    page = ada.get(f"{ALIGNMENT}?project=NOPE")
    assert "Jira shows you nothing here" in page.words
    assert "20 of 20 scopes granted" in page.words
    assert "<script>" not in ada.get(f"{ALIGNMENT}?project=%3Cscript%3E").text.partition("<main")[2]


def test_an_operation_that_reads_is_tried_as_the_person(ada: Browser, organisation: Organisation) -> None:
    asked = len(calls(organisation, ADA))
    page = try_operation(ada, GET_ISSUE, **{"in-issueIdOrKey": "ACME-3", "query": "fields=summary"})
    assert "200 OK" in page.words
    assert "GET /rest/api/3/issue/ACME-3?fields=summary" in page.words
    assert "Pay with a card" in page.words
    assert ADA in page.words
    assert organisation.sandbox.gateway_url not in page.text
    assert "/jira/acme/rest/api/3/issue/" in page.text
    assert len(calls(organisation, ADA)) == asked + 1
    refused = try_operation(ada, GET_ISSUE, **{"in-issueIdOrKey": "NOPE-1"})
    assert "404 Not Found" in refused.words
    assert "Jira shows you nothing here" in refused.words


def test_recent_projects_boards_and_issues_are_offered(ada: Browser) -> None:
    ada.get("/work/acme/issues/ACME-1/")
    issue = ada.get(f"{TRY_OPERATION}?operation={quote(GET_ISSUE)}").text
    assert '<option value="ACME-1">' in issue
    board = ada.get(f"{TRY_OPERATION}?operation={quote('GET /rest/agile/1.0/board/{boardId}/sprint')}").text
    assert re.search(r'<datalist id="offers-boardId"><option value="\d+">', board)
    project = ada.get(f"{TRY_OPERATION}?operation={quote('GET /rest/api/3/project/{projectIdOrKey}')}").text
    assert '<datalist id="offers-projectIdOrKey">' in project


@pytest.mark.parametrize(
    "signature",
    ["DELETE /rest/api/3/issue/{issueIdOrKey}", "GET /nonsense", "", "GET /rest/api/3/issue/ACME-1"],
)
def test_what_does_not_only_read_cannot_be_tried(
    ada: Browser, organisation: Organisation, signature: str
) -> None:
    before = organisation.sandbox.fingerprint()
    page = ada.post(TRY_OPERATION, form_at=ALIGNMENT, operation=signature, **{"in-issueIdOrKey": "ACME-1"})
    assert "Choose an operation first" in page.words
    assert organisation.sandbox.fingerprint() == before


@pytest.mark.parametrize("value", ["..", "ACME-1\r\nX: y", "picker", "", "ATATT" + "3xFfGF0" + "a1B2" * 12])
def test_a_hostile_parameter_stays_in_ownkey(ada: Browser, organisation: Organisation, value: str) -> None:
    asked = len(calls(organisation, ADA))
    page = try_operation(ada, GET_ISSUE, **{"in-issueIdOrKey": value})
    assert page.status == 200
    assert "Not asked yet" in page.words
    assert len(calls(organisation, ADA)) == asked
    assert not value.startswith("ATATT") or value not in page.text


@pytest.mark.parametrize("size", [30_000, 3_000_000, 10_000_000])
def test_a_large_document_is_refused_and_nothing_is_asked(
    ada: Browser, organisation: Organisation, size: int
) -> None:
    asked = len(calls(organisation, ADA))
    try:
        page = try_operation(ada, "POST /rest/api/3/search/jql", document="x" * size)
    except urllib.error.URLError:
        pass  # more than the server takes: it does not read to the end
    else:
        assert page.status in {200, 400, 413}
        assert "200 OK" not in page.words
        assert "Traceback" not in page.text
    assert len(calls(organisation, ADA)) == asked


def test_a_missing_scope_of_an_operation_leads_to_the_guide(with_gaps: Browser) -> None:
    page = try_operation(with_gaps, "GET /rest/agile/1.0/board/{boardId}/epic", **{"in-boardId": "1"})
    assert "read:epic:jira-software" in page.words
    assert "?scope=read:epic:jira-software#guide" in page.text
    assert "refused it before it left" in page.words


def test_a_token_without_scopes_is_said_and_proves_nothing_of_scopes(organisation: Organisation) -> None:
    token = organisation.sandbox.make_token(BO)
    organisation.tokens.append(token)
    ended = organisation.ownkey("connect", "acme", "--user", BO, "--unscoped", "--token-stdin", given=token)
    assert ended.code == 0, ended.stderr
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    try:
        page = browser.get(f"{ALIGNMENT}?project=ACME")
        assert "Your token has no scopes: Jira’s permissions alone decide." in page.words
        assert "scopes granted" not in page.words
        assert page.words.count("no scopes") > len(PLANNING.scopes)
        tried = try_scope(browser, "read:jira-work")
        assert "Your token has no scopes, so no scope was asked for." in tried.words
        assert "your account may read this" in tried.words
    finally:
        organisation.connect("acme", BO)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("", "read:jira-work"),
        ("boards/", "read:board-scope:jira-software"),
        ("boards/1/", "read:sprint:jira-software"),
        ("projects/", "read:jira-work"),
        ("search/", "read:jira-work"),
        ("issues/ACME-1/", "read:jira-work"),
        ("alignment/", "read:jira-work"),
        (f"operations/?q={quote('GET /rest/agile/1.0/board/{boardId}/epic')}", "read:epic:jira-software"),
    ],
)
def test_a_missing_scope_is_named_with_its_place_in_the_guide_on_every_page(
    organisation: Organisation, path: str, scope: str
) -> None:
    organisation.connect("acme", BO, without=(scope,))
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    try:
        page = browser.get(f"/work/acme/{path}")
        assert scope in page.words
        guide = re.search(r'href="(/profile/alm-credentials/acme/edit/\?scope=[^"#]+)#guide"', page.text)
        assert guide is not None, page.words
        marked = browser.get(guide[1]).text
        assert 'id="guide"' in marked
        wanted = marked.partition("data-wanted")[2]
        assert wanted.partition("data-scope=")[2].startswith(f'"{scope}"')
    finally:
        organisation.connect("acme", BO)


def test_a_probe_that_writes_by_its_method_is_on_record_before_it_leaves(
    ada: Browser, organisation: Organisation
) -> None:
    before = organisation.ownkey("audit", "export", "--json").stdout.count("deleteAvatar")
    assert "proved: granted" in try_scope(ada, "delete:avatar:jira").words
    lines = organisation.ownkey("audit", "export", "--json").stdout.splitlines()
    entries = [line for line in lines if "deleteAvatar" in line]
    assert len(entries) >= before + 1
    assert all(ADA in line for line in entries)
    assert "ownkeyprobe" not in "".join(entries), "the record keeps no path"


def test_a_token_that_atlassian_refuses_leaves_the_scope_half_with_the_reason(
    organisation: Organisation,
) -> None:
    token = organisation.connect("acme", BO)
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    organisation.sandbox.revoke(token)
    try:
        try_scope(browser, "read:jira-work")
        page = browser.get(f"{ALIGNMENT}?project=ACME")
        assert "read:jira-work" in page.words
        assert "not known" in page.words
        assert "Open ALM Credentials" in page.words
        assert "Ownkey made a mistake" not in page.words
    finally:
        organisation.connect("acme", BO)


# -- of somebody else


def test_an_administrator_sees_the_scopes_of_another_without_their_token(
    grace: Browser, with_gaps: Browser, organisation: Organisation
) -> None:
    assert with_gaps
    found = grace.get(f"{ALIGNMENT}people/?q=did")
    address = re.search(r'href="(/work/acme/alignment/people/\d+/)"', found.text)
    assert address is not None, found.words
    theirs = len(calls(organisation, BO))
    page = grace.get(f"{address[1]}?project=ACME")
    assert "Alignment of Bo Diddley" in page.words
    assert "18 of 20 scopes granted" in page.words
    assert "Their token lacks this scope" in page.words
    assert "Connect your own API token" in page.words, (
        "Grace is not connected, so no project may be asked about"
    )
    assert len(calls(organisation, BO)) == theirs


@pytest.fixture
def connected_grace(grace: Browser, organisation: Organisation) -> Iterator[Browser]:
    organisation.connect("acme", ADMINISTRATOR)
    yield grace
    ended = grace.post("/profile/alm-credentials/acme/disconnect/")
    assert ended.status == 200


def test_what_jira_tells_the_main_account_is_asked_for_by_it_alone(
    connected_grace: Browser, organisation: Organisation
) -> None:
    grace = connected_grace
    found = grace.get(f"{ALIGNMENT}people/?q=ada@acme")
    address = re.search(r'href="(/work/acme/alignment/people/\d+/)"', found.text)
    assert address is not None
    theirs = len(calls(organisation, ADA))
    page = grace.get(f"{address[1]}?project=ACME")
    assert "20 of 20 scopes granted" in page.words
    assert "they lack Manage sprints in ACME" in page.words
    assert "what Jira tells the main account" in page.words
    assert len(calls(organisation, ADA)) == theirs


def test_a_person_cannot_open_the_alignment_of_another(ada: Browser) -> None:
    for path in ("people/", "people/?q=bo", "people/1/", "people/2/?part=content"):
        page = ada.get(f"{ALIGNMENT}{path}")
        assert page.status == 403
        assert "bo@acme.example" not in page.text
    assert f"{ALIGNMENT}people/" not in ada.get(ALIGNMENT).text
